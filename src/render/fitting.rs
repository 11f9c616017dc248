//! A change of heads while the sound goes on.
//!
//! Everything that owns memory is made on the control side: a [`Fitting`] holds the new head and,
//! for each place of the engine, what a voice has that is made for one head. The engine swaps these
//! with its own, crossfades from the old to the new, and gives the fitting back with all that was
//! the old head's.

use std::sync::Arc;

use crate::dsp::QUANTUM;
use crate::dsp::distance::DistanceLaw;
use crate::dsp::shift::REACH;
use crate::dsp::spectrum::Transform;
use crate::geometry::Position;
use crate::head::Head;

use super::desk::Desk;
use super::medium::Medium;
use super::spot::Spot;

/// Every voice remembers as much of its sound as a head of this length needs, so that a longer head
/// than its first finds what it needs: seconds. A sphere of 0.2 m needs 6 ms.
pub(super) const LONGEST_HEAD_S: f64 = 0.03;

/// Why an engine cannot change over to a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It was prepared for another sample rate.
    #[error("the head was prepared for {head} Hz, and what plays for {engine} Hz")]
    SampleRate {
        /// The head's, in hertz.
        head: u32,
        /// The engine's, in hertz.
        engine: u32,
    },
    /// Its delays and filters are longer than any head's should be.
    #[error("the head looks back {needed} frames, and at most {most} can be changed over to")]
    TooLong {
        /// How far it looks back, in frames.
        needed: usize,
        /// How far the voices can, in frames.
        most: usize,
    },
}

/// What a voice has that is made for one head.
#[derive(Debug)]
pub(super) struct Fit {
    pub(super) head: Arc<Head>,
    pub(super) here: Box<Spot>,
    /// Where it was before the last jump; heard while the crossfade runs.
    pub(super) before: Box<Spot>,
}

impl Fit {
    pub(super) fn new(head: &Arc<Head>, medium: &Arc<Medium>, position: Position) -> Self {
        Self {
            head: Arc::clone(head),
            here: Box::new(Spot::new(head, medium, position)),
            before: Box::new(Spot::new(head, medium, position)),
        }
    }
}

/// A head for an engine that plays with another one, and what its voices need for it.
#[derive(Debug)]
pub struct Fitting {
    pub(super) desk: Desk,
    /// By source.
    pub(super) fits: Box<[Fit]>,
}

/// Makes fittings for one engine, on the control side.
#[derive(Clone, Copy, Debug)]
pub struct Fitter {
    pub(super) law: DistanceLaw,
    pub(super) sources: u16,
    pub(super) sample_rate: u32,
}

impl Fitter {
    /// How many places the engine has for sources.
    pub fn sources(&self) -> u16 {
        self.sources
    }

    /// Whether the engine of `other` has the same sample rate and as many places.
    pub fn is_like(&self, other: &Self) -> bool {
        (self.sources, self.sample_rate) == (other.sources, other.sample_rate)
    }

    /// What the engine needs to change over to `head`. `media` are those that its voices were made
    /// for, by source; places without one have nothing between source and head.
    ///
    /// # Errors
    /// When it cannot.
    pub fn fit(
        &self,
        head: &Arc<Head>,
        media: impl Iterator<Item = Arc<Medium>>,
    ) -> Result<Box<Fitting>, Unfit> {
        if head.sample_rate() != self.sample_rate {
            return Err(Unfit::SampleRate {
                head: head.sample_rate(),
                engine: self.sample_rate,
            });
        }
        let (needed, most) = (looks_back(head), longest(self.sample_rate));
        if needed > most {
            return Err(Unfit::TooLong { needed, most });
        }
        let fit = |medium| Fit::new(head, &medium, Position::FRONT);
        Ok(Box::new(Fitting {
            desk: Desk::new(Arc::clone(head), self.law),
            fits: media
                .chain(std::iter::repeat_with(Arc::default))
                .take(usize::from(self.sources))
                .map(fit)
                .collect(),
        }))
    }
}

/// How much of a sound's past is needed to hear it with `head`: frames.
pub(super) fn looks_back(head: &Head) -> usize {
    head.frames() + 2 * QUANTUM
}

/// The same for the longest head that can be changed over to.
pub(super) fn longest(sample_rate: u32) -> usize {
    let head = (LONGEST_HEAD_S * f64::from(sample_rate)) as usize;
    Transform::frames_for(QUANTUM + head + REACH) + 2 * QUANTUM
}
