//! Directions that are put between the measured ones, so that the blend of neighbours goes in small
//! steps everywhere.

use super::super::vector::{Vector, angle_between, dot};
use super::kriging;

/// Neighbours that make a direction between measured ones: more add nothing.
const NEIGHBOURS: usize = 16;

/// Neighbours across a gap: enough to surround it.
const NEIGHBOURS_ACROSS: usize = 64;

/// Steps in which a gap is filled first, in radians.
const GAP_STEP: f64 = 8.0 * std::f64::consts::PI / 180.0;

/// Values over directions: as many for each as the first has.
#[derive(Clone, Debug, Default)]
pub(super) struct Field {
    pub(super) directions: Vec<Vector>,
    pub(super) values: Vec<Vec<f32>>,
}

impl Field {
    /// Adds the directions of a grid of `step` radians, with values made of those that are there;
    /// first where nothing is near, in coarser steps. Says how wide the largest gap was: the angle
    /// from its middle to the nearest direction, in radians.
    pub(super) fn fill(&mut self, step: f64) -> f64 {
        let coarse = self.missing(GAP_STEP, 1.5 * GAP_STEP);
        let widest = coarse.iter().map(|(_, gap)| *gap).fold(0.0, f64::max);
        let measured = self.spread();
        for (place, gap) in &coarse {
            let reach = gap + 1.0;
            let neighbours = nearest(&self.directions, &measured, *place, NEIGHBOURS_ACROSS);
            let neighbours: Vec<usize> = neighbours
                .into_iter()
                .filter(|index| angle_between(self.directions[*index], *place) < reach)
                .collect();
            self.add(*place, &neighbours);
        }
        let all: Vec<usize> = (0..self.directions.len()).collect();
        for (place, _) in self.missing(step, 0.6 * step) {
            let neighbours = nearest(&self.directions[..all.len()], &all, place, NEIGHBOURS);
            self.add(place, &neighbours);
        }
        widest
    }

    /// Adds a direction with values made of those of its neighbours.
    fn add(&mut self, place: Vector, neighbours: &[usize]) {
        let directions: Vec<Vector> = neighbours.iter().map(|at| self.directions[*at]).collect();
        let weights = kriging::weights(&directions, place);
        let mut values = vec![0.0_f32; self.values.first().map_or(0, Vec::len)];
        for (weight, at) in weights.into_iter().zip(neighbours) {
            for (sum, value) in values.iter_mut().zip(&self.values[*at]) {
                *sum += weight as f32 * value;
            }
        }
        self.directions.push(place);
        self.values.push(values);
    }

    /// The directions of a grid that have none of ours within `reach`, with the angle to the
    /// nearest one.
    fn missing(&self, step: f64, reach: f64) -> Vec<(Vector, f64)> {
        let gap = |place: Vector| {
            let nearness = self.directions.iter().map(|d| dot(*d, place));
            nearness.fold(-1.0, f64::max).min(1.0).acos()
        };
        even(step)
            .map(|place| (place, gap(place)))
            .filter(|(_, gap)| *gap > reach)
            .collect()
    }

    /// Some of the directions, spread over all that they cover.
    fn spread(&self) -> Vec<usize> {
        let mut chosen: Vec<usize> = Vec::new();
        for (at, place) in self.directions.iter().enumerate() {
            let is_apart =
                |other: &usize| angle_between(self.directions[*other], *place) > 0.9 * GAP_STEP;
            if chosen.iter().all(is_apart) {
                chosen.push(at);
            }
        }
        chosen
    }
}

/// Of the directions of these indices the nearest ones to a place.
fn nearest(directions: &[Vector], of: &[usize], place: Vector, count: usize) -> Vec<usize> {
    let mut by_angle: Vec<(f64, usize)> = of
        .iter()
        .map(|at| (-dot(directions[*at], place), *at))
        .collect();
    if by_angle.len() > count {
        by_angle.select_nth_unstable_by(count, |a, b| a.0.total_cmp(&b.0));
        by_angle.truncate(count);
    }
    by_angle.into_iter().map(|(_, at)| at).collect()
}

/// Directions all over the sphere, about `step` radians apart: rings of elevation.
pub(super) fn even(step: f64) -> impl Iterator<Item = Vector> {
    let rings = (std::f64::consts::PI / step).round().max(2.0) as u32;
    (0..=rings).flat_map(move |ring| {
        let elevation = std::f64::consts::PI * (f64::from(ring) / f64::from(rings) - 0.5);
        let (height, radius) = if ring == 0 || ring == rings {
            (elevation.signum(), 0.0)
        } else {
            elevation.sin_cos()
        };
        let count = (std::f64::consts::TAU * radius / step).round().max(1.0) as u32;
        let shift = if ring.is_multiple_of(2) { 0.0 } else { 0.5 };
        (0..count).map(move |n| {
            let (sin, cos) =
                (std::f64::consts::TAU * (f64::from(n) + shift) / f64::from(count)).sin_cos();
            [radius * cos, radius * sin, height]
        })
    })
}
