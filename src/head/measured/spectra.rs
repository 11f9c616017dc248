//! What a measured response is: a level at each frequency, a delay, and what its phase has beyond
//! the two.

use std::f64::consts::TAU;

use realfft::num_complex::Complex64;

use super::super::design::Transform;
use super::select::onset;

/// Bins are no wider than this, in hertz: fine enough for what a head does.
const WIDEST_BIN_HZ: f64 = 47.0;

/// The transforms are so much longer than a response: the logarithm of a deep notch rings long.
const SPARE: f64 = 4.0;

/// The part of the band of a measured response that is believed: above it the level is held.
const BELIEVED: f64 = 0.46;

/// Band in which the delay is fitted, in hertz: where the ear hears interaural delay.
const DELAY_BAND_HZ: std::ops::RangeInclusive<f64> = 300.0..=1500.0;

/// Band in which the first guess of the delay is made, in hertz.
const ONSET_BAND_HZ: std::ops::RangeInclusive<f64> = 300.0..=16_000.0;

/// Up to here phase beyond minimum phase and delay is kept, in hertz.
pub(super) const EXCESS_TO_HZ: f64 = 2000.0;

/// More than this is no fit, in seconds.
const LARGEST_CORRECTION_S: f64 = 0.000_5;

/// The same below the mean of their sixth of an octave: 14 dB.
const DEEPEST_NOTCH: f64 = 1.6;

/// Levels count as at least so far below the loudest: natural logarithm, 100 dB.
const FLOOR: f64 = 11.5;

/// One response at the frequencies of an [`Analyser`].
pub(super) struct Spectrum {
    /// Natural logarithm of the magnitude, by frequency.
    pub(super) log: Vec<f64>,
    /// Phase beyond minimum phase and delay: radians, by frequency up to [`EXCESS_TO_HZ`].
    pub(super) excess: Vec<f64>,
    /// Seconds.
    pub(super) delay: f64,
}

/// Takes responses of one rate and length apart, for a head of another rate.
pub(super) struct Analyser {
    /// At the rate of the head.
    pub(super) transform: Transform,
    /// At the rate of the set, with the same distance of frequencies.
    measured: Transform,
    set_rate: f64,
    head_rate: f64,
}

impl Analyser {
    pub(super) fn new(set_rate: f64, samples: usize, head_rate: u32) -> Self {
        let head_rate = f64::from(head_rate);
        let length = samples as f64 * head_rate / set_rate;
        let least = (SPARE * length).max(head_rate / WIDEST_BIN_HZ).ceil();
        // Sizes that hold the same time at both rates, as nearly as there are; the shortest.
        let sizes = (0..=(0.3 * least) as usize).step_by(2);
        let even = (least as usize).next_multiple_of(2);
        let mismatch = |size: usize| {
            let exact = size as f64 * set_rate / head_rate;
            let whole = (exact / 2.0).round() * 2.0;
            ((whole / exact - 1.0).abs() * 1e6).round() as u64
        };
        let size = sizes
            .map(|more| even + more)
            .min_by_key(|size| mismatch(*size))
            .unwrap_or(even);
        let set_size = (size as f64 * set_rate / head_rate / 2.0).round() as usize * 2;
        Self {
            transform: Transform::new(size),
            measured: Transform::new(set_size.max(2)),
            set_rate,
            head_rate,
        }
    }

    /// The frequency of each bin, in hertz.
    pub(super) fn frequencies(&self) -> impl Iterator<Item = f64> + Clone + '_ {
        let size = self.transform.size();
        (0..=size / 2).map(move |k| k as f64 * self.head_rate / size as f64)
    }

    /// How many frequencies there are.
    pub(super) fn bins(&self) -> usize {
        self.transform.size() / 2 + 1
    }

    /// How many of them are below [`EXCESS_TO_HZ`].
    pub(super) fn low_bins(&self) -> usize {
        self.frequencies()
            .take_while(|hz| *hz < EXCESS_TO_HZ)
            .count()
    }

    /// Takes a response apart that begins `delay` seconds late; levels more than 100 dB below
    /// `loudest` count as that.
    pub(super) fn analyse(&self, response: &[f32], delay: f64, loudest: f64) -> Spectrum {
        let onset = onset(response);
        let mut spectrum = self
            .measured
            .spectrum(response.iter().copied().map(f64::from));
        spectrum.resize(self.bins(), Complex64::ZERO);
        let log = self.log(&spectrum, loudest.ln() - FLOOR);
        let minimum = self.transform.minimum_phase(log.iter().copied());

        // What remains beside the minimum phase, begun at the onset.
        let onset_s = onset as f64 / self.set_rate;
        let residue: Vec<Complex64> = self
            .frequencies()
            .zip(spectrum.iter().zip(&minimum))
            .map(|(hz, (h, m))| {
                let value = h * m.conj() * Complex64::cis(TAU * hz * onset_s);
                let size = value.norm();
                if size > 0.0 {
                    value / size
                } else {
                    Complex64::ZERO
                }
            })
            .collect();
        let guess = self.peak_s(&residue);
        let phases = self.unwrapped(&residue, guess);
        let correction = self.fitted_delay(&phases);
        let excess = self
            .frequencies()
            .zip(&phases)
            .map(|(hz, phase)| phase + TAU * hz * correction)
            .collect();
        Spectrum {
            log,
            excess,
            delay: delay + onset_s + guess + correction,
        }
    }

    /// Gives a response other levels (logarithmic): it sounds as before otherwise, its delay and the
    /// excess of its phase are what they are beside the new minimum phase.
    pub(super) fn replace_log(&self, spectrum: &mut Spectrum, log: Vec<f64>) {
        let before = self.transform.minimum_phase(spectrum.log.iter().copied());
        let after = self.transform.minimum_phase(log.iter().copied());
        let changes = before.iter().zip(&after).map(|(b, a)| (b * a.conj()).arg());
        for (phase, change) in spectrum.excess.iter_mut().zip(changes) {
            *phase += change;
        }
        let correction = self.fitted_delay(&spectrum.excess);
        for (hz, phase) in self.frequencies().zip(&mut spectrum.excess) {
            *phase += TAU * hz * correction;
        }
        spectrum.delay += correction;
        spectrum.log = log;
    }

    /// By how much the phase of one response of minimum phase (its logarithmic levels `wanted`) is
    /// ahead of that of another (`levels`) which comes `late` seconds later: radians, up to
    /// [`EXCESS_TO_HZ`].
    pub(super) fn phase_beside(&self, wanted: &[f64], levels: &[f64], late: f64) -> Vec<f64> {
        let wanted = self.transform.minimum_phase(wanted.iter().copied());
        let own = self.transform.minimum_phase(levels.iter().copied());
        let pairs = self.frequencies().zip(wanted.iter().zip(&own));
        pairs
            .take(self.low_bins())
            .map(|(hz, (wanted, own))| (wanted * own.conj()).arg() + TAU * hz * late)
            .collect()
    }

    /// Logarithmic levels, held above what is believed.
    fn log(&self, spectrum: &[Complex64], floor: f64) -> Vec<f64> {
        let believed = BELIEVED * self.set_rate;
        let mut log = without_deep_notches(spectrum);
        for value in &mut log {
            *value = value.max(floor);
        }
        let below = |hz: f64| self.frequencies().take_while(|bin| *bin <= hz).count();
        let (from, to) = (below(0.89 * believed), below(believed).min(log.len()));
        if to < log.len() && from < to {
            let held = log[from..to].iter().sum::<f64>() / (to - from) as f64;
            log[to..].fill(held);
        }
        log
    }

    /// Where the sequence of this half spectrum, seen in the onset's band, is largest: seconds from
    /// its beginning, negative for its second half.
    fn peak_s(&self, residue: &[Complex64]) -> f64 {
        let band = self.frequencies().zip(residue).map(|(hz, value)| {
            if ONSET_BAND_HZ.contains(&hz) {
                *value
            } else {
                Complex64::ZERO
            }
        });
        let series = self.transform.series(band);
        let peak = (0..series.len())
            .max_by(|a, b| series[*a].total_cmp(&series[*b]))
            .unwrap_or(0);
        let frames = if peak > series.len() / 2 {
            peak as f64 - series.len() as f64
        } else {
            peak as f64
        };
        frames / self.head_rate
    }

    /// The phases up to [`EXCESS_TO_HZ`] without a delay and without steps, beginning in the middle
    /// of what is heard.
    fn unwrapped(&self, residue: &[Complex64], delay: f64) -> Vec<f64> {
        let mut phases: Vec<f64> = self
            .frequencies()
            .zip(residue)
            .take(self.low_bins())
            .map(|(hz, value)| (value * Complex64::cis(TAU * hz * delay)).arg())
            .collect();
        let middle = self
            .frequencies()
            .take_while(|hz| DELAY_BAND_HZ.contains(hz) || *hz < *DELAY_BAND_HZ.start())
            .count()
            .min(phases.len())
            .saturating_sub(1);
        let nearest = |phase: f64, to: f64| phase - TAU * ((phase - to) / TAU).round();
        for k in middle + 1..phases.len() {
            phases[k] = nearest(phases[k], phases[k - 1]);
        }
        for k in (0..middle).rev() {
            phases[k] = nearest(phases[k], phases[k + 1]);
        }
        phases
    }

    /// The delay that these phases are, by least squares: seconds.
    fn fitted_delay(&self, phases: &[f64]) -> f64 {
        let (mut numerator, mut denominator) = (0.0, 0.0);
        for (hz, phase) in self.frequencies().zip(phases) {
            if DELAY_BAND_HZ.contains(&hz) {
                numerator -= phase * TAU * hz;
                denominator += (TAU * hz).powi(2);
            }
        }
        let delay: f64 = numerator / denominator.max(f64::MIN_POSITIVE);
        delay.clamp(-LARGEST_CORRECTION_S, LARGEST_CORRECTION_S)
    }
}

/// Logarithmic levels, none further below its sixth of an octave than can be heard: a deep notch
/// would ring far longer than the response.
fn without_deep_notches(spectrum: &[Complex64]) -> Vec<f64> {
    let half_band = 2.0_f64.powf(1.0 / 12.0);
    let mut sums = vec![0.0];
    for h in spectrum {
        sums.push(sums[sums.len() - 1] + h.norm_sqr());
    }
    spectrum
        .iter()
        .enumerate()
        .map(|(bin, h)| {
            let from = (bin as f64 / half_band).ceil() as usize;
            let to = ((bin as f64 * half_band) as usize + 1).min(spectrum.len());
            let mean = (sums[to] - sums[from]) / (to - from) as f64;
            h.norm().ln().max(0.5 * mean.ln() - DEEPEST_NOTCH)
        })
        .collect()
}
