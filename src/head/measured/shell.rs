//! The ear filters of one distance, and how they are read while they play.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable
)]

use crate::dsp::spectrum::Transform;
use crate::geometry::Position;

use super::super::grid::{Spectra, Taps};
use super::super::lookup::{Aim, Ear};
use super::beside::{Beside, incidence};
use super::mesh::Mesh;

/// Ear filters over all directions, measured at one distance: by frequency, or while a head is
/// prepared still in time.
#[derive(Debug)]
pub(in crate::head) struct Shell<F = Spectra> {
    /// Metres.
    pub(in crate::head) distance_m: f64,
    /// What another distance changes.
    pub(in crate::head) variation: F,
    pub(super) mesh: Mesh,
    pub(super) left: Nodes<F>,
    /// `None`: the mirrored left ear.
    pub(super) right: Option<Nodes<F>>,
    /// What is heard inside the head, where there is no direction.
    pub(super) centre: F,
}

/// One ear at the nodes of a mesh.
#[derive(Debug)]
pub(super) struct Nodes<F = Spectra> {
    pub(super) filters: F,
    /// What the sound takes longer than round the sphere: frames.
    pub(super) delays: Box<[f64]>,
}

impl Shell {
    /// Adds `gain` times the filter for a source that `ear` sees in this direction (a unit vector,
    /// and how much of it there is: 0 to 1) to `aim`, and to its delay `weight` times what the sound
    /// takes longer than round the sphere. `hint`: what [`Mesh::weights`] says.
    ///
    /// Real-time: bounded, no allocation.
    pub(in crate::head) fn add<'a>(
        &'a self,
        ear: Ear,
        (seen, outside): (Position, f64),
        (weight, gain): (f64, f64),
        hint: &mut u32,
        aim: &mut Aim<'a>,
    ) {
        let Position { x, y, z } = seen;
        let (nodes, direction) = match (ear, &self.right) {
            (Ear::Left, _) => (&self.left, [x, y, z]),
            (Ear::Right, Some(right)) => (right, [x, y, z]),
            (Ear::Right, None) => (&self.left, [x, -y, z]),
        };
        for (node, share) in self.mesh.weights(direction, hint) {
            let share = outside * share;
            aim.delay += weight * share * nodes.delays.get(node).copied().unwrap_or(0.0);
            let row = nodes.filters.row(node);
            aim.filter.add(((gain * share) as f32, row));
        }
        if outside < 1.0 {
            let rest = gain * (1.0 - outside);
            aim.filter.add((rest as f32, self.centre.row(0)));
        }
    }
}

impl Shell<Taps> {
    /// The same by frequency.
    pub(super) fn by_frequency(self, transform: &mut Transform) -> Shell {
        let mut nodes = |nodes: Nodes<Taps>| Nodes {
            filters: Spectra::tapered(transform, &nodes.filters),
            delays: nodes.delays,
        };
        Shell {
            distance_m: self.distance_m,
            mesh: self.mesh,
            left: nodes(self.left),
            right: self.right.map(nodes),
            variation: Spectra::new(transform, &self.variation),
            centre: Spectra::tapered(transform, &self.centre),
        }
    }
}

impl<F> Shell<F> {
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
            let delays = nodes.into_iter().flat_map(|nodes: &Nodes<F>| &nodes.delays);
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
