//! Short filters in time, as that of the air, blended while they change.

use multiversion::multiversion;

use super::fused::{for_this_processor, fused};
use super::{Block, QUANTUM, ramp};

/// Frames that are summed up side by side: as many as fit into vector registers with room to spare.
const LANES: usize = 32;

/// Filters the newest quantum of `input`, which holds the `reversed.len() - 1` frames before it
/// too.
///
/// `reversed` is the impulse response from its last tap to its first.
#[multiversion(targets("x86_64+avx2+fma"))]
pub fn convolve(input: &[f32], reversed: &[f32], out: &mut Block) {
    for_this_processor!(still(input, reversed, out));
}

/// As [`convolve`], going in a straight line from the response `from` to the response `to` over
/// the quantum.
///
/// Both filters run and their outputs are blended, which is the same as blending the taps at each
/// frame, at the price of two filters that share the reading of their input.
#[multiversion(targets("x86_64+avx2+fma"))]
pub fn convolve_blended(input: &[f32], from: &[f32], to: &[f32], out: &mut Block) {
    for_this_processor!(blended(input, from, to, out));
}

#[inline(always)]
fn still<const FUSED: bool>(input: &[f32], reversed: &[f32], out: &mut Block) {
    debug_assert_eq!(
        input.len() + 1,
        reversed.len() + QUANTUM,
        "a frame before for each tap"
    );
    for (lanes, input) in out.as_chunks_mut::<LANES>().0.iter_mut().zip(starts(input)) {
        let mut sums = [0.0; LANES];
        for (tap, frames) in reversed.iter().zip(windows(input)) {
            accumulate::<FUSED>(&mut sums, frames, *tap);
        }
        *lanes = sums;
    }
}

#[inline(always)]
fn blended<const FUSED: bool>(input: &[f32], from: &[f32], to: &[f32], out: &mut Block) {
    debug_assert_eq!(
        input.len() + 1,
        from.len() + QUANTUM,
        "a frame before for each tap"
    );
    debug_assert_eq!(
        from.len(),
        to.len(),
        "filters of one medium have one length"
    );
    let mut weights = ramp(QUANTUM);
    for (lanes, input) in out.as_chunks_mut::<LANES>().0.iter_mut().zip(starts(input)) {
        let (mut old, mut new) = ([0.0; LANES], [0.0; LANES]);
        for ((a, b), frames) in from.iter().zip(to).zip(windows(input)) {
            accumulate::<FUSED>(&mut old, frames, *a);
            accumulate::<FUSED>(&mut new, frames, *b);
        }
        for (((sample, old), new), t) in lanes.iter_mut().zip(old).zip(new).zip(&mut weights) {
            *sample = old + t * (new - old);
        }
    }
}

/// The input from where each group of lanes begins.
#[inline(always)]
fn starts(input: &[f32]) -> impl Iterator<Item = &[f32]> {
    (0..QUANTUM)
        .step_by(LANES)
        .filter_map(|start| input.get(start..))
}

/// What each tap in turn sees of the input.
#[inline(always)]
fn windows(input: &[f32]) -> impl Iterator<Item = &[f32; LANES]> {
    input
        .windows(LANES)
        .filter_map(|window| window.first_chunk())
}

#[inline(always)]
fn accumulate<const FUSED: bool>(sums: &mut [f32; LANES], frames: &[f32; LANES], tap: f32) {
    for (sum, frame) in sums.iter_mut().zip(frames) {
        *sum = fused::<FUSED>(tap, *frame, *sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize, seed: u64) -> Vec<f32> {
        let mut rng = fastrand::Rng::with_seed(seed);
        (0..count).map(|_| rng.f32() - 0.5).collect()
    }

    /// One frame of the sum that defines the filter, in double precision.
    fn frame(input: &[f32], reversed: &[f32], n: usize) -> f64 {
        reversed
            .iter()
            .zip(&input[n..])
            .map(|(h, x)| f64::from(*h) * f64::from(*x))
            .sum()
    }

    #[test]
    fn the_filter_is_the_sum_that_defines_it() {
        for taps in [1, 5, 16, 64, 128] {
            let (input, reversed) = (noise(taps - 1 + QUANTUM, 1), noise(taps, 2));
            let mut out = [0.0; QUANTUM];
            for kernel in [convolve, still::<false>] {
                kernel(&input, &reversed, &mut out);
                for (n, sample) in out.iter().enumerate() {
                    let expected = frame(&input, &reversed, n);
                    assert!(
                        (f64::from(*sample) - expected).abs() < 1e-5,
                        "{taps} taps, frame {n}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_blend_begins_at_the_old_filter_and_goes_straight_to_the_new() {
        let (input, from, to) = (noise(63 + QUANTUM, 3), noise(64, 4), noise(64, 5));
        let mut out = [0.0; QUANTUM];
        for kernel in [convolve_blended, blended::<false>] {
            kernel(&input, &from, &to, &mut out);
            for (n, sample) in out.iter().enumerate() {
                let t = n as f64 / QUANTUM as f64;
                let expected = (1.0 - t) * frame(&input, &from, n) + t * frame(&input, &to, n);
                assert!((f64::from(*sample) - expected).abs() < 1e-5, "frame {n}");
            }
        }
    }
}
