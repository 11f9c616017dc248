//! What the audio side counts. Written by the callback alone, read by anybody.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::peaks::Peaks;

/// Counters of the audio side, since the bridge was made. All but the peaks are monotonic.
#[derive(Debug, Default)]
pub struct Counters {
    /// Calls of the callback.
    pub(super) calls: AtomicU64,
    /// The playhead: the frame that the next callback begins with.
    pub(super) playhead: AtomicU64,
    /// Frames in which the limiter held the level down.
    pub(super) limited_frames: AtomicU64,
    /// Commands that were applied.
    pub(super) commands: AtomicU64,
    /// Frames that the record tap had no room for.
    pub(super) unrecorded_frames: AtomicU64,
    /// Panics that were caught at the edge of the callback.
    pub(super) panics: AtomicU64,
    /// How loud it has been.
    pub(super) peaks: Peaks,
    /// Whether all sound is over.
    pub(super) over: AtomicBool,
}

impl Counters {
    /// Calls of the callback.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// The playhead: the frame that the next callback begins with.
    pub fn playhead(&self) -> u64 {
        self.playhead.load(Ordering::Acquire)
    }

    /// Frames in which the limiter held the level down.
    pub fn limited_frames(&self) -> u64 {
        self.limited_frames.load(Ordering::Relaxed)
    }

    /// Commands that were applied.
    pub fn commands(&self) -> u64 {
        self.commands.load(Ordering::Relaxed)
    }

    /// Frames that the record tap had no room for.
    pub fn unrecorded_frames(&self) -> u64 {
        self.unrecorded_frames.load(Ordering::Relaxed)
    }

    /// Panics that were caught at the edge of the callback. Each silences the endpoint for good.
    pub fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }

    /// The highest absolute sample that was played since this was asked last, of the left and of the
    /// right ear; 1 is full scale.
    pub fn take_peaks(&self) -> [f32; 2] {
        self.peaks.take()
    }

    /// Whether all sound is over: the end has been played.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}
