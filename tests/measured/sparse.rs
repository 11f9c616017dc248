//! Sets with little in them, and oddly placed: nothing breaks, nothing jumps.

use binaurald::geometry::Position;
use binaurald::head::{Ear, Head, MeasuredOptions, MeasuredSet};

use crate::heard::{at, heard, itd_s};
use crate::round_a_sphere::{grid, sphere_set};

/// Flies all over the head, and through it; the filters and delays go in small steps.
fn assert_smooth(set: &MeasuredSet, what: &str) {
    let head = Head::measured(set, MeasuredOptions::default(), 48_000).expect(what);
    assert!(head.is_measured());
    let step_degrees = 0.05;
    let mut last: Option<(Vec<f32>, f64)> = None;
    let (mut moved, mut late) = (0.0_f32, 0.0_f64);
    let mut taps = vec![0.0; head.taps()];
    for n in 0..20_000_i32 {
        let turn = f64::from(n) * step_degrees;
        let elevation = 90.0 * (turn * 0.0131).sin();
        let radius = 0.6 + 0.55 * (turn * 0.002).cos();
        let place: Position = at(radius, turn, elevation);
        let delay = head.response(Ear::Left, place, radius, &mut taps);
        assert!(taps.iter().all(|tap| tap.is_finite()) && delay.is_finite());
        if let Some((before, delay_before)) = &last {
            let change = before.iter().zip(&taps).map(|(a, b)| (a - b).abs());
            moved = moved.max(change.fold(0.0, f32::max));
            late = late.max((delay - delay_before).abs());
        }
        last = Some((taps.clone(), delay));
    }
    println!("{what}: taps move by {moved:.4}, the delay by {late:.4} frames at most");
    assert!(moved < 0.05, "{what}: a tap jumps by {moved}");
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
