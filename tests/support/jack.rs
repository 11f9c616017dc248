//! A private, throw-away JACK server without a sound card, for tests that really play.
//!
//! Each has a name of its own, so that several run side by side and none touches the user's. What
//! was played is recorded by a client that stands where the sound card's ports would be. All of it
//! ends on drop.
//!
//! The names are few, and used again: JACK keeps a list of eight servers, and forgets one that was
//! killed only when another of its name starts.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::ffi::OsString;
use std::fs;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use super::recording::{Recording, START_LIMIT, end, missing};

/// How the server runs; nothing that plays to it has a say in this.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// Hertz.
    pub(crate) rate: u32,
    /// Frames a block.
    pub(crate) frames: u32,
    /// Ports to play to.
    pub(crate) ports: usize,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            rate: 48_000,
            frames: 1_024,
            ports: 2,
        }
    }
}

/// How long other tests may keep the servers.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many servers there may be at a time, in all test programs.
const NAMES: usize = 4;

/// The server.
pub(crate) struct Jack {
    name: String,
    /// Keeps the name; the system lets go of it however this process ends.
    _reserved: UnixListener,
    setup: Setup,
    log: NamedTempFile,
    server: Option<Child>,
}

impl Jack {
    /// Starts a server, and waits until it answers.
    ///
    /// # Panics
    /// When it cannot be started: these tests need a server, and skip nothing.
    pub(crate) fn start(setup: Setup) -> Self {
        let (name, reserved) = reserve_name();
        let mut jack = Self {
            name,
            _reserved: reserved,
            setup,
            log: NamedTempFile::new().expect("a file for the server"),
            server: None,
        };
        jack.launch();
        jack
    }

    /// The variables that lead a child process to this server.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        environment(&self.name)
    }

    fn launch(&mut self) {
        let mut jackd = command("jackd", &self.name);
        jackd
            // Synchronous: a block is over only when all have done theirs, however busy the machine.
            .args(["--no-realtime", "--no-mlock", "--sync", "--timeout", "5000"])
            // Each port takes its part of the shared memory.
            .args(["--port-max", "64", "--name", &self.name])
            .args(["-d", "dummy", "--capture", "0", "--playback", "0"])
            .args(["--rate", &self.setup.rate.to_string()])
            .args(["--period", &self.setup.frames.to_string()])
            .stderr(self.log.reopen().expect("a file for the server"));
        let child = jackd
            .spawn()
            .unwrap_or_else(|error| missing("jackd", &error));
        self.server = Some(child);
        let began = Instant::now();
        while !answers(&self.name) {
            assert!(
                self.runs() && began.elapsed() < START_LIMIT,
                "jackd does not come up: {}",
                fs::read_to_string(self.log.path()).unwrap_or_default()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Changes how many frames a block has, while the server runs.
    ///
    /// # Panics
    /// When the server refuses.
    pub(crate) fn set_period(&self, frames: u32) {
        let status = command("jack_bufsize", &self.name)
            .arg(frames.to_string())
            .status();
        let status = status.unwrap_or_else(|error| missing("jack_bufsize", &error));
        assert!(status.success(), "jack_bufsize {frames}");
    }

    fn runs(&mut self) -> bool {
        let server = self.server.as_mut();
        server.is_some_and(|server| matches!(server.try_wait(), Ok(None)))
    }

    /// Kills the server, as a crash would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Starts the server again under its name, and records from its first moment on: who waits for
    /// it finds the ports that are recorded. Beside the recording: since when the server answers.
    ///
    /// # Panics
    /// When one of them does not come up.
    pub(crate) fn restart(&mut self, setup: Setup) -> (Instant, Recording) {
        self.kill();
        self.setup = setup;
        let recorder = Recording::launch(self.recorder(), setup.ports);
        self.launch();
        (Instant::now(), recorder.begun())
    }

    /// Sends a signal to the server by its name: `STOP` freezes it, `CONT` thaws it.
    ///
    /// # Panics
    /// When the server does not run.
    pub(crate) fn signal(&self, name: &str) {
        let server = self.server.as_ref().expect("the server runs");
        super::signal::send(server.id(), name);
    }

    /// Begins to record what is played; it records when this returns. A program that is to be heard
    /// starts after that.
    ///
    /// # Panics
    /// When the recorder does not come up.
    pub(crate) fn record(&self) -> Recording {
        Recording::launch(self.recorder(), self.setup.ports).begun()
    }

    fn recorder(&self) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/jack_recorder.py");
        let mut command = command("python3", &self.name);
        command.arg(script).arg(self.setup.ports.to_string());
        command
    }
}

impl Drop for Jack {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            end(server);
        }
        // Sockets and semaphores of clients that were killed, or of the server. Its shared memory is
        // the registry's, and goes when the next server starts.
        for entry in fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
            let name = entry.file_name();
            if name.to_string_lossy().contains(&format!("_{}_", self.name)) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// A program that finds the server of this name.
fn command(program: &str, name: &str) -> Command {
    let mut command = Command::new(program);
    command
        .envs(environment(name))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn answers(name: &str) -> bool {
    let status = command("jack_lsp", name).status();
    status
        .unwrap_or_else(|error| missing("jack_lsp", &error))
        .success()
}

/// Waits for a name that no other test has, and no server that a killed test left behind.
fn reserve_name() -> (String, UnixListener) {
    let began = Instant::now();
    loop {
        for n in 0..NAMES {
            let name = format!("binaurald-test-{n}");
            let address = SocketAddr::from_abstract_name(&name).expect("a short name");
            if let Ok(reserved) = UnixListener::bind_addr(&address)
                && !answers(&name)
            {
                return (name, reserved);
            }
        }
        assert!(
            began.elapsed() < PATIENCE,
            "other tests keep all JACK servers"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

/// The variables that lead a child process to the server of this name, and to no other.
pub(crate) fn environment(name: &str) -> Vec<(&'static str, OsString)> {
    vec![
        ("JACK_DEFAULT_SERVER", name.into()),
        ("JACK_NO_START_SERVER", "1".into()),
    ]
}
