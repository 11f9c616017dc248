//! The ear filters: short finite impulse responses, blended while the direction moves.

use super::{Block, QUANTUM, ramp};

/// Filters the newest quantum of `input`, which holds the `reversed.len() - 1` frames before it
/// too.
///
/// `reversed` is the impulse response from its last tap to its first. The sum over the taps is the
/// outer loop, so that the quantum's frames stay side by side in vector registers.
#[inline]
pub fn convolve(input: &[f32], reversed: &[f32], out: &mut Block) {
    debug_assert_eq!(
        input.len() + 1,
        reversed.len() + QUANTUM,
        "a frame before for each tap"
    );
    let mut sums = [0.0; QUANTUM];
    for (tap, frames) in reversed.iter().zip(input.windows(QUANTUM)) {
        for (sum, frame) in sums.iter_mut().zip(frames) {
            *sum += tap * frame;
        }
    }
    *out = sums;
}

/// As [`convolve`], going in a straight line from the response `from` to the response `to` over
/// the quantum.
///
/// Both filters run and their outputs are blended, which is the same as blending the taps at each
/// frame, at the price of two filters.
#[inline]
pub fn convolve_blended(input: &[f32], from: &[f32], to: &[f32], out: &mut Block) {
    let mut ending = [0.0; QUANTUM];
    convolve(input, from, &mut ending);
    convolve(input, to, out);
    for ((sample, old), t) in out.iter_mut().zip(ending).zip(ramp()) {
        *sample = old + t * (*sample - old);
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
            convolve(&input, &reversed, &mut out);
            for (n, sample) in out.iter().enumerate() {
                let expected = frame(&input, &reversed, n);
                assert!(
                    (f64::from(*sample) - expected).abs() < 1e-5,
                    "{taps} taps, frame {n}"
                );
            }
        }
    }

    #[test]
    fn the_blend_begins_at_the_old_filter_and_goes_straight_to_the_new() {
        let (input, from, to) = (noise(63 + QUANTUM, 3), noise(64, 4), noise(64, 5));
        let mut out = [0.0; QUANTUM];
        convolve_blended(&input, &from, &to, &mut out);
        for (n, sample) in out.iter().enumerate() {
            let t = n as f64 / QUANTUM as f64;
            let expected = (1.0 - t) * frame(&input, &from, n) + t * frame(&input, &to, n);
            assert!((f64::from(*sample) - expected).abs() < 1e-5, "frame {n}");
        }
    }
}
