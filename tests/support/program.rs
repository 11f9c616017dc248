//! The program itself, driven as people drive it.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longer than anything here takes on a busy machine: what is over this hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// `binaurald` with these arguments, and without options from the environment.
pub(crate) fn binaurald<S: AsRef<OsStr>>(args: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_binaurald"));
    without_options(&mut command);
    command.args(args).stdin(Stdio::null());
    command
}

/// Keeps options in the tester's own environment from a command.
pub(crate) fn without_options(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("BINAURALD_") {
            command.env_remove(name);
        }
    }
    command
}

/// Standard output as text.
pub(crate) fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("it prints text")
}

/// Standard error as text.
pub(crate) fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("it prints text")
}

/// The program while it runs; killed when dropped.
pub(crate) struct Running(Option<Child>);

impl Running {
    /// Starts it; what it prints is kept.
    pub(crate) fn start(command: &mut Command) -> Self {
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Self(Some(child.expect("the program starts")))
    }

    /// The process.
    pub(crate) fn child(&mut self) -> &mut Child {
        self.0.as_mut().expect("it is taken at its end alone")
    }

    /// Sends it a signal by its name.
    pub(crate) fn signal(&mut self, name: &str) {
        super::signal::send(self.child().id(), name);
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not end in time.
    pub(crate) fn end(mut self) -> Output {
        wait_until("the program ends", || {
            let ended = self.child().try_wait().expect("a child can be waited for");
            ended.is_some()
        });
        let child = self.0.take().expect("it is taken here alone");
        child.wait_with_output().expect("its output is text")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits until `condition` holds.
///
/// # Panics
/// When it does not in time.
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < PATIENCE, "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A directory of its own for a test, and the files in it.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory for the test"))
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The path of a file in it, as an argument.
    pub(crate) fn arg(&self, name: &str) -> String {
        let path = self.path(name);
        path.to_str().expect("a path in UTF-8").to_owned()
    }

    /// Writes a file, and returns its path as an argument.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), content).expect("a file for the test");
        self.arg(name)
    }

    /// The directory.
    pub(crate) fn directory(&self) -> &Path {
        self.0.path()
    }

    /// The names of all that is in it, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .expect("a readable directory")
            .map(|entry| {
                let name = entry.expect("a readable directory").file_name();
                name.to_string_lossy().into_owned()
            })
            .collect();
        names.sort();
        names
    }
}
