//! The record tap as a source of frames for the recorder.

use std::path::Path;
use std::sync::Arc;

use crate::audio::StereoFrame;
use crate::bridge::{Chunk, Counters, RecordTap};
use crate::output::{FrameSource, RecordSummary};

/// Reads the tap; what was lost becomes silence of the same length.
pub(super) struct TapSource {
    tap: RecordTap,
    counters: Arc<Counters>,
    /// Silence still to be given for frames that were lost.
    silence: u64,
    lost: u64,
}

impl TapSource {
    pub(super) fn new(tap: RecordTap, counters: Arc<Counters>) -> Self {
        Self {
            tap,
            counters,
            silence: 0,
            lost: 0,
        }
    }

    fn lose(&mut self, frames: u64) {
        tracing::warn!("--record: {frames} frames came too fast and are silence");
        self.lost += frames;
        self.silence += frames;
    }
}

impl FrameSource for TapSource {
    fn read(&mut self, out: &mut [StereoFrame]) -> usize {
        if self.silence == 0 {
            match self.tap.read(out) {
                Chunk::Frames(count) => return count,
                Chunk::Lost(frames) => self.lose(frames),
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

    /// The tap tells a gap with the block behind it, and behind the last one there is none.
    fn close(&mut self) {
        let untold = self.counters.unrecorded_frames().saturating_sub(self.lost);
        if untold > 0 {
            self.lose(untold);
        }
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

#[cfg(test)]
mod tests {
    use crate::bridge::{BridgeConfig, MotionDelay, bridge};
    use crate::dsp::distance::{DistanceLaw, DistanceModel};
    use crate::head::{Head, HeadShape};
    use crate::render::{Edges, Engine, EngineConfig};

    use super::*;

    #[test]
    fn what_is_lost_at_the_end_is_silence_too() {
        let head = Head::sphere(HeadShape::default(), 48_000).expect("the default head");
        let engine = Engine::new(EngineConfig {
            head: Arc::new(head),
            distance: DistanceLaw {
                model: DistanceModel::None,
                ref_m: 1.0,
                max_m: 100.0,
                rolloff: 1.0,
                min_m: 0.2,
            },
            gain: 1.0,
            limiter: false,
            max_speed_m_s: 100.0,
            sources: 1,
            edges: Edges::default(),
        });
        let (controller, mut endpoint, tap) = bridge(
            engine,
            BridgeConfig {
                sources: 1,
                motion_delay: MotionDelay::Auto,
                record_frames: Some(150),
            },
        );
        let mut source = TapSource::new(
            tap.expect("it was asked for"),
            Arc::clone(controller.counters()),
        );
        let mut out = [StereoFrame::SILENCE; 400];
        // Two fit; the other ones are lost, and none comes after them to tell it.
        for _ in 0..4 {
            endpoint.fill(&mut out[..70]);
        }
        assert_eq!(source.read(&mut out), 140);
        assert_eq!(source.read(&mut out), 0);
        source.close();
        assert_eq!(source.read(&mut out), 140);
        assert_eq!(source.read(&mut out), 0);
        assert_eq!(source.lost(), 140);
    }
}
