//! `--record`: all that is played, through every stream, into one file.

use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;

use crate::output::{RecordSummary, Recorder};

use super::takes::{Take, Takes};
use super::{Failure, off_runtime};

/// A recording that goes on.
pub(super) struct Recording {
    recorder: Recorder,
    takes: Sender<Take>,
    path: PathBuf,
    sample_rate: u32,
}

impl Recording {
    /// Begins with what `first` holds, at the rate that it has in hertz.
    ///
    /// # Errors
    /// When there can be no such file.
    pub(super) fn start(path: &Path, first: Take, sample_rate: u32) -> Result<Self, Failure> {
        let (takes, to_record) = Takes::new(sample_rate);
        let recorder = Recorder::start(path, sample_rate, Box::new(to_record))
            .map_err(|error| Failure::runtime(format!("--record {error}")))?;
        let recording = Self {
            recorder,
            takes,
            path: path.to_owned(),
            sample_rate,
        };
        recording.go_on(first);
        Ok(recording)
    }

    /// Records another take behind what was played until now.
    pub(super) fn go_on(&self, take: Take) {
        // A recorder that has failed says so itself.
        let _ = self.takes.send(take);
    }

    /// Says what has happened to the file, once.
    pub(super) fn tell_news(&self) {
        if let Some(news) = self.recorder.take_news() {
            tracing::error!("--record {news}; playing goes on");
        }
    }

    /// Completes the file, and says what it came to.
    ///
    /// # Errors
    /// When it is not whole.
    pub(super) async fn finish(self) -> Result<(), Failure> {
        let Self {
            recorder,
            path,
            sample_rate,
            ..
        } = self;
        match off_runtime(move || recorder.finish()).await? {
            Ok(summary) => {
                tell(&summary, &path, sample_rate);
                Ok(())
            }
            Err(error) => Err(Failure::runtime(format!("--record {error}"))),
        }
    }
}

/// Says what a recording came to.
fn tell(summary: &RecordSummary, path: &Path, sample_rate: u32) {
    tracing::info!(
        "recorded {:.3} s to {}",
        summary.frames as f64 / f64::from(sample_rate),
        path.display()
    );
    if summary.lost > 0 {
        tracing::warn!(
            "{} of the recorded frames were lost and are silence",
            summary.lost
        );
    }
    if summary.beyond > 0 {
        tracing::warn!(
            "{} frames came after the file was full (4 GiB)",
            summary.beyond
        );
    }
}
