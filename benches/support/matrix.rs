//! What is measured of the audio callback, in time and in instructions: each of these with each.

use std::sync::Arc;

use binaurald::app::bench::{Motion, Scene};
use binaurald::audio::StereoFrame;
use binaurald::config::DEFAULT_SPEED_OF_SOUND_M_S;
use binaurald::head::{Head, HeadShape};

/// In hertz.
const RATE: u32 = 48_000;
/// Sources at a time.
const SOURCES: [u16; 4] = [1, 16, 64, 256];
/// Frames a block.
pub(crate) const FRAMES: [usize; 4] = [64, 128, 256, 512];

/// Sources that stand or move, heard by one head.
pub(crate) struct Set {
    /// `sphere` or `kemar`.
    pub(crate) head: &'static str,
    /// `still` or `moving`.
    pub(crate) motion: &'static str,
    pub(crate) sources: u16,
    pub(crate) scene: Scene,
}

/// Hands every set to `measure`, which goes through [`FRAMES`].
pub(crate) fn each(mut measure: impl FnMut(&mut Set)) {
    let sphere = Head::sphere(HeadShape::default(), RATE).expect("the default head");
    let kemar = Head::kemar(DEFAULT_SPEED_OF_SOUND_M_S, RATE).expect("the built-in head");
    for (name, head) in [("sphere", Arc::new(sphere)), ("kemar", Arc::new(kemar))] {
        for (motion, kind) in [("still", Motion::Still), ("moving", Motion::Moving)] {
            for sources in SOURCES {
                measure(&mut Set {
                    head: name,
                    motion,
                    sources,
                    scene: Scene::with_motion(&head, sources, kind),
                });
            }
        }
    }
}

impl Set {
    /// Checks that what was measured was the whole work, and that it sounds.
    pub(crate) fn check(&self, block: &[StereoFrame]) {
        let sounds = block.iter().any(|frame| frame.left != 0.0);
        assert!(
            sounds && self.scene.is_whole(),
            "what is measured is not the whole work"
        );
    }
}
