//! Sounds and filters by frequency: the transform behind the ear filters.
//!
//! A filter is cut into partitions of one quantum, each turned into its spectrum once and for all.
//! The sound is transformed a quantum at a time, together with the one before it; a multiplication
//! with a partition's spectrum then is that partition's filter, and the second half of what comes
//! back is one quantum of its output (overlap-save). Nothing is delayed by it: the quantum that is
//! heard is the one that came in.
//!
//! Source: A. Torger and A. Farina, "Real-time partitioned convolution for ambiophonics surround
//! sound", IEEE WASPAA 2001; two real values for one complex one: W. H. Press et al., "Numerical
//! Recipes", chapter on the transform of real functions.
#![allow(
    clippy::indexing_slicing,
    reason = "all indices run over arrays whose length is a constant"
)]

use std::fmt;
use std::sync::Arc;

use multiversion::multiversion;
use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use super::fused::{for_this_processor, fused};
use super::{Block, QUANTUM};

/// The spectrum of two quanta: the real and the imaginary parts from 0 Hz to just below half the
/// sample rate. What is at half the sample rate, real like that at 0 Hz, stands in the imaginary
/// part of the first.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub struct Spectrum {
    /// Real parts.
    pub re: Block,
    /// Imaginary parts.
    pub im: Block,
}

impl Spectrum {
    /// That of silence.
    pub const SILENCE: Self = Self {
        re: [0.0; QUANTUM],
        im: [0.0; QUANTUM],
    };

    /// Adds `weight` times another one.
    pub fn add(&mut self, other: &Self, weight: f32) {
        for (sum, value) in self.re.iter_mut().zip(&other.re) {
            *sum += weight * value;
        }
        for (sum, value) in self.im.iter_mut().zip(&other.im) {
            *sum += weight * value;
        }
    }
}

/// Goes from sounds to spectra and back.
pub struct Transform {
    forward: Arc<dyn Fft<f32>>,
    backward: Arc<dyn Fft<f32>>,
    /// The k-th of twice as many roots of one as there are frames in a quantum.
    roots: Spectrum,
    values: Box<[Complex32; QUANTUM]>,
    scratch: Box<[Complex32]>,
}

impl Transform {
    /// Prepares it.
    pub fn new() -> Self {
        let mut planner = FftPlanner::new();
        let forward = planner.plan_fft_forward(QUANTUM);
        let backward = planner.plan_fft_inverse(QUANTUM);
        let scratch = forward
            .get_inplace_scratch_len()
            .max(backward.get_inplace_scratch_len());
        let mut roots = Spectrum::SILENCE;
        for (k, (re, im)) in roots.re.iter_mut().zip(&mut roots.im).enumerate() {
            let (sin, cos) = (std::f64::consts::PI * k as f64 / QUANTUM as f64).sin_cos();
            (*re, *im) = (cos as f32, -sin as f32);
        }
        Self {
            forward,
            backward,
            roots,
            values: Box::new([Complex32::ZERO; QUANTUM]),
            scratch: vec![Complex32::ZERO; scratch].into(),
        }
    }

    /// The spectrum of two quanta.
    ///
    /// Real-time: bounded, no allocation.
    pub fn forward(&mut self, older: &Block, newer: &Block, out: &mut Spectrum) {
        let halves = self.values.as_chunks_mut::<{ QUANTUM / 2 }>().0;
        for (half, sound) in halves.iter_mut().zip([older, newer]) {
            for (value, [even, odd]) in half.iter_mut().zip(sound.as_chunks::<2>().0) {
                *value = Complex32::new(*even, *odd);
            }
        }
        self.forward
            .process_with_scratch(self.values.as_mut_slice(), &mut self.scratch);
        untangle(&self.values, &self.roots, out);
    }

    /// The newer of the two quanta of a spectrum.
    ///
    /// Real-time: bounded, no allocation.
    pub fn newer(&mut self, spectrum: &Spectrum, out: &mut Block) {
        tangle(spectrum, &self.roots, &mut self.values);
        self.backward
            .process_with_scratch(self.values.as_mut_slice(), &mut self.scratch);
        let newer = self.values.iter().skip(QUANTUM / 2);
        for ([even, odd], value) in out.as_chunks_mut::<2>().0.iter_mut().zip(newer) {
            (*even, *odd) = (value.re, value.im);
        }
    }

    /// The partitions of a filter, whose first tap comes first: as many as its length takes.
    pub fn partitions(&mut self, taps: &[f32]) -> Vec<Spectrum> {
        let partition = |taps: &[f32]| {
            let mut older = [0.0; QUANTUM];
            for (sample, tap) in older.iter_mut().zip(taps) {
                *sample = *tap;
            }
            let mut spectrum = Spectrum::SILENCE;
            self.forward(&older, &[0.0; QUANTUM], &mut spectrum);
            spectrum
        };
        taps.chunks(QUANTUM).map(partition).collect()
    }

    /// The taps of partitions, the first tap first.
    pub fn taps(&mut self, partitions: &[Spectrum]) -> Vec<f32> {
        // What is wanted are the older quanta: half a turn moves each into the newer's place.
        let mut taps = Vec::with_capacity(partitions.len() * QUANTUM);
        for partition in partitions {
            let mut turned = *partition;
            for odd in turned.re.iter_mut().skip(1).step_by(2) {
                *odd = -*odd;
            }
            for odd in turned.im.iter_mut().skip(1).step_by(2) {
                *odd = -*odd;
            }
            let mut block = [0.0; QUANTUM];
            self.newer(&turned, &mut block);
            taps.extend(block);
        }
        taps
    }
}

impl Default for Transform {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transform").finish_non_exhaustive()
    }
}

/// From the transform of neighbouring frames as complex values to the spectrum of the frames.
#[multiversion(targets("x86_64+avx2+fma"))]
fn untangle(values: &[Complex32; QUANTUM], roots: &Spectrum, out: &mut Spectrum) {
    for_this_processor!(untangle_for(values, roots, out));
}

/// The way back, divided by the number of frames.
#[multiversion(targets("x86_64+avx2+fma"))]
fn tangle(spectrum: &Spectrum, roots: &Spectrum, out: &mut [Complex32; QUANTUM]) {
    for_this_processor!(tangle_for(spectrum, roots, out));
}

#[inline(always)]
fn untangle_for<const FUSED: bool>(
    values: &[Complex32; QUANTUM],
    roots: &Spectrum,
    out: &mut Spectrum,
) {
    let here = Spectrum {
        re: values.map(|value| value.re),
        im: values.map(|value| value.im),
    };
    let there = mirrored(&here);
    for k in 0..QUANTUM {
        // Those of the even frames, and those of the odd ones times i.
        let (even_re, even_im) = (here.re[k] + there.re[k], here.im[k] - there.im[k]);
        let (odd_re, odd_im) = (here.im[k] + there.im[k], there.re[k] - here.re[k]);
        let (cos, sin) = (0.5 * roots.re[k], 0.5 * roots.im[k]);
        out.re[k] = fused::<FUSED>(odd_re, cos, fused::<FUSED>(-odd_im, sin, 0.5 * even_re));
        out.im[k] = fused::<FUSED>(odd_re, sin, fused::<FUSED>(odd_im, cos, 0.5 * even_im));
    }
    out.re[0] = here.re[0] + here.im[0];
    out.im[0] = here.re[0] - here.im[0];
}

#[inline(always)]
fn tangle_for<const FUSED: bool>(
    spectrum: &Spectrum,
    roots: &Spectrum,
    out: &mut [Complex32; QUANTUM],
) {
    const SCALE: f32 = 0.5 / QUANTUM as f32;
    let there = mirrored(spectrum);
    let (mut re, mut im) = ([0.0; QUANTUM], [0.0; QUANTUM]);
    for k in 0..QUANTUM {
        let (even_re, even_im) = (spectrum.re[k] + there.re[k], spectrum.im[k] - there.im[k]);
        let (odd_re, odd_im) = (spectrum.re[k] - there.re[k], spectrum.im[k] + there.im[k]);
        let (cos, sin) = (roots.re[k], -roots.im[k]);
        // i times the root times the odd part.
        re[k] = fused::<FUSED>(-odd_re, sin, fused::<FUSED>(-odd_im, cos, even_re));
        im[k] = fused::<FUSED>(odd_re, cos, fused::<FUSED>(-odd_im, sin, even_im));
    }
    re[0] = spectrum.re[0] + spectrum.im[0];
    im[0] = spectrum.re[0] - spectrum.im[0];
    for ((value, re), im) in out.iter_mut().zip(re).zip(im) {
        *value = Complex32::new(SCALE * re, SCALE * im);
    }
}

/// The k-th from the end in the k-th's place; the first stays.
#[inline(always)]
fn mirrored(spectrum: &Spectrum) -> Spectrum {
    let mut mirrored = *spectrum;
    let ([_, re @ ..], [_, im @ ..]) = (&mut mirrored.re, &mut mirrored.im);
    re.reverse();
    im.reverse();
    mirrored
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u64) -> [Block; 2] {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut sound = [[0.0; QUANTUM]; 2];
        sound.as_flattened_mut().fill_with(|| rng.f32() - 0.5);
        sound
    }

    #[test]
    fn the_spectrum_is_the_sum_that_defines_it() {
        let sound = noise(1);
        let mut spectrum = Spectrum::SILENCE;
        Transform::new().forward(&sound[0], &sound[1], &mut spectrum);
        for k in 0..=QUANTUM {
            let (mut re, mut im) = (0.0, 0.0);
            for (n, sample) in sound.as_flattened().iter().enumerate() {
                let (sin, cos) = (std::f64::consts::PI * (n * k) as f64 / QUANTUM as f64).sin_cos();
                re += f64::from(*sample) * cos;
                im -= f64::from(*sample) * sin;
            }
            let got = match k {
                0 => (spectrum.re[0], 0.0),
                QUANTUM => (spectrum.im[0], 0.0),
                k => (spectrum.re[k], spectrum.im[k]),
            };
            let error = (f64::from(got.0) - re).hypot(f64::from(got.1) - im);
            assert!(error < 1e-5, "{got:?} is not {re}, {im} at {k}");
        }
    }

    #[test]
    fn the_newer_quantum_comes_back_as_it_was() {
        let (sound, mut transform) = (noise(2), Transform::new());
        let (mut spectrum, mut newer) = (Spectrum::SILENCE, [0.0; QUANTUM]);
        transform.forward(&sound[0], &sound[1], &mut spectrum);
        transform.newer(&spectrum, &mut newer);
        for (got, sample) in newer.iter().zip(sound[1]) {
            assert!((got - sample).abs() < 1e-6, "{got} is not {sample}");
        }
    }

    #[test]
    fn a_filter_of_any_length_comes_back_from_its_partitions() {
        let mut transform = Transform::new();
        let mut rng = fastrand::Rng::with_seed(3);
        for length in [1, 31, 32, 33, 65, 200] {
            let taps: Vec<f32> = (0..length).map(|_| rng.f32() - 0.5).collect();
            let partitions = transform.partitions(&taps);
            assert_eq!(partitions.len(), taps.len().div_ceil(QUANTUM));
            let got = transform.taps(&partitions);
            for (n, got) in got.iter().enumerate() {
                let tap = taps.get(n).copied().unwrap_or(0.0);
                assert!((got - tap).abs() < 1e-6, "{got} is not {tap} at {n}");
            }
        }
    }

    #[test]
    fn every_processor_gives_the_same_up_to_rounding() {
        let transform = Transform::new();
        let [a, b] = noise(4);
        let spectrum = Spectrum { re: a, im: b };
        let values: [Complex32; QUANTUM] = std::array::from_fn(|k| Complex32::new(a[k], b[k]));
        let (mut plain, mut fast) = (Spectrum::SILENCE, Spectrum::SILENCE);
        untangle_for::<false>(&values, &transform.roots, &mut plain);
        untangle(&values, &transform.roots, &mut fast);
        let (mut plain_back, mut fast_back) = (values, values);
        tangle_for::<false>(&spectrum, &transform.roots, &mut plain_back);
        tangle(&spectrum, &transform.roots, &mut fast_back);
        for k in 0..QUANTUM {
            assert!((plain.re[k] - fast.re[k]).abs() < 1e-6, "{k}");
            assert!((plain.im[k] - fast.im[k]).abs() < 1e-6, "{k}");
            assert!((plain_back[k] - fast_back[k]).norm() < 1e-6, "{k}");
        }
    }
}
