//! Sounds and filters by frequency: the transform behind the ear filters.
//!
//! The last frames of a sound are transformed together, as many as a quantum and the longest filter
//! take; a multiplication by a filter's spectrum then is that filter, and the newest quantum of what
//! comes back is its output (overlap-save). Nothing is delayed by it: the quantum that is heard is
//! the one that came in. A filter is never cut into parts, so that filters can be multiplied by each
//! other, and delayed by a turn of their phases.
//!
//! Source: A. V. Oppenheim and R. W. Schafer, "Discrete-Time Signal Processing", chapter on the
//! discrete Fourier transform; two real values for one complex one: W. H. Press et al., "Numerical
//! Recipes", chapter on the transform of real functions.

use std::fmt;
use std::sync::Arc;

use multiversion::multiversion;
use realfft::{ComplexToReal, RealFftPlanner};
use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use super::fused::{for_this_processor, fused};

/// Frequencies that are computed side by side.
pub const LANES: usize = 8;

/// Neighbouring frequencies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(64))]
pub struct Bins {
    /// Real parts.
    pub re: [f32; LANES],
    /// Imaginary parts.
    pub im: [f32; LANES],
}

/// From 0 Hz to just below half the sample rate, evenly spaced. There is nothing at half the sample
/// rate.
pub type Spectrum = [Bins];

/// The spectrum of silence for a transform of so many frames.
pub fn silence(frames: usize) -> Box<Spectrum> {
    vec![Bins::default(); frames / (2 * LANES)].into()
}

/// Goes from sounds to spectra and back.
pub struct Transform {
    forward: Arc<dyn Fft<f32>>,
    backward: Arc<dyn ComplexToReal<f32>>,
    /// Half of the k-th of as many roots of one as there are frames: real and imaginary parts.
    roots: [Box<[f32]>; 2],
    /// Where a spectrum is made: real and imaginary parts.
    parts: [Box<[f32]>; 2],
    /// One more than half as many as frames.
    values: Box<[Complex32]>,
    sound: Box<[f32]>,
    scratch: Box<[Complex32]>,
}

impl Transform {
    /// As many frames as a transform has at least for a sound of `frames`: a multiple of twice
    /// [`LANES`] that can be transformed quickly.
    pub fn frames_for(frames: usize) -> usize {
        let only_small_factors = |n: usize| {
            // The transforms of others take many times as long.
            let rest = [2, 3].into_iter().fold(n, |mut rest, factor| {
                while rest.is_multiple_of(factor) {
                    rest /= factor;
                }
                rest
            });
            rest == 1
        };
        let least = frames.div_ceil(2 * LANES).max(1);
        let mut counts = least..=least.next_power_of_two();
        let count = counts.find(|count| only_small_factors(*count));
        count.unwrap_or(least) * 2 * LANES
    }

    /// Prepares it for sounds of `frames` frames, a multiple of twice [`LANES`].
    pub fn new(frames: usize) -> Self {
        debug_assert!(frames.is_multiple_of(2 * LANES), "whole bins");
        let forward = FftPlanner::new().plan_fft_forward(frames / 2);
        let backward = RealFftPlanner::new().plan_fft_inverse(frames);
        let scratch = forward
            .get_inplace_scratch_len()
            .max(backward.get_scratch_len());
        let root = |k: usize| -std::f64::consts::TAU * k as f64 / frames as f64;
        let half_root = |part: fn(f64) -> f64| {
            let values = (0..frames / 2).map(|k| (0.5 * part(root(k))) as f32);
            values.collect::<Box<[f32]>>()
        };
        let zeros = || vec![0.0; frames / 2].into_boxed_slice();
        Self {
            forward,
            backward,
            roots: [half_root(f64::cos), half_root(f64::sin)],
            parts: [zeros(), zeros()],
            values: vec![Complex32::ZERO; frames / 2 + 1].into(),
            sound: vec![0.0; frames].into(),
            scratch: vec![Complex32::ZERO; scratch].into(),
        }
    }

    /// Frames of its sounds.
    pub fn frames(&self) -> usize {
        self.sound.len()
    }

    /// The spectrum of a sound, given as two pieces, one behind the other, each of a multiple of
    /// twice [`LANES`] frames.
    ///
    /// Real-time: bounded, no allocation.
    pub fn forward(&mut self, [older, newer]: [&[f32]; 2], out: &mut Spectrum) {
        debug_assert_eq!(older.len() + newer.len(), self.frames(), "a whole sound");
        debug_assert!(older.len().is_multiple_of(2 * LANES), "whole bins");
        let Some((last, values)) = self.values.split_last_mut() else {
            return;
        };
        let (first, second) = values
            .split_at_mut_checked(older.len() / 2)
            .unwrap_or_default();
        for (values, sound) in [(first, older), (second, newer)] {
            let values = values.as_chunks_mut::<LANES>().0.iter_mut();
            for (values, sound) in values.zip(sound.as_chunks::<{ 2 * LANES }>().0) {
                if let Some(pairs) = sound.as_chunks::<2>().0.first_chunk() {
                    *values = pairs.map(|[even, odd]| Complex32::new(even, odd));
                }
            }
        }
        self.forward.process_with_scratch(values, &mut self.scratch);
        // So that the first one's mirror image is found behind the last.
        *last = values.first().copied().unwrap_or_default();
        untangle(&self.values, &self.roots, &mut self.parts);
        let [re, im] = &self.parts;
        let parts = re.as_chunks().0.iter().zip(im.as_chunks().0);
        for (bins, (re, im)) in out.iter_mut().zip(parts) {
            (bins.re, bins.im) = (*re, *im);
        }
    }

    /// The sound of a spectrum.
    ///
    /// Real-time: bounded, no allocation.
    pub fn backward(&mut self, spectrum: &Spectrum) -> &[f32] {
        let scale = 1.0 / self.frames() as f32;
        let bins = spectrum
            .iter()
            .flat_map(|bins| bins.re.iter().zip(&bins.im));
        for (value, (re, im)) in self.values.iter_mut().zip(bins) {
            *value = Complex32::new(scale * re, scale * im);
        }
        if let [first, .., last] = &mut *self.values {
            first.im = 0.0;
            *last = Complex32::ZERO;
        }
        // It fails for wrong lengths only, and they are right.
        let done = self.backward.process_with_scratch(
            &mut self.values,
            &mut self.sound,
            &mut self.scratch,
        );
        debug_assert!(done.is_ok(), "the lengths are the plan's");
        &self.sound
    }

    /// The spectrum of a filter, its first tap first, as long as the sounds at most. Not for the
    /// callback: it allocates.
    pub fn filter(&mut self, taps: &[f32], out: &mut Spectrum) {
        let mut sound = vec![0.0; self.frames()];
        for (sample, tap) in sound.iter_mut().zip(taps) {
            *sample = *tap;
        }
        self.forward([&[], &sound], out);
    }
}

impl fmt::Debug for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transform")
            .field("frames", &self.frames())
            .finish_non_exhaustive()
    }
}

/// From the transform of neighbouring frames as complex values, with the first once more behind the
/// last, to the spectrum of the frames.
#[multiversion(targets("x86_64+avx2+fma"))]
fn untangle(values: &[Complex32], roots: &[Box<[f32]>; 2], out: &mut [Box<[f32]>; 2]) {
    for_this_processor!(untangle_for(values, roots, out));
}

#[inline(always)]
fn untangle_for<const FUSED: bool>(
    values: &[Complex32],
    [cosines, sines]: &[Box<[f32]>; 2],
    [out_re, out_im]: &mut [Box<[f32]>; 2],
) {
    let roots = cosines.iter().zip(sines.iter());
    let values = values.iter().zip(values.iter().rev());
    let outs = out_re.iter_mut().zip(out_im.iter_mut());
    for (((re, im), (cos, sin)), (here, there)) in outs.zip(roots).zip(values) {
        // Those of the even frames, and those of the odd ones times i.
        let (even_re, even_im) = (here.re + there.re, here.im - there.im);
        let (odd_re, odd_im) = (here.im + there.im, there.re - here.re);
        *re = fused::<FUSED>(odd_re, *cos, fused::<FUSED>(-odd_im, *sin, 0.5 * even_re));
        *im = fused::<FUSED>(odd_re, *sin, fused::<FUSED>(odd_im, *cos, 0.5 * even_im));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAMES: usize = 288;

    fn noise(frames: usize, seed: u64) -> Vec<f32> {
        let mut rng = fastrand::Rng::with_seed(seed);
        (0..frames).map(|_| rng.f32() - 0.5).collect()
    }

    #[test]
    fn the_spectrum_is_the_sum_that_defines_it() {
        for frames in [16, FRAMES, 432] {
            let sound = noise(frames, 1);
            let mut spectrum = silence(frames);
            let (older, newer) = sound.split_at(frames / 48 * 16);
            Transform::new(frames).forward([older, newer], &mut spectrum);
            for k in 0..frames / 2 {
                let (mut re, mut im) = (0.0, 0.0);
                for (n, sample) in sound.iter().enumerate() {
                    let turns = (n * k % frames) as f64 / frames as f64;
                    let (sin, cos) = (std::f64::consts::TAU * turns).sin_cos();
                    re += f64::from(*sample) * cos;
                    im -= f64::from(*sample) * sin;
                }
                let bins = &spectrum[k / LANES];
                let got = (bins.re[k % LANES], bins.im[k % LANES]);
                let error = (f64::from(got.0) - re).hypot(f64::from(got.1) - im);
                assert!(error < 2e-5, "{got:?} is not {re}, {im} at {k}");
            }
        }
    }

    #[test]
    fn a_sound_comes_back_without_what_is_at_half_the_sample_rate() {
        let (mut sound, mut transform) = (noise(FRAMES, 2), Transform::new(FRAMES));
        let sign = |n: usize| if n.is_multiple_of(2) { 1.0 } else { -1.0 };
        let half: f32 = (0..).zip(&sound).map(|(n, sample)| sign(n) * sample).sum();
        for (n, sample) in sound.iter_mut().enumerate() {
            *sample -= sign(n) * half / FRAMES as f32;
        }
        let mut spectrum = silence(FRAMES);
        transform.forward([&[], &sound], &mut spectrum);
        for (got, sample) in transform.backward(&spectrum).iter().zip(sound) {
            assert!((got - sample).abs() < 1e-6, "{got} is not {sample}");
        }
    }

    #[test]
    fn a_transform_is_as_long_as_asked_for_or_a_little_longer() {
        for (asked, frames) in [(1, 16), (270, 288), (368, 384), (385, 432), (593, 768)] {
            assert_eq!(Transform::frames_for(asked), frames);
        }
        for asked in 1..5000 {
            let frames = Transform::frames_for(asked);
            assert!(frames >= asked && frames <= asked + asked / 3 + 16);
        }
    }

    #[test]
    fn every_processor_gives_the_same_up_to_rounding() {
        let transform = Transform::new(FRAMES);
        let (a, b) = (noise(FRAMES / 2 + 1, 3), noise(FRAMES / 2 + 1, 4));
        let values: Vec<Complex32> = a
            .iter()
            .zip(&b)
            .map(|(a, b)| Complex32::new(*a, *b))
            .collect();
        let parts = || [(); 2].map(|()| vec![0.0; FRAMES / 2].into_boxed_slice());
        let (mut plain, mut fast) = (parts(), parts());
        untangle_for::<false>(&values, &transform.roots, &mut plain);
        untangle(&values, &transform.roots, &mut fast);
        for (plain, fast) in plain.iter().flatten().zip(fast.iter().flatten()) {
            assert!((plain - fast).abs() < 1e-6);
        }
    }
}
