//! A way to a server that can be cut, held up or bent: TCP, byte for byte, as it is told.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How often a thread looks what it is to do.
const LOOK: Duration = Duration::from_millis(2);

/// A connection that is not taken in this time will not be: those that wait are as many as may.
const TAKEN: Duration = Duration::from_millis(50);

/// What becomes of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// They pass.
    Pass,
    /// What the server says comes this much later.
    Slow(Duration),
    /// Nobody listens, and what was connected is cut.
    Refuse,
    /// Connections are taken, and no byte passes.
    Swallow,
    /// Connections are not even taken: no answer and no refusal, as of a machine that is gone.
    Vanish,
    /// Whoever connects gets these bytes, and the end.
    Say(&'static [u8]),
}

/// The way; it ends on drop.
pub(crate) struct Proxy {
    port: u16,
    road: Arc<Road>,
    /// Connections that wait in the place of others, to keep those out.
    waiting: Vec<TcpStream>,
}

struct Road {
    server: String,
    state: Mutex<State>,
}

struct State {
    mode: Mode,
    listener: Option<TcpListener>,
    ends: Vec<TcpStream>,
    over: bool,
}

impl Road {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn cut(&mut self) {
        for end in self.ends.drain(..) {
            // It may have been closed by its other side.
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

impl Proxy {
    /// A way to `server`, `HOST:PORT`, which lets all pass.
    pub(crate) fn to(server: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("it has one").port();
        let road = Arc::new(Road {
            server: server.to_owned(),
            state: Mutex::new(State {
                mode: Mode::Pass,
                listener: Some(taking(listener)),
                ends: Vec::new(),
                over: false,
            }),
        });
        let taking = Arc::clone(&road);
        thread::spawn(move || accept(&taking));
        Self {
            port,
            road,
            waiting: Vec::new(),
        }
    }

    /// Its address, as `--server` takes it.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// From now on the bytes go so.
    pub(crate) fn set(&mut self, mode: Mode) {
        self.waiting.clear();
        let mut state = self.road.state();
        state.mode = mode;
        match mode {
            Mode::Refuse => {
                state.listener = None;
                state.cut();
            }
            Mode::Say(_) => state.cut(),
            _ => {}
        }
        if mode != Mode::Refuse && state.listener.is_none() {
            let again = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port));
            state.listener = Some(taking(again.expect("the port is still free")));
        }
        drop(state);
        if mode == Mode::Vanish {
            self.fill();
        }
    }

    /// Fills the kernel's queue of connections, so that it does not even answer to more.
    fn fill(&mut self) {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        while let Ok(stream) = TcpStream::connect_timeout(&address, TAKEN) {
            self.waiting.push(stream);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut state = self.road.state();
        state.over = true;
        state.listener = None;
        state.cut();
    }
}

fn taking(listener: TcpListener) -> TcpListener {
    listener
        .set_nonblocking(true)
        .expect("a listener need not wait");
    listener
}

/// Takes connections while there is a listener.
fn accept(road: &Arc<Road>) {
    loop {
        let mut state = road.state();
        if state.over {
            return;
        }
        let mode = state.mode;
        let accepted = match &state.listener {
            Some(listener) if mode != Mode::Vanish => listener.accept().ok(),
            _ => None,
        };
        if let Some((client, _)) = accepted {
            take(road, &mut state, client, mode);
        } else {
            drop(state);
            thread::sleep(LOOK);
        }
    }
}

fn take(road: &Arc<Road>, state: &mut State, mut client: TcpStream, mode: Mode) {
    client
        .set_nonblocking(false)
        .expect("a connection can wait");
    client.set_nodelay(true).expect("TCP can do so");
    if let Mode::Say(words) = mode {
        thread::spawn(move || {
            // Its first words, so that it hears ours before the end.
            let _ = client.read(&mut [0; 24]);
            let _ = client.write_all(words);
        });
        return;
    }
    // The server may be gone: then so is this connection.
    let Ok(server) = TcpStream::connect(&road.server) else {
        return;
    };
    server.set_nodelay(true).expect("TCP can do so");
    let twin = |stream: &TcpStream| stream.try_clone().expect("a connection has two ends");
    state.ends.extend([twin(&client), twin(&server)]);
    for (from, to, is_answer) in [
        (twin(&client), twin(&server), false),
        (server, client, true),
    ] {
        let road = Arc::clone(road);
        thread::spawn(move || pump(&road, from, to, is_answer));
    }
}

/// Carries bytes one way until an end closes.
fn pump(road: &Road, mut from: TcpStream, mut to: TcpStream, is_answer: bool) {
    let mut bytes = [0; 16_384];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        loop {
            let (mode, over) = {
                let state = road.state();
                (state.mode, state.over)
            };
            match mode {
                _ if over => return,
                Mode::Swallow | Mode::Vanish => thread::sleep(LOOK),
                Mode::Slow(by) if is_answer => {
                    thread::sleep(by);
                    break;
                }
                _ => break,
            }
        }
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    for end in [from, to] {
        // It may be closed already.
        let _ = end.shutdown(Shutdown::Both);
    }
}
