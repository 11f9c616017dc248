//! The engine on its own, driven block by block: what the render, motion and boundary tests share.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test includes this file and uses its own part of it"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use binaurald::audio::{Clip, StereoFrame};
use binaurald::bridge::{BridgeConfig, Controller, Endpoint, MotionDelay, bridge};
use binaurald::dsp::distance::{DistanceLaw, DistanceModel};
use binaurald::dsp::{QUANTUM, STEP, STEPS};
use binaurald::geometry::Position;
use binaurald::head::{Head, HeadShape};
use binaurald::render::{Edges, Engine, EngineConfig, Placement, Timing, Voice, VoiceOptions};

/// The law of the command line's defaults.
pub const LAW: DistanceLaw = DistanceLaw {
    model: DistanceModel::Inverse,
    ref_m: 1.0,
    max_m: 100.0,
    rolloff: 1.0,
    min_m: 0.2,
};

/// A sphere head for `sample_rate`.
pub fn sphere(sample_rate: u32) -> Arc<Head> {
    Arc::new(Head::sphere(HeadShape::default(), sample_rate).expect("the default head is possible"))
}

/// An engine without limiter, fades or sources.
pub fn config(head: &Arc<Head>, sources: u16) -> EngineConfig {
    EngineConfig {
        head: Arc::clone(head),
        distance: LAW,
        gain: 1.0,
        limiter: false,
        max_speed_m_s: 100.0,
        sources,
        edges: Edges::default(),
    }
}

/// The built-in measured head for `sample_rate`; each rate is prepared once in a test program.
///
/// # Panics
/// When it is not the one that was asked for.
pub fn kemar(sample_rate: u32) -> Arc<Head> {
    static HEADS: Mutex<BTreeMap<u32, Arc<Head>>> = Mutex::new(BTreeMap::new());
    let mut heads = HEADS.lock().unwrap_or_else(PoisonError::into_inner);
    let head = heads
        .entry(sample_rate)
        .or_insert_with(|| Arc::new(Head::kemar(343.0, sample_rate).expect("built in")));
    assert!(head.is_measured() && head.name() == "kemar", "another head");
    Arc::clone(head)
}

/// The engine of [`config`].
pub fn engine(head: &Arc<Head>, sources: u16) -> Engine {
    Engine::new(config(head, sources))
}

/// An engine of one source behind its bridge, as the daemon has it.
pub fn bridged(engine: Engine) -> (Controller, Endpoint) {
    let config = BridgeConfig {
        sources: 1,
        motion_delay: MotionDelay::Auto,
        record_frames: None,
    };
    let (controller, endpoint, _) = bridge(engine, config);
    (controller, endpoint)
}

/// `samples` as a clip at the head's rate.
pub fn clip(head: &Head, samples: Vec<f32>) -> Clip {
    Clip {
        samples: samples.into(),
        sample_rate: head.sample_rate(),
    }
}

/// A voice that plays `samples` once from `position`.
pub fn voice(head: &Arc<Head>, samples: Vec<f32>, position: Position) -> Box<Voice> {
    Box::new(Voice::new(
        head,
        clip(head, samples),
        position,
        VoiceOptions::default(),
    ))
}

/// `frames` frames of `samples` played from one place.
pub fn render_still(
    head: &Arc<Head>,
    samples: Vec<f32>,
    at: Position,
    frames: usize,
) -> Vec<StereoFrame> {
    let mut engine = engine(head, 1);
    engine
        .add(0, voice(head, samples, at))
        .expect("the place is free");
    let mut out = vec![StereoFrame::SILENCE; frames];
    engine.render(&mut out);
    out
}

/// Renders source 0, which is at the end of each step (a frame) where `place` says, and whether it got
/// there at once.
pub fn steered(
    engine: &mut Engine,
    frames: usize,
    place: impl Fn(usize) -> (Position, bool),
) -> Vec<StereoFrame> {
    let mut out = vec![StereoFrame::SILENCE; frames];
    for (block, begin) in out.chunks_mut(QUANTUM).zip((0..).step_by(QUANTUM)) {
        for frame in (1..=STEPS).map(|step| begin + step * STEP) {
            let (position, jump) = place(frame);
            let placement = Placement {
                frame: frame as f64,
                position,
                timing: Timing::default(),
                jump,
            };
            engine.place(0, &placement);
        }
        engine.render(block);
    }
    out
}
