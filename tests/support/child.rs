//! Tests whose other side is a child process: the audio library reads its environment once for each
//! process, so what plays is the test program itself, running its test `child` alone.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use binaurald::output::{DeviceChoice, OutputRequest};
use tempfile::NamedTempFile;

/// Frames a block: large, so that a busy machine keeps up.
const BUFFER_FRAMES: u32 = 4_096;

/// This program as a child that does `action`.
pub(crate) fn command(action: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command
        .args([
            "child",
            "--exact",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("BINAURALD_TEST_ACTION", action)
        .stdin(Stdio::null());
    command
}

/// What this process is to do when it is a child; alone, a `child` has nothing to do.
pub(crate) fn action() -> Option<String> {
    env::var("BINAURALD_TEST_ACTION").ok()
}

/// What the child reported as `key=value`.
pub(crate) fn reported(output: &Output, key: &str) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text
        .lines()
        .find_map(|line| line.split_once(&format!("{key}=")))
        .map(|(_, value)| value);
    found.map_or_else(
        || panic!("the child did not report {key}: {output:?}"),
        str::to_owned,
    )
}

/// The request that the environment speaks of.
pub(crate) fn request() -> OutputRequest {
    let text = |name: &str| env::var(name).ok();
    OutputRequest {
        device: DeviceChoice::parse(&text("BINAURALD_TEST_DEVICE").unwrap_or("default".to_owned())),
        host: None,
        sample_rate: text("BINAURALD_TEST_RATE").map(|rate| rate.parse().expect("a rate")),
        buffer_frames: BUFFER_FRAMES,
        realtime: false,
    }
}

/// A child that is told what to do, line by line.
pub(crate) struct Told {
    child: Child,
    errors: NamedTempFile,
    answers: std::io::Lines<BufReader<ChildStdout>>,
}

impl Told {
    /// Starts it, and waits for its `ready=1`.
    pub(crate) fn start(action: &str, environment: Vec<(&'static str, OsString)>) -> Self {
        let errors = NamedTempFile::new().expect("a file for the test");
        let mut child = command(action)
            .envs(environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors.reopen().expect("a file for the test"))
            .spawn()
            .expect("the child can be started");
        let stdout = child.stdout.take().expect("its output is a pipe");
        let mut told = Self {
            child,
            errors,
            answers: BufReader::new(stdout).lines(),
        };
        assert_eq!(told.answer("ready"), "1");
        told
    }

    /// What it wrote to standard error so far.
    pub(crate) fn errors(&self) -> String {
        fs::read_to_string(self.errors.path()).expect("readable")
    }

    /// Gives it a command.
    pub(crate) fn tell(&mut self, line: &str) {
        let stdin = self.child.stdin.as_mut().expect("its input is a pipe");
        writeln!(stdin, "{line}").expect("the child listens");
    }

    /// Waits for what it reports as `key=value`.
    pub(crate) fn answer(&mut self, key: &str) -> String {
        let mut passed = String::new();
        for line in self.answers.by_ref() {
            let line = line.expect("the child speaks text");
            if let Some((_, value)) = line.split_once(&format!("{key}=")) {
                return value.to_owned();
            }
            passed.push_str(&line);
            passed.push('\n');
        }
        panic!("the child did not answer {key}: {passed}");
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
