//! Memory for each source.

use std::sync::Arc;

use allocation_counter::measure;
use binaurald::head::Head;

use crate::peers::Ours;
use crate::scene::{Motion, Scene};

/// Sources by which the two scenes differ.
const SOURCES: usize = 256;

/// Bytes that one more source takes on both sides of the bridge. The sound itself does not count: all
/// sources share it.
pub(crate) fn bytes_a_source(head: &Arc<Head>) -> Result<f64, String> {
    let (few, many) = (bytes(head, 1)?, bytes(head, 1 + SOURCES)?);
    Ok((many - few) as f64 / SOURCES as f64)
}

/// Bytes that a scene holds while it exists.
fn bytes(head: &Arc<Head>, sources: usize) -> Result<i64, String> {
    let scene = Scene {
        sources,
        motion: Motion::Circles,
        frames: 256,
    };
    let mut ours = None;
    let held = measure(|| ours = Some(Ours::new(head, &scene))).bytes_current;
    ours.expect("it was made").map(|_| held)
}
