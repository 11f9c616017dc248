//! How a path is played from its points, and how that changes over gradually.

/// How far off, as a part of itself, the delay must be to be followed twice as fast as it settles,
/// and how much faster it is followed at most.
const FAR_OFF: f64 = 0.2;
const MOST_HURRY: f64 = 4.0;

/// How fast the delay and the window may change: frames a frame. A delay that shrinks makes the
/// path run faster by as much.
const MOST_SLEW: f64 = 0.4;

/// How a path is played from its points.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// How far behind now the path is: frames, 0 or more; default 0.
    pub delay_frames: f64,
    /// Over how much of it the mean is taken: frames, 0 to twice the delay; default 0.
    pub window_frames: f64,
    /// How often positions come: frames, 0 or more; default 0: they are exact, and known before
    /// they are played.
    pub interval_frames: f64,
    /// For how long a path goes on when no position comes any more, before it turns back: twice as
    /// long as this, slowing down. Frames, 0 or more; default 0.
    pub reach_frames: f64,
    /// In what time the delay and the window follow a small change of theirs by half: frames, 0 or
    /// more; default 0: as fast as can be.
    pub settle_frames: f64,
}

impl Timing {
    /// Up to where the path must be known to be played at the frame `now`.
    pub(super) fn newest_needed(&self, now: f64) -> f64 {
        now - self.delay_frames + 0.5 * self.window_frames
    }

    /// Goes a part (0 to 1) of the way to another delay and window, each by no more than `most`
    /// frames.
    fn go(&mut self, to: Self, part: f64, most: f64) {
        let step = |from: f64, to: f64| from + (part * (to - from)).clamp(-most, most);
        self.delay_frames = step(self.delay_frames, to.delay_frames);
        self.window_frames = step(self.window_frames, to.window_frames);
    }
}

/// A timing that follows another: smoothed twice, so that the speed of the path has no step, and
/// faster while it is far off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settling {
    present: Timing,
    nearing: Timing,
    target: Timing,
}

impl Settling {
    /// Settled at `timing`.
    pub(super) fn at(timing: Timing) -> Self {
        Self {
            present: timing,
            nearing: timing,
            target: timing,
        }
    }

    /// What it is now: its delay and its window.
    pub(super) fn present(&self) -> &Timing {
        &self.present
    }

    /// What it goes over to.
    pub(super) fn target(&self) -> &Timing {
        &self.target
    }

    /// Goes over to another target from now on.
    pub(super) fn head_for(&mut self, target: Timing) {
        self.target = target;
    }

    /// So many frames have gone.
    pub(super) fn advance(&mut self, frames: f64) {
        let speed = frames / self.target.settle_frames.max(frames).max(1.0);
        let off = self.target.delay_frames / self.nearing.delay_frames.max(1.0) - 1.0;
        let hurry = (1.0 + (off / FAR_OFF).powi(2)).min(MOST_HURRY);
        let part = |hurry: f64| (hurry * speed).min(1.0);
        self.nearing.go(self.target, part(hurry), f64::MAX);
        self.present
            .go(self.nearing, part(MOST_HURRY), MOST_SLEW * frames);
    }
}
