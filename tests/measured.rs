//! Measured heads: what was measured is what is heard, and what was not is as it would be.

use std::f64::consts::TAU;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use binaurald::geometry::Position;
use binaurald::head::{Ear, Head, HeadShape, MeasuredOptions, MeasuredSet, kemar_set};
use realfft::RealFftPlanner;
use realfft::num_complex::Complex;
use support::sphere_oracle::{Source, Sphere};

mod support {
    pub mod sphere_oracle;
}

fn kemar() -> Arc<Head> {
    static KEMAR: LazyLock<Arc<Head>> =
        LazyLock::new(|| Arc::new(Head::kemar(343.0, 48_000).expect("built in")));
    Arc::clone(&KEMAR)
}

/// What a source at `at` is to an ear at one frequency.
fn heard(head: &Head, ear: Ear, at: Position, hz: f64) -> Complex<f64> {
    let mut taps = vec![0.0; head.taps()];
    let delay = head.response(ear, at, 1.0, &mut taps);
    let rate = f64::from(head.sample_rate());
    let turn = |frames: f64| Complex::from_polar(1.0, -TAU * hz * frames / rate);
    (0..)
        .zip(taps.iter().rev())
        .map(|(n, tap)| turn(f64::from(n) + delay) * f64::from(*tap))
        .sum()
}

fn position(distance: f64, azimuth: f64, elevation: f64) -> Position {
    let [x, y, z] = Source::new(distance, azimuth, elevation).position();
    Position::new(x, y, z)
}

fn db(value: f64) -> f64 {
    20.0 * value.log10()
}

/// Phase delay of the right ear after the left, in seconds: the one nearest to `near`.
fn itd(left: Complex<f64>, right: Complex<f64>, hz: f64, near: f64) -> f64 {
    let itd = -(right * left.conj()).arg() / (TAU * hz);
    itd + ((near - itd) * hz).round() / hz
}

/// A set of the exact sphere's responses.
fn sphere_set(rate: u32, directions: &[(f64, f64)], distance: f64) -> MeasuredSet {
    let oracle = Sphere::default();
    let samples = 512;
    let size = 1024;
    let inverse = RealFftPlanner::<f64>::new().plan_fft_inverse(size);
    let mut set = MeasuredSet {
        sample_rate: f64::from(rate),
        samples,
        ..MeasuredSet::default()
    };
    for (azimuth, elevation) in directions {
        let source = Source::new(distance, *azimuth, *elevation);
        set.sources.push(position(distance, *azimuth, *elevation));
        set.delays.push([0.0, 0.0]);
        for cosine in source.incidence_cosines() {
            let mut spectrum: Vec<Complex<f64>> = (0..=size / 2)
                .map(|k| {
                    let hz = (k as f64 * f64::from(rate) / size as f64).max(5.0);
                    let h = oracle.response(hz.min(20_000.0), distance, cosine);
                    let extra = if hz > 20_000.0 { hz - 20_000.0 } else { 0.0 };
                    let _ = extra;
                    // A millisecond late, so that nothing is heard before the beginning.
                    h * Complex::from_polar(1.0, -TAU * hz * 0.001)
                })
                .collect();
            spectrum[0].im = 0.0;
            spectrum[size / 2].im = 0.0;
            let mut series = inverse.make_output_vec();
            inverse.process(&mut spectrum, &mut series).unwrap();
            set.responses
                .extend(series[..samples].iter().map(|x| (x / size as f64) as f32));
        }
    }
    set
}

fn grid(step: f64, lowest: f64) -> Vec<(f64, f64)> {
    let mut directions = Vec::new();
    let mut elevation = lowest;
    while elevation <= 90.0 {
        let count = ((360.0 * f64::cos(elevation.to_radians()) / step).round()).max(1.0);
        for n in 0..count as usize {
            directions.push((n as f64 * 360.0 / count, elevation));
        }
        elevation += step;
    }
    directions
}

#[test]
fn explore() {
    let start = Instant::now();
    let head = kemar();
    println!(
        "kemar: {:?}, {} taps, radius {}, latency {}",
        start.elapsed(),
        head.taps(),
        head.shape().radius_m,
        head.latency_frames()
    );
    for azimuth in [0.0, 30.0, 90.0, 150.0, 180.0] {
        let at = position(1.4, azimuth, 0.0);
        let row: Vec<String> = [63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 12000.0, 16000.0]
            .iter()
            .map(|hz| {
                let (l, r) = (heard(&head, Ear::Left, at, *hz), heard(&head, Ear::Right, at, *hz));
                format!("{:.1}/{:.1}({:.0})", db(l.norm()), db(r.norm()), itd(l, r, *hz, 0.7e-3 * azimuth.to_radians().sin()) * 1e6)
            })
            .collect();
        println!("{azimuth}: {row:?}");
    }
    let start = Instant::now();
    let set = kemar_set();
    let raw = Head::measured(&set, MeasuredOptions::default(), 48_000).unwrap();
    println!("raw: {:?}, {} taps, radius {}", start.elapsed(), raw.taps(), raw.shape().radius_m);
    let mut worst = [0.0_f64; 3];
    let mut gain = 0.0;
    for (pass, at) in [0, 1].into_iter().flat_map(|p| (0..set.sources.len()).step_by(7).map(move |a| (p, a))) {
        let [left, right] = set.pair(at).unwrap();
        let direct = |ear: usize, samples: &[f32], hz: f64| -> Complex<f64> {
            samples.iter().enumerate().map(|(n, x)| Complex::from_polar(f64::from(*x), -TAU * hz * (n as f64 + set.delays[at][ear]) / 44100.0)).sum()
        };
        if pass == 0 {
            let hz = 1000.0;
            gain += db(heard(&raw, Ear::Left, set.sources[at], hz).norm() / direct(0, left, hz).norm()) / (set.sources.len() as f64 / 7.0).ceil();
            continue;
        }
        for hz in [500.0, 1000.0] {
            let file = [direct(0, left, hz), direct(1, right, hz)];
            let ours = [heard(&raw, Ear::Left, set.sources[at], hz), heard(&raw, Ear::Right, set.sources[at], hz)];
            let error = itd(ours[0] * file[0].conj(), ours[1] * file[1].conj(), hz, 0.0) * 1e6;
            let k = usize::from(hz > 600.0);
            worst[k] = worst[k].max(error.abs());
        }
        let bands = (0..44).map(|n| 100.0 * 2f64.powf(f64::from(n) / 6.0));
        for hz in bands {
            let power = |f: &dyn Fn(f64) -> f64| -> f64 { (0..8).map(|n| f(hz * 2f64.powf((f64::from(n) - 3.5) / 48.0)).powi(2)).sum() };
            let ours = power(&|hz| heard(&raw, Ear::Left, set.sources[at], hz).norm());
            let file = power(&|hz| direct(0, left, hz).norm());
            let error = (10.0 * (ours / file).log10() - gain).abs();
            if error > worst[2] { worst[2] = error; println!("{error:.2} dB at {hz:.0}, {:?}", (set.sources[at].azimuth_degrees(), set.sources[at].elevation_degrees())); }
        }
    }
    println!("raw: gain {gain}, ITD {:.1} us at 500, {:.1} at 1000, level {:.2} dB", worst[0], worst[1], worst[2]);
}

#[test]
fn explore_sphere() {
    let oracle = Sphere::default();
    for (lab, dirs) in [("10 deg", grid(10.0, -90.0)), ("15 deg from -40", grid(15.0, -45.0)), ("horizontal", (0..72).map(|n| (f64::from(n) * 5.0, 0.0)).collect())] {
        let set = sphere_set(48_000, &dirs, 1.4);
        let start = Instant::now();
        let head = Head::measured(&set, MeasuredOptions::default(), 48_000).unwrap();
        println!("{lab}: {:?}, {} taps, radius {}", start.elapsed(), head.taps(), head.shape().radius_m);
        for distance in [0.15, 0.25, 0.5, 1.4, 10.0] {
          for elevation in [0.0, 30.0, -60.0] {
            let (mut level, mut time) = ([0.0_f64; 6], [0.0_f64; 4]);
            for azimuth in (0..360).step_by(15) {
                let source = Source::new(distance, f64::from(azimuth), elevation);
                let at = position(distance, f64::from(azimuth), elevation);
                for (k, hz) in [125.0, 250.0, 500.0, 1000.0, 4000.0, 8000.0].into_iter().enumerate() {
                    let ears = oracle.ears(hz, source);
                    let ours = [heard(&head, Ear::Left, at, hz), heard(&head, Ear::Right, at, hz)];
                    for e in 0..2 { level[k] = level[k].max(db(ours[e].norm() / ears[e].norm()).abs()); }
                }
                for (k, hz) in [250.0, 500.0, 1000.0, 3000.0].into_iter().enumerate() {
                    let exact = oracle.itd_s(hz, source);
                    let ours = itd(heard(&head, Ear::Left, at, hz), heard(&head, Ear::Right, at, hz), hz, exact);
                    time[k] = time[k].max((ours - exact).abs() * 1e6);
                }
            }
            println!("  {distance} m, {elevation}: level {level:.2?} itd {time:.1?}");
          }
        }
    }
}
