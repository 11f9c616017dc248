//! What crosses the boundary.

use crate::render::{Engine, Fitting, Paths, Placement, SourceId, Voice};

/// From the controller to the endpoint, in order.
#[derive(Debug)]
pub(super) struct Command {
    /// The frame from which it applies; it waits for it, and what is behind it in the ring too.
    pub(super) frame: u64,
    pub(super) action: Action,
}

#[derive(Debug)]
pub(super) enum Action {
    /// A new source. Comes home at once if its place is taken or it does not fit the head.
    Add(SourceId, Box<Voice>),
    /// Fade a source out; it comes home afterwards.
    Remove(SourceId),
    /// Where a source is.
    Place(SourceId, Placement),
    /// How loud a source becomes (0 to 1), and within how many frames.
    Fade(SourceId, f32, u32),
    /// Another head; what was the one before comes home after the crossfade.
    ChangeHead(Box<Fitting>),
    /// Another engine, and what becomes of the paths; the one before comes home after the crossfade.
    Replace(Box<Engine>, Paths),
    /// Fade everything out and be silent from this many frames on.
    End(u32),
}

/// From the endpoint to the controller: what is to be freed.
#[derive(Debug)]
pub(super) enum Retired {
    Source(SourceId, Box<Voice>),
    Head(Box<Fitting>),
    Engine(Box<Engine>),
}

impl Command {
    /// Whether it can be applied before the engine's next quantum.
    pub(super) fn is_due(&self, engine: &Engine) -> bool {
        let ready = match self.action {
            Action::ChangeHead(_) => engine.can_change_head(),
            Action::Replace(..) => engine.can_be_replaced(),
            _ => true,
        };
        ready && self.frame <= engine.next_quantum()
    }
}

// A command is copied into the ring and out of it: two cache lines at most.
const _: () = assert!(size_of::<Command>() <= 128);
