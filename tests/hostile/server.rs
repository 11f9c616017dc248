//! `binaurald serve` as a process, and what the system says of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::program::{Desk, binaurald, wait_until};

/// What comes after the last connection is closed.
const AFTER: Duration = Duration::from_millis(200);

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    desk: Desk,
}

impl Server {
    /// On a free port, with a source that stands still.
    pub(crate) fn start() -> Self {
        let desk = Desk::new();
        let log = fs::File::create(desk.path("log")).expect("a file for the test");
        let mut child = binaurald(&["serve", "--listen", "127.0.0.1:0"])
            .args(["--trajectory", "static:1,0,0"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output is a pipe"))
            .read_line(&mut line)
            .expect("it prints text");
        let address = line.trim().strip_prefix("listening on ");
        let address = address.expect("it says where it listens").to_owned();
        Self {
            child,
            address,
            desk,
        }
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How many file descriptors it has open.
    pub(crate) fn open_files(&self) -> usize {
        let files = fs::read_dir(format!("/proc/{}/fd", self.child.id()));
        files.expect("it runs").count()
    }

    /// Waits until it has no more than so many `files` open, and a moment longer.
    ///
    /// # Panics
    /// When that does not come.
    pub(crate) fn settle(&self, files: usize) {
        wait_until("the server closed what they left", || {
            self.open_files() <= files
        });
        std::thread::sleep(AFTER);
    }

    /// The most resident memory that it ever had, in MiB.
    pub(crate) fn most_memory_mib(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        kib.and_then(|kib| kib.trim().parse::<f64>().ok())
            .expect("the system counts its memory")
            / 1024.0
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.desk.path("log")).expect("it logs text")
    }

    /// Ends it; what it logged.
    pub(crate) fn end(mut self) -> String {
        crate::signal::send(self.child.id(), "TERM");
        let status = self.child.wait().expect("a child can be waited for");
        let log = self.log();
        assert!(status.success(), "{status}: {log}");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
