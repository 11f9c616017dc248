//! Python programs as peers: which Python, and its processes.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Instant;

/// The Python that has gRPC.
///
/// `BINAURALD_TEST_PYTHON`, or that of `make test`, or the system's when it has gRPC's tools.
///
/// # Panics
/// When there is none: a test that was left out would be taken for one that passed.
pub(crate) fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let own = root().join("target/python/bin/python");
        let candidates = [
            std::env::var_os("BINAURALD_TEST_PYTHON").map(PathBuf::from),
            own.exists().then_some(own),
            Some(PathBuf::from("python3")),
        ];
        let python = candidates
            .into_iter()
            .flatten()
            .next()
            .expect("the last stands always");
        assert!(
            has_grpc(&python),
            "{} has no grpcio-tools, grpcio-health-checking and grpcio-reflection: run `make \
             test`, which installs them",
            python.display()
        );
        python
    })
}

fn has_grpc(python: &Path) -> bool {
    Command::new(python)
        .args(["-c", "import grpc_tools, grpc_health, grpc_reflection"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A command that runs `tests/peers/NAME` with the wire's definition.
pub(crate) fn peer(name: &str) -> Command {
    let mut command = Command::new(python());
    command
        .arg(root().join("tests/peers").join(name))
        .arg("--proto")
        .arg(root().join("proto/position.proto"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// A running `tests/peers/server.py`, killed when dropped.
pub(crate) struct PythonServer {
    child: Child,
    /// The port that it listens on.
    pub(crate) port: u16,
    printed: Arc<Mutex<Vec<(Instant, String)>>>,
}

impl PythonServer {
    /// Starts it with `args` and waits until it listens.
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut child = peer("server.py")
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        stdout.read_line(&mut line).expect("the server prints text");
        let port = line
            .trim()
            .strip_prefix("listening on ")
            .and_then(|port| port.parse().ok())
            .unwrap_or_else(|| panic!("the server printed {line:?}"));
        let printed = Arc::default();
        let log: Arc<Mutex<Vec<_>>> = Arc::clone(&printed);
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                log.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push((Instant::now(), line));
            }
        });
        Self {
            child,
            port,
            printed,
        }
    }

    /// What it printed since it listens, and when each line came.
    pub(crate) fn printed(&self) -> Vec<(Instant, String)> {
        self.printed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Its address, as `--server` takes it.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for PythonServer {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing to do about that here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
