//! What the engine makes of the positions by itself: they are played once more, without a device, at
//! the very frames at which they came.

use super::perform::Seen;
use crate::app::Failure;
use crate::app::stage::{Prepared, SOURCE, Set, Stage};
use crate::audio::StereoFrame;
use crate::geometry::Position;
use crate::output::StreamInfo;

/// Frames that are rendered at once.
const PIECE_FRAMES: usize = 512;

/// What is heard of these positions from frame 0 on, and for `frames` more after the last of them.
///
/// # Errors
/// When the renderer fails.
pub(super) fn replay(
    stage: &Stage,
    prepared: &Prepared,
    info: &StreamInfo,
    seen: &[Seen],
    frames: usize,
) -> Result<Vec<StereoFrame>, Failure> {
    let Set {
        mut controller,
        mut endpoint,
        ..
    } = stage.set_up(prepared, info, 0.0, Position::FRONT);
    let mut heard: Vec<StereoFrame> = Vec::new();
    let mut render_to = |heard: &mut Vec<StereoFrame>, end: usize| {
        while heard.len() < end {
            let begin = heard.len();
            heard.resize(end.min(begin + PIECE_FRAMES), StereoFrame::SILENCE);
            endpoint.fill(&mut heard[begin..]);
        }
    };
    for seen in seen {
        render_to(&mut heard, seen.playhead as usize);
        controller.place(SOURCE, seen.position, seen.frame);
    }
    let end = heard.len() + frames;
    render_to(&mut heard, end);
    if controller.counters().panics() > 0 || controller.merged_positions() > 0 {
        return Err(Failure::runtime("the renderer failed; please report this"));
    }
    Ok(heard)
}
