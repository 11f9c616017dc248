//! How long a sound is on its way through the callback.

use std::sync::Arc;

use binaurald::analysis::onset_frames;
use binaurald::audio::{Clip, StereoFrame};
use binaurald::bridge::{BridgeConfig, MotionDelay, bridge};
use binaurald::geometry::Position;
use binaurald::head::Head;
use binaurald::render::{Voice, VoiceOptions};

use crate::peers::{SPEED_OF_SOUND_M_S, engine};
use crate::scene::SAMPLE_RATE;

/// The frame of the click: by then all that begins has begun.
const CLICK: usize = 4800;
/// What is listened to after it, in frames.
const HEARD: usize = 480;
/// Frames a block: neither a multiple of a quantum nor of a power of two, as devices have them.
const BLOCK: usize = 441;

/// Frames by which the callback delays a click, over the way from the centre of the head.
///
/// The source stands on the axis through the ears, where sound goes straight to the near ear: it is
/// there sooner than it would be at the centre, by the radius of the head.
pub(crate) fn added_frames(head: &Arc<Head>) -> Result<f64, String> {
    let config = BridgeConfig {
        sources: 1,
        motion_delay: MotionDelay::Auto,
        record_frames: None,
    };
    let (mut controller, mut endpoint, _) = bridge(engine(head, 1), config);
    let mut samples = vec![0.0; CLICK + HEARD];
    samples[CLICK] = 1.0;
    let clip = Clip {
        samples: samples.into(),
        sample_rate: SAMPLE_RATE,
    };
    let right = Position::new(0.0, -1.0, 0.0);
    let voice = Voice::new(head, clip, right, VoiceOptions::default());
    controller
        .add(0, Box::new(voice), 0)
        .map_err(|error| error.to_string())?;
    let mut heard = vec![StereoFrame::SILENCE; CLICK + HEARD];
    for block in heard.chunks_mut(BLOCK) {
        endpoint.fill(block);
    }
    let near: Vec<f32> = heard[CLICK..].iter().map(|frame| frame.right).collect();
    let onset = onset_frames(&near).ok_or("a click is not heard")?;
    let radius_frames = head.shape().radius_m / SPEED_OF_SOUND_M_S * f64::from(SAMPLE_RATE);
    Ok(onset + radius_frames)
}
