//! What changes with incidence angle and distance only: tables over both, and how they are read.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable
)]

/// The grid that such tables stand on.
#[derive(Debug)]
pub(super) struct Grid {
    /// Incidence angles (between the source and the ear's axis): radians, 0 to pi, ascending.
    pub(super) angles: Box<[f64]>,
    /// Distances as head radius / distance: from 0 (far), ascending.
    pub(super) closeness: Box<[f64]>,
}

/// The four grid points round a place, with their weights, which add up to 1.
pub(super) type Corners = [(usize, f64); 4];

impl Grid {
    /// The points round a place. Outside the grid the place on its edge.
    pub(super) fn corners(&self, closeness: f64, angle: f64) -> Corners {
        let (row, down) = locate(&self.closeness, closeness);
        let (column, across) = locate(&self.angles, angle);
        let here = row * self.angles.len() + column;
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
    /// Adds `gain` times the filter of this index to the beginning of `sum`.
    pub(super) fn add(&self, index: usize, gain: f32, sum: &mut [f32]) {
        let start = index.saturating_mul(self.taps);
        let filter = self
            .values
            .get(start..)
            .and_then(|rest| rest.get(..self.taps));
        for (sum, tap) in sum.iter_mut().zip(filter.unwrap_or(&[])) {
            *sum += gain * tap;
        }
    }

    /// Adds `gain` times what lies between four grid points to the beginning of `sum`.
    pub(super) fn add_blended(&self, corners: &Corners, gain: f64, sum: &mut [f32]) {
        for (corner, weight) in corners {
            self.add(*corner, (gain * weight) as f32, sum);
        }
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
