//! The built-in sample is what its README says: small, without a seam, and easy to localise.

use std::path::PathBuf;

use realfft::RealFftPlanner;
use support::measure;

mod support {
    pub mod measure;
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples/steps.wav")
}

fn samples() -> Vec<f32> {
    let mut sound = measure::read_wav(&path());
    assert_eq!((sound.sample_rate, sound.channels.len()), (48_000, 1));
    sound.channels.remove(0)
}

#[test]
fn it_is_a_few_seconds_in_a_small_file() {
    let size = std::fs::metadata(path()).expect("the file").len();
    assert!(size < 500_000, "{size} bytes");
    assert_eq!(samples().len(), 4 * 48_000);
}

#[test]
fn it_has_headroom_and_no_offset() {
    let samples = samples();
    let peak = measure::db(f64::from(measure::peak(&samples)));
    assert!((peak + 9.0).abs() < 0.1, "peak {peak} dB");
    let mean: f64 = samples.iter().map(|&x| f64::from(x)).sum::<f64>() / samples.len() as f64;
    assert!(mean.abs() < 1e-4, "mean {mean}");
}

#[test]
fn the_loop_has_no_seam() {
    let mut samples = samples();
    let inside = measure::largest_step(&samples);
    samples.rotate_left(100);
    let end = samples.len() - 100;
    let across = measure::largest_step(&samples[end - 2..end + 2]);
    assert!(
        across < 0.05 * inside,
        "step of {across}, elsewhere {inside}"
    );
}

#[test]
fn it_has_energy_wherever_ears_find_cues() {
    let samples = samples();
    let mut input: Vec<f64> = samples.iter().map(|&x| f64::from(x)).collect();
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(input.len());
    let mut spectrum = transform.make_output_vec();
    transform
        .process(&mut input, &mut spectrum)
        .expect("the buffers have the lengths that the plan asks for");
    let bin_hz = 48_000.0 / samples.len() as f64;
    let energy = |low_hz: f64, high_hz: f64| -> f64 {
        let bins = (low_hz / bin_hz) as usize..(high_hz / bin_hz) as usize;
        spectrum[bins]
            .iter()
            .map(realfft::num_complex::Complex::norm_sqr)
            .sum()
    };
    let all = energy(0.0, 24_000.0);
    for (low_hz, high_hz) in [
        (100.0, 200.0),
        (200.0, 500.0),
        (500.0, 1000.0),
        (1000.0, 2000.0),
        (2000.0, 4000.0),
        (4000.0, 8000.0),
        (8000.0, 12_000.0),
    ] {
        let level = 10.0 * (energy(low_hz, high_hz) / all).log10();
        assert!(level > -18.0, "{low_hz} to {high_hz} Hz: {level} dB");
    }
    let waste = 10.0 * ((energy(0.0, 60.0) + energy(16_000.0, 24_000.0)) / all).log10();
    assert!(waste < -25.0, "beyond hearing and headphones: {waste} dB");
}
