//! A set measured round the exact sphere is that sphere, at distances too that were not measured.

use std::f64::consts::TAU;

use binaurald::head::{Head, MeasuredOptions, MeasuredSet};
use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use crate::heard::{at, heard, itd_s};
use crate::sphere_oracle::{Source, Sphere};

const RATE: u32 = 48_000;

/// The exact sphere's impulse responses, a millisecond late.
pub(crate) fn sphere_set(directions: &[(f64, f64)], distances: &[f64]) -> MeasuredSet {
    const SAMPLES: usize = 256;
    const SIZE: usize = 512;
    let oracle = Sphere::default();
    let inverse = RealFftPlanner::<f64>::new().plan_fft_inverse(SIZE);
    let mut set = MeasuredSet {
        sample_rate: f64::from(RATE),
        samples: SAMPLES,
        ..MeasuredSet::default()
    };
    let places = distances
        .iter()
        .flat_map(|distance| directions.iter().map(move |place| (*distance, *place)));
    for (distance, (azimuth, elevation)) in places {
        let source = Source::new(distance, azimuth, elevation);
        set.sources.push(at(distance, azimuth, elevation));
        set.delays.push([0.0, 0.0]);
        for cosine in source.incidence_cosines() {
            let response = |k: usize| {
                let hz = k as f64 * f64::from(RATE) / SIZE as f64;
                let exact = oracle.response(hz.clamp(5.0, 20_000.0), distance, cosine);
                // Held above 20 kHz; the last bin of a real signal has no phase.
                let late = Complex::from_polar(1.0, -TAU * hz * 0.001);
                if k == SIZE / 2 {
                    Complex::new(exact.norm(), 0.0)
                } else {
                    exact * late
                }
            };
            let mut spectrum: Vec<Complex<f64>> = (0..=SIZE / 2).map(response).collect();
            spectrum[0].im = 0.0;
            let mut series = inverse.make_output_vec();
            inverse
                .process(&mut spectrum, &mut series)
                .expect("the lengths of the plan");
            set.responses
                .extend(series[..SAMPLES].iter().map(|x| (x / SIZE as f64) as f32));
        }
    }
    set
}

/// Directions about `step` degrees apart from an elevation upwards.
pub(crate) fn grid(step: f64, lowest: f64) -> Vec<(f64, f64)> {
    let rings = ((90.0 - lowest) / step).floor() as u32;
    (0..=rings)
        .flat_map(|ring| {
            let elevation = lowest + f64::from(ring) * step;
            let count = (360.0 * elevation.to_radians().cos() / step)
                .round()
                .max(1.0) as u32;
            (0..count).map(move |n| (f64::from(n) * 360.0 / f64::from(count), elevation))
        })
        .collect()
}

/// The greatest errors of levels (decibels, to 4 kHz) and interaural delays (seconds) at a distance.
fn errors(head: &Head, distance: f64) -> (f64, f64) {
    let oracle = Sphere::default();
    let (mut level, mut time) = (0.0_f64, 0.0_f64);
    for elevation in [-30.0, 0.0, 30.0] {
        for n in 0..24 {
            let azimuth = f64::from(n) * 15.0;
            let source = Source::new(distance, azimuth, elevation);
            let ours = heard(head, at(distance, azimuth, elevation));
            for hz in [250.0, 500.0, 1000.0, 2000.0, 4000.0] {
                for (ours, exact) in ours.iter().zip(oracle.ears(hz, source)) {
                    let ratio = ours.response(hz).norm() / exact.norm();
                    level = level.max((20.0 * ratio.log10()).abs());
                }
            }
            for hz in [500.0, 1000.0] {
                let exact = oracle.itd_s(hz, source);
                time = time.max((itd_s(&ours, hz, exact) - exact).abs());
            }
        }
    }
    (level, time)
}

#[test]
fn distances_that_were_not_measured_are_those_of_the_sphere() {
    let set = sphere_set(&grid(5.0, -45.0), &[1.4]);
    let head = Head::measured(&set, MeasuredOptions::default(), RATE).expect("a head");
    assert!(head.is_measured());
    for (distance, level_db, time_us) in [
        (0.25, 1.0, 12.0),
        (0.5, 0.8, 10.0),
        (1.4, 0.5, 9.0),
        (10.0, 0.8, 10.0),
    ] {
        let (level, time) = errors(&head, distance);
        println!("{distance} m: {level:.2} dB, {:.1} us", time * 1e6);
        assert!(level < level_db, "{level} dB at {distance} m");
        assert!(time * 1e6 < time_us, "{} us at {distance} m", time * 1e6);
    }
    // What it would be without: 11 dB of the interaural level that nearness makes at 0.25 m.
    let near = heard(&head, at(0.25, 90.0, 0.0));
    let ild = near
        .each_ref()
        .map(|ear| 20.0 * ear.response(250.0).norm().log10());
    let exact = Sphere::default().ild_db(250.0, Source::new(0.25, 90.0, 0.0));
    assert!((ild[0] - ild[1] - exact).abs() < 0.5 && exact > 6.0);
}

#[test]
fn of_several_measured_distances_the_nearest_ones_are_heard() {
    let set = sphere_set(&grid(10.0, -90.0), &[0.3, 1.0]);
    let both = Head::measured(&set, MeasuredOptions::default(), RATE).expect("a head");
    for distance in [0.3, 0.55, 1.0, 4.0] {
        let (level, time) = errors(&both, distance);
        println!("{distance} m: {level:.2} dB, {:.1} us", time * 1e6);
        assert!(level < 1.6, "{level} dB at {distance} m");
        assert!(time * 1e6 < 12.0, "{} us at {distance} m", time * 1e6);
    }
}
