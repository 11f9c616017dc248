//! What streams counted: the sum goes on over all of them.

use super::playing::Playing;

/// What the audio threads of one stream, or of several after each other, have counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) callbacks: u64,
    pub(super) frames: u64,
    pub(super) xruns: u64,
    pub(super) lost: u64,
    pub(super) backend_errors: u64,
    pub(super) notices: u64,
    pub(super) limited_frames: u64,
    pub(super) panics: u64,
}

impl Totals {
    /// Of one stream, so far.
    pub(super) fn of(playing: &Playing) -> Self {
        let stream = playing.output.counters().snapshot();
        let audio = playing.controller.counters();
        Self {
            callbacks: stream.callbacks,
            frames: stream.frames,
            xruns: stream.xruns,
            lost: stream.lost,
            backend_errors: stream.backend_errors,
            notices: stream.notices,
            limited_frames: audio.limited_frames(),
            panics: audio.panics(),
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            callbacks: self.callbacks + other.callbacks,
            frames: self.frames + other.frames,
            xruns: self.xruns + other.xruns,
            lost: self.lost + other.lost,
            backend_errors: self.backend_errors + other.backend_errors,
            notices: self.notices + other.notices,
            limited_frames: self.limited_frames + other.limited_frames,
            panics: self.panics + other.panics,
        }
    }
}
