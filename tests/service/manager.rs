//! What systemd is to a process: a socket that it speaks to.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use crate::program::{PATIENCE, Running, binaurald, wait_until};

/// A socket that is listened to, and the lines that came and were not asked for yet.
pub(crate) struct Manager {
    _folder: TempDir,
    path: PathBuf,
    socket: UnixDatagram,
    lines: RefCell<VecDeque<String>>,
}

impl Manager {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a directory for the test");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket for the test");
        let waits = Some(Duration::from_millis(5));
        socket
            .set_read_timeout(waits)
            .expect("a socket for the test");
        Self {
            _folder: folder,
            path,
            socket,
            lines: RefCell::default(),
        }
    }

    /// Starts a command, which is to show that it lives within `limit`.
    pub(crate) fn start(&self, args: &[&str], limit: Duration) -> Running {
        let mut command = binaurald(args);
        command
            .env("NOTIFY_SOCKET", &self.path)
            .env("WATCHDOG_USEC", limit.as_micros().to_string());
        Running::start(&mut command)
    }

    /// Waits for a line that begins so, and drops those before it.
    pub(crate) fn wait_for(&self, begin: &str) -> String {
        let began = std::time::Instant::now();
        let mut passed = Vec::new();
        loop {
            self.receive();
            let mut lines = self.lines.borrow_mut();
            while let Some(line) = lines.pop_front() {
                if line.starts_with(begin) {
                    return line;
                }
                passed.push(line);
            }
            assert!(began.elapsed() < PATIENCE, "no {begin}: {passed:?}");
        }
    }

    /// All lines that came and were not asked for yet.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.receive();
        self.lines.borrow_mut().drain(..).collect()
    }

    fn receive(&self) {
        let mut buffer = [0; 4096];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            let message = std::str::from_utf8(&buffer[..length]).expect("text");
            let lines = message.lines().map(str::to_owned);
            self.lines.borrow_mut().extend(lines);
        }
    }
}

impl Running {
    /// Stops it such that it stands still: SIGSTOP, and that it has come to all its threads.
    pub(crate) fn stop(&mut self) {
        self.signal("STOP");
        let status = format!("/proc/{}/status", self.child().id());
        wait_until("the process stands still", || {
            let status = fs::read_to_string(&status).expect("it is there");
            status.contains("State:\tT")
        });
    }
}
