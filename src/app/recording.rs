//! The record tap as a source of frames for the recorder.

use std::path::Path;

use crate::audio::StereoFrame;
use crate::bridge::{Chunk, RecordTap};
use crate::output::{FrameSource, RecordSummary};

/// Reads the tap; what was lost becomes silence of the same length.
pub(super) struct TapSource {
    tap: RecordTap,
    /// Silence still to be given for frames that were lost.
    silence: u64,
    lost: u64,
}

impl TapSource {
    pub(super) fn new(tap: RecordTap) -> Self {
        Self {
            tap,
            silence: 0,
            lost: 0,
        }
    }
}

impl FrameSource for TapSource {
    fn read(&mut self, out: &mut [StereoFrame]) -> usize {
        if self.silence == 0 {
            match self.tap.read(out) {
                Chunk::Frames(count) => return count,
                Chunk::Lost(frames) => {
                    tracing::warn!("--record: {frames} frames came too fast and are silence");
                    self.lost += frames;
                    self.silence = frames;
                }
            }
        }
        let count = out
            .len()
            .min(usize::try_from(self.silence).unwrap_or(usize::MAX));
        for frame in out.iter_mut().take(count) {
            *frame = StereoFrame::SILENCE;
        }
        self.silence -= count as u64;
        count
    }

    fn lost(&self) -> u64 {
        self.lost
    }
}

/// Says what a recording came to.
pub(super) fn tell(summary: &RecordSummary, path: &Path, sample_rate: u32) {
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
