//! The limiter at the end: nothing louder than -1 dBFS leaves, and nothing is delayed by it.

use crate::audio::StereoFrame;

/// The level that no sample exceeds: -1 dBFS (0.89125), less what the dither of a 16 bit file adds.
pub const CEILING: f32 = 0.8912;

/// Time in which the gain comes back to within 1/e of 1 after a peak, in seconds.
///
/// Short enough that one peak does not duck the sentence after it, long enough that the gain does
/// not follow the single periods of a low tone.
const RELEASE_S: f64 = 0.1;

/// Keeps both ears below [`CEILING`] with one common gain, so that the direction stays.
///
/// It looks at no frame ahead: the gain falls at once to what the present frame needs, which holds
/// a rising peak at the ceiling instead of stepping, and comes back exponentially.
#[derive(Debug)]
pub struct Limiter {
    /// By how much the gain is below 1: 0 to 1. (The gain itself would stick just below 1, where
    /// single precision is coarse.)
    reduction: f32,
    /// How much of the reduction is left after one frame.
    release: f32,
}

impl Limiter {
    /// A limiter at rest for `sample_rate` hertz.
    pub fn new(sample_rate: u32) -> Self {
        let release = (-1.0 / (RELEASE_S * f64::from(sample_rate))).exp() as f32;
        Self {
            reduction: 0.0,
            release,
        }
    }

    /// Holds the level down as far as `other` does: nothing steps when it takes its place.
    pub fn go_on_from(&mut self, other: &Self) {
        self.reduction = other.reduction;
    }

    /// Limits `frames` in place and returns in how many of them the ceiling was reached.
    pub fn process(&mut self, frames: &mut [StereoFrame]) -> usize {
        let mut reached = 0;
        for frame in frames {
            self.reduction *= self.release;
            if self.reduction < 1e-6 {
                // At rest: leaves samples as they are, to the bit.
                self.reduction = 0.0;
            }
            let peak = frame.left.abs().max(frame.right.abs());
            if peak * (1.0 - self.reduction) > CEILING {
                reached += 1;
                self.reduction = 1.0 - CEILING / peak;
            }
            let gain = 1.0 - self.reduction;
            frame.left = (frame.left * gain).clamp(-CEILING, CEILING);
            frame.right = (frame.right * gain).clamp(-CEILING, CEILING);
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(amplitude: f32, frames: usize) -> Vec<StereoFrame> {
        let at = |n: usize| amplitude * (std::f32::consts::TAU * n as f32 / 100.0).sin();
        (0..frames)
            .map(|n| StereoFrame::new(at(n), at(n) * 0.25))
            .collect()
    }

    #[test]
    fn what_is_below_the_ceiling_is_left_alone_to_the_bit() {
        let quiet = sine(0.89, 4800);
        let mut limited = quiet.clone();
        assert_eq!(Limiter::new(48_000).process(&mut limited), 0);
        assert_eq!(limited, quiet);
    }

    #[test]
    fn nothing_gets_over_the_ceiling_and_the_ears_keep_their_ratio() {
        let mut limited = sine(20.0, 9600);
        assert!(Limiter::new(48_000).process(&mut limited) > 0);
        for (n, frame) in limited.iter().enumerate() {
            assert!(frame.left.abs() <= CEILING, "{frame:?} at {n}");
            assert!(
                (frame.right - frame.left * 0.25).abs() < 1e-6,
                "{frame:?} at {n}"
            );
        }
    }

    #[test]
    fn a_peak_is_held_without_a_step_and_the_gain_comes_back() {
        let mut frames = sine(4.0, 2400);
        frames.extend(sine(0.5, 72_000));
        let mut limited = frames.clone();
        Limiter::new(48_000).process(&mut limited);
        let step = |frames: &[StereoFrame]| {
            frames
                .windows(2)
                .map(|w| (w[1].left - w[0].left).abs())
                .fold(0.0, f32::max)
        };
        assert!(step(&limited) <= step(&frames), "the limiter made a step");
        assert_eq!(
            limited.last(),
            frames.last(),
            "the gain is back after 1.5 s"
        );
    }

    #[test]
    fn silence_after_a_peak_stays_silent() {
        let mut limiter = Limiter::new(48_000);
        limiter.process(&mut sine(4.0, 100));
        let mut silence = vec![StereoFrame::SILENCE; 100];
        assert_eq!(limiter.process(&mut silence), 0);
        assert!(silence.iter().all(|frame| *frame == StereoFrame::SILENCE));
    }
}
