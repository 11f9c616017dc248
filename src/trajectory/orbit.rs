//! The circle.

use std::f64::consts::TAU;

use crate::geometry::{MAX_COORDINATE_M, check_coordinates};

/// The shortest period, in seconds: far beyond what can be heard as a motion.
const MIN_PERIOD_S: f64 = 1e-3;

/// A horizontal circle round the vertical axis, from the front, at a constant speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orbit {
    radius: f64,
    period_s: f64,
    height: f64,
}

impl Default for Orbit {
    /// The bundled server's motion: radius 1, 5 degrees each 0.1 s, counter-clockwise, height 0.
    fn default() -> Self {
        Self {
            radius: 1.0,
            period_s: 7.2,
            height: 0.0,
        }
    }
}

impl Orbit {
    /// How long it takes once round, in seconds; negative: clockwise.
    pub fn period_s(&self) -> f64 {
        self.period_s
    }

    /// A circle of `radius` at `height`, once round in `period_s` seconds: counter-clockwise seen
    /// from above, or clockwise when the period is negative.
    ///
    /// # Errors
    /// With the reason, when one of the numbers cannot be that.
    pub fn new(radius: f64, period_s: f64, height: f64) -> Result<Self, String> {
        if !(radius > 0.0 && radius <= MAX_COORDINATE_M) {
            return Err(format!(
                "the radius is {radius}, not more than 0 and at most {MAX_COORDINATE_M}"
            ));
        }
        if !(period_s.is_finite() && period_s.abs() >= MIN_PERIOD_S) {
            return Err(format!(
                "the period is {period_s}, not a time of at least {MIN_PERIOD_S} s (negative: \
                 clockwise)"
            ));
        }
        check_coordinates([0.0, 0.0, height]).map_err(|error| format!("the height {error}"))?;
        Ok(Self {
            radius,
            period_s,
            height,
        })
    }

    /// The coordinates at `seconds` after the start; at 0 in front.
    ///
    /// Left and right, front and back, and both senses of rotation mirror each other to the bit
    /// wherever the fraction of the turn does.
    pub fn position_at(&self, seconds: f64) -> [f64; 3] {
        let turn = (seconds / self.period_s.abs()).rem_euclid(1.0);
        let (cos, sin) = cos_sin_of_turn(turn);
        let left = if self.period_s < 0.0 { 0.0 - sin } else { sin };
        [self.radius * cos, self.radius * left, self.height]
    }
}

/// Cosine and sine of `turn` (0 to 1) full turns.
///
/// Folds the circle onto its first eighth before it leaves for radians. Each fold subtracts from a
/// number at most twice as large, which is exact in floating point (Sterbenz 1974), so that the
/// quarter turns come out as exact zeros and ones and mirrored angles as mirrored points.
fn cos_sin_of_turn(turn: f64) -> (f64, f64) {
    let (turn, right) = if turn > 0.5 {
        (1.0 - turn, true)
    } else {
        (turn, false)
    };
    let (turn, back) = if turn > 0.25 {
        (0.5 - turn, true)
    } else {
        (turn, false)
    };
    let (sin, cos) = if turn > 0.125 {
        let (sin, cos) = (TAU * (0.25 - turn)).sin_cos();
        (cos, sin)
    } else {
        (TAU * turn).sin_cos()
    };
    // `0.0 - v` rather than `-v`: no negative zero comes out of a zero.
    (
        if back { 0.0 - cos } else { cos },
        if right { 0.0 - sin } else { sin },
    )
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these places are exact")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_goes_from_the_front_over_the_left_and_the_back_to_the_right() {
        let orbit = Orbit::new(2.0, 8.0, -1.0).unwrap();
        for (seconds, expected) in [
            (0.0, [2.0, 0.0, -1.0]),
            (2.0, [0.0, 2.0, -1.0]),
            (4.0, [-2.0, 0.0, -1.0]),
            (6.0, [0.0, -2.0, -1.0]),
            (8.0, [2.0, 0.0, -1.0]),
        ] {
            let position = orbit.position_at(seconds);
            assert_eq!(position, expected, "at {seconds} s");
            assert!(
                position.iter().all(|v| *v != 0.0 || v.is_sign_positive()),
                "negative zero at {seconds} s: {position:?}"
            );
        }
    }

    #[test]
    fn the_default_is_the_bundled_servers_five_degrees_each_tenth_of_a_second() {
        for step in 0..72 {
            let [x, y, z] = Orbit::default().position_at(f64::from(step) * 0.1);
            let angle = (f64::from(step) * 5.0).to_radians();
            let error = (x - angle.cos()).hypot(y - angle.sin());
            assert!(error < 1e-13 && z == 0.0, "step {step}: {error}");
        }
    }

    proptest! {
        #[test]
        fn it_is_the_circle_of_the_formula(turn in 0.0..1.0f64) {
            let (cos, sin) = cos_sin_of_turn(turn);
            let error = (cos - (TAU * turn).cos()).hypot(sin - (TAU * turn).sin());
            // TAU * turn near a full turn is itself only good to 4.4e-16.
            prop_assert!(error < 2e-15, "{error}");
        }

        #[test]
        fn left_mirrors_right_and_front_mirrors_back(k in 0u32..=1 << 20) {
            // Fractions of a power of two, whose mirror images are exact.
            let turn = f64::from(k) / f64::from(1u32 << 21);
            let (cos, sin) = cos_sin_of_turn(turn);
            if turn > 0.0 {
                prop_assert_eq!(cos_sin_of_turn(1.0 - turn), (cos, 0.0 - sin));
            }
            prop_assert_eq!(cos_sin_of_turn(0.5 - turn), (0.0 - cos, sin));
        }

        #[test]
        fn clockwise_mirrors_counter_clockwise(seconds in 0.0..1e6f64, period in 0.01..100.0f64) {
            let [x, y, z] = Orbit::new(1.5, period, 0.3).unwrap().position_at(seconds);
            let mirrored = Orbit::new(1.5, -period, 0.3).unwrap().position_at(seconds);
            prop_assert_eq!(mirrored, [x, 0.0 - y, z]);
        }

        #[test]
        fn it_stays_on_its_circle(seconds in -1e9..1e9f64, period in 0.01..100.0f64) {
            let [x, y, _] = Orbit::new(3.0, period, 0.0).unwrap().position_at(seconds);
            prop_assert!((x.hypot(y) - 3.0).abs() < 1e-14);
        }
    }
}
