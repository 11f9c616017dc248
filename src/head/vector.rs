//! Vectors, and directions as unit vectors.

use crate::geometry::Position;

/// x, y and z.
pub(super) type Vector = [f64; 3];

pub(super) fn dot([a, b, c]: Vector, [x, y, z]: Vector) -> f64 {
    a * x + b * y + c * z
}

pub(super) fn cross([a, b, c]: Vector, [x, y, z]: Vector) -> Vector {
    [b * z - c * y, c * x - a * z, a * y - b * x]
}

pub(super) fn minus([a, b, c]: Vector, [x, y, z]: Vector) -> Vector {
    [a - x, b - y, c - z]
}

/// Of length 1; what has no length looks to the front.
pub(super) fn normalised(v: Vector) -> Vector {
    let length = dot(v, v).sqrt();
    if length > 0.0 && length.is_finite() {
        v.map(|value| value / length)
    } else {
        [1.0, 0.0, 0.0]
    }
}

/// The angle between two unit vectors: radians, 0 to pi.
pub(super) fn angle_between(a: Vector, b: Vector) -> f64 {
    // Exact for small angles too.
    let difference = minus(a, b);
    2.0 * (0.5 * dot(difference, difference).sqrt()).min(1.0).asin()
}

/// Where a position lies.
pub(super) fn direction_of(position: Position) -> Vector {
    normalised([position.x, position.y, position.z])
}
