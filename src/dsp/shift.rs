//! Delays by frequency: a turn of the phase that grows with it.
//!
//! A sound that is delayed by so many frames, whole ones or not, has the phase of each frequency
//! turned by as much of its period. All frequencies below the upper end of the band come through
//! unchanged at every fraction of a frame: linear interpolation between two frames would lose 6 dB
//! of 16 kHz at 48 kHz half way between them, and a source that moves would tremble in the treble.
//!
//! Up to half the sample rate that holds for endless sounds only. So what is delayed is faded out
//! towards it ([`taper`]), by a filter that is short: 20 frames to either side.

use std::f64::consts::TAU;

use rustfft::num_complex::Complex64;

use super::fused::fused;
use super::kernel::{kaiser, sinc};
use super::spectrum::{Bins, LANES};

/// Frames by which a delayed sound begins early and ends late at most. Shorter delays would need the
/// future.
pub const REACH: usize = 20;

/// Up to where nothing is taken away, as a part of half the sample rate: 17.3 kHz at 48 kHz.
const BAND: f64 = 0.72;

/// Shape of the Kaiser window of the filter: what it leaves at half the sample rate and above is
/// below -75 dB.
const KAISER_BETA: f64 = 8.0;

/// A delay.
#[derive(Clone, Copy, Debug)]
pub struct Shift {
    /// At the first frequencies.
    first: Bins,
    /// From one of them to that which is so many lanes higher.
    step: (f32, f32),
}

impl Shift {
    /// No delay.
    pub const NONE: Self = Self {
        first: Bins {
            re: [1.0; LANES],
            im: [0.0; LANES],
        },
        step: (1.0, 0.0),
    };

    /// A delay of `delay` frames (at least [`REACH`]) within a transform of `frames`.
    ///
    /// Real-time: bounded, no allocation.
    pub fn new(delay: f64, frames: usize) -> Self {
        // Single precision is as exact as the turns are.
        let (sin, cos) = ((-TAU * delay / frames as f64) as f32).sin_cos();
        let mut shift = Self::NONE;
        let one = Complex64::new(cos.into(), sin.into());
        let two = one * one;
        let four = two * two;
        let powers = [Complex64::ONE, one, two, two * one];
        let powers = powers.into_iter().chain(powers.map(|power| power * four));
        for ((re, im), power) in shift
            .first
            .re
            .iter_mut()
            .zip(&mut shift.first.im)
            .zip(powers)
        {
            (*re, *im) = (power.re as f32, power.im as f32);
        }
        let step = four * four;
        shift.step = (step.re as f32, step.im as f32);
        shift
    }

    /// Its turns, from the lowest frequencies on.
    #[inline(always)]
    pub(super) fn turns<const FUSED: bool>(self) -> impl Iterator<Item = Bins> {
        let Self { first, step } = self;
        std::iter::successors(Some(first), move |last| {
            let mut next = *last;
            let lanes = next.re.iter_mut().zip(&mut next.im);
            for (re, im) in lanes {
                (*re, *im) = (
                    fused::<FUSED>(*re, step.0, -*im * step.1),
                    fused::<FUSED>(*re, step.1, *im * step.0),
                );
            }
            Some(next)
        })
    }
}

/// What is left of each frequency of a transform of `frames`: 1 up to 0.72 of half the sample rate,
/// then less and less, and next to nothing at the end.
pub fn taper(frames: usize) -> Vec<f32> {
    let cutoff = 0.5 * (1.0 + BAND);
    let tap = |n: usize| {
        let t = n as f64;
        cutoff * sinc(cutoff * t) * kaiser(t / REACH as f64, KAISER_BETA)
    };
    let gain = |k: usize| {
        let omega = TAU * k as f64 / frames as f64;
        let pairs = (1..=REACH).map(|n| 2.0 * tap(n) * (omega * n as f64).cos());
        tap(0) + pairs.sum::<f64>()
    };
    let level = gain(0);
    (0..frames / 2).map(|k| (gain(k) / level) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::super::spectrum::{Transform, silence};
    use super::*;

    const FRAMES: usize = 384;

    /// A tapered impulse, delayed.
    fn delayed(delay: f64) -> Vec<f32> {
        let mut transform = Transform::new(FRAMES);
        let mut spectrum = silence(FRAMES);
        let gains = taper(FRAMES);
        let turns = Shift::new(delay, FRAMES).turns::<false>();
        for ((bins, turn), gains) in spectrum.iter_mut().zip(turns).zip(gains.chunks(LANES)) {
            *bins = turn;
            for ((re, im), gain) in bins.re.iter_mut().zip(&mut bins.im).zip(gains) {
                (*re, *im) = (*re * gain, *im * gain);
            }
        }
        transform.backward(&spectrum).to_vec()
    }

    #[test]
    fn every_fraction_is_flat_to_16_khz_at_44_1_khz() {
        for fraction in 0..20_u8 {
            let delay = 30.0 + f64::from(fraction) / 20.0;
            let impulse = delayed(delay);
            for hz in [100.0, 1000.0, 4000.0, 8000.0, 12_000.0, 16_000.0] {
                let omega = TAU * hz / 44_100.0;
                let (mut re, mut im) = (0.0, 0.0);
                for (n, sample) in impulse.iter().enumerate() {
                    let (sin, cos) = (omega * (n as f64 - delay)).sin_cos();
                    re += f64::from(*sample) * cos;
                    im -= f64::from(*sample) * sin;
                }
                let off_db = 20.0 * re.hypot(im).log10();
                assert!(off_db.abs() < 0.02, "{off_db} dB at {hz} Hz, {delay}");
                assert!(im.abs() < 2e-3, "{im} aside at {hz} Hz, {delay}");
            }
        }
    }

    #[test]
    fn a_delayed_impulse_is_short() {
        for fraction in 0..20_u8 {
            let delay = 100.0 + f64::from(fraction) / 20.0;
            for (n, sample) in delayed(delay).iter().enumerate() {
                if (n as f64 - delay).abs() > REACH as f64 {
                    assert!(sample.abs() < 3e-5, "{sample} at frame {n}, {delay}");
                }
            }
        }
    }

    #[test]
    fn the_turns_stay_exact_to_the_end() {
        for delay in [0.3, 41.7, 333.3] {
            let turns = Shift::new(delay, FRAMES).turns::<false>();
            for (at, bins) in turns.take(FRAMES / 2 / LANES).enumerate() {
                for (lane, (re, im)) in bins.re.iter().zip(bins.im).enumerate() {
                    let k = (at * LANES + lane) as f64;
                    let (sin, cos) = (-TAU * delay * k / FRAMES as f64).sin_cos();
                    assert!((f64::from(*re) - cos).abs() < 1e-5, "{re} is not {cos}");
                    assert!((f64::from(im) - sin).abs() < 1e-5, "{im} is not {sin}");
                }
            }
        }
    }
}
