//! What crosses the boundary.

use crate::render::{Placement, SourceId, Voice};

/// From the controller to the endpoint, in order.
#[derive(Debug)]
pub(super) struct Command {
    /// The frame from which it applies; it waits for it, and what is behind it in the ring too.
    pub(super) frame: u64,
    pub(super) action: Action,
}

#[derive(Debug)]
pub(super) enum Action {
    /// A new source. Comes home at once if its place is taken.
    Add(SourceId, Box<Voice>),
    /// Fade a source out; it comes home afterwards.
    Remove(SourceId),
    /// Where a source is.
    Place(SourceId, Placement),
    /// Fade everything out and be silent from this many frames on.
    End(u32),
}

/// From the endpoint to the controller: what is to be freed.
pub(super) type Retired = (SourceId, Box<Voice>);

// A command is copied into the ring and out of it: two cache lines at most.
const _: () = assert!(size_of::<Command>() <= 128);
