//! The sphere oracle is only worth something if it is right: it is held here to closed forms, to
//! limits known from the literature, and to values computed by another program.

use std::f64::consts::FRAC_PI_2;

use support::sphere_oracle::{Source, Sphere};

mod support {
    pub mod sphere_oracle;
}

/// Fails with what was compared when `actual` is further than `tolerance` from `expected`.
fn assert_near(actual: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (actual - expected).abs() <= tolerance,
        "{what}: {actual:.5}, expected {expected} within {tolerance}"
    );
}

/// Level in decibels.
fn db(magnitude: f64) -> f64 {
    20.0 * magnitude.log10()
}

/// Interaural delay of the rays to the two ears, one straight, one bent round the sphere
/// (Woodworth, extended to near sources by Aaronson and Hartmann 2014).
fn ray_itd_s(sphere: &Sphere, source: Source) -> f64 {
    let (a, r) = (sphere.radius_m, source.distance_m);
    let [left, right] = source.incidence_cosines().map(|cosine| {
        let angle = cosine.acos();
        let straight = if r.is_infinite() {
            FRAC_PI_2
        } else {
            (a / r).acos()
        };
        match (angle <= straight, r.is_infinite()) {
            (true, true) => -a * cosine,
            (true, false) => (r * r + a * a - 2.0 * r * a * cosine).sqrt() - r,
            (false, true) => a * (angle - FRAC_PI_2),
            (false, false) => (r * r - a * a).sqrt() + a * (angle - straight) - r,
        }
    });
    (right - left) / sphere.speed_of_sound_m_s
}

#[test]
fn at_dc_the_near_and_the_far_ear_meet_the_closed_form() {
    let sphere = Sphere::default();
    for rho in [1.02, 1.15, 1.5, 2.0, 5.0, 10.0, 114.0] {
        let x: f64 = 1.0 / rho;
        let near = 2.0 / (1.0 - x) + (1.0 - x).ln() / x;
        let far = 2.0 / (1.0 + x) - (1.0 + x).ln() / x;
        let distance_m = rho * sphere.radius_m;
        let computed = [1.0, -1.0].map(|cosine| sphere.response(0.01, distance_m, cosine).norm());
        assert_near(computed[0] / near, 1.0, 1e-6, &format!("near, rho {rho}"));
        assert_near(computed[1] / far, 1.0, 1e-6, &format!("far, rho {rho}"));
    }
}

#[test]
fn at_dc_the_ild_of_a_source_at_the_side_is_that_of_the_closed_form() {
    let sphere = Sphere::default();
    let values = [
        (1.15, 31.39),
        (1.25, 26.54),
        (1.5, 20.03),
        (2.0, 13.99),
        (3.0, 8.94),
        (4.0, 6.62),
        (5.0, 5.27),
        (8.0, 3.27),
        (10.0, 2.61),
        (1.0 / sphere.radius_m, 2.28),
    ];
    for (rho, expected) in values {
        let ild = sphere.ild_db(0.1, Source::horizontal(rho * sphere.radius_m, 90.0));
        assert_near(ild, expected, 0.006, &format!("rho {rho}"));
    }
}

#[test]
fn a_far_source_reaches_every_point_alike_at_dc() {
    for incidence in [0.0, 45.0, 90.0, 135.0, 180.0_f64] {
        let response =
            Sphere::default().response(0.01, f64::INFINITY, incidence.to_radians().cos());
        assert_near(response.norm(), 1.0, 1e-6, &format!("{incidence} degrees"));
    }
}

#[test]
fn pressure_doubles_in_front_of_a_point_at_high_frequency() {
    let level = db(Sphere::default()
        .response(100_000.0, f64::INFINITY, 1.0)
        .norm());
    assert_near(level, 2.0_f64.log10() * 20.0, 0.01, "level at 0 degrees");
}

#[test]
fn itd_has_kuhns_limit_at_low_and_woodworths_at_high_frequency() {
    let sphere = Sphere::default();
    for (azimuth, kuhn_us) in [(30.0, 382.7), (90.0, 765.4)] {
        let source = Source::horizontal(f64::INFINITY, azimuth);
        let low = sphere.itd_s(10.0, source) * 1e6;
        assert_near(low, kuhn_us, 0.06, &format!("10 Hz, {azimuth} degrees"));
        let high = sphere.itd_s(20_000.0, source) * 1e6;
        let rays = ray_itd_s(&sphere, source) * 1e6;
        assert_near(high, rays, 12.0, &format!("20 kHz, {azimuth} degrees"));
        assert!(high < low - 50.0, "{high} us at 20 kHz, {low} us at 10 Hz");
    }
}

#[test]
fn ray_delays_meet_their_table() {
    let sphere = Sphere::default();
    let values = [
        (0.1, [267.1, 534.3, 777.2]),
        (0.25, [266.9, 517.4, 700.9]),
        (1.0, [263.6, 496.2, 667.0]),
        (10.0, [261.4, 488.9, 656.9]),
        (f64::INFINITY, [261.1, 488.1, 655.8]),
    ];
    for (distance, row) in values {
        for (azimuth, expected) in [30.0, 60.0, 90.0].into_iter().zip(row) {
            let itd = ray_itd_s(&sphere, Source::horizontal(distance, azimuth)) * 1e6;
            assert_near(itd, expected, 0.06, &format!("{distance} m, {azimuth}"));
        }
    }
}

#[test]
fn itd_of_a_far_source_meets_the_table() {
    let frequencies = [250.0, 500.0, 1000.0, 1500.0, 3000.0, 6000.0];
    let values = [
        (5.0, [69.6, 70.7, 50.8, 50.3, 49.5, 46.3]),
        (10.0, [138.6, 140.6, 102.1, 100.1, 97.5, 93.3]),
        (15.0, [206.4, 209.0, 154.4, 148.9, 143.8, 139.4]),
        (30.0, [397.0, 399.0, 320.2, 289.9, 280.4, 274.4]),
        (45.0, [558.3, 554.7, 485.3, 440.1, 414.9, 400.6]),
        (60.0, [680.0, 668.1, 609.4, 587.3, 517.9, 512.7]),
        (75.0, [755.5, 736.3, 679.7, 664.8, 649.2, 600.8]),
        (90.0, [781.1, 759.0, 702.1, 687.1, 676.5, 671.2]),
    ];
    for (azimuth, row) in values {
        for (frequency, expected) in frequencies.into_iter().zip(row) {
            let source = Source::horizontal(f64::INFINITY, azimuth);
            let itd = Sphere::default().itd_s(frequency, source) * 1e6;
            assert_near(
                itd,
                expected,
                0.06,
                &format!("{azimuth} degrees, {frequency} Hz"),
            );
        }
    }
}

#[test]
fn level_at_one_ear_of_a_far_source_meets_the_table() {
    let frequencies = [500.0, 1000.0, 2000.0, 3000.0, 5000.0, 8000.0];
    let values = [
        (0.0_f64, [2.21, 3.74, 5.14, 5.39, 5.73, 5.92]),
        (45.0, [1.41, 3.20, 4.30, 4.84, 5.31, 5.58]),
        (90.0, [-0.40, 0.99, 1.56, 1.89, 2.36, 2.45]),
        (135.0, [-0.38, -2.14, -3.18, -2.58, -3.75, -5.45]),
        (150.0, [0.01, -0.79, -5.23, -5.97, -5.82, -7.07]),
        (165.0, [0.30, 0.44, -0.62, -3.15, -11.73, -7.22]),
        (180.0, [0.41, 0.89, 1.24, 1.19, 0.75, -0.16]),
    ];
    for (incidence, row) in values {
        for (frequency, expected) in frequencies.into_iter().zip(row) {
            let cosine = incidence.to_radians().cos();
            let response = Sphere::default().response(frequency, f64::INFINITY, cosine);
            let what = format!("{incidence} degrees, {frequency} Hz");
            assert_near(db(response.norm()), expected, 0.006, &what);
        }
    }
}

#[test]
fn ild_near_and_far_meets_the_table() {
    let sphere = Sphere::default();
    let frequencies = [125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0];
    let values = [
        (
            1.25 * sphere.radius_m,
            30.0,
            [7.12, 7.24, 8.06, 10.74, 10.87, 13.12, 16.25],
        ),
        (
            1.25 * sphere.radius_m,
            90.0,
            [26.53, 26.53, 26.54, 26.71, 27.55, 29.57, 33.18],
        ),
        (
            2.0 * sphere.radius_m,
            60.0,
            [11.04, 11.14, 11.85, 13.78, 19.61, 20.22, 24.74],
        ),
        (
            5.0 * sphere.radius_m,
            30.0,
            [2.56, 2.68, 3.79, 6.89, 6.76, 8.64, 11.14],
        ),
        (
            5.0 * sphere.radius_m,
            90.0,
            [5.28, 5.43, 6.43, 7.34, 8.35, 9.42, 11.28],
        ),
        (1.0, 30.0, [1.15, 1.28, 2.52, 5.76, 5.46, 7.16, 9.37]),
        (1.0, 60.0, [1.99, 2.18, 3.58, 5.94, 11.68, 11.53, 14.97]),
        (1.0, 90.0, [2.30, 2.50, 3.79, 4.79, 5.82, 6.73, 8.32]),
        (
            f64::INFINITY,
            60.0,
            [0.02, 0.24, 1.85, 4.28, 9.99, 9.65, 12.86],
        ),
        (
            f64::INFINITY,
            90.0,
            [0.02, 0.26, 1.80, 2.85, 3.90, 4.69, 6.08],
        ),
    ];
    for (distance, azimuth, row) in values {
        for (frequency, expected) in frequencies.into_iter().zip(row) {
            let ild = sphere.ild_db(frequency, Source::horizontal(distance, azimuth));
            let what = format!("{distance} m, {azimuth} degrees, {frequency} Hz");
            assert_near(ild, expected, 0.006, &what);
        }
    }
}

#[test]
fn a_source_at_a_thousand_radii_is_nearly_a_plane_wave() {
    let sphere = Sphere::default();
    for incidence in [0.0_f64, 60.0, 120.0, 180.0] {
        let cosine = incidence.to_radians().cos();
        let near = sphere.response(1000.0, 1000.0 * sphere.radius_m, cosine);
        let far = sphere.response(1000.0, f64::INFINITY, cosine);
        // The first order in a/r is 1.5 a/r cos: 0.013 dB on the axis.
        let what = format!("{incidence} degrees");
        assert_near(db((near / far).norm()), 0.013 * cosine, 0.01, &what);
    }
}

#[test]
fn ear_delays_of_a_source_at_the_side_are_those_of_the_sphere() {
    let sphere = Sphere::default();
    let far_side = sphere.delay_s(8000.0, 10.0, -1.0) * 1e6;
    let near_side = sphere.delay_s(8000.0, 10.0, 1.0) * 1e6;
    assert_near(near_side, -255.2, 3.0, "near ear");
    assert_near(far_side, 408.9, 8.0, "far ear");
}

#[test]
fn left_is_plus_y_and_the_lateral_angle_is_what_counts() {
    let sphere = Sphere::default();
    let left = Source::horizontal(1.0, 90.0);
    assert!(sphere.itd_s(500.0, left) > 0.0 && sphere.ild_db(500.0, left) > 0.0);
    let [x, y, z] = left.position();
    assert!(x.abs() < 1e-12 && (y - 1.0).abs() < 1e-12 && z == 0.0);

    let front = sphere.itd_s(700.0, Source::new(1.0, 40.0, 0.0));
    let back = sphere.itd_s(700.0, Source::new(1.0, 140.0, 0.0));
    let mirrored = sphere.itd_s(700.0, Source::new(1.0, -40.0, 0.0));
    assert_near((front - back) * 1e6, 0.0, 1e-6, "front and back");
    assert_near((front + mirrored) * 1e6, 0.0, 1e-6, "left and right");

    // cos 45 sin 45 = sin 30: the same lateral angle.
    let raised = sphere.itd_s(700.0, Source::new(1.0, 45.0, 45.0));
    let level = sphere.itd_s(700.0, Source::new(1.0, 30.0, 0.0));
    assert_near((raised - level) * 1e6, 0.0, 1e-6, "raised and level");
}

#[test]
fn a_source_just_off_the_surface_does_not_overflow() {
    let sphere = Sphere::default();
    for frequency in [20.0, 500.0, 20_000.0] {
        for cosine in [1.0, 0.0, -1.0] {
            let response = sphere.response(frequency, 1.001 * sphere.radius_m, cosine);
            assert!(response.norm().is_finite() && response.norm() > 0.0);
        }
    }
}
