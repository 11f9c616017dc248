//! What a sound server played, as a program that records writes it to its standard output.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long a server or a recorder may take to come up on a busy machine.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(20);

/// How long one may take to end.
const END_LIMIT: Duration = Duration::from_secs(3);

/// These tests never skip: without the program they fail.
pub(crate) fn missing(program: &str, error: &std::io::Error) -> ! {
    panic!("{program} cannot be started ({error}): `make test` installs what the tests need");
}

/// Tells a process to end, and sees to it that it does. That it ended before is no harm.
pub(crate) fn end(child: &mut Child) {
    let runs = |child: &mut Child| matches!(child.try_wait(), Ok(None));
    if runs(child) {
        super::signal::send(child.id(), "TERM");
    }
    let began = Instant::now();
    while runs(child) && began.elapsed() < END_LIMIT {
        thread::sleep(Duration::from_millis(5));
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// A recording that goes on.
pub(crate) struct Recording {
    child: Child,
    bytes: Arc<Mutex<Vec<u8>>>,
    channels: usize,
}

impl Recording {
    /// Starts a program that writes frames of 32 bit floats.
    ///
    /// # Panics
    /// When it cannot be started.
    pub(crate) fn launch(mut recorder: Command, channels: usize) -> Self {
        let mut child = recorder
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| missing(&recorder.get_program().to_string_lossy(), &error));
        let mut stdout = child.stdout.take().expect("its output is a pipe");
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let collected = Arc::clone(&bytes);
        thread::spawn(move || {
            let mut block = [0; 8_192];
            while let Ok(count @ 1..) = stdout.read(&mut block) {
                collected
                    .lock()
                    .expect("no one panics with it")
                    .extend_from_slice(&block[..count]);
            }
        });
        Self {
            child,
            bytes,
            channels,
        }
    }

    /// Waits until it records.
    ///
    /// # Panics
    /// When it does not.
    pub(crate) fn begun(self) -> Self {
        let began = Instant::now();
        while self.frames() == 0 {
            assert!(
                began.elapsed() < START_LIMIT,
                "the recorder does not record"
            );
            thread::sleep(Duration::from_millis(10));
        }
        self
    }

    /// Forgets what was recorded so far.
    pub(crate) fn forget(&self) {
        self.bytes.lock().expect("no one panics with it").clear();
    }

    /// Frames recorded so far.
    pub(crate) fn frames(&self) -> usize {
        self.bytes.lock().expect("no one panics with it").len() / (4 * self.channels)
    }

    /// What was recorded so far.
    pub(crate) fn so_far(&self) -> Recorded {
        let bytes = self.bytes.lock().expect("no one panics with it");
        let samples = bytes
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            .collect();
        Recorded {
            samples,
            channels: self.channels,
        }
    }

    /// Records a little more, so that what was played last is in it, and ends.
    pub(crate) fn stop(self) -> Recorded {
        let last = self.frames() + 24_000;
        let began = Instant::now();
        while self.frames() < last && began.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(10));
        }
        self.so_far()
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// What was recorded.
pub(crate) struct Recorded {
    samples: Vec<f32>,
    channels: usize,
}

impl Recorded {
    /// The samples of both ears: the first two channels, or twice the only one.
    pub(crate) fn ears(&self) -> [Vec<f32>; 2] {
        [0, 1].map(|ear| self.channel(ear.min(self.channels - 1)))
    }

    /// The samples of one channel, from 0.
    pub(crate) fn channel(&self, channel: usize) -> Vec<f32> {
        self.samples
            .chunks_exact(self.channels)
            .map(|frame| frame[channel])
            .collect()
    }
}
