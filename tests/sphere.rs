//! The sphere head against the exact rigid sphere of an oracle that shares no code with it.

use binaurald::geometry::Position;
use support::measure::{db, ears, impulse, interaural_delay_s, response_at};
use support::sphere_oracle::{Source, Sphere};
use support::stage::{render_still, sphere};

mod support {
    pub mod measure;
    pub mod sphere_oracle;
    pub mod stage;
}

/// Frames in which every response has died away, at 96 kHz too.
const FRAMES: usize = 1024;

fn responses(
    head: &std::sync::Arc<binaurald::head::Head>,
    source: Source,
    frequencies: &[f64],
) -> Vec<[realfft::num_complex::Complex<f64>; 2]> {
    let [x, y, z] = source.position();
    let [left, right] = ears(&render_still(
        head,
        impulse(FRAMES),
        Position::new(x, y, z),
        FRAMES,
    ));
    let rate = head.sample_rate();
    frequencies
        .iter()
        .map(|f| [response_at(&left, rate, *f), response_at(&right, rate, *f)])
        .collect()
}

/// Azimuths all round; elevations that the targets name.
fn directions() -> impl Iterator<Item = (f64, f64)> {
    let azimuths = |elevation: f64| (0..72_u16).map(move |n| (f64::from(n) * 5.0, elevation));
    [-60.0, -35.0, 0.0, 20.0, 60.0]
        .into_iter()
        .flat_map(azimuths)
}

const DISTANCES: [f64; 7] = [0.25, 0.35, 0.5, 1.0, 2.0, 5.0, 10.0];

#[test]
fn the_interaural_delay_is_within_5_us_of_the_exact_sphere_everywhere() {
    let frequencies = [250.0, 500.0, 1000.0, 3000.0];
    let oracle = Sphere::default();
    for rate in [44_100, 48_000, 96_000] {
        let head = sphere(rate);
        let mut worst = [
            (0.0_f64, String::new()),
            (0.0, String::new()),
            (0.0, String::new()),
            (0.0, String::new()),
        ];
        for distance in DISTANCES {
            for (azimuth, elevation) in directions() {
                let source = Source::new(distance, azimuth, elevation);
                let got = responses(&head, source, &frequencies);
                for ((h, f), worst) in got.into_iter().zip(frequencies).zip(&mut worst) {
                    let exact = oracle.itd_s(f, source);
                    let error = (interaural_delay_s(h, f, exact) - exact).abs() * 1e6;
                    if error > worst.0 {
                        *worst = (error, format!("{distance} m, {azimuth}, {elevation}"));
                    }
                }
            }
        }
        println!("{rate} Hz: ITD errors in us at {frequencies:?}: {worst:?}");
        for ((error, at), f) in worst.into_iter().zip(frequencies) {
            assert!(error < 5.0, "{error} us at {f} Hz, {rate} Hz, {at}");
        }
    }
}

#[test]
fn the_level_of_each_ear_is_within_half_a_decibel_of_the_exact_sphere_everywhere() {
    let frequencies = [
        250.0, 355.0, 500.0, 710.0, 1000.0, 1400.0, 2000.0, 2800.0, 4000.0, 5600.0, 8000.0,
    ];
    let oracle = Sphere::default();
    for rate in [44_100, 48_000, 96_000] {
        let head = sphere(rate);
        let (mut worst, mut worst_ild) = ((0.0_f64, String::new()), (0.0_f64, String::new()));
        for distance in DISTANCES {
            for (azimuth, elevation) in directions() {
                let source = Source::new(distance, azimuth, elevation);
                let law_db = -db(distance);
                for (h, f) in responses(&head, source, &frequencies)
                    .into_iter()
                    .zip(frequencies)
                {
                    let exact = oracle.ears(f, source);
                    let errors =
                        [0, 1].map(|ear| db(h[ear].norm()) - law_db - db(exact[ear].norm()));
                    let at = || format!("{f} Hz, {distance} m, {azimuth}, {elevation}");
                    let error = errors[0].abs().max(errors[1].abs());
                    if error > worst.0 {
                        worst = (error, at());
                    }
                    if (errors[0] - errors[1]).abs() > worst_ild.0 {
                        worst_ild = ((errors[0] - errors[1]).abs(), at());
                    }
                }
            }
        }
        println!("{rate} Hz: worst level {worst:?}, worst ILD {worst_ild:?}");
        assert!(worst.0 < 0.5, "{worst:?} at {rate} Hz");
        assert!(worst_ild.0 < 0.5, "{worst_ild:?} at {rate} Hz");
    }
}

#[test]
fn the_interaural_delay_moves_without_a_kink() {
    let frequencies = [500.0, 1000.0, 3000.0];
    let (oracle, head) = (Sphere::default(), sphere(48_000));
    for distance in [0.25, 1.0, 10.0] {
        // How far the slope, in us a degree, is from that of the exact sphere.
        let mut last: Option<Vec<f64>> = None;
        let mut worst = 0.0_f64;
        for n in 0..=720_u16 {
            let source = Source::horizontal(distance, f64::from(n) * 0.25);
            let got = responses(&head, source, &frequencies);
            let errors: Vec<f64> = got
                .into_iter()
                .zip(frequencies)
                .map(|(h, f)| {
                    let exact = oracle.itd_s(f, source);
                    (interaural_delay_s(h, f, exact) - exact) * 1e6
                })
                .collect();
            if let Some(last) = &last {
                for (a, b) in errors.iter().zip(last) {
                    worst = worst.max((a - b).abs() / 0.25);
                }
            }
            last = Some(errors);
        }
        println!("{distance} m: the slope is off by at most {worst:.3} us a degree");
        assert!(worst < 0.5, "{worst} us a degree at {distance} m");
    }
}
