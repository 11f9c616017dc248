//! The sphere that a measured head is told apart from.

use std::f64::consts::TAU;

use super::super::design::Designer;
use super::super::grid::blend;
use super::super::lookup::Ear;
use super::super::sphere::{HeadShape, SphereField};
use super::super::vector::Vector;

/// The sphere with the delays that were made of it.
pub(super) struct Beside<'a> {
    pub(super) sphere: &'a SphereField,
    /// Frames, over the sphere's grid.
    pub(super) creeping: &'a [f64],
    pub(super) designer: &'a Designer,
    pub(super) sample_rate: f64,
}

/// The incidence angle of a direction at an ear: radians.
pub(super) fn incidence(ear: Ear, direction: Vector) -> f64 {
    let side = match ear {
        Ear::Left => direction[1],
        Ear::Right => -direction[1],
    };
    side.clamp(-1.0, 1.0).acos()
}

impl Beside<'_> {
    /// The delay of a source at `distance_m` against its centre: seconds.
    pub(super) fn delay_s(&self, distance_m: f64, angle: f64) -> f64 {
        let shape = self.sphere.shape;
        let row = self.sphere.grid.row(shape.radius_m / distance_m);
        let corners = self.sphere.grid.corners(row, angle);
        detour_s(shape, distance_m, angle) + blend(self.creeping, &corners) / self.sample_rate
    }

    /// The least delay of all sources that an ear sees in one direction: at the point of `shell_m`
    /// from the centre with this incidence angle, and nearer and farther on the ray through it.
    pub(super) fn earliest_s(&self, shell_m: f64, angle: f64) -> f64 {
        let radius = self.sphere.shape.radius_m;
        let (sin, cos) = angle.sin_cos();
        let (along, aside) = (shell_m * cos - radius, shell_m * sin);
        let length = along.hypot(aside);
        let (along, aside) = (along / length, aside / length);
        let delays = self.sphere.radii().into_iter().map(|rho| {
            let distance = rho * radius;
            let seen = self.sphere.shape.seen_distance_m(distance);
            let root = (radius * along).powi(2) + seen * seen - radius * radius;
            let way = root.sqrt() - radius * along;
            self.delay_s(distance, (way * aside).atan2(radius + way * along))
        });
        delays.fold(0.0, f64::min)
    }

    /// Natural logarithms of the sphere's levels for a source at `distance_m`, at ascending
    /// frequencies.
    pub(super) fn log_levels(&self, distance_m: f64, angle: f64, frequencies: &[f64]) -> Vec<f64> {
        let shape = self.sphere.shape;
        let row = self.sphere.grid.row(shape.radius_m / distance_m);
        let corners = self.sphere.grid.corners(row, angle);
        let normalised = (shape.path_m(distance_m, angle, angle.cos()) / distance_m).ln();
        let at = |bin: usize| -> f64 {
            let log = |corner: usize| 0.5 * self.sphere.responses[corner][bin].norm_sqr().ln();
            let sum: f64 = corners
                .iter()
                .map(|(corner, weight)| weight * log(*corner))
                .sum();
            sum - normalised
        };
        let bins = self.sphere.responses[0].len();
        let step = self.designer.frequencies().nth(1).unwrap_or(1.0);
        let level = |hz: f64| {
            let place = (hz / step).min((bins - 1) as f64);
            let bin = (place as usize).min(bins - 2);
            let beyond = place - bin as f64;
            at(bin) * (1.0 - beyond) + at(bin + 1) * beyond
        };
        frequencies.iter().map(|hz| level(*hz)).collect()
    }

    /// Natural logarithms of a level that falls steadily into the shadow: what heads have in
    /// common, without the sphere's bright spot.
    ///
    /// Source: C. P. Brown and R. O. Duda, IEEE Trans. Speech Audio Process. 6(5), 1998.
    pub(super) fn shadow(&self, angle: f64, frequencies: &[f64]) -> Vec<f64> {
        let HeadShape {
            radius_m,
            speed_of_sound_m_s,
        } = self.sphere.shape;
        let alpha = 1.05 + 0.95 * (1.2 * angle).cos();
        let level = |hz: &f64| {
            let x = TAU * hz * radius_m / (2.0 * speed_of_sound_m_s);
            0.5 * ((1.0 + (alpha * x).powi(2)) / (1.0 + x * x)).ln()
        };
        frequencies.iter().map(level).collect()
    }
}

/// What the path from a source to an ear is longer than that to the centre: seconds.
pub(super) fn detour_s(shape: HeadShape, distance_m: f64, angle: f64) -> f64 {
    (shape.path_m(distance_m, angle, angle.cos()) - distance_m) / shape.speed_of_sound_m_s
}
