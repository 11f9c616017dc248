//! The samples are what their README says: small, without a seam, easy to localise, and computed.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use realfft::RealFftPlanner;
use support::python::python;
use support::{formants, measure};

mod support {
    pub(crate) mod formants;
    pub mod measure;
    pub(crate) mod python;
}

const RATE: u32 = 48_000;

/// Name, seconds, and in dB what each band that ears use has of the whole energy at least.
const SAMPLES: [(&str, f64, f64); 2] = [("steps.wav", 4.0, -18.0), ("voice.wav", 4.257, -22.0)];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn read(name: &str) -> Vec<f32> {
    let mut sound = measure::read_wav(&folder().join(name));
    assert_eq!(
        (sound.sample_rate, sound.channels.len()),
        (RATE, 1),
        "{name}"
    );
    sound.channels.remove(0)
}

/// The part of the voice between two times in milliseconds.
fn said(voice: &[f32], ms: Range<usize>) -> &[f32] {
    let frames_per_ms = RATE as usize / 1000;
    &voice[ms.start * frames_per_ms..ms.end * frames_per_ms]
}

/// Energy of a sound between two frequencies, of which any number may be asked.
fn energy_in(samples: &[f32]) -> impl Fn(f64, f64) -> f64 + use<> {
    let mut input: Vec<f64> = samples.iter().map(|&x| f64::from(x)).collect();
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(input.len());
    let mut spectrum = transform.make_output_vec();
    transform
        .process(&mut input, &mut spectrum)
        .expect("the buffers have the lengths that the plan asks for");
    let bin_hz = f64::from(RATE) / samples.len() as f64;
    move |low_hz, high_hz| {
        spectrum[(low_hz / bin_hz) as usize..(high_hz / bin_hz) as usize]
            .iter()
            .map(realfft::num_complex::Complex::norm_sqr)
            .sum()
    }
}

#[test]
fn each_is_a_few_seconds_in_a_small_file() {
    for (name, seconds, _) in SAMPLES {
        let size = fs::metadata(folder().join(name)).expect("the file").len();
        assert!(size < 500_000, "{name}: {size} bytes");
        let frames = (seconds * f64::from(RATE)).round() as usize;
        assert_eq!(read(name).len(), frames, "{name}");
    }
}

#[test]
fn each_has_headroom_and_no_offset() {
    for (name, ..) in SAMPLES {
        let samples = read(name);
        let peak = measure::db(f64::from(measure::peak(&samples)));
        assert!((peak + 9.0).abs() < 0.1, "{name}: peak {peak} dB");
        let mean: f64 = samples.iter().map(|&x| f64::from(x)).sum::<f64>() / samples.len() as f64;
        assert!(mean.abs() < 1e-4, "{name}: mean {mean}");
    }
}

#[test]
fn no_loop_has_a_seam() {
    for (name, ..) in SAMPLES {
        let mut samples = read(name);
        let inside = measure::largest_step(&samples);
        samples.rotate_left(100);
        let end = samples.len() - 100;
        let across = measure::largest_step(&samples[end - 2..end + 2]);
        assert!(
            across < 0.05 * inside,
            "{name}: step of {across}, elsewhere {inside}"
        );
    }
}

#[test]
fn each_has_energy_wherever_ears_find_cues() {
    for (name, _, least_db) in SAMPLES {
        let energy = energy_in(&read(name));
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
            assert!(
                level > least_db,
                "{name}: {low_hz} to {high_hz} Hz: {level} dB"
            );
        }
        let waste = 10.0 * ((energy(0.0, 60.0) + energy(16_000.0, 24_000.0)) / all).log10();
        assert!(waste < -25.0, "{name}: beyond hearing: {waste} dB");
    }
}

/// Times in milliseconds at which the level has risen by 12 dB within 20 ms to at least -45 dBFS.
fn onsets(samples: &[f32]) -> Vec<usize> {
    let frames: Vec<f64> = samples
        .chunks(RATE as usize / 200)
        .map(measure::level_db)
        .collect();
    let rises = |n: usize| frames[n] > -45.0 && frames[n] > frames[n - 4] + 12.0;
    (5..frames.len())
        .filter(|&n| rises(n) && !rises(n - 1))
        .map(|n| 5 * n)
        .collect()
}

#[test]
fn each_has_sharp_onsets_all_along() {
    for (name, seconds, _) in SAMPLES {
        let onsets = onsets(&read(name));
        assert!(
            onsets.len() as f64 > 1.5 * seconds,
            "{name}: {} onsets: {onsets:?}",
            onsets.len()
        );
        let gap = onsets.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(gap < Some(1000), "{name}: nothing for {gap:?} ms");
    }
}

fn has_formant(peaks: &[f64], formant: f64) -> bool {
    peaks.iter().any(|hz| (hz / formant - 1.0).abs() < 0.1)
}

#[test]
fn the_voice_has_the_formants_of_what_it_says() {
    // A vowel of the phrase in `samples/phonemes.py`, its middle in ms, and its formants in Hz.
    let voice = read("voice.wav");
    for (vowel, ms, formants) in [
        ("the i of listen", 197, [400.0, 1850.0, 2570.0]),
        ("the y of my", 1385, [680.0, 1200.0, 2550.0]),
        ("the o of voice", 1675, [550.0, 950.0, 2400.0]),
        ("the i of voice", 1815, [380.0, 1850.0, 2500.0]),
        ("the e of steps", 2790, [540.0, 1700.0, 2500.0]),
        ("the a of around", 3270, [680.0, 1250.0, 2550.0]),
        ("the ou of you", 3750, [320.0, 1050.0, 2250.0]),
    ] {
        let peaks = formants::measure(said(&voice, ms - 30..ms + 30), RATE);
        for formant in formants {
            assert!(
                has_formant(&peaks, formant),
                "{vowel}: no formant at {formant} Hz: {peaks:?}"
            );
        }
    }
    let peaks = formants::measure(said(&voice, 1645..1705), RATE);
    assert!(!has_formant(&peaks, 1850.0), "i measured in o: {peaks:?}");
}

#[test]
fn the_voice_hisses_pauses_and_bursts() {
    let voice = read("voice.wav");
    for (sound, ms) in [
        ("the s of listen", 260..355),
        ("the s of voice", 1890..2035),
        ("the s of its", 2540..2630),
        ("the t of steps", 2697..2711),
    ] {
        let energy = energy_in(said(&voice, ms));
        let high = energy(4000.0, 24_000.0) / energy(0.0, 24_000.0);
        assert!(high > 0.75, "{sound}: {high} of its energy above 4 kHz");
    }
    for (pause, ms) in [
        ("after listen", 680..800),
        ("after voice", 2150..2340),
        ("before the t of steps", 2650..2690),
        ("at the end", 4000..4257),
    ] {
        let level = measure::level_db(said(&voice, ms));
        assert!(level < -60.0, "{pause}: {level} dB");
    }
}

#[test]
fn the_script_makes_the_very_same_files() {
    let made = tempfile::tempdir().expect("a directory for the test");
    let output = Command::new(python())
        .arg(folder().join("make_samples.py"))
        .arg(made.path())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("Python starts");
    assert!(output.status.success(), "{output:?}");
    for (name, ..) in SAMPLES {
        let [kept, new] = [folder(), made.path().to_owned()]
            .map(|folder| fs::read(folder.join(name)).expect("the file"));
        assert!(kept == new, "{name} is not what the script makes");
    }
}
