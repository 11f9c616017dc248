//! Formants of speech, measured by linear prediction.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;

/// Up to where the prediction looks, in Hz; the voice has a formant for each kilohertz.
const UP_TO_HZ: f64 = 5000.0;
const ORDER: usize = 12;
const GRID_HZ: f64 = 5.0;

/// The peaks of a sound's spectral envelope up to 5 kHz, in Hz.
///
/// Selective linear prediction (Makhoul 1975): the autocorrelation of what the spectrum holds up
/// to 5 kHz gives an all-pole envelope, and that its peaks.
pub(crate) fn measure(samples: &[f32], sample_rate: u32) -> Vec<f64> {
    let predictor = levinson(&autocorrelation(&power(samples, sample_rate)));
    let envelope: Vec<f64> = (0..(UP_TO_HZ / GRID_HZ) as usize)
        .map(|n| {
            let turn = TAU * n as f64 * GRID_HZ / (2.0 * UP_TO_HZ);
            let part = |f: fn(f64) -> f64| -> f64 {
                let terms = predictor.iter().enumerate();
                terms.map(|(k, a)| a * f(turn * k as f64)).sum()
            };
            1.0 / (part(f64::cos).powi(2) + part(f64::sin).powi(2))
        })
        .collect();
    (1..envelope.len() - 1)
        .filter(|&n| envelope[n] > envelope[n - 1] && envelope[n] >= envelope[n + 1])
        .map(|n| n as f64 * GRID_HZ)
        .collect()
}

/// Power in each bin up to 5 kHz, the voice's fall of 6 dB for each octave evened out.
fn power(samples: &[f32], sample_rate: u32) -> Vec<f64> {
    let length = samples.len() as f64;
    let mut input: Vec<f64> = samples
        .iter()
        .enumerate()
        .map(|(n, &x)| f64::from(x) * (0.5 - 0.5 * (TAU * (n as f64 + 0.5) / length).cos()))
        .collect();
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(input.len());
    let mut spectrum = transform.make_output_vec();
    transform
        .process(&mut input, &mut spectrum)
        .expect("the buffers have the lengths that the plan asks for");
    let bins = (UP_TO_HZ * length / f64::from(sample_rate)) as usize;
    spectrum[..bins]
        .iter()
        .enumerate()
        .map(|(n, bin)| bin.norm_sqr() * (1.0 + n as f64).powi(2))
        .collect()
}

fn autocorrelation(power: &[f64]) -> Vec<f64> {
    (0..=ORDER)
        .map(|lag| {
            let turn = TAU / 2.0 * lag as f64 / power.len() as f64;
            let terms = power.iter().enumerate();
            terms.map(|(n, p)| p * (turn * n as f64).cos()).sum()
        })
        .collect()
}

/// The prediction error filter of an autocorrelation, by Levinson's recursion.
fn levinson(correlation: &[f64]) -> Vec<f64> {
    let mut filter = vec![1.0];
    let mut error = correlation[0];
    for order in 1..correlation.len() {
        let terms = filter.iter().enumerate();
        let reflection = -terms.map(|(k, a)| a * correlation[order - k]).sum::<f64>() / error;
        filter.push(0.0);
        let before = filter.clone();
        for (k, a) in filter.iter_mut().enumerate() {
            *a += reflection * before[order - k];
        }
        error *= 1.0 - reflection * reflection;
    }
    filter
}
