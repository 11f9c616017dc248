//! The measuring tools measure what is known: otherwise no test that uses them means anything.

use support::measure;

mod support {
    pub mod measure;
}

const RATE: u32 = 48_000;

/// Fails with what was compared when `actual` is further than `tolerance` from `expected`.
fn assert_near(actual: f64, expected: f64, tolerance: f64) {
    assert!(
        (actual - expected).abs() <= tolerance,
        "{actual}, expected {expected} within {tolerance}"
    );
}

fn sum(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

#[test]
fn a_pure_tone_has_no_energy_beside_it() {
    for (tone, amplitude) in [(440.0, 0.5), (4000.0, 1.0), (997.3, 0.01)] {
        for rate in [44_100, RATE, 96_000] {
            let signal = measure::sine(2 * rate as usize, rate, tone, amplitude);
            let off_tone = measure::off_tone(&signal, rate, tone, 200.0);
            assert!(off_tone.whole_db < -130.0, "{tone} Hz: {off_tone:?}");
            assert!(off_tone.worst_db < -130.0, "{tone} Hz: {off_tone:?}");
        }
    }
}

#[test]
fn a_weak_second_tone_is_measured_at_its_level() {
    let tone = measure::sine(2 * RATE as usize, RATE, 440.0, 0.5);
    for (frequency, level) in [(660.0, -60.0), (200.0, -80.0), (9000.0, -100.0)] {
        let amplitude = 0.5 * 10.0_f64.powf(level / 20.0);
        let second = measure::sine(tone.len(), RATE, frequency, amplitude);
        let off_tone = measure::off_tone(&sum(&tone, &second), RATE, 440.0, 200.0);
        assert_near(off_tone.whole_db, level, 0.1);
        assert_near(off_tone.worst_db, level, 0.1);
    }
}

#[test]
fn sidebands_of_a_modulated_tone_count_where_they_lie() {
    // Amplitude modulation of depth 0.02: two sidebands of -40 dB each.
    let modulated = |modulation_hz: f64| -> Vec<f32> {
        let tone = measure::sine(2 * RATE as usize, RATE, 4000.0, 0.5);
        let modulation = measure::sine(tone.len(), RATE, modulation_hz, 0.02);
        tone.iter()
            .zip(modulation)
            .map(|(x, m)| x * (1.0 + m))
            .collect()
    };
    let outside = measure::off_tone(&modulated(300.0), RATE, 4000.0, 200.0);
    assert_near(outside.whole_db, -40.0 + 10.0 * 2.0_f64.log10(), 0.1);
    let inside = measure::off_tone(&modulated(100.0), RATE, 4000.0, 200.0);
    assert!(inside.whole_db < -120.0, "{inside:?}");
}

#[test]
fn one_click_in_a_long_tone_is_seen_wherever_it_is() {
    let tone = measure::sine(4 * RATE as usize, RATE, 440.0, 0.5);
    for place in (16_000..tone.len() - 16_000).step_by(7919) {
        let mut clicked = tone.clone();
        clicked[place] += 0.01;
        let off_tone = measure::off_tone(&clicked, RATE, 440.0, 200.0);
        assert!(off_tone.whole_db > -90.0, "frame {place}: {off_tone:?}");
        assert!(off_tone.worst_db > -70.0, "frame {place}: {off_tone:?}");
    }
}

#[test]
#[should_panic(expected = "too few for a band")]
fn a_signal_too_short_for_the_band_is_refused() {
    measure::off_tone(&[0.0; 1000], RATE, 440.0, 200.0);
}

#[test]
fn the_response_of_a_delayed_impulse_is_a_delay() {
    let mut signal = measure::impulse(64);
    signal.rotate_right(12);
    signal[12] = 0.5;
    for frequency in [100.0, 1000.0, 3000.0, 15_000.0] {
        let response = measure::response_at(&signal, RATE, frequency);
        assert_near(measure::db(response.norm()), -6.0206, 1e-4);
        let delay = measure::phase_delay_s(response, frequency, 260e-6);
        assert_near(delay, 250e-6, 1e-12);
    }
}

#[test]
fn the_response_of_a_filter_is_its_transfer_function() {
    // 1 + z^-1: 2 cos(w/2) with a delay of half a sample.
    let frequency = 9000.0;
    let response = measure::response_at(&[1.0, 1.0], RATE, frequency);
    let half_angle = std::f64::consts::PI * frequency / f64::from(RATE);
    assert_near(response.norm(), 2.0 * half_angle.cos(), 1e-12);
    assert_near(
        measure::phase_delay_s(response, frequency, 0.0),
        0.5 / f64::from(RATE),
        1e-15,
    );
}

#[test]
fn interaural_delay_is_positive_when_the_left_ear_hears_first() {
    let mut late = measure::impulse(64);
    late.rotate_right(24);
    let early = measure::impulse(64);
    let frequency = 3000.0;
    let [early, late] = [early, late].map(|signal| measure::response_at(&signal, RATE, frequency));
    let delay = measure::interaural_delay_s([early, late], frequency, 520e-6);
    assert_near(delay, 500e-6, 1e-12);
    let delay = measure::interaural_delay_s([late, early], frequency, -520e-6);
    assert_near(delay, -500e-6, 1e-12);
}

#[test]
fn levels_and_steps_of_known_signals() {
    let sine = measure::sine(RATE as usize, RATE, 1000.0, 0.5);
    assert_near(measure::level_db(&sine), -9.0309, 1e-3);
    assert_near(f64::from(measure::peak(&sine)), 0.5, 1e-6);
    // The steepest step of a sine straddles its zero crossing.
    let steepest = 0.5 * (std::f64::consts::TAU * 1000.0 / f64::from(RATE)).sin();
    assert_near(f64::from(measure::largest_step(&sine)), steepest, 1e-6);
    assert_near(measure::level_db(&[1.0, -1.0]), 0.0, 1e-12);
    assert_near(
        f64::from(measure::largest_step(&[0.5, -0.25, 0.0])),
        0.75,
        0.0,
    );
}

#[test]
fn noise_is_white_and_the_same_for_the_same_seed() {
    let noise = measure::noise(RATE as usize, 0.5, 7);
    assert_eq!(noise, measure::noise(RATE as usize, 0.5, 7));
    assert_ne!(noise, measure::noise(RATE as usize, 0.5, 8));
    // Evenly spread: a third of the peak's power.
    assert_near(measure::level_db(&noise), -6.0206 - 4.7712, 0.1);
    let neighbours: f64 = noise
        .windows(2)
        .map(|pair| f64::from(pair[0]) * f64::from(pair[1]))
        .sum();
    let energy: f64 = noise.iter().map(|&x| f64::from(x).powi(2)).sum();
    assert_near(neighbours / energy, 0.0, 0.02);
}

#[test]
fn frames_split_into_ears() {
    let frame = binaurald::audio::StereoFrame::new;
    let [left, right] = measure::ears(&[frame(1.0, 2.0), frame(3.0, 4.0)]);
    assert_eq!((left, right), (vec![1.0, 3.0], vec![2.0, 4.0]));
}

#[test]
fn wav_files_come_back_as_they_were_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("two.wav");
    let sound = measure::Sound {
        sample_rate: 44_100,
        channels: vec![measure::noise(100, 1.0, 1), measure::noise(100, 1.0, 2)],
    };
    measure::write_wav(&path, &sound);
    assert_eq!(measure::read_wav(&path), sound);
}

#[test]
fn integer_wav_files_are_scaled_to_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("integer.wav");
    let format = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, format).expect("a writable file");
    for sample in [i16::MIN, 0, 16_384] {
        writer.write_sample(sample).expect("a writable file");
    }
    writer.finalize().expect("a writable file");
    assert_eq!(measure::read_wav(&path).channels, [[-1.0, 0.0, 0.5]]);
}
