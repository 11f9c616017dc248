//! The filters that take away of a sound what air does, by the length of its way.
//!
//! The log of the gain grows in proportion to the way, and with it the cepstrum of the filter of
//! minimum phase that has this gain: one cepstrum for a metre gives the filters of all distances,
//! by the recursion from a cepstrum to its sequence. They add no delay of their own, and are short,
//! since the gain has no narrow structure: of 64 taps for 48 kHz, they are within 0.5 dB of the
//! formula up to [`LONGEST_M`] in every climate, and within 0.15 dB in the default one, wherever it
//! takes away 40 dB or less. Between two distances of the table the taps are blended.
//!
//! Source: A. V. Oppenheim and R. W. Schafer, "Discrete-Time Signal Processing", chapter on the
//! cepstrum.

use std::f64::consts::{LN_10, PI};

use super::air::Air;

/// The longest way that is told from longer ones, in metres.
pub const LONGEST_M: f64 = 200.0;

/// Taps for 48 kHz; as many more as the sample rate is higher.
const TAPS_AT_48_KHZ: f64 = 64.0;

/// The part of the taps, at their end, over which they are faded out.
const FADE: f64 = 0.125;

/// Above this frequency the gain is held: hertz. Nobody hears the difference, and the filter would
/// need more taps.
const HIGHEST_HZ: f64 = 20_000.0;

/// How much the gain may differ between neighbours of the table at [`STEP_HZ`], in decibels: what is
/// blended between them is then within 0.1 dB.
const STEP_DB: f64 = 2.5;
const STEP_HZ: f64 = 16_000.0;

/// Frequencies for each tap, at which the gain is taken.
const FREQUENCIES_PER_TAP: usize = 32;

/// The filters for one sample rate.
#[derive(Debug)]
pub struct AirFilters {
    taps: usize,
    /// Distance between two filters, and of the last, in metres.
    step_m: f64,
    longest_m: f64,
    /// By distance, evenly spaced from 0 on; each from its first tap to its last.
    filters: Box<[f32]>,
}

impl AirFilters {
    /// The filters for `sample_rate` hertz up to `longest_m` metres (0 or more; at most
    /// [`LONGEST_M`] count).
    pub fn new(air: &Air, sample_rate: u32, longest_m: f64) -> Self {
        let rate = f64::from(sample_rate);
        let taps = (TAPS_AT_48_KHZ * rate / 48_000.0).ceil() as usize;
        let longest_m = longest_m.min(LONGEST_M);
        let steps = (longest_m * air.db_per_m(STEP_HZ) / STEP_DB)
            .ceil()
            .max(1.0);
        let step_m = longest_m / steps;
        let metre = cepstrum(air, rate, taps);
        let filters = (0..=steps as usize)
            .flat_map(|n| {
                let taps = minimum_phase(&metre, n as f64 * step_m);
                let faded = taps.into_iter().zip(fade(metre.len()));
                faded.map(|(tap, weight)| (tap * weight) as f32)
            })
            .collect();
        Self {
            taps,
            step_m,
            longest_m,
            filters,
        }
    }

    /// Taps of each filter.
    pub fn taps(&self) -> usize {
        self.taps
    }

    /// Writes the filter of a way of `distance_m` metres (0 or more) into `out`
    /// ([`AirFilters::taps`] of them, the first tap first).
    ///
    /// Real-time: bounded, no allocation.
    pub fn at(&self, distance_m: f64, out: &mut [f32]) {
        let place = distance_m.min(self.longest_m) / self.step_m;
        let below = place as usize;
        let weight = (place - below as f64) as f32;
        let from = |n: usize| self.filters.get(n * self.taps..).unwrap_or(&[]);
        // Behind the last there is none, and the weight of what is not there is 0.
        let next = from(below + 1).iter().chain(std::iter::repeat(&0.0));
        for ((tap, a), b) in out.iter_mut().zip(from(below)).zip(next) {
            *tap = a + weight * (b - a);
        }
    }
}

/// The first values of the cepstrum of minimum phase that a metre of `air` has, at `rate` hertz.
fn cepstrum(air: &Air, rate: f64, count: usize) -> Vec<f64> {
    let half = FREQUENCIES_PER_TAP * count;
    // The log of the gain at 0 to half the rate.
    let log: Vec<f64> = (0..=half)
        .map(|k| (0.5 * rate * k as f64 / half as f64).min(HIGHEST_HZ))
        .map(|hz| -air.db_per_m(hz) * LN_10 / 20.0)
        .collect();
    let ends = |n: usize| {
        let last = log.last().copied().unwrap_or(0.0);
        let first = log.first().copied().unwrap_or(0.0);
        0.5 * (first + if n.is_multiple_of(2) { last } else { -last })
    };
    (0..count)
        .map(|n| {
            let inner = log.iter().enumerate().take(half).skip(1);
            let sum: f64 = inner
                .map(|(k, value)| value * (PI * ((k * n) % (2 * half)) as f64 / half as f64).cos())
                .sum();
            // Twice the even part, but for n = 0.
            let fold = if n == 0 { 1.0 } else { 2.0 };
            fold * (sum + ends(n)) / half as f64
        })
        .collect()
}

/// The sequence whose cepstrum is `factor` times `cepstrum`, which is 0 before its beginning.
fn minimum_phase(cepstrum: &[f64], factor: f64) -> Vec<f64> {
    let mut taps: Vec<f64> = Vec::with_capacity(cepstrum.len());
    for (n, value) in cepstrum.iter().enumerate() {
        if n == 0 {
            taps.push((factor * value).exp());
            continue;
        }
        let past = taps.iter().rev().zip(cepstrum.iter().enumerate().skip(1));
        let sum: f64 = past.map(|(tap, (k, c))| k as f64 * c * tap).sum();
        taps.push(factor * sum / n as f64);
    }
    taps
}

/// The weights of the taps: 1, and at their end half a cosine down to nearly 0.
fn fade(taps: usize) -> impl Iterator<Item = f64> {
    let length = FADE * taps as f64;
    (1..=taps).rev().map(move |left| {
        let t = (left as f64 / (length + 1.0)).min(1.0);
        0.5 - 0.5 * (PI * t).cos()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Level of a response at `hz`, in decibels.
    fn level_db(taps: &[f32], rate: u32, hz: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, tap) in taps.iter().enumerate() {
            let (sin, cos) = (2.0 * PI * hz * n as f64 / f64::from(rate)).sin_cos();
            re += f64::from(*tap) * cos;
            im += f64::from(*tap) * sin;
        }
        10.0 * (re * re + im * im).log10()
    }

    /// The greatest difference to the formula from 125 Hz to 16 kHz in sixths of an octave, where
    /// it takes away at most 40 dB.
    fn worst_db(air: &Air, rate: u32, distances: &[f64]) -> f64 {
        let filters = AirFilters::new(air, rate, 1e6);
        let mut taps = vec![0.0; filters.taps()];
        let mut worst = 0.0_f64;
        for distance in distances {
            filters.at(*distance, &mut taps);
            for n in 0..=42_u8 {
                let hz = 125.0 * 2.0_f64.powf(f64::from(n) / 6.0);
                let expected = -distance * air.db_per_m(hz);
                if expected > -40.0 && hz < 0.45 * f64::from(rate) {
                    worst = worst.max((level_db(&taps, rate, hz) - expected).abs());
                }
            }
        }
        worst
    }

    #[test]
    fn the_default_air_is_within_0_15_decibels_at_all_distances_and_rates() {
        let distances: Vec<f64> = (0..=400_u16).map(|n| f64::from(n) * 0.5).collect();
        for rate in [8000, 22_050, 44_100, 48_000, 96_000, 192_000] {
            let worst = worst_db(&Air::default(), rate, &distances);
            println!("{rate} Hz: {worst:.3} dB");
            assert!(worst < 0.15, "{worst} dB at {rate} Hz");
        }
    }

    #[test]
    fn every_climate_is_within_half_a_decibel() {
        for rate in [44_100, 48_000, 96_000] {
            let mut worst = (0.0, Air::default());
            for temperature_c in [-20.0, 0.0, 20.0, 35.0, 50.0] {
                for humidity_percent in [1.0, 2.0, 5.0, 10.0, 30.0, 100.0] {
                    let air = Air {
                        temperature_c,
                        humidity_percent,
                    };
                    let here = worst_db(&air, rate, &[1.0, 10.3, 51.7, 100.0, 153.1, 200.0]);
                    if here > worst.0 {
                        worst = (here, air);
                    }
                }
            }
            println!("{rate} Hz: {worst:?}");
            assert!(worst.0 < 0.5, "{worst:?} at {rate} Hz");
        }
    }

    #[test]
    fn the_filter_goes_smoothly_with_the_way_and_holds_beyond_the_longest() {
        for longest in [0.001, 3.0, 150.0] {
            let filters = AirFilters::new(&Air::default(), 48_000, longest);
            let at = |distance: f64| {
                let mut taps = vec![0.0; filters.taps()];
                filters.at(distance, &mut taps);
                taps
            };
            let mut last = at(0.0);
            assert!((last[0] - 1.0).abs() < 1e-6, "nothing is taken at 0 m");
            for n in 1..=2000_u16 {
                let here = at(longest * f64::from(n) / 2000.0);
                for (a, b) in last.iter().zip(&here) {
                    assert!((a - b).abs() < 0.003, "{a}, then {b}, at step {n}");
                }
                last = here;
            }
            assert_eq!(at(longest * 1.001), last);
            assert_eq!(at(1e9), last);
        }
    }
}
