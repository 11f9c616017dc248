//! The ear filters of one distance, and how they are read while they play.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable
)]

use crate::geometry::Position;

use super::super::grid::{Filters, Partitioned};
use super::super::lookup::{Aim, Ear};
use super::beside::{Beside, incidence};
use super::mesh::Mesh;

/// Ear filters over all directions, measured at one distance.
#[derive(Debug)]
pub(in crate::head) struct Shell {
    /// Metres.
    pub(in crate::head) distance_m: f64,
    /// What another distance changes.
    pub(in crate::head) variation: Filters,
    pub(super) mesh: Mesh,
    pub(super) left: Nodes,
    /// `None`: the mirrored left ear.
    pub(super) right: Option<Nodes>,
    /// What is heard inside the head, where there is no direction.
    pub(super) centre: Partitioned,
}

/// One ear at the nodes of a mesh.
#[derive(Debug)]
pub(super) struct Nodes {
    pub(super) filters: Partitioned,
    /// What the sound takes longer than round the sphere: frames.
    pub(super) delays: Box<[f64]>,
}

impl Shell {
    /// Adds `gain` times the filter for a source that `ear` sees in this direction (a unit vector,
    /// and how much of it there is: 0 to 1) to `aim`, and to its delay `weight` times what the sound
    /// takes longer than round the sphere.
    ///
    /// Real-time: bounded, no allocation.
    pub(in crate::head) fn add<'a>(
        &'a self,
        ear: Ear,
        (seen, outside): (Position, f64),
        (weight, gain): (f64, f64),
        aim: &mut Aim<'a>,
    ) {
        let Position { x, y, z } = seen;
        let (nodes, direction) = match (ear, &self.right) {
            (Ear::Left, _) => (&self.left, [x, y, z]),
            (Ear::Right, Some(right)) => (right, [x, y, z]),
            (Ear::Right, None) => (&self.left, [x, -y, z]),
        };
        for (node, share) in self.mesh.weights(direction) {
            let share = outside * share;
            aim.delay += weight * share * nodes.delays.get(node).copied().unwrap_or(0.0);
            aim.add(gain * share, nodes.filters.row(node));
        }
        if outside < 1.0 {
            aim.add(gain * (1.0 - outside), self.centre.row(0));
        }
    }

    /// Partitions of its filters.
    pub(in crate::head) fn partitions(&self) -> usize {
        self.centre.partitions
    }

    /// The longest that the sound takes longer than round the sphere: frames.
    pub(in crate::head) fn max_delay_frames(&self) -> f64 {
        self.delays().fold(0.0, f64::max)
    }

    /// When the first sound of all comes against that of a source at the centre: seconds, negative
    /// when before. Of all distances of the sphere's grid, each direction where the ear sees it.
    pub(super) fn earliest_s(&self, beside: &Beside) -> f64 {
        let ears = [
            (Ear::Left, Some(&self.left)),
            (Ear::Right, self.right.as_ref()),
        ];
        let mut earliest = 0.0_f64;
        for (ear, nodes) in ears {
            let delays = nodes.into_iter().flat_map(|nodes| &nodes.delays);
            for (direction, delay) in self.mesh.nodes().iter().zip(delays) {
                let angle = incidence(ear, *direction);
                let sphere = beside.earliest_s(self.distance_m, angle);
                earliest = earliest.min(sphere + delay / beside.sample_rate);
            }
        }
        earliest
    }

    fn delays(&self) -> impl Iterator<Item = f64> + '_ {
        let right = self.right.iter().flat_map(|nodes| &nodes.delays);
        self.left.delays.iter().chain(right).copied()
    }
}
