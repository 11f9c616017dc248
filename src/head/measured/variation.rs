//! What the distance changes: the filters that turn a response measured at one distance into that at
//! another.
//!
//! Method: the distance variation function of Duda and Martens (J. Acoust. Soc. Am. 104(5), 1998),
//! the sphere's response at the distance over that at the measured one. Both are taken from where
//! the ear sees the source (the parallax), so that a set measured round a sphere gives that sphere
//! at every distance.

use realfft::num_complex::Complex64;

use super::super::design::Designer;
use super::super::grid::Taps;
use super::super::series::Legendre;
use super::super::sphere::{SphereField, responses};

/// The filters over the grid of `sphere` for responses measured at `distance_m`.
pub(super) fn variation(sphere: &SphereField, designer: &Designer, distance_m: f64) -> Taps {
    let radius = sphere.shape.radius_m;
    let angles = sphere.grid.angles.len();
    let mut values = Vec::new();
    let mut taps = 0;
    for (rho, row) in sphere.radii().iter().zip(sphere.responses.chunks(angles)) {
        let seen: Vec<f64> = sphere
            .grid
            .angles
            .iter()
            .map(|angle| {
                let seen_m = sphere.shape.seen_distance_m(rho * radius);
                seen_angle(radius, seen_m, *angle, distance_m)
            })
            .collect();
        let legendre = Legendre::new(&seen);
        let measured = responses(&legendre, sphere.shape, designer, distance_m / radius);
        for (here, there) in row.iter().zip(&measured) {
            let ratio: Vec<Complex64> = here.iter().zip(there).map(|(h, m)| h / m).collect();
            let filter = designer.design(&ratio, 0.0).filter;
            taps = filter.len();
            values.extend(filter.into_iter().map(|tap| tap as f32));
        }
    }
    Taps { taps, values }
}

/// The incidence angle, at the centre of the head, of the point at `shell` from it where the ray
/// from the ear through a source meets that distance: radians.
fn seen_angle(radius: f64, distance: f64, angle: f64, shell: f64) -> f64 {
    let (sin, cos) = angle.sin_cos();
    let (along, aside) = (distance * cos - radius, distance * sin);
    let length = along.hypot(aside);
    let (along, aside) = (along / length, aside / length);
    let way = -radius * along + ((radius * along).powi(2) + shell * shell - radius * radius).sqrt();
    (way * aside).atan2(radius + way * along)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ear_sees_a_source_where_it_is_when_it_is_at_the_measured_distance() {
        for degrees in [0.0_f64, 10.0, 45.0, 90.0, 135.0, 180.0] {
            let angle = degrees.to_radians();
            let same = seen_angle(0.0875, 1.4, angle, 1.4);
            assert!((same - angle).abs() < 1e-12);
            let near = seen_angle(0.0875, 0.2, angle, 1.4);
            assert!(near >= angle - 1e-12, "a near source is seen further back");
        }
        // Beside the ear: half a turn of the hand, seen from there.
        let beside = seen_angle(0.0875, (2.0_f64).sqrt() * 0.0875, 45_f64.to_radians(), 1e6);
        assert!((beside.to_degrees() - 90.0).abs() < 1e-3, "{beside}");
    }
}
