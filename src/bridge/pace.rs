//! How far behind its positions a path is played: enough that it is smooth, and no more.

use crate::render::Timing;

/// Intervals that are remembered.
const INTERVALS: usize = 8;

/// Until intervals have been seen, positions are taken to come as often as this: seconds.
const FIRST_GUESS_S: f64 = 0.05;

/// A longer interval than this is a pause, which says nothing of how often positions come: seconds.
const PAUSE_S: f64 = 1.0;

/// Least delay, in seconds: what even a single position is spread over, so that it does not click.
const LEAST_DELAY_S: f64 = 0.005;

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

    /// With the mean interval T, a point of the path is needed T after it came at the latest: so
    /// long it takes until the next one is there. What comes irregularly needs more, up to 1.25 T.
    /// What is left of 1.5 T smooths: a window of 2 (1.5 T - need) reaches just as far ahead.
    fn timing(&self) -> Timing {
        let least = LEAST_DELAY_S * self.rate;
        let (mean, long) = self.mean_and_long();
        let need = long.clamp(mean, 1.25 * mean);
        let delay_frames = match self.delay {
            MotionDelay::Auto => (1.5 * mean).max(least),
            MotionDelay::Fixed(seconds) => (seconds * self.rate).max(least),
        };
        let window_frames = (2.0 * (delay_frames - need)).clamp(0.0, mean);
        Timing {
            delay_frames,
            window_frames,
        }
    }

    /// The mean interval, and one that only a single one of those remembered exceeds.
    fn mean_and_long(&self) -> (f64, f64) {
        if self.intervals.is_empty() {
            let guess = FIRST_GUESS_S * self.rate;
            return (guess, guess);
        }
        let mean = self.intervals.iter().sum::<f64>() / self.intervals.len() as f64;
        let mut sorted = self.intervals.clone();
        sorted.sort_by(f64::total_cmp);
        let long = sorted.iter().rev().nth(1).copied().unwrap_or(mean);
        (mean, long)
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
            timing,
            Timing {
                delay_frames: 7200.0,
                window_frames: 4800.0
            }
        );
    }

    #[test]
    fn irregular_positions_get_a_shorter_window_and_never_a_longer_delay() {
        let intervals = [
            4000.0, 5600.0, 4800.0, 4000.0, 5600.0, 4800.0, 4000.0, 5600.0,
        ];
        let timing = timing_after(MotionDelay::Auto, &intervals);
        assert!(timing.delay_frames <= 1.5 * 4800.0);
        assert!(
            (2000.0..4800.0).contains(&timing.window_frames),
            "{timing:?}"
        );
    }

    #[test]
    fn one_lost_position_does_not_change_the_window_and_a_pause_changes_nothing() {
        let mut intervals = vec![4800.0; 20];
        intervals.push(9600.0);
        let timing = timing_after(MotionDelay::Auto, &intervals);
        assert!(
            timing.delay_frames <= 1.5 * 5400.0 && timing.window_frames > 4800.0,
            "{timing:?}"
        );
        intervals.pop();
        intervals.push(480_000.0);
        let timing = timing_after(MotionDelay::Auto, &intervals);
        assert_eq!(
            timing,
            Timing {
                delay_frames: 7200.0,
                window_frames: 4800.0
            }
        );
    }

    #[test]
    fn a_fixed_delay_is_kept_and_smooths_as_much_as_it_can() {
        let fixed = |seconds| timing_after(MotionDelay::Fixed(seconds), &[4800.0; 20]);
        assert_eq!(
            fixed(0.2),
            Timing {
                delay_frames: 9600.0,
                window_frames: 4800.0
            }
        );
        assert_eq!(
            fixed(0.12),
            Timing {
                delay_frames: 5760.0,
                window_frames: 1920.0
            }
        );
        assert_eq!(
            fixed(0.0),
            Timing {
                delay_frames: 240.0,
                window_frames: 0.0
            }
        );
    }
}
