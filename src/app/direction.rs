//! Where a sound is, in words.

use crate::geometry::Position;

/// Where a position is round somebody who listens, to five degrees: `left, 90 degrees`.
pub(super) fn describe(position: Position) -> String {
    let azimuth = position.azimuth_degrees();
    let direction = match azimuth.abs() {
        0.0..=22.5 => "in front",
        157.5.. => "behind",
        away => match (away, azimuth > 0.0) {
            (..67.5, true) => "front left",
            (..67.5, false) => "front right",
            (..=112.5, true) => "left",
            (..=112.5, false) => "right",
            (_, true) => "back left",
            (_, false) => "back right",
        },
    };
    format!("{direction}, {} degrees", to_five(azimuth.abs()))
}

/// How high it is, when it is not at the height of the ears: `, 30 degrees up`.
pub(super) fn describe_height(position: Position) -> String {
    let elevation = position.elevation_degrees();
    match to_five(elevation.abs()) {
        0.0 => String::new(),
        degrees if elevation > 0.0 => format!(", {degrees} degrees up"),
        degrees => format!(", {degrees} degrees down"),
    }
}

/// Nobody hears single degrees.
fn to_five(degrees: f64) -> f64 {
    5.0 * (degrees / 5.0).round()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn height_is_told_where_it_can_be_heard() {
        for (z, told) in [
            (0.0, ""),
            (0.04, ""),
            (1.0, ", 45 degrees up"),
            (-1.0, ", 45 degrees down"),
        ] {
            assert_eq!(describe_height(Position::new(0.0, 1.0, z)), told, "{z}");
        }
    }
}
