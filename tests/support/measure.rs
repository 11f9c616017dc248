//! Tools that measure rendered sound, in double precision, and the signals to render.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test includes this file and uses its own part of it"
)]

use std::f64::consts::{PI, TAU};
use std::path::Path;

use binaurald::audio::StereoFrame;
use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

/// A ratio of amplitudes in decibels.
pub fn db(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

/// Level of a signal in decibels: its root mean square against that of a constant 1.
pub fn level_db(signal: &[f32]) -> f64 {
    let energy: f64 = signal.iter().map(|&x| f64::from(x).powi(2)).sum();
    10.0 * (energy / signal.len() as f64).log10()
}

/// Largest magnitude of a sample.
pub fn peak(signal: &[f32]) -> f32 {
    signal.iter().fold(0.0, |peak, x| peak.max(x.abs()))
}

/// Largest difference between neighbouring samples.
pub fn largest_step(signal: &[f32]) -> f32 {
    signal
        .windows(2)
        .fold(0.0, |step, pair| step.max((pair[1] - pair[0]).abs()))
}

/// The left and the right ear's samples of rendered frames.
pub fn ears(frames: &[StereoFrame]) -> [Vec<f32>; 2] {
    [
        frames.iter().map(|frame| frame.left).collect(),
        frames.iter().map(|frame| frame.right).collect(),
    ]
}

/// Response at one frequency of a system with this impulse response.
///
/// The phase counts from the first sample; a delay has a negative phase.
pub fn response_at(impulse_response: &[f32], sample_rate: u32, frequency_hz: f64) -> Complex<f64> {
    let step = -TAU * frequency_hz / f64::from(sample_rate);
    impulse_response
        .iter()
        .enumerate()
        .map(|(frame, &x)| Complex::from_polar(f64::from(x), step * frame as f64))
        .sum()
}

/// Phase delay of a response, in seconds. Of all that differ by whole periods, the one nearest to
/// `near_s`.
pub fn phase_delay_s(response: Complex<f64>, frequency_hz: f64, near_s: f64) -> f64 {
    let delay = -response.arg() / (TAU * frequency_hz);
    delay + ((near_s - delay) * frequency_hz).round() / frequency_hz
}

/// Interaural phase delay, in seconds, from the responses of the two ears: positive when the left
/// ear hears first. Of all that differ by whole periods, the one nearest to `near_s`.
pub fn interaural_delay_s([left, right]: [Complex<f64>; 2], frequency_hz: f64, near_s: f64) -> f64 {
    phase_delay_s(right * left.conj(), frequency_hz, near_s)
}

/// Energy away from a tone, relative to the tone's.
#[derive(Clone, Copy, Debug)]
pub struct OffTone {
    /// Over the whole signal, in decibels.
    pub whole_db: f64,
    /// In the worst third of a second or so, relative to the tone's energy in the same time, in
    /// decibels: a single click shows here however long the signal is.
    pub worst_db: f64,
}

/// Measures the energy of a signal further than `half_width_hz` from `tone_hz`, relative to the
/// energy within.
///
/// The signal is cut into overlapping segments under a Kaiser window, whose own leakage is below
/// -140 dB outside the band. What lies in the first and the last half of a segment weighs less:
/// give it some sound before and after what is to be measured.
///
/// # Panics
/// When the signal is too short to tell `half_width_hz` from the tone.
pub fn off_tone(signal: &[f32], sample_rate: u32, tone_hz: f64, half_width_hz: f64) -> OffTone {
    /// Side lobes near -150 dB; main lobe of 6.4 bins to each side.
    const KAISER_BETA: f64 = 20.0;

    let rate = f64::from(sample_rate);
    let length = (sample_rate as usize / 4)
        .next_power_of_two()
        .min(signal.len());
    let bin_hz = rate / length as f64;
    assert!(
        half_width_hz > 8.0 * bin_hz,
        "{length} frames resolve {bin_hz} Hz: too few for a band of {half_width_hz} Hz"
    );
    let window = kaiser(length, KAISER_BETA);
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(length);
    let mut spectrum = transform.make_output_vec();

    let mut sums = [0.0, 0.0];
    let mut worst = 0.0_f64;
    // An eighth of the window apart, the squared windows add up to a constant within 0.1 %.
    for start in (0..=signal.len() - length).step_by((length / 8).max(1)) {
        let mut segment: Vec<f64> = signal[start..start + length]
            .iter()
            .zip(&window)
            .map(|(&x, w)| f64::from(x) * w)
            .collect();
        transform
            .process(&mut segment, &mut spectrum)
            .expect("the buffers have the lengths that the plan asks for");
        let mut energy = [0.0, 0.0];
        for (bin, value) in spectrum.iter().enumerate() {
            let outside = (bin as f64 * bin_hz - tone_hz).abs() > half_width_hz;
            energy[usize::from(outside)] += value.norm_sqr();
        }
        worst = worst.max(energy[1] / energy[0]);
        sums[0] += energy[0];
        sums[1] += energy[1];
    }
    OffTone {
        whole_db: 10.0 * (sums[1] / sums[0]).log10(),
        worst_db: 10.0 * worst.log10(),
    }
}

/// Kaiser window: I0(beta sqrt(1 - x^2)) / I0(beta), x from -1 to 1.
fn kaiser(length: usize, beta: f64) -> Vec<f64> {
    // Power series of the modified Bessel function of order zero; all its terms are positive.
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
            bessel(beta * (1.0 - x * x).sqrt()) / bessel(beta)
        })
        .collect()
}

/// One sample of 1, then silence.
pub fn impulse(frames: usize) -> Vec<f32> {
    let mut signal = vec![0.0; frames];
    signal[0] = 1.0;
    signal
}

/// A sine that starts at phase zero.
pub fn sine(frames: usize, sample_rate: u32, frequency_hz: f64, amplitude: f64) -> Vec<f32> {
    let turns_per_frame = frequency_hz / f64::from(sample_rate);
    (0..frames)
        .map(|frame| {
            // Whole turns are taken off first: the sine of a small angle is more exact.
            let turns = (frame as f64 * turns_per_frame).fract();
            (amplitude * (2.0 * PI * turns).sin()) as f32
        })
        .collect()
}

/// White noise, evenly spread over -`amplitude` to `amplitude`; the same for the same seed.
pub fn noise(frames: usize, amplitude: f32, seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..frames)
        .map(|_| amplitude * (2.0 * random.f32() - 1.0))
        .collect()
}

/// A sound file, read whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Frames a second, in hertz.
    pub sample_rate: u32,
    /// The samples of each channel; full scale is -1 to 1.
    pub channels: Vec<Vec<f32>>,
}

/// Reads a WAV file of integers or floats.
///
/// # Panics
/// When the file cannot be read.
pub fn read_wav(path: &Path) -> Sound {
    let mut reader = hound::WavReader::open(path).expect("a readable WAV file");
    let format = reader.spec();
    let samples: Vec<f32> = match format.sample_format {
        hound::SampleFormat::Float => reader
            .samples::<f32>()
            .map(|sample| sample.expect("a whole sample"))
            .collect(),
        hound::SampleFormat::Int => {
            let full_scale = 2.0_f32.powi(i32::from(format.bits_per_sample) - 1);
            reader
                .samples::<i32>()
                .map(|sample| sample.expect("a whole sample") as f32 / full_scale)
                .collect()
        }
    };
    let count = usize::from(format.channels);
    let channels = (0..count)
        .map(|channel| {
            samples
                .iter()
                .skip(channel)
                .step_by(count)
                .copied()
                .collect()
        })
        .collect();
    Sound {
        sample_rate: format.sample_rate,
        channels,
    }
}

/// Writes a WAV file of 32 bit floats.
///
/// # Panics
/// When the channels differ in length or the file cannot be written.
pub fn write_wav(path: &Path, sound: &Sound) {
    let format = hound::WavSpec {
        channels: u16::try_from(sound.channels.len()).expect("a few channels"),
        sample_rate: sound.sample_rate,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let frames = sound.channels[0].len();
    assert!(sound.channels.iter().all(|channel| channel.len() == frames));
    let mut writer = hound::WavWriter::create(path, format).expect("a writable file");
    for frame in 0..frames {
        for channel in &sound.channels {
            writer
                .write_sample(channel[frame])
                .expect("a writable file");
        }
    }
    writer.finalize().expect("a writable file");
}
