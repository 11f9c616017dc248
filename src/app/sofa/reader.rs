//! The side that waits for the reading process.

use std::env;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::head::{MeasuredSet, SofaError};

use super::super::Failure;
use super::{MAX_MEMORY, packed};

/// Reading may take so long. The largest sets take a second or two.
const MAX_TIME: Duration = Duration::from_secs(10);

/// How often it is looked whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Bytes of what it says that are read.
const MAX_WORDS: u64 = 1 << 16;

/// How an error begins that the process ends with.
const ERROR: &str = "error: ";

/// What Rust says before it aborts for want of memory.
const OUT_OF_MEMORY: &str = "memory allocation of ";

/// Where this program lies.
pub(super) fn this_program() -> io::Result<PathBuf> {
    // It is there even when the file was replaced since, and then is the same version still.
    let running = Path::new("/proc/self/exe");
    if running.exists() {
        return Ok(running.to_owned());
    }
    env::current_exe()
}

/// [`super::load_sofa`] with `program` in place of this one: for those who use the library in a
/// program that has no such command.
///
/// # Errors
/// As [`super::load_sofa`].
pub fn load_sofa_with(program: &Path, path: &Path) -> Result<MeasuredSet, Failure> {
    let named = |reason: String| format!("--head {}: {reason}", path.display());
    let reading = Reading::start(command(program, path)).map_err(|error| {
        Failure::runtime(named(format!("its reader cannot be started: {error}")))
    })?;
    reading
        .finish(MAX_TIME)
        .map_err(|reason| Failure::usage(named(reason)))
}

/// How `program` is told to read `path`.
fn command(program: &Path, path: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["read-sofa", "--"]).arg(path);
    // Options of the caller are none of its business, nor what is wrong with them.
    for (variable, _) in env::vars_os() {
        if variable.to_string_lossy().starts_with("BINAURALD_") {
            command.env_remove(variable);
        }
    }
    command
}

/// A process that reads.
struct Reading {
    child: Child,
    set: thread::JoinHandle<io::Result<MeasuredSet>>,
    words: thread::JoinHandle<String>,
}

impl Reading {
    fn start(mut command: Command) -> io::Result<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let missing = || io::Error::other("its output is no pipe");
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        Ok(Self {
            child,
            set: thread::spawn(move || packed::read(&mut BufReader::new(stdout))),
            words: thread::spawn(move || words(stderr)),
        })
    }

    /// What it read within `max_time`, or why it did not.
    fn finish(mut self, max_time: Duration) -> Result<MeasuredSet, String> {
        let status = wait(&mut self.child, max_time);
        let words = self.words.join().unwrap_or_default();
        let set = self.set.join();
        match status.map_err(|error| format!("its reader cannot be waited for: {error}"))? {
            None => Err(format!(
                "reading it takes more than {} s: it is damaged, or too large",
                max_time.as_secs()
            )),
            Some(status) if status.success() => match set {
                Ok(Ok(set)) if set.is_consistent() => Ok(set),
                _ => Err("its reader answers nonsense; please report this".to_owned()),
            },
            Some(status) => Err(reason(status, &words)),
        }
    }
}

/// Waits for the end of the process; none: it had to be ended after `max_time`.
fn wait(child: &mut Child, max_time: Duration) -> io::Result<Option<ExitStatus>> {
    let end = Instant::now() + max_time;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Why the process ended as it did.
fn reason(status: ExitStatus, words: &str) -> String {
    let error = words
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix(ERROR));
    match (status.code(), error) {
        (Some(2), Some(error)) => error.to_owned(),
        _ if words.contains(OUT_OF_MEMORY) => format!(
            "reading it takes more than {} MiB of memory: it is damaged, or too large",
            MAX_MEMORY >> 20
        ),
        _ => SofaError::ReaderFailed.to_string(),
    }
}

/// What a process says, the beginning of it.
fn words(stderr: impl Read) -> String {
    let mut bytes = Vec::new();
    // What came before an error is there all the same.
    let _ = stderr.take(MAX_WORDS).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// What is said of a process that does `script` in place of reading.
    fn said_of(script: &str) -> String {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let reading = Reading::start(command).expect("there is a shell");
        reading.finish(MAX_TIME).expect_err("it reads nothing")
    }

    #[test]
    fn a_process_that_hangs_is_ended() {
        let mut command = Command::new("sleep");
        command.arg("1000");
        let reading = Reading::start(command).expect("it starts");
        let reason = reading
            .finish(Duration::ZERO)
            .expect_err("it reads nothing");
        assert!(reason.contains("takes more than"), "{reason}");
    }

    #[test]
    fn the_reason_of_a_refusal_is_its_last_error() {
        let reason = said_of("printf 'warning: x\nerror: a\nerror: it is odd\n' >&2; exit 2");
        assert_eq!(reason, "it is odd");
    }

    #[test]
    fn a_process_that_dies_tells_a_damaged_file_without_its_own_words() {
        for script in [
            "echo 'error: internal fault at x.rs:1: overflow' >&2; exit 1",
            "kill -ABRT $$",
            "kill -SEGV $$",
            "exit 2",
        ] {
            let reason = said_of(script);
            assert_eq!(reason, SofaError::ReaderFailed.to_string(), "{script}");
        }
    }

    #[test]
    fn a_process_that_gets_no_more_memory_is_told_as_such() {
        let reason = said_of("echo 'memory allocation of 48 bytes failed' >&2; kill -ABRT $$");
        assert!(reason.contains("more than 1024 MiB of memory"), "{reason}");
    }

    #[test]
    fn what_is_no_answer_is_told_as_such() {
        for script in ["exit 0", "echo 'running 0 tests'"] {
            assert!(said_of(script).contains("nonsense"), "{script}");
        }
    }
}
