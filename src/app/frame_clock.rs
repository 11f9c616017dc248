//! What frame it is: the control side's clock in frames of the engine.

use tokio::time::Instant;

/// How much of its error the clock corrects with each look, once it has settled.
const CORRECTION: f64 = 0.02;

/// Beyond this error, in seconds, or two blocks if they are longer, the sound stood still: the clock
/// is set anew.
const GREATEST_ERROR_S: f64 = 0.25;

/// Tells which frame is being rendered at a moment.
///
/// The playhead moves in whole blocks of the device. Taken as it is, positions would seem to come
/// with a jitter of a block; the clock goes on evenly between looks at it, and follows it slowly.
#[derive(Debug)]
pub(super) struct FrameClock {
    sample_rate: f64,
    greatest_error: f64,
    last: Option<(Instant, f64)>,
    looks: f64,
}

impl FrameClock {
    /// A clock for an output of `sample_rate` hertz that takes blocks of `block_frames`.
    pub(super) fn new(sample_rate: u32, block_frames: u32) -> Self {
        let sample_rate = f64::from(sample_rate);
        Self {
            sample_rate,
            greatest_error: (GREATEST_ERROR_S * sample_rate).max(2.0 * f64::from(block_frames)),
            last: None,
            looks: 0.0,
        }
    }

    /// The frame at `now`, when the playhead was seen at `playhead`, and whether the clock was set
    /// anew: only then may it have gone back.
    pub(super) fn frame_at(&mut self, now: Instant, playhead: u64) -> (f64, bool) {
        let seen = playhead as f64;
        let (frame, anew) = match self.last {
            None => (seen, true),
            Some((then, frame)) => {
                let elapsed = now.saturating_duration_since(then).as_secs_f64();
                let expected = frame + elapsed * self.sample_rate;
                let error = seen - expected;
                if error.abs() > self.greatest_error {
                    self.looks = 0.0;
                    (seen, true)
                } else {
                    // The first looks count in full, so that the clock settles quickly.
                    let correction = CORRECTION.max(1.0 / (self.looks + 2.0));
                    ((expected + correction * error).max(frame), false)
                }
            }
        };
        self.looks += 1.0;
        self.last = Some((now, frame));
        (frame, anew)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_clock_runs_evenly_although_the_playhead_steps() {
        let start = Instant::now();
        let mut clock = FrameClock::new(48_000, 1024);
        let mut errors = Vec::new();
        for n in 0..1000_u32 {
            let seconds = f64::from(n) * 0.0137;
            // Blocks of 1024 frames, as they would be rendered.
            let playhead = (seconds * 48_000.0 / 1024.0).floor() as u64 * 1024;
            let now = start + Duration::from_secs_f64(seconds);
            let (frame, anew) = clock.frame_at(now, playhead);
            assert_eq!(anew, n == 0, "set anew at look {n}");
            errors.push(frame - seconds * 48_000.0);
        }
        let settled = &errors[300..];
        let mean = settled.iter().sum::<f64>() / settled.len() as f64;
        assert!(
            (-600.0..-400.0).contains(&mean),
            "half a block behind: {mean}"
        );
        let jitter = settled.iter().map(|e| (e - mean).abs()).fold(0.0, f64::max);
        assert!(jitter < 150.0, "jitter of {jitter} frames");
    }

    #[test]
    fn after_a_stop_of_the_sound_the_clock_is_set_anew() {
        let start = Instant::now();
        let mut clock = FrameClock::new(48_000, 1024);
        clock.frame_at(start, 0);
        let (frame, anew) = clock.frame_at(start + Duration::from_secs(3), 4800);
        assert!((frame - 4800.0).abs() < 1e-9 && anew, "{frame}");
    }

    #[test]
    fn blocks_of_a_second_do_not_set_it_anew() {
        let start = Instant::now();
        let mut clock = FrameClock::new(48_000, 48_000);
        let mut last = 0.0;
        for n in 0..600_u32 {
            let seconds = f64::from(n) / 60.0;
            let now = start + Duration::from_secs_f64(seconds);
            let (frame, anew) = clock.frame_at(now, seconds.floor() as u64 * 48_000);
            assert_eq!(anew, n == 0, "set anew at look {n}");
            assert!(frame >= last, "from {last} back to {frame}");
            last = frame;
        }
    }
}
