//! What is played: a tone, by which the ears say where the source is, and noise, by which a recording
//! says when it was played.

use std::f64::consts::TAU;

use crate::audio::Clip;

/// The tone, in hertz: so low that the phase between the ears grows with the angle.
pub(super) const TONE_HZ: f64 = 600.0;

/// Full scale is 1: not loud, and far above the steps of 16 bits.
const TONE: f64 = 0.06;
const NOISE: f32 = 0.03;

/// A second of both, which goes on into itself without a seam.
pub(super) fn clip(sample_rate: u32) -> Clip {
    let noise = noise(sample_rate);
    let tone = |n: u32| TONE * (TAU * TONE_HZ * f64::from(n) / f64::from(sample_rate)).sin();
    let samples = (0..sample_rate).zip(noise.iter());
    Clip {
        samples: samples.map(|(n, noise)| tone(n) as f32 + noise).collect(),
        sample_rate,
    }
}

/// The noise in it: without anything near the tone.
pub(super) fn noise(sample_rate: u32) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(1);
    let white: Vec<f32> = (0..sample_rate).map(|_| random.f32() - 0.5).collect();
    high_passed(&white).iter().map(|s| NOISE * s).collect()
}

/// What is left of a signal far above the tone: its second difference, taken twice, round its end.
pub(super) fn high_passed(signal: &[f32]) -> Vec<f32> {
    let difference = |signal: &[f32]| -> Vec<f32> {
        let last = signal.last().copied().unwrap_or_default();
        let before = std::iter::once(last).chain(signal.iter().copied());
        before.zip(signal).map(|(a, b)| 0.5 * (b - a)).collect()
    };
    let mut passed = signal.to_vec();
    for _ in 0..4 {
        passed = difference(&passed);
    }
    passed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rms(signal: &[f32]) -> f32 {
        let power: f32 = signal.iter().map(|s| s * s).sum();
        (power / signal.len() as f32).sqrt()
    }

    #[test]
    fn the_noise_is_alone_where_the_tone_is_taken_away() {
        let clip = clip(48_000);
        let noise = noise(48_000);
        let tone: Vec<f32> = clip
            .samples
            .iter()
            .zip(&noise)
            .map(|(a, b)| a - b)
            .collect();
        assert!((rms(&tone) - 0.042).abs() < 0.001);
        assert!(rms(&high_passed(&tone)) < 1e-4 * rms(&high_passed(&noise)));
        assert!(clip.samples.iter().all(|sample| sample.abs() < 0.1));
    }
}
