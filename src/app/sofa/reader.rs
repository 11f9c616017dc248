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
    let reading = Reading::start(program, path).map_err(|error| {
        Failure::runtime(named(format!("its reader cannot be started: {error}")))
    })?;
    reading
        .finish()
        .map_err(|reason| Failure::usage(named(reason)))
}

/// A process that reads.
struct Reading {
    child: Child,
    set: thread::JoinHandle<io::Result<MeasuredSet>>,
    words: thread::JoinHandle<String>,
}

impl Reading {
    fn start(program: &Path, path: &Path) -> io::Result<Self> {
        let mut command = Command::new(program);
        command
            .args(["read-sofa", "--"])
            .arg(path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Options of the caller are none of its business, nor what is wrong with them.
        for (variable, _) in env::vars_os() {
            if variable.to_string_lossy().starts_with("BINAURALD_") {
                command.env_remove(variable);
            }
        }
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

    /// What it read, or why it did not.
    fn finish(mut self) -> Result<MeasuredSet, String> {
        let status = wait(&mut self.child);
        let words = self.words.join().unwrap_or_default();
        let set = self.set.join();
        match status.map_err(|error| format!("its reader cannot be waited for: {error}"))? {
            None => Err(format!(
                "reading it takes more than {} s: it is damaged, or too large",
                MAX_TIME.as_secs()
            )),
            Some(status) if status.success() => match set {
                Ok(Ok(set)) if set.is_consistent() => Ok(set),
                _ => Err("its reader answers nonsense; please report this".to_owned()),
            },
            Some(status) => Err(reason(status, &words)),
        }
    }
}

/// Waits for the end of the process; none: it had to be ended.
fn wait(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let end = Instant::now() + MAX_TIME;
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
