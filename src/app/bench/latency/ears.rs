//! Where the source is in a recording, and what of it was played when.

use std::f64::consts::{PI, TAU};
use std::ops::Range;

use super::test_sound::{self, TONE_HZ};
use crate::audio::StereoFrame;

/// The tone's phase is taken over so long, in seconds: three periods.
const WINDOW_S: f64 = 0.005;

/// Moments at which the side is looked at, in seconds.
const HOP_S: f64 = 0.000_25;

/// A smaller difference between both sides than this is none, in radians.
const LEAST_DIFFERENCE: f64 = 0.01;

/// How much of the recording is held against the noise, in seconds.
const PIECE_S: f64 = 0.03;

/// How like the noise it must be: 1 is the same. The ear's filter changes it a little.
const LEAST_LIKENESS: f64 = 0.3;

/// A recording of both ears.
pub(super) struct Ears {
    rate: f64,
    left: Vec<f32>,
    right: Vec<f32>,
    /// The noise in what is played, round and round.
    noise: Vec<f32>,
}

impl Ears {
    pub(super) fn new(frames: &[StereoFrame], sample_rate: u32) -> Self {
        Self {
            rate: f64::from(sample_rate),
            left: frames.iter().map(|frame| frame.left).collect(),
            right: frames.iter().map(|frame| frame.right).collect(),
            noise: test_sound::high_passed(&test_sound::noise(sample_rate)),
        }
    }

    /// How much the phase of the tone is ahead in the left ear, with the middle of the window at
    /// `frame`: radians.
    fn side(&self, frame: f64) -> Option<f64> {
        let length = (WINDOW_S * self.rate).round() as usize;
        let begin = frame.round() as usize;
        let begin = begin.checked_sub(length / 2)?;
        let phasor = |ear: &[f32]| -> Option<(f64, f64)> {
            let samples = ear.get(begin..begin + length)?;
            let (mut re, mut im) = (0.0, 0.0);
            for (n, sample) in samples.iter().enumerate() {
                let weight = (PI * (n as f64 + 0.5) / length as f64).sin().powi(2);
                let (sin, cos) = (TAU * TONE_HZ * n as f64 / self.rate).sin_cos();
                re += weight * f64::from(*sample) * cos;
                im -= weight * f64::from(*sample) * sin;
            }
            Some((re, im))
        };
        let (left, right) = (phasor(&self.left)?, phasor(&self.right)?);
        let re = left.0 * right.0 + left.1 * right.1;
        let im = left.1 * right.0 - left.0 * right.1;
        Some(im.atan2(re))
    }

    /// The mean side in some frames.
    fn mean_side(&self, frames: Range<f64>) -> Option<f64> {
        let hop = HOP_S * self.rate;
        let count = ((frames.end - frames.start) / hop) as usize;
        let sides: Option<Vec<f64>> = (0..count)
            .map(|n| self.side(frames.start + n as f64 * hop))
            .collect();
        let sides = sides?;
        (!sides.is_empty()).then(|| sides.iter().sum::<f64>() / sides.len() as f64)
    }

    /// The frame at which the source is half-way from the side where it is `before` to where it is
    /// `after`, which lies between them. `left`: it goes to the left.
    pub(super) fn half_way(
        &self,
        before: Range<f64>,
        after: Range<f64>,
        left: bool,
    ) -> Option<f64> {
        let hop = HOP_S * self.rate;
        let start = before.end;
        let count = ((after.start - start) / hop) as usize;
        let (from, to) = (self.mean_side(before)?, self.mean_side(after)?);
        let towards = if left { to - from } else { from - to };
        if towards < LEAST_DIFFERENCE {
            return None;
        }
        let done = |n: usize| {
            let side = self.side(start + n as f64 * hop)?;
            Some((side - from) / (to - from))
        };
        let mut last = done(0)?;
        for n in 1..count {
            let now = done(n)?;
            if last < 0.5 && now >= 0.5 {
                let part = (0.5 - last) / (now - last);
                return Some(start + (n as f64 - 1.0 + part) * hop);
            }
            last = now;
        }
        None
    }

    /// How many frames later than they are in what is played the frames of the recording from
    /// `frame` on are: at least `least`, and less than the noise is long. Both ears together, in the
    /// mean. None when what is recorded is something else.
    pub(super) fn delay(&self, frame: f64, least: f64) -> Option<f64> {
        let of = |ear: &[f32]| {
            let begin = frame.round() as usize;
            let length = (PIECE_S * self.rate) as usize;
            let piece = test_sound::high_passed(ear.get(begin..begin + length)?);
            // The first ones know of what is not before them.
            let at = self.find(piece.get(8..)?)?;
            let noise = self.noise.len() as f64;
            let delay = frame.round() + 8.0 - at as f64;
            Some((delay - least).rem_euclid(noise) + least)
        };
        Some(0.5 * (of(&self.left)? + of(&self.right)?))
    }

    /// Where in the noise a piece of it is.
    fn find(&self, piece: &[f32]) -> Option<usize> {
        let noise = &self.noise;
        let twice: Vec<f32> = noise.iter().chain(noise).copied().collect();
        let power = |signal: &[f32]| f64::from(dot(signal, signal));
        let likeness = |at: usize| f64::from(dot(&twice[at..at + piece.len()], piece));
        let (best, likeness) = (0..noise.len())
            .map(|at| (at, likeness(at)))
            .max_by(|(_, one), (_, other)| one.total_cmp(other))?;
        let most = (power(piece) * power(&twice[best..best + piece.len()])).sqrt();
        (most > 0.0 && likeness > LEAST_LIKENESS * most).then_some(best)
    }
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    // In parts, which the compiler makes vectors of.
    let mut sums = [0.0_f32; 8];
    for (one, other) in one.chunks_exact(8).zip(other.chunks_exact(8)) {
        for (sum, (a, b)) in sums.iter_mut().zip(one.iter().zip(other)) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;
    /// When it steps, and how late it is recorded.
    const STEP: usize = 20_000;
    const LATE: usize = 777;

    /// The test sound as it was recorded, with the source going over to the left in 480 frames.
    fn recording() -> Vec<StereoFrame> {
        let noise = test_sound::noise(RATE);
        let tone = |frame: f64| (TAU * TONE_HZ * frame / f64::from(RATE)).sin() as f32;
        let sample = |n: usize, delay: f64| {
            let frame = n as f64 - LATE as f64;
            0.06 * tone(frame - delay) + noise[(n + noise.len() - LATE) % noise.len()]
        };
        (0..40_000)
            .map(|n| {
                let gone = (n as f64 - STEP as f64).clamp(-240.0, 240.0) / 240.0;
                StereoFrame::new(sample(n, -3.0 * gone), sample(n, 3.0 * gone))
            })
            .collect()
    }

    #[test]
    fn a_step_is_found_where_it_is_half_way() {
        let ears = Ears::new(&recording(), RATE);
        let find = |left| ears.half_way(15_000.0..19_000.0, 22_000.0..25_000.0, left);
        let half = find(true).expect("it is there");
        assert!((half - STEP as f64).abs() < 2.0, "{half}");
        assert_eq!(find(false), None, "it goes to the other side");
        let still = ears.half_way(5_000.0..8_000.0, 10_000.0..12_000.0, true);
        assert_eq!(still, None, "nothing steps there");
        let beyond = ears.half_way(30_000.0..32_000.0, 39_000.0..50_000.0, true);
        assert_eq!(beyond, None, "the recording is over");
    }

    #[test]
    fn the_noise_says_how_late_it_was_recorded() {
        let ears = Ears::new(&recording(), RATE);
        for frame in [5_000.0, 30_000.0] {
            assert_eq!(ears.delay(frame, 0.0), Some(LATE as f64));
            assert_eq!(ears.delay(frame, 1_000.0), Some((LATE + 48_000) as f64));
        }
        let mut random = fastrand::Rng::with_seed(2);
        let other: Vec<StereoFrame> = (0..10_000)
            .map(|_| StereoFrame::new(random.f32() - 0.5, random.f32() - 0.5))
            .collect();
        assert_eq!(Ears::new(&other, RATE).delay(1_000.0, 0.0), None);
        let silence = vec![StereoFrame::SILENCE; 10_000];
        assert_eq!(Ears::new(&silence, RATE).delay(1_000.0, 0.0), None);
    }
}
