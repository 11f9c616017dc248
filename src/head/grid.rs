//! What changes with incidence angle and distance only: tables over both, and how they are read.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable
)]

use crate::dsp::QUANTUM;
use crate::dsp::spectrum::{Spectrum, Transform};

/// The grid that such tables stand on.
#[derive(Debug)]
pub(super) struct Grid {
    /// Incidence angles (between the source and the ear's axis): radians, 0 to pi, ascending.
    pub(super) angles: Box<[f64]>,
    /// Distances as head radius / distance: from 0 (far), ascending.
    pub(super) closeness: Box<[f64]>,
    /// For each step of the least that two angles differ by, the last angle at or below it.
    below: Box<[usize]>,
    step: f64,
}

/// The four grid points round a place, with their weights, which add up to 1.
pub(super) type Corners = [(usize, f64); 4];

impl Grid {
    /// A grid over these angles and distances.
    pub(super) fn new(angles: Vec<f64>, closeness: Vec<f64>) -> Self {
        let gaps = angles.iter().zip(angles.iter().skip(1)).map(|(a, b)| b - a);
        let step = gaps.fold(f64::INFINITY, f64::min);
        let last = angles.last().map_or(0.0, |last| last / step) as usize;
        let below = |n: usize| locate(&angles, n as f64 * step).0;
        Self {
            below: (0..=last).map(below).collect(),
            step,
            angles: angles.into(),
            closeness: closeness.into(),
        }
    }

    /// The row of a distance and how far (0 to 1) it is on the way to the next one.
    pub(super) fn row(&self, closeness: f64) -> (usize, f64) {
        locate(&self.closeness, closeness)
    }

    /// The points round a place in a row. Outside the grid the place on its edge.
    pub(super) fn corners(&self, (row, down): (usize, f64), angle: f64) -> Corners {
        // No more than two angles lie within a step.
        let first = self.below.get((angle / self.step) as usize).copied();
        let first = first.unwrap_or(self.angles.len().saturating_sub(2));
        let near = self.angles.get(first..).unwrap_or(&[]);
        let (column, across) = locate(near.get(..3).unwrap_or(near), angle);
        let here = row * self.angles.len() + first + column;
        let below = here + self.angles.len();
        [
            (here, (1.0 - down) * (1.0 - across)),
            (here + 1, (1.0 - down) * across),
            (below, down * (1.0 - across)),
            (below + 1, down * across),
        ]
    }
}

/// The value of a table of numbers at a place.
pub(super) fn blend(table: &[f64], corners: &Corners) -> f64 {
    let value = |corner: usize| table.get(corner).copied().unwrap_or(0.0);
    corners
        .iter()
        .map(|(corner, weight)| weight * value(*corner))
        .sum()
}

/// Filters of one length, each from its last tap to its first.
#[derive(Debug)]
pub(super) struct Filters {
    pub(super) taps: usize,
    pub(super) values: Box<[f32]>,
}

impl Filters {
    /// Adds `weight` times what lies between four grid points to `sum`.
    pub(super) fn add_blended(&self, corners: &Corners, weight: f64, sum: &mut [f32]) {
        for (corner, share) in corners {
            let start = corner.saturating_mul(self.taps);
            let filter = self
                .values
                .get(start..)
                .and_then(|rest| rest.get(..self.taps));
            let weight = (weight * share) as f32;
            for (sum, tap) in sum.iter_mut().zip(filter.unwrap_or(&[])) {
                *sum += weight * tap;
            }
        }
    }
}

/// Filters by frequency, each in as many partitions as the others.
#[derive(Debug)]
pub(super) struct Partitioned {
    pub(super) partitions: usize,
    values: Box<[Spectrum]>,
}

impl Partitioned {
    /// Of filters of `taps` taps, one behind the other, each from its first tap to its last.
    pub(super) fn new(taps: usize, filters: &[f32]) -> Self {
        let mut transform = Transform::new();
        let partitions = filters.chunks(taps.max(1));
        let values: Vec<Spectrum> = partitions
            .flat_map(|filter| transform.partitions(filter))
            .collect();
        Self {
            partitions: taps.div_ceil(QUANTUM),
            values: values.into(),
        }
    }

    /// The partitions of the filter of this index.
    pub(super) fn row(&self, index: usize) -> &[Spectrum] {
        let start = index.saturating_mul(self.partitions);
        let rest = self.values.get(start..).unwrap_or(&[]);
        rest.get(..self.partitions).unwrap_or(&[])
    }
}

/// The index of the node below `value` and how far (0 to 1) it is on the way to the next one; at
/// the ends the outermost pair.
pub(super) fn locate(nodes: &[f64], value: f64) -> (usize, f64) {
    let above = nodes
        .partition_point(|node| *node <= value)
        .clamp(1, nodes.len().max(2) - 1);
    match nodes.get(above - 1..).and_then(<[f64]>::first_chunk) {
        Some([low, high]) => (above - 1, ((value - low) / (high - low)).clamp(0.0, 1.0)),
        None => (0, 0.0),
    }
}
