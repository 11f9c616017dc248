//! Sets with little in them, and oddly placed: nothing breaks, nothing jumps.

use binaurald::geometry::Position;
use realfft::num_complex::Complex;

use binaurald::head::{Ear, Head, Hint, MeasuredOptions, MeasuredSet};

use crate::heard::{at, filter, heard, itd_s};
use crate::round_a_sphere::{grid, sphere_set};

/// Flies all over the head, and through it; the filters and delays go in small steps.
fn assert_smooth(set: &MeasuredSet, what: &str) {
    let head = Head::measured(set, MeasuredOptions::default(), 48_000).expect(what);
    assert!(head.is_measured());
    let step_degrees = 0.05;
    let mut last: Option<([Complex<f64>; 4], f64)> = None;
    let (mut moved, mut late) = (0.0_f64, 0.0_f64);
    let mut hint = Hint::default();
    for n in 0..20_000_i32 {
        let turn = f64::from(n) * step_degrees;
        let elevation = 90.0 * (turn * 0.0131).sin();
        let radius = 0.6 + 0.55 * (turn * 0.002).cos();
        let place: Position = at(radius, turn, elevation);
        let seen = head.whereabouts(place);
        let delay = head.aim(Ear::Left, &seen, radius, &mut hint).delay;
        let filter = filter(&head, place, radius, delay);
        let values = [250.0, 1000.0, 4000.0, 12_000.0].map(|hz| filter.response(hz));
        assert!(values.iter().all(|value| value.is_finite()) && delay.is_finite());
        if let Some((before, delay_before)) = &last {
            let change = before.iter().zip(&values).map(|(a, b)| (a - b).norm());
            moved = moved.max(change.fold(0.0, f64::max));
            late = late.max((delay - delay_before).abs());
        }
        last = Some((values, delay));
    }
    println!("{what}: the filter moves by {moved:.4}, the delay by {late:.4} frames at most");
    assert!(moved < 0.2, "{what}: the filter jumps by {moved}");
    assert!(late < 0.15, "{what}: the delay jumps by {late} frames");
}

#[test]
fn any_grid_makes_a_head_without_jumps() {
    let mut rng = fastrand::Rng::with_seed(12);
    let scattered: Vec<(f64, f64)> = (0..60)
        .map(|_| {
            (
                rng.f64() * 360.0,
                (2.0 * rng.f64() - 1.0).asin().to_degrees(),
            )
        })
        .collect();
    let horizontal: Vec<(f64, f64)> = (0..72).map(|n| (f64::from(n) * 5.0, 0.0)).collect();
    let median: Vec<(f64, f64)> = (0..19).map(|n| (0.0, f64::from(n) * 10.0 - 90.0)).collect();
    for (directions, what) in [
        (grid(15.0, -45.0), "nothing below"),
        (horizontal, "the horizontal plane"),
        (median, "half the median plane"),
        (scattered, "scattered"),
        (vec![(30.0, 0.0)], "one direction"),
        (
            vec![(0.0, 0.0), (90.0, 0.0), (180.0, 0.0)],
            "three directions",
        ),
    ] {
        assert_smooth(&sphere_set(&directions, &[1.2]), what);
    }
}

#[test]
fn what_a_horizontal_set_lacks_above_and_below_is_as_round_a_sphere() {
    let horizontal: Vec<(f64, f64)> = (0..72).map(|n| (f64::from(n) * 5.0, 0.0)).collect();
    let set = sphere_set(&horizontal, &[1.4]);
    let head = Head::measured(&set, MeasuredOptions::default(), 48_000).expect("a head");
    // 500 Hz, from the side and raised: the sphere's 759 us fall with the cosine of the elevation.
    for (elevation, expected) in [(0.0, 759.0), (45.0, 554.7), (60.0, 399.0), (90.0, 0.0)] {
        let itd = itd_s(
            &heard(&head, at(5.0, 90.0, elevation)),
            500.0,
            expected * 1e-6,
        ) * 1e6;
        println!("{elevation} degrees up: {itd:.0} us, round the sphere {expected}");
        assert!(
            (itd - expected).abs() < 60.0,
            "{itd} us at {elevation} degrees"
        );
    }
}

/// Decaying noise from `directions`, at `distance(n)` metres.
fn noise_set(
    samples: usize,
    directions: &[(f64, f64)],
    distance: impl Fn(usize) -> f64,
) -> MeasuredSet {
    let mut rng = fastrand::Rng::with_seed(4);
    let mut set = MeasuredSet {
        sample_rate: 48_000.0,
        samples,
        ..MeasuredSet::default()
    };
    for (n, (azimuth, elevation)) in directions.iter().enumerate() {
        set.sources.push(at(distance(n), *azimuth, *elevation));
        set.delays.push([0.0, 0.0]);
        set.responses.extend((0..2 * samples).map(|k| {
            let decay = (-8.0 * (k % samples) as f32 / samples as f32).exp();
            decay * (rng.f32() - 0.5)
        }));
    }
    set
}

#[test]
fn a_set_that_holds_more_than_a_head_can_take_is_cut_and_says_so() {
    let long = noise_set(65_536, &[(0.0, 0.0)], |_| 1.0);
    let head = Head::measured(&long, MeasuredOptions::default(), 48_000).expect("a head");
    assert!(head.taps() < 1400, "{} taps", head.taps());
    assert!(
        head.latency_frames() < 48,
        "{} frames",
        head.latency_frames()
    );
    let remarks = head.remarks().join("; ");
    assert!(remarks.contains("65536 samples are cut to"), "{remarks}");
    assert!(remarks.contains("nothing was measured within"), "{remarks}");

    let many = noise_set(8, &grid(1.0, -90.0), |_| 1.0);
    assert!(many.sources.len() > 40_000);
    let head = Head::measured(&many, MeasuredOptions::default(), 8000).expect("a head");
    let [said] = head.remarks() else {
        panic!("{:?}", head.remarks());
    };
    assert!(
        said.starts_with(&format!("of its {} directions", many.sources.len())),
        "{said}"
    );
}

#[test]
fn directions_that_come_twice_and_distances_with_few_of_them_are_left_out_and_said() {
    // The front twice, a little farther; a few far away; two so near that an ear sees them as one.
    let mut directions = grid(20.0, -60.0);
    let all = directions.len();
    directions.extend([(0.0, 0.0), (90.0, 0.0), (10.0, 30.0)]);
    let set = noise_set(64, &directions, |n| match n {
        n if n < all => 1.0,
        n if n == all => 1.02,
        _ => 3.0,
    });
    let head = Head::measured(&set, MeasuredOptions::default(), 48_000).expect("a head");
    let remarks = head.remarks().join("; ");
    assert!(
        remarks.contains("2 directions at 3.000 m are left out"),
        "{remarks}"
    );
    assert!(remarks.contains("at 1.000 m"), "{remarks}");

    let near: Vec<(f64, f64)> = [grid(30.0, -60.0), grid(30.0, -60.0)].concat();
    let half = near.len() / 2;
    let set = noise_set(64, &near, |n| if n < half { 0.11 } else { 0.14 });
    let head = Head::measured(&set, MeasuredOptions::default(), 48_000).expect("a head");
    let remarks = head.remarks().join("; ");
    assert!(remarks.contains("at 0.110 m is left out"), "{remarks}");
}
