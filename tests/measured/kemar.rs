//! The built-in measured head.

use binaurald::audio::StereoFrame;
use binaurald::geometry::Position;
use binaurald::head::{Head, HeadShape, kemar_set};

use crate::heard::{at, bands, heard, itd_s, kemar_file};
use crate::measure::noise;
use crate::stage::{kemar, render_still};

/// How the compact form is made: the left ear's responses from 8 frames before the first sample of a
/// tenth of the peak, 256 long, faded out over the last 64, as 16 bits of their peak.
fn compact() -> Vec<u8> {
    const SAMPLES: usize = 256;
    let set = kemar_file();
    let mut bytes = Vec::new();
    bytes.extend((set.sources.len() as u16).to_le_bytes());
    bytes.extend((SAMPLES as u16).to_le_bytes());
    for (source, position) in set.sources.iter().enumerate() {
        let [left, _] = set.pair(source).expect("a source");
        let peak = |samples: &[f32]| samples.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
        let onset = left
            .iter()
            .position(|x| x.abs() > 0.1 * peak(left))
            .expect("a sound");
        let begin = onset - 8;
        let kept: Vec<f64> = left[begin..begin + SAMPLES]
            .iter()
            .enumerate()
            .map(|(n, x)| {
                let into = (n + 65).saturating_sub(SAMPLES) as f64;
                f64::from(*x) * (0.5 + 0.5 * (std::f64::consts::PI * into / 65.0).cos())
            })
            .collect();
        let largest = kept.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let scale = (largest / 32_767.0) as f32;
        // As the published angles are: a multiple of a part of the circle.
        let azimuth = position.azimuth_degrees().rem_euclid(360.0);
        bytes.extend((((azimuth * 1e4).round() / 1e4) as f32).to_le_bytes());
        bytes.extend((position.elevation_degrees().round() as f32).to_le_bytes());
        bytes.extend((begin as u16).to_le_bytes());
        bytes.extend(scale.to_le_bytes());
        for x in kept {
            bytes.extend(((x / f64::from(scale)).round() as i16).to_le_bytes());
        }
    }
    bytes
}

/// To make it again: `UPDATE_KEMAR=1 cargo test --test measured compact`.
#[test]
fn the_compact_form_is_made_of_the_published_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/kemar/kemar.bin");
    let made = compact();
    if std::env::var_os("UPDATE_KEMAR").is_some() {
        std::fs::write(path, &made).expect("the repository can be written to");
    }
    assert!(
        made == std::fs::read(path).expect("it is there"),
        "made otherwise"
    );
    let (set, file) = (kemar_set(), kemar_file());
    assert_eq!(set.sources.len(), file.sources.len());
    for (ours, theirs) in set.sources.iter().zip(&file.sources) {
        assert!(
            ours.distance_to(*theirs) < 1e-5,
            "{ours:?} is not {theirs:?}"
        );
    }
}

#[test]
fn mirrored_places_give_mirrored_samples_to_the_last_bit() {
    let head = kemar(48_000);
    let sound = noise(2048, 0.5, 8);
    for (azimuth, elevation, distance) in [
        (0.0, 0.0, 1.0),
        (33.3, 12.0, 1.4),
        (90.0, 0.0, 0.15),
        (135.7, -77.0, 30.0),
        (180.0, 45.0, 0.05),
    ] {
        let place = at(distance, azimuth, elevation);
        let mirror = Position::new(place.x, -place.y, place.z);
        let here = render_still(&head, sound.clone(), place, 3072);
        let there = render_still(&head, sound.clone(), mirror, 3072);
        assert!(here.iter().any(|frame| frame.left.abs() > 0.01));
        for (n, (a, b)) in here.iter().zip(&there).enumerate() {
            let b = StereoFrame::new(b.right, b.left);
            assert_eq!(
                (a.left.to_bits(), a.right.to_bits()),
                (b.left.to_bits(), b.right.to_bits()),
                "frame {n} from {azimuth}, {elevation}"
            );
        }
    }
}

#[test]
fn the_front_is_as_loud_as_the_source() {
    let head = kemar(48_000);
    for ear in heard(&head, at(1.0, 0.0, 0.0)) {
        for octave in [125.0, 250.0, 500.0] {
            let power: f64 = (-8..=8)
                .map(|n| octave * 2.0_f64.powf(f64::from(n) / 17.0))
                .map(|hz| ear.response(hz).norm_sqr())
                .sum();
            let level = 10.0 * (power / 17.0).log10();
            println!("{octave} Hz: {level:.2} dB");
            assert!(level.abs() < 0.7, "{level} dB at {octave} Hz");
        }
    }
}

#[test]
fn the_low_end_is_that_of_a_sphere_of_its_size() {
    let head = kemar(48_000);
    assert!(
        (0.083..0.092).contains(&head.shape().radius_m),
        "{:?}",
        head.shape()
    );
    let sphere = Head::sphere(head.shape(), 48_000).expect("a sphere");
    for azimuth in [0.0, 30.0, 60.0, 90.0, 120.0, 180.0] {
        for elevation in [-30.0, 0.0, 40.0] {
            let place = at(1.4, azimuth, elevation);
            let (ours, exact) = (heard(&head, place), heard(&sphere, place));
            for hz in [50.0, 80.0, 110.0] {
                for (ours, exact) in ours.iter().zip(&exact) {
                    let ratio = ours.response(hz).norm() / exact.response(hz).norm();
                    let error = 20.0 * ratio.log10();
                    assert!(
                        error.abs() < 1.2,
                        "{error} dB at {hz} Hz, {azimuth}, {elevation}"
                    );
                }
                if hz < 100.0 {
                    continue;
                }
                let (ours, exact) = (itd_s(&ours, hz, 0.0), itd_s(&exact, hz, 0.0));
                let error = (ours - exact) * 1e6;
                assert!(
                    error.abs() < 90.0,
                    "{error} us at {hz} Hz, {azimuth}, {elevation}"
                );
            }
        }
    }
}

#[test]
fn nothing_is_missing_below() {
    let head = kemar(48_000);
    let [left, right] = heard(&head, at(1.0, 0.0, -90.0));
    for hz in [100.0, 1000.0, 4000.0, 10_000.0] {
        let (l, r) = (left.response(hz).norm(), right.response(hz).norm());
        assert!(
            (20.0 * (l / r).log10()).abs() < 0.5,
            "{l} and {r} at {hz} Hz"
        );
        assert!(l > 0.03, "{l} at {hz} Hz from below");
    }
    // And to the side of it, the ear on that side hears first and louder.
    let ears = heard(&head, at(1.0, 90.0, -60.0));
    assert!(itd_s(&ears, 500.0, 0.0) > 200e-6);
    let [left, right] = &ears;
    let treble = || bands().filter(|hz| *hz > 1500.0);
    let louder: f64 = treble()
        .map(|hz| left.band_db(hz) - right.band_db(hz))
        .sum();
    let louder = louder / treble().count() as f64;
    println!("from the left and below: {louder:.1} dB louder on the left");
    assert!(louder > 2.0, "{louder} dB");
}

#[test]
fn it_differs_between_front_and_back_and_above_where_a_sphere_does_not() {
    let head = kemar(48_000);
    let sphere = Head::sphere(HeadShape::default(), 48_000).expect("a sphere");
    let level = |head: &Head, elevation: f64, azimuth: f64| {
        let [left, _] = heard(head, at(1.4, azimuth, elevation));
        left.band_db(8000.0)
    };
    for (elevation, azimuth) in [(0.0, 180.0), (60.0, 0.0)] {
        let kemar = level(&head, elevation, azimuth) - level(&head, 0.0, 0.0);
        let exact = level(&sphere, elevation, azimuth) - level(&sphere, 0.0, 0.0);
        assert!(
            kemar.abs() > 4.0 && exact.abs() < 0.1,
            "{kemar} dB, sphere {exact} dB"
        );
    }
}

#[test]
fn its_latency_is_that_of_the_sphere_at_any_rate() {
    for rate in [44_100, 48_000, 96_000] {
        let kemar = Head::kemar(343.0, rate).expect("a head");
        let sphere = Head::sphere(HeadShape::default(), rate).expect("a head");
        assert_eq!(kemar.latency_frames(), sphere.latency_frames());
        assert!(kemar.latency_frames() as f64 / f64::from(rate) < 0.001);
    }
}
