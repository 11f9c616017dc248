//! Where the sources of one head are rendered, one after the other.

use std::sync::Arc;

use crate::dsp::delay_line::Kernel;
use crate::dsp::distance::DistanceLaw;
use crate::dsp::spectrum::{Spectrum, Transform, silence};
use crate::dsp::sums::Sums;
use crate::dsp::{Block, QUANTUM};
use crate::geometry::Position;
use crate::head::{Ear, Head, Hint, Whereabouts};

/// A head and a distance law, the memory to render with them, and what both ears hear in a quantum.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) head: Arc<Head>,
    pub(super) law: DistanceLaw,
    pub(super) kernel: Kernel,
    pub(super) transform: Transform,
    /// The sound of the source that is being rendered.
    pub(super) sound: Box<Spectrum>,
    pub(super) draft: Draft,
    pub(super) left: Sums,
    pub(super) right: Sums,
}

/// Where the next filter of an ear is made while the present one is still needed.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) filter: Box<Spectrum>,
    scratch: Box<Spectrum>,
}

/// Where a source is to be heard, as both ears have it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    whereabouts: Whereabouts,
    gain: f64,
}

impl Desk {
    pub(super) fn new(head: Arc<Head>, law: DistanceLaw) -> Self {
        let frames = head.frames();
        Self {
            law,
            kernel: Kernel::new(),
            transform: Transform::new(frames),
            sound: silence(frames),
            draft: Draft {
                filter: silence(frames),
                scratch: silence(frames),
            },
            left: Sums::new(frames),
            right: Sums::new(frames),
            head,
        }
    }

    /// A place that is heard from `position`.
    pub(super) fn place(&self, position: Position) -> Place {
        Place {
            whereabouts: self.head.whereabouts(position),
            gain: self.law.gain(position.distance()),
        }
    }

    /// What both ears have heard in this quantum; begins the next one.
    pub(super) fn finish(&mut self) -> [Block; 2] {
        let mut ears = [[0.0; QUANTUM]; 2];
        for (sums, out) in [&mut self.left, &mut self.right].into_iter().zip(&mut ears) {
            sums.finish(&mut self.transform, out);
        }
        ears
    }
}

impl Draft {
    /// Makes the filter of a place, and returns its delay in frames. `hint`: as [`Head::aim`] says.
    pub(super) fn aim(&mut self, head: &Head, ear: Ear, place: &Place, hint: &mut Hint) -> f64 {
        let aim = head.aim(ear, &place.whereabouts, place.gain, hint);
        aim.write(&mut self.filter, &mut self.scratch);
        aim.delay
    }
}
