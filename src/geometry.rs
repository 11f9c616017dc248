//! Positions, and the conversions from other programs' axes into the listener's.
//!
//! Inside binaurald there is one convention (the one of SOFA / AES69 and ROS): metres, the centre
//! of the listener's head at the origin, looking along +x, the left ear towards +y, the top of the
//! head towards +z. Azimuth is counter-clockwise from the front seen from above (+90 degrees is
//! left), elevation is up from the horizontal plane.

use std::fmt;
use std::ops::{Add, Mul, Sub};
use std::str::FromStr;

/// A coordinate beyond this many metres is not a position but a fault of who sent it.
pub const MAX_COORDINATE_M: f64 = 1e6;

/// A point relative to the listener's head: metres; x front, y left, z up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Position {
    /// Metres to the front.
    pub x: f64,
    /// Metres to the left.
    pub y: f64,
    /// Metres up.
    pub z: f64,
}

impl Position {
    /// One metre in front: where a source stands before anything is known of it.
    pub const FRONT: Self = Self::new(1.0, 0.0, 0.0);

    /// The point (`x`, `y`, `z`), in metres.
    pub const fn new(x: f64, y: f64, z: f64) -> Self {
        Self { x, y, z }
    }

    /// Distance from the centre of the head, in metres.
    pub fn distance(self) -> f64 {
        // Not `hypot` chains: squares of coordinates up to 1e6 m are far inside the range of f64.
        (self.x * self.x + self.y * self.y + self.z * self.z).sqrt()
    }

    /// Azimuth in degrees, -180 to 180: 0 in front, 90 left.
    pub fn azimuth_degrees(self) -> f64 {
        self.y.atan2(self.x).to_degrees()
    }

    /// Elevation in degrees, -90 to 90: 0 in the horizontal plane, 90 overhead.
    pub fn elevation_degrees(self) -> f64 {
        self.z.atan2(self.x.hypot(self.y)).to_degrees()
    }

    /// Distance to `other`, in metres.
    pub fn distance_to(self, other: Self) -> f64 {
        (self - other).distance()
    }

    /// The point that lies `t` of the way (0 to 1) from here to `other` on a straight line.
    ///
    /// Exact at both ends, so that a path through given points passes through them to the bit.
    #[must_use]
    pub fn lerp(self, other: Self, t: f64) -> Self {
        let mix = |a: f64, b: f64| a * (1.0 - t) + b * t;
        Self::new(
            mix(self.x, other.x),
            mix(self.y, other.y),
            mix(self.z, other.z),
        )
    }
}

impl Add for Position {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl Sub for Position {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y, self.z - other.z)
    }
}

impl Mul<f64> for Position {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        Self::new(self.x * factor, self.y * factor, self.z * factor)
    }
}

/// Why three numbers are not a position.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum CoordinateError {
    /// A coordinate is NaN or infinite.
    #[error("{axis} is {value}, not a finite number")]
    NotFinite {
        /// Which coordinate: `x`, `y` or `z`.
        axis: char,
        /// Its value.
        value: f64,
    },
    /// A coordinate is further out than [`MAX_COORDINATE_M`].
    #[error("{axis} is {value}, beyond {MAX_COORDINATE_M} m")]
    TooFar {
        /// Which coordinate: `x`, `y` or `z`.
        axis: char,
        /// Its value, in metres.
        value: f64,
    },
}

/// Checks three coordinates as they came from outside.
///
/// # Errors
/// When one of them is not finite or further out than [`MAX_COORDINATE_M`].
pub fn check_coordinates(xyz: [f64; 3]) -> Result<(), CoordinateError> {
    for (axis, value) in ['x', 'y', 'z'].into_iter().zip(xyz) {
        if !value.is_finite() {
            return Err(CoordinateError::NotFinite { axis, value });
        }
        if value.abs() > MAX_COORDINATE_M {
            return Err(CoordinateError::TooFar { axis, value });
        }
    }
    Ok(())
}

/// The axes that another program speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Axes {
    /// x front, y left, z up, metres: our own.
    #[default]
    Ros,
    /// x right, y up, z front, metres.
    Unity,
    /// x front, y right, z up, centimetres.
    Unreal,
    /// x right, y up, z back, metres.
    OpenGl,
}

impl Axes {
    /// The names that [`Axes::from_str`] knows.
    pub const NAMES: [&'static str; 4] = ["ros", "unity", "unreal", "opengl"];

    /// A vector in these axes as front, left, up in metres.
    fn to_front_left_up(self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        // `0.0 - v` rather than `-v`: no negative zero comes out of a zero.
        match self {
            Self::Ros => [x, y, z],
            Self::Unity => [z, 0.0 - x, y],
            Self::Unreal => [x / 100.0, (0.0 - y) / 100.0, z / 100.0],
            Self::OpenGl => [0.0 - z, 0.0 - x, y],
        }
    }
}

impl FromStr for Axes {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name.to_ascii_lowercase().as_str() {
            "ros" => Ok(Self::Ros),
            "unity" => Ok(Self::Unity),
            "unreal" => Ok(Self::Unreal),
            "opengl" => Ok(Self::OpenGl),
            _ => Err(format!("must be one of {}", Self::NAMES.join(", "))),
        }
    }
}

impl fmt::Display for Axes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ros => "ros",
            Self::Unity => "unity",
            Self::Unreal => "unreal",
            Self::OpenGl => "opengl",
        })
    }
}

/// Where the listener's head is in the other side's world, and which way it looks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    /// The head's centre, in the other side's axes and units.
    pub at: [f64; 3],
    /// Which way it looks: degrees counter-clockwise from the front seen from above.
    pub yaw_degrees: f64,
}

impl FromStr for Pose {
    type Err = String;

    /// Reads `X,Y,Z` or `X,Y,Z,YAW`.
    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text
            .split(',')
            .map(|part| part.trim().parse::<f64>())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| "must be X,Y,Z or X,Y,Z,YAW in numbers, such as 0,0,1.7,90".to_string())?;
        let (at, yaw_degrees) = match numbers[..] {
            [x, y, z] => ([x, y, z], 0.0),
            [x, y, z, yaw] => ([x, y, z], yaw),
            _ => return Err(format!("must be 3 or 4 numbers, not {}", numbers.len())),
        };
        check_coordinates(at).map_err(|error| error.to_string())?;
        if !yaw_degrees.is_finite() {
            return Err(format!("the yaw is {yaw_degrees}, not a finite number"));
        }
        Ok(Self { at, yaw_degrees })
    }
}

/// The way from the other side's coordinates into the listener's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorldView {
    /// The other side's axes; default [`Axes::Ros`].
    pub axes: Axes,
    /// The listener in the other side's world; default the origin, looking to the front.
    pub listener: Pose,
    /// Factor on all lengths, greater than 0; default 1.
    pub scale: f64,
}

impl Default for WorldView {
    fn default() -> Self {
        Self {
            axes: Axes::Ros,
            listener: Pose::default(),
            scale: 1.0,
        }
    }
}

impl WorldView {
    /// Where the point `world` of the other side's world is, seen from the listener.
    ///
    /// The default view returns its argument to the bit, up to [`MAX_COORDINATE_M`] away; what is
    /// further out is taken that near, in its direction.
    pub fn place(&self, world: [f64; 3]) -> Position {
        let [wx, wy, wz] = world;
        let [lx, ly, lz] = self.listener.at;
        let [front, left, up] = self.axes.to_front_left_up([wx - lx, wy - ly, wz - lz]);
        let (front, left) = if self.listener.yaw_degrees == 0.0 {
            (front, left)
        } else {
            let (sin, cos) = self.listener.yaw_degrees.to_radians().sin_cos();
            (front * cos + left * sin, left * cos - front * sin)
        };
        let position = Position::new(front * self.scale, left * self.scale, up * self.scale);
        let distance = position.distance();
        if distance <= MAX_COORDINATE_M {
            return position;
        }
        // So far out only the direction is left of it.
        let nearer = MAX_COORDINATE_M / distance;
        Position::new(
            position.x * nearer,
            position.y * nearer,
            position.z * nearer,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(position: Position, expected: [f64; 3]) {
        let [x, y, z] = expected;
        let error = position.distance_to(Position::new(x, y, z));
        assert!(error < 1e-12, "{position:?} is not {expected:?}");
    }

    #[test]
    fn each_convention_puts_front_left_and_up_where_they_are() {
        for (axes, front, left, up) in [
            (Axes::Ros, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]),
            (
                Axes::Unity,
                [0.0, 0.0, 1.0],
                [-1.0, 0.0, 0.0],
                [0.0, 1.0, 0.0],
            ),
            (
                Axes::Unreal,
                [100.0, 0.0, 0.0],
                [0.0, -100.0, 0.0],
                [0.0, 0.0, 100.0],
            ),
            (
                Axes::OpenGl,
                [0.0, 0.0, -1.0],
                [-1.0, 0.0, 0.0],
                [0.0, 1.0, 0.0],
            ),
        ] {
            let view = WorldView {
                axes,
                ..WorldView::default()
            };
            assert_near(view.place(front), [1.0, 0.0, 0.0]);
            assert_near(view.place(left), [0.0, 1.0, 0.0]);
            assert_near(view.place(up), [0.0, 0.0, 1.0]);
        }
    }

    #[test]
    fn a_listener_who_turned_left_has_the_front_on_the_right() {
        let listener = "1,2,3,90".parse().unwrap();
        let view = WorldView {
            listener,
            scale: 2.0,
            ..WorldView::default()
        };
        assert_near(view.place([2.0, 2.0, 3.0]), [0.0, -2.0, 0.0]);
        assert_near(view.place([1.0, 3.0, 3.0]), [2.0, 0.0, 0.0]);
        assert_near(view.place([1.0, 2.0, 4.0]), [0.0, 0.0, 2.0]);
    }

    #[test]
    fn the_listener_is_given_in_the_other_sides_units() {
        let listener = "100,0,0".parse().unwrap();
        let view = WorldView {
            axes: Axes::Unreal,
            listener,
            scale: 1.0,
        };
        assert_near(view.place([300.0, -100.0, 0.0]), [2.0, 1.0, 0.0]);
    }

    #[test]
    fn what_a_scale_takes_out_of_reach_keeps_its_direction() {
        let view = WorldView {
            scale: 1e9,
            ..WorldView::default()
        };
        let far = view.place([0.0, 3e5, 4e5]);
        assert!((far.distance() - MAX_COORDINATE_M).abs() < 1e-3, "{far:?}");
        assert!(
            (far.elevation_degrees() - 0.8_f64.asin().to_degrees()).abs() < 1e-9,
            "{far:?}"
        );
    }

    #[test]
    fn azimuth_is_counter_clockwise_and_elevation_is_up() {
        let left_up = Position::new(0.0, 1.0, 1.0);
        assert!((left_up.azimuth_degrees() - 90.0).abs() < 1e-12);
        assert!((left_up.elevation_degrees() - 45.0).abs() < 1e-12);
        assert!((Position::new(-1.0, -1.0, 0.0).azimuth_degrees() + 135.0).abs() < 1e-12);
    }

    #[test]
    fn bad_poses_are_refused_with_what_is_wrong() {
        for bad in [
            "",
            "1",
            "1,2",
            "1,2,3,4,5",
            "a,b,c",
            "nan,0,0",
            "0,0,0,inf",
            "2e6,0,0",
        ] {
            assert!(bad.parse::<Pose>().is_err(), "{bad:?} was taken");
        }
    }
}
