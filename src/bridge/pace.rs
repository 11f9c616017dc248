//! How far behind its positions a path is played: enough that it is smooth, and no more.

use crate::render::Timing;

/// Intervals that are remembered.
const INTERVALS: usize = 16;

/// Until intervals have been seen, positions are taken to come as often as this: seconds.
const FIRST_GUESS_S: f64 = 0.05;

/// A longer interval than this is a pause, which says nothing of how often positions come: seconds.
const PAUSE_S: f64 = 1.0;

/// Least delay, in seconds: what even a single position is spread over, so that it does not click.
const LEAST_DELAY_S: f64 = 0.005;

/// For how long a path goes on at least when no position comes: seconds. A loss or two are heard
/// at no rate then, while nobody hears that a source went 3 cm too far before it stopped.
const LEAST_REACH_S: f64 = 0.03;

/// The time in which the delay follows what is seen of the pace: seconds. So slowly that a source
/// does not sound hurried by it.
const SETTLE_S: f64 = 1.0;

/// How far behind the positions a path is played.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum MotionDelay {
    /// One and a half times the interval between the positions that are seen: the default.
    #[default]
    Auto,
    /// So many seconds, 0 to 1; less than 5 ms counts as 5 ms.
    Fixed(f64),
}

/// Watches when the positions of one source come.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    delay: MotionDelay,
    rate: f64,
    /// The newest intervals in frames, the newest last.
    intervals: Vec<f64>,
    last: Option<f64>,
}

impl Pace {
    pub(super) fn new(delay: MotionDelay, sample_rate: u32) -> Self {
        let rate = f64::from(sample_rate);
        Self {
            delay,
            rate,
            intervals: Vec::with_capacity(INTERVALS + 1),
            last: None,
        }
    }

    /// How far behind the positions the path is played from the next one on.
    pub(super) fn set_delay(&mut self, delay: MotionDelay) {
        self.delay = delay;
    }

    /// A position came at `frame`: how is the path to be played now?
    pub(super) fn position_at(&mut self, frame: f64) -> Timing {
        if let Some(last) = self.last.replace(frame) {
            let interval = frame - last;
            if interval > 0.0 && interval < PAUSE_S * self.rate {
                self.intervals.push(interval);
                if self.intervals.len() > INTERVALS {
                    self.intervals.remove(0);
                }
            }
        }
        self.timing()
    }

    /// One and a half intervals behind, the mean over a window as long leaves nothing of the points
    /// to be heard; a longer window would not either. Half the window is foreseen.
    fn timing(&self) -> Timing {
        let least = LEAST_DELAY_S * self.rate;
        let interval_frames = self.interval();
        let smoothing = (1.5 * interval_frames).max(least);
        let delay_frames = match self.delay {
            MotionDelay::Auto => smoothing,
            MotionDelay::Fixed(seconds) => (seconds * self.rate).max(least),
        };
        Timing {
            delay_frames,
            window_frames: delay_frames.min(smoothing),
            interval_frames,
            reach_frames: interval_frames.max(LEAST_REACH_S * self.rate),
            settle_frames: SETTLE_S * self.rate,
        }
    }

    /// The mean interval between positions, in frames.
    fn interval(&self) -> f64 {
        if self.intervals.is_empty() {
            FIRST_GUESS_S * self.rate
        } else {
            self.intervals.iter().sum::<f64>() / self.intervals.len() as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing_after(delay: MotionDelay, intervals: &[f64]) -> Timing {
        let mut pace = Pace::new(delay, 48_000);
        let mut frame = 1000.0;
        let mut timing = pace.position_at(frame);
        for interval in intervals {
            frame += interval;
            timing = pace.position_at(frame);
        }
        timing
    }

    #[test]
    fn regular_positions_are_followed_one_and_a_half_intervals_behind() {
        let timing = timing_after(MotionDelay::Auto, &[4800.0; 20]);
        assert_eq!(
            (timing.delay_frames, timing.window_frames),
            (7200.0, 7200.0)
        );
        assert_eq!(
            (timing.interval_frames, timing.reach_frames),
            (4800.0, 4800.0)
        );
    }

    #[test]
    fn jitter_does_not_make_the_delay_longer() {
        let intervals = [4000.0, 5600.0, 4800.0].repeat(8);
        let timing = timing_after(MotionDelay::Auto, &intervals);
        assert!(timing.delay_frames <= 1.5 * 4900.0, "{timing:?}");
    }

    #[test]
    fn one_lost_position_changes_little_and_a_pause_nothing() {
        let mut intervals = vec![4800.0; 20];
        let before = timing_after(MotionDelay::Auto, &intervals);
        intervals.push(9600.0);
        let timing = timing_after(MotionDelay::Auto, &intervals);
        assert!(
            timing.delay_frames < 1.07 * before.delay_frames,
            "{timing:?}"
        );
        intervals.pop();
        intervals.push(480_000.0);
        assert_eq!(timing_after(MotionDelay::Auto, &intervals), before);
    }

    #[test]
    fn positions_that_come_often_are_foreseen_for_a_least_time() {
        let timing = timing_after(MotionDelay::Auto, &[480.0; 20]);
        assert_eq!(
            (timing.interval_frames, timing.reach_frames),
            (480.0, 1440.0)
        );
    }

    #[test]
    fn a_fixed_delay_is_kept_and_smooths_as_much_as_it_can() {
        let fixed = |seconds| {
            let timing = timing_after(MotionDelay::Fixed(seconds), &[4800.0; 20]);
            (timing.delay_frames, timing.window_frames)
        };
        assert_eq!(fixed(0.2), (9600.0, 7200.0));
        assert_eq!(fixed(0.12), (5760.0, 5760.0));
        assert_eq!(fixed(0.0), (240.0, 240.0));
    }
}
