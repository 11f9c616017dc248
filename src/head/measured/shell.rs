//! The ear filters of one distance, and how they are read while they play.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable
)]

use crate::geometry::Position;

use super::super::grid::Filters;
use super::super::lookup::Ear;
use super::beside::{Beside, incidence};
use super::mesh::Mesh;

/// Ear filters over all directions, measured at one distance.
#[derive(Debug)]
pub(in crate::head) struct Shell {
    /// Metres.
    pub(in crate::head) distance_m: f64,
    /// What another distance changes; the first tap first.
    pub(in crate::head) variation: Filters,
    pub(super) mesh: Mesh,
    pub(super) left: Nodes,
    /// `None`: the mirrored left ear.
    pub(super) right: Option<Nodes>,
    /// What is heard inside the head, where there is no direction.
    pub(super) centre: Filters,
}

/// One ear at the nodes of a mesh.
#[derive(Debug)]
pub(super) struct Nodes {
    pub(super) filters: Filters,
    /// What the sound takes longer than round the sphere: frames.
    pub(super) delays: Box<[f64]>,
}

impl Shell {
    /// Adds `gain` times the filter for a source that `ear` sees in this direction (a unit vector,
    /// and how much of it there is: 0 to 1) to the beginning of `taps`, the last tap first, and
    /// returns what the sound takes longer than round the sphere: frames.
    ///
    /// Real-time: bounded, no allocation.
    pub(in crate::head) fn add(
        &self,
        ear: Ear,
        (seen, outside): (Position, f64),
        gain: f64,
        taps: &mut [f32],
    ) -> f64 {
        let Position { x, y, z } = seen;
        let (nodes, direction) = match (ear, &self.right) {
            (Ear::Left, _) => (&self.left, [x, y, z]),
            (Ear::Right, Some(right)) => (right, [x, y, z]),
            (Ear::Right, None) => (&self.left, [x, -y, z]),
        };
        let mut delay = 0.0;
        for (node, weight) in self.mesh.weights(direction) {
            delay += weight * nodes.delays.get(node).copied().unwrap_or(0.0);
            nodes
                .filters
                .add(node, (gain * outside * weight) as f32, taps);
        }
        if outside < 1.0 {
            self.centre.add(0, (gain * (1.0 - outside)) as f32, taps);
        }
        outside * delay
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
