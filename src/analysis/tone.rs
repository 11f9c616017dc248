//! Whether a tone stayed a tone: what lies beside it in the spectrum, and its steps.

use std::f64::consts::{PI, TAU};

use realfft::RealFftPlanner;

/// Shape of the window: side lobes near -150 dB, a main lobe of 6.4 bins to each side.
const KAISER_BETA: f64 = 20.0;

/// Bins of the main lobe to each side, rounded up.
const MAIN_LOBE_BINS: f64 = 8.0;

/// Windows begin so many times in the length of one: their squares then add up to a constant
/// within 0.1 %.
const OVERLAP: usize = 8;

/// Energy away from a tone, relative to the tone's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OffTone {
    /// Over the whole signal, in decibels.
    pub whole_db: f64,
    /// In the worst third of a second or so, relative to the tone's energy in the same time, in
    /// decibels: a single click shows here however long the signal is.
    pub worst_db: f64,
}

/// Why nothing can be said of a tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToneError {
    /// The signal is shorter than the narrowest band that is to be told apart needs.
    #[error("{0} frames are too short to tell what lies beside the tone")]
    TooShort(usize),
}

/// Measures the energy of a signal further than `half_width_hz` from `tone_hz`, relative to the
/// energy within.
///
/// The signal is cut into overlapping segments of a quarter of a second or more under a Kaiser
/// window. What lies in the first and the last half of a segment weighs less: give it some sound
/// before and after what is to be measured.
///
/// # Errors
/// When the signal is too short to tell `half_width_hz` from the tone.
pub fn off_tone(
    signal: &[f32],
    sample_rate: u32,
    tone_hz: f64,
    half_width_hz: f64,
) -> Result<OffTone, ToneError> {
    let length = (sample_rate as usize / 4)
        .next_power_of_two()
        .min(signal.len());
    let bin_hz = f64::from(sample_rate) / length.max(1) as f64;
    if half_width_hz <= MAIN_LOBE_BINS * bin_hz {
        return Err(ToneError::TooShort(signal.len()));
    }
    let is_inside = |bin: usize| (bin as f64 * bin_hz - tone_hz).abs() <= half_width_hz;
    let (mut inside, mut outside, mut worst) = (0.0, 0.0, 0.0_f64);
    for [near, away] in energies(signal, length, is_inside) {
        worst = worst.max(away / near);
        inside += near;
        outside += away;
    }
    Ok(OffTone {
        whole_db: 10.0 * (outside / inside).log10(),
        worst_db: 10.0 * worst.log10(),
    })
}

/// The energies of overlapping segments of `length` frames: of the bins that are inside, and of all
/// others.
fn energies(
    signal: &[f32],
    length: usize,
    is_inside: impl Fn(usize) -> bool,
) -> impl Iterator<Item = [f64; 2]> {
    let window = kaiser(length);
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(length);
    let mut spectrum = transform.make_output_vec();
    let starts = (0..=signal.len() - length).step_by((length / OVERLAP).max(1));
    starts.map(move |start| {
        let mut segment: Vec<f64> = signal[start..start + length]
            .iter()
            .zip(&window)
            .map(|(x, w)| f64::from(*x) * w)
            .collect();
        transform
            .process(&mut segment, &mut spectrum)
            .expect("the vectors have the lengths that the plan asks for");
        let mut energies = [0.0, 0.0];
        for (bin, value) in spectrum.iter().enumerate() {
            energies[usize::from(!is_inside(bin))] += value.norm_sqr();
        }
        energies
    })
}

/// Kaiser's window: I0(beta sqrt(1 - x^2)) / I0(beta), x from -1 to 1.
fn kaiser(length: usize) -> Vec<f64> {
    // The power series of the modified Bessel function of order zero; all its terms are positive.
    let bessel = |x: f64| {
        let (mut term, mut sum) = (1.0, 1.0);
        for k in 1..200 {
            term *= (x / 2.0 / f64::from(k)).powi(2);
            sum += term;
        }
        sum
    };
    (0..length)
        .map(|n| {
            let x = 2.0 * (n as f64 + 0.5) / length as f64 - 1.0;
            bessel(KAISER_BETA * (1.0 - x * x).sqrt()) / bessel(KAISER_BETA)
        })
        .collect()
}

/// A sine that starts at phase zero.
pub fn sine(frames: usize, sample_rate: u32, hz: f64, amplitude: f64) -> Vec<f32> {
    let turns_per_frame = hz / f64::from(sample_rate);
    (0..frames)
        .map(|frame| {
            // Whole turns are taken off first: the sine of a small angle is more exact.
            let turns = (frame as f64 * turns_per_frame).fract();
            (amplitude * (TAU * turns).sin()) as f32
        })
        .collect()
}

/// The largest difference between neighbouring samples.
pub fn largest_step(signal: &[f32]) -> f32 {
    signal
        .windows(2)
        .fold(0.0, |step, pair| step.max((pair[1] - pair[0]).abs()))
}

/// The largest step between two frames that a straight fade of `fade_s` seconds makes of a tone of
/// this amplitude: that of the tone, and that of the fade.
pub fn fade_step(amplitude: f64, hz: f64, sample_rate: u32, fade_s: f64) -> f64 {
    let rate = f64::from(sample_rate);
    amplitude * (2.0 * (PI * hz / rate).sin().abs() + 1.0 / (fade_s * rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;

    #[test]
    fn a_pure_tone_has_nothing_beside_it_and_a_weak_second_one_is_measured_at_its_level() {
        let tone = sine(48_000, RATE, 440.0, 0.5);
        let pure = off_tone(&tone, RATE, 440.0, 200.0).expect("long enough");
        assert!(pure.whole_db < -130.0, "{pure:?}");
        let second = sine(48_000, RATE, 900.0, 0.5e-3);
        let both: Vec<f32> = tone.iter().zip(&second).map(|(a, b)| a + b).collect();
        let off = off_tone(&both, RATE, 440.0, 200.0).expect("long enough");
        assert!((off.whole_db + 60.0).abs() < 0.1, "{off:?}");
    }

    #[test]
    fn one_click_in_a_long_tone_is_seen() {
        let mut tone = sine(480_000, RATE, 440.0, 0.5);
        tone[300_000] += 0.1;
        let off = off_tone(&tone, RATE, 440.0, 200.0).expect("long enough");
        assert!(
            off.worst_db > -50.0 && off.worst_db > off.whole_db + 10.0,
            "{off:?}"
        );
    }

    #[test]
    fn too_short_a_signal_is_refused() {
        for frames in [0, 1, 100] {
            let refused = off_tone(&vec![0.1; frames], RATE, 440.0, 200.0);
            assert_eq!(refused, Err(ToneError::TooShort(frames)));
        }
    }

    #[test]
    fn no_step_of_a_faded_tone_is_above_that_of_the_fade() {
        let fade = 240.0;
        let mut faded = sine(4800, RATE, 440.0, 0.7);
        for (n, x) in faded.iter_mut().enumerate() {
            *x *= (n as f64 / fade).min(1.0) as f32;
        }
        let (step, allowed) = (
            f64::from(largest_step(&faded)),
            fade_step(0.7, 440.0, RATE, 5e-3),
        );
        assert!(
            step < allowed && step > 0.9 * (allowed - 0.7 / fade),
            "{step}, {allowed}"
        );
    }
}
