//! A running daemon, its log with the times of its lines, and what it plays and records.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::measure::{Sound, noise, read_wav, write_wav};
use crate::program::binaurald;

/// Longer than anything here takes on a busy machine: what is over this hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Frames a second of all sounds here, in hertz.
pub(crate) const RATE: u32 = 48_000;

/// Length of the fades at the beginning and the end, in frames.
pub(crate) const FADE: usize = 480;

/// The first frame that is heard in full: the fade begins when the sound does, 40 frames late.
pub(crate) const FADED_IN: usize = FADE + 40;

type Lines = Vec<(Instant, String)>;

/// A running `binaurald run`, killed when dropped.
pub(crate) struct Daemon {
    child: Child,
    log: Arc<Mutex<Lines>>,
    reader: Option<JoinHandle<()>>,
}

impl Daemon {
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_with(args, Vec::new())
    }

    pub(crate) fn start_with(args: &[&str], environment: Vec<(&'static str, OsString)>) -> Self {
        Self::start_with_head("sphere", args, environment)
    }

    pub(crate) fn start_with_head(
        head: &str,
        args: &[&str],
        environment: Vec<(&'static str, OsString)>,
    ) -> Self {
        Self::launch(binaurald(&["run", "--head", head]), args, environment)
    }

    /// By a command that runs it.
    pub(crate) fn launch(
        mut command: Command,
        args: &[&str],
        environment: Vec<(&'static str, OsString)>,
    ) -> Self {
        let mut child = command
            .args(args)
            .envs(environment)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the daemon can be started");
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let log = Arc::default();
        let lines: Arc<Mutex<Lines>> = Arc::clone(&log);
        let reader = thread::spawn(move || {
            for line in stderr.lines() {
                let line = line.expect("the log is text");
                lines
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push((Instant::now(), line));
            }
        });
        Self {
            child,
            log,
            reader: Some(reader),
        }
    }

    pub(crate) fn log(&self) -> Log {
        let lines = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        Log(lines.clone())
    }

    /// Waits for a line with `part`, and returns when it came.
    pub(crate) fn wait_for(&self, part: &str) -> Instant {
        let began = Instant::now();
        loop {
            if let Some((at, _)) = self.log().lines(part).first() {
                return *at;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "the log does not say {part:?}:\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        super::signal::send(self.id(), name);
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it can be asked").is_some()
    }

    /// Waits for its end: the exit code and the whole log.
    pub(crate) fn end(mut self) -> (Option<i32>, Log) {
        let began = Instant::now();
        while !self.has_ended() {
            assert!(
                began.elapsed() < PATIENCE,
                "the daemon does not end:\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(5));
        }
        let code = self.child.wait().expect("it has ended").code();
        let reader = self.reader.take().expect("it is taken once");
        reader.join().expect("the log is text");
        (code, self.log())
    }

    /// Waits for its end, which must be a good one.
    pub(crate) fn end_well(self) -> Log {
        let (code, log) = self.end();
        assert_eq!(code, Some(0), "{log}");
        assert!(log.lines("panic").is_empty(), "{log}");
        log
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing to do about that here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a log, and when each came.
pub(crate) struct Log(Lines);

impl Log {
    /// Those that contain `part`.
    pub(crate) fn lines(&self, part: &str) -> Lines {
        let with_part = self.0.iter().filter(|(_, line)| line.contains(part));
        with_part.cloned().collect()
    }

    /// The only one that contains `part`, and when it came.
    pub(crate) fn only(&self, part: &str) -> (Instant, String) {
        let lines = self.lines(part);
        assert_eq!(lines.len(), 1, "lines with {part:?}:\n{self}");
        lines[0].clone()
    }
}

impl std::fmt::Display for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (_, line) in &self.0 {
            writeln!(f, "    {line}")?;
        }
        Ok(())
    }
}

/// A directory with a source in it, for what a test plays and records.
pub(crate) struct Studio {
    directory: TempDir,
}

impl Studio {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let studio = Self { directory };
        let sound = Sound {
            sample_rate: RATE,
            channels: vec![dull_noise(RATE as usize)],
        };
        write_wav(&studio.path("source.wav"), &sound);
        studio
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        let path = self.path(name);
        path.to_str().expect("the path is text").to_owned()
    }

    /// The names of all files in it, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).expect("readable");
        let name = |entry: std::io::Result<fs::DirEntry>| {
            let name = entry.expect("readable").file_name();
            name.into_string().expect("names are text")
        };
        let mut names: Vec<_> = entries.map(name).collect();
        names.sort();
        names
    }

    /// Plays the source to no device and records it as `name`, with `more` options.
    pub(crate) fn play(&self, server: &str, name: &str, more: &[&str]) -> Daemon {
        let (source, record) = (self.text("source.wav"), self.text(name));
        let fixed = ["--server", server, "--output", "null", "--source", &source];
        // The deadline is one that a busy machine keeps; `more` may give its own.
        let deadline: &[&str] = if more.contains(&"--timeout") {
            &[]
        } else {
            &["--timeout", "5000"]
        };
        Daemon::start(&[&fixed[..], &["--record", &record], deadline, more].concat())
    }

    /// Both ears of a recording.
    pub(crate) fn recorded(&self, name: &str) -> [Vec<f32>; 2] {
        ears_of(&self.path(name))
    }

    /// What is heard of the source, again and again, for so many seconds on a trajectory, or in
    /// one place, without any of the daemon's parts.
    pub(crate) fn rendered(&self, trajectory: &str, seconds: f64, looped: bool) -> [Vec<f32>; 2] {
        let name = format!("render{}.wav", self.files().len());
        let output = binaurald(&["render", "--head", "sphere"])
            .args(["--source", &self.text("source.wav")])
            .args(["--trajectory", trajectory, "--output", &self.text(&name)])
            .args(["--duration", &seconds.to_string()])
            .args(looped.then_some("--loop"))
            .output()
            .expect("it can be started");
        assert!(output.status.success(), "{output:?}");
        ears_of(&self.path(&name))
    }
}

fn ears_of(path: &Path) -> [Vec<f32>; 2] {
    let sound = read_wav(path);
    assert_eq!(sound.sample_rate, RATE, "{}", path.display());
    let count = sound.channels.len();
    sound
        .channels
        .try_into()
        .unwrap_or_else(|_| panic!("{} has {count} channels", path.display()))
}

/// Noise up to some 3 kHz that goes on smoothly from its end to its beginning, at a level far from
/// the limiter's.
fn dull_noise(frames: usize) -> Vec<f32> {
    const WIDTH: usize = 8;
    let mut signal = noise(frames, 0.25, 7);
    for _ in 0..3 {
        signal = (0..frames)
            .map(|n| {
                let sum: f32 = (0..WIDTH).map(|k| signal[(n + k) % frames]).sum();
                sum / WIDTH as f32
            })
            .collect();
    }
    signal
}

/// Asserts that two sounds are the same to the bit between two frames, in both ears.
pub(crate) fn assert_same(heard: &[Vec<f32>; 2], expected: &[Vec<f32>; 2], from: usize, to: usize) {
    for (ear, (heard, expected)) in ["left", "right"].iter().zip(heard.iter().zip(expected)) {
        assert!(
            heard.len() >= to && expected.len() >= to && from < to,
            "frames {from} to {to} of {} and {}",
            heard.len(),
            expected.len()
        );
        for n in from..to {
            assert_eq!(
                heard[n].to_bits(),
                expected[n].to_bits(),
                "{ear} ear, frame {n}: {} in place of {}",
                heard[n],
                expected[n]
            );
        }
    }
}
