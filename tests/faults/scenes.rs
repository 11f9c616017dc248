//! Servers of positions that go wrong, and become well again with their source on the right.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::proxy::{Mode, Proxy};
use crate::puppet::{Answer, Puppet};
use crate::python::PythonServer;
use crate::scenario::move_source;
use crate::serve::Serve;

/// Where the source is before the fault, and after it.
const LEFT: &str = "0,1,0";
const RIGHT: &str = "0,-1,0";

/// How long a flapping server is there, and how long it is away.
const FLAP: Duration = Duration::from_millis(300);

/// A server, and how it goes wrong.
pub(crate) trait Scene {
    /// The address that the daemon asks.
    fn address(&self) -> String;
    /// It goes wrong.
    fn begin(&mut self);
    /// It becomes well again, with its source on the right: since when.
    fn end(&mut self) -> Instant;
    /// How many good answers it gave so far, where they are counted.
    fn good_answers(&self) -> u64 {
        0
    }
    /// How many answers it gave that are no positions.
    fn bad_answers(&self) -> u64 {
        0
    }
}

/// A server that is killed, and started again.
pub(crate) struct Killed(Serve);

impl Killed {
    pub(crate) fn new() -> Self {
        Self(Serve::at(LEFT))
    }
}

impl Scene for Killed {
    fn address(&self) -> String {
        self.0.address()
    }

    fn begin(&mut self) {
        self.0.kill();
    }

    fn end(&mut self) -> Instant {
        self.0.start(RIGHT);
        Instant::now()
    }
}

/// A server that stands still for a while.
pub(crate) struct Frozen(Serve);

impl Frozen {
    pub(crate) fn new() -> Self {
        Self(Serve::at(LEFT))
    }
}

impl Scene for Frozen {
    fn address(&self) -> String {
        self.0.address()
    }

    fn begin(&mut self) {
        self.0.signal("STOP");
    }

    fn end(&mut self) -> Instant {
        self.0.signal("CONT");
        let well = Instant::now();
        move_source(&self.0.address(), ["0", "-1", "0"]);
        well
    }
}

/// A server that is killed, and comes back under the other name of its service.
pub(crate) struct Renamed {
    before: Serve,
    after: Option<PythonServer>,
}

impl Renamed {
    pub(crate) fn new() -> Self {
        Self {
            before: Serve::at(LEFT),
            after: None,
        }
    }
}

impl Scene for Renamed {
    fn address(&self) -> String {
        self.before.address()
    }

    fn begin(&mut self) {
        self.before.kill();
    }

    fn end(&mut self) -> Instant {
        let port = self.before.port().to_string();
        let at = format!("--at={RIGHT}");
        let args = ["--service", "PositinService", "--port", &port, &at];
        self.after = Some(PythonServer::start(&args));
        Instant::now()
    }
}

/// A good server, and a bad way there.
pub(crate) struct BadWay {
    server: Puppet,
    proxy: Proxy,
    mode: Mode,
}

impl BadWay {
    pub(crate) fn new(mode: Mode) -> Self {
        let server = Puppet::at([0.0, 1.0, 0.0]);
        Self {
            proxy: Proxy::to(&server.address()),
            server,
            mode,
        }
    }
}

impl Scene for BadWay {
    fn address(&self) -> String {
        self.proxy.address()
    }

    fn begin(&mut self) {
        self.proxy.set(self.mode);
    }

    fn end(&mut self) -> Instant {
        let well = Instant::now();
        self.server.place([0.0, -1.0, 0.0]);
        // A slow way is one that is followed.
        if !matches!(self.mode, Mode::Slow(_)) {
            self.proxy.set(Mode::Pass);
        }
        well
    }

    fn good_answers(&self) -> u64 {
        self.server.given(Answer::Good)
    }
}

/// A server that comes and goes.
pub(crate) struct Flapping {
    server: Puppet,
    address: String,
    flaps: Arc<AtomicBool>,
    proxy: Option<Proxy>,
    toggling: Option<JoinHandle<Proxy>>,
}

impl Flapping {
    pub(crate) fn new() -> Self {
        let server = Puppet::at([0.0, 1.0, 0.0]);
        let proxy = Proxy::to(&server.address());
        Self {
            server,
            address: proxy.address(),
            flaps: Arc::new(AtomicBool::new(true)),
            proxy: Some(proxy),
            toggling: None,
        }
    }
}

impl Scene for Flapping {
    fn address(&self) -> String {
        self.address.clone()
    }

    fn begin(&mut self) {
        let mut proxy = self.proxy.take().expect("it goes wrong once");
        let flaps = Arc::clone(&self.flaps);
        self.toggling = Some(thread::spawn(move || {
            while flaps.load(Ordering::Relaxed) {
                for mode in [Mode::Refuse, Mode::Pass] {
                    proxy.set(mode);
                    thread::sleep(FLAP);
                }
            }
            // It ends with a loss, so that the way back is that of the others.
            proxy.set(Mode::Refuse);
            thread::sleep(FLAP);
            proxy
        }));
    }

    fn end(&mut self) -> Instant {
        self.flaps.store(false, Ordering::Relaxed);
        let toggling = self.toggling.take().expect("it flaps");
        let mut proxy = toggling.join().expect("the way flaps without a fault");
        let well = Instant::now();
        self.server.place([0.0, -1.0, 0.0]);
        proxy.set(Mode::Pass);
        self.proxy = Some(proxy);
        well
    }
}

/// A server whose answers are no positions for a while.
pub(crate) struct Wrong {
    server: Puppet,
    answer: Answer,
}

impl Wrong {
    pub(crate) fn new(answer: Answer) -> Self {
        Self {
            server: Puppet::at([0.0, 1.0, 0.0]),
            answer,
        }
    }
}

impl Scene for Wrong {
    fn address(&self) -> String {
        self.server.address()
    }

    fn begin(&mut self) {
        self.server.answer(self.answer);
    }

    fn end(&mut self) -> Instant {
        let well = Instant::now();
        self.server.place([0.0, -1.0, 0.0]);
        self.server.answer(Answer::Good);
        well
    }

    fn bad_answers(&self) -> u64 {
        self.server.given(self.answer)
    }
}
