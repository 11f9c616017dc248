//! How much is heard of a source: all of it, nothing, or what is between while that changes.

use crate::dsp::QUANTUM;

use super::spot::Fade;

/// A factor that goes from one value to another along half a cosine, so that it neither steps nor
/// bends sharply.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    from: f32,
    to: f32,
    /// Frames of the whole way, and how many of them have gone.
    frames: u32,
    since: u32,
}

impl Level {
    /// All of it is heard.
    pub(super) const FULL: Self = Self {
        from: 1.0,
        to: 1.0,
        frames: 0,
        since: 0,
    };

    /// Goes from where it is to `gain` in so many frames; none: it is there at once.
    pub(super) fn go(&mut self, gain: f32, frames: u32) {
        *self = Self {
            from: self.now(),
            to: gain,
            frames,
            since: 0,
        };
    }

    /// What is heard in the next quantum, a straight line.
    pub(super) fn next_quantum(&mut self) -> Fade {
        let from = self.now();
        self.since = self.since.saturating_add(QUANTUM as u32).min(self.frames);
        let to = self.now();
        Fade { from, to }
    }

    fn now(&self) -> f32 {
        if self.since >= self.frames {
            return self.to;
        }
        let part = self.since as f32 / self.frames as f32;
        let gone = 0.5 - 0.5 * (std::f32::consts::PI * part).cos();
        self.from + (self.to - self.from) * gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_all_the_way_without_a_step_and_turns_back_from_where_it_is() {
        let mut level = Level::FULL;
        assert_eq!(level.next_quantum(), Fade::NONE);
        level.go(0.0, 4800);
        let mut last = 1.0;
        for _ in 0..19 {
            let Fade { from, to } = level.next_quantum();
            assert_eq!(from, last, "it steps between two quanta");
            assert!(from - to < 0.05, "{from} to {to} in a quantum");
            last = to;
        }
        assert!((0.48..0.52).contains(&last), "{last} half way");
        level.go(1.0, 1200);
        assert_eq!(level.next_quantum().from, last, "it turns back elsewhere");
        for _ in 0..9 {
            level.next_quantum();
        }
        assert_eq!(level.next_quantum(), Fade::NONE);
    }

    #[test]
    fn in_no_time_it_is_there_at_once() {
        let mut level = Level::FULL;
        level.go(0.0, 0);
        assert_eq!(level.next_quantum(), Fade::ALL);
    }
}
