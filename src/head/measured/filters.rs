//! From levels, phases and delays to short filters.

use std::f64::consts::TAU;

use realfft::num_complex::Complex64;

use super::spectra::Analyser;

/// Seconds by which a filter begins early, for what its phase has ahead of minimum phase.
const LEAD_S: f64 = 0.000_125;

/// The last part of a filter that is faded out.
const FADE: f64 = 0.125;

/// Where the delay is made right again after the cut, in hertz.
const DELAY_AT_HZ: [f64; 2] = [500.0, 1000.0];

/// Bands in which a cut filter is compared: sixths of an octave from the first frequency to the
/// last, in hertz.
const BANDS_HZ: std::ops::RangeInclusive<f64> = 100.0..=16_000.0;

/// What a cut may change in a band, in decibels.
const ALLOWED_DB: f64 = 0.3;

/// Makes the filters of one head.
pub(super) struct FilterMaker<'a> {
    analyser: &'a Analyser,
    sample_rate: f64,
    lead: usize,
    /// First bin and the one after the last of each band.
    bands: Vec<(usize, usize)>,
}

/// A filter and the delay in seconds that the sound takes besides.
pub(super) struct Made {
    pub(super) taps: Vec<f64>,
    pub(super) delay: f64,
}

impl<'a> FilterMaker<'a> {
    pub(super) fn new(analyser: &'a Analyser, sample_rate: u32) -> Self {
        let sample_rate = f64::from(sample_rate);
        let frequencies: Vec<f64> = analyser.frequencies().collect();
        let half = 2.0_f64.powf(1.0 / 12.0);
        let mut bands = Vec::new();
        let mut middle = *BANDS_HZ.start();
        while middle <= BANDS_HZ.end().min(0.45 * sample_rate) {
            let from = frequencies.partition_point(|hz| *hz < middle / half);
            let to = frequencies.partition_point(|hz| *hz < middle * half);
            bands.push((from, to.max(from + 1)));
            middle *= half * half;
        }
        Self {
            analyser,
            sample_rate,
            lead: (LEAD_S * sample_rate).round() as usize,
            bands,
        }
    }

    /// Frames by which every filter is early.
    pub(super) fn lead(&self) -> usize {
        self.lead
    }

    /// The fewest taps that keep these responses (logarithmic levels and excess phases) as they
    /// are within 0.3 dB, of `longest` at most.
    pub(super) fn enough_taps(&self, samples: &[(Vec<f64>, Vec<f64>)], longest: usize) -> usize {
        let mut taps = 64.min(longest);
        for (log, excess) in samples {
            let whole = self.whole(log, excess);
            while taps < longest && self.error_db(&whole, taps, log) > ALLOWED_DB {
                taps = (taps + taps / 8).next_multiple_of(16).min(longest);
            }
        }
        taps
    }

    /// The filter of `taps` taps for logarithmic levels and excess phases, delayed by `delay`
    /// seconds besides.
    pub(super) fn make(&self, log: &[f64], excess: &[f64], delay: f64, taps: usize) -> Made {
        let target = self.target(log, excess);
        let whole = self.series(&target);
        let taps = cut(&whole, taps);
        let late = DELAY_AT_HZ.map(|asked| self.lateness_s(&taps, &target, asked));
        let late = late.iter().sum::<f64>() / late.len() as f64;
        Made {
            taps,
            delay: delay - late,
        }
    }

    /// How much later a filter is than its target at a frequency, beside its lead: seconds.
    fn lateness_s(&self, taps: &[f64], target: &[Complex64], asked_hz: f64) -> f64 {
        let mut bins = self.analyser.frequencies().zip(target);
        let Some((hz, wanted)) = bins.find(|(hz, _)| *hz >= asked_hz) else {
            return 0.0;
        };
        let got: Complex64 = (0..)
            .zip(taps)
            .map(|(n, tap)| {
                let frame = f64::from(n) - self.lead as f64;
                Complex64::cis(-TAU * hz * frame / self.sample_rate) * *tap
            })
            .sum();
        -(got * wanted.conj()).arg() / (TAU * hz)
    }

    /// The spectrum of minimum phase and the excess.
    fn target(&self, log: &[f64], excess: &[f64]) -> Vec<Complex64> {
        let mut spectrum = self.analyser.transform.minimum_phase(log.iter().copied());
        for (value, phase) in spectrum.iter_mut().zip(excess) {
            *value *= Complex64::cis(*phase);
        }
        spectrum
    }

    fn whole(&self, log: &[f64], excess: &[f64]) -> Vec<f64> {
        self.series(&self.target(log, excess))
    }

    /// The sequence of a spectrum, begun early.
    fn series(&self, target: &[Complex64]) -> Vec<f64> {
        let transform = &self.analyser.transform;
        let mut series = transform.series(target.iter().copied());
        series.rotate_right(self.lead);
        let scale = 1.0 / transform.size() as f64;
        for value in &mut series {
            *value *= scale;
        }
        series
    }

    /// What the cut changes in a band at most, in decibels.
    fn error_db(&self, whole: &[f64], taps: usize, log: &[f64]) -> f64 {
        let cut = cut(whole, taps);
        let spectrum = self.analyser.transform.spectrum(cut.into_iter());
        let power = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>();
        let error = |(from, to): &(usize, usize)| {
            let got = power(&mut spectrum[*from..*to].iter().map(Complex64::norm_sqr));
            let wanted = power(&mut log[*from..*to].iter().map(|value| (2.0 * value).exp()));
            (10.0 * (got / wanted).log10()).abs()
        };
        self.bands.iter().map(error).fold(0.0, f64::max)
    }
}

/// The beginning of a sequence, faded out.
fn cut(whole: &[f64], taps: usize) -> Vec<f64> {
    let fade = (FADE * taps as f64) as usize;
    let gain = |n: usize| match (n + 1 + fade).checked_sub(taps) {
        Some(into) if into > 0 => {
            0.5 + 0.5 * (std::f64::consts::PI * into as f64 / (fade + 1) as f64).cos()
        }
        _ => 1.0,
    };
    let cut = whole.iter().take(taps).enumerate();
    cut.map(|(n, value)| value * gain(n)).collect()
}
