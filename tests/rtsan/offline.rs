//! The callback without a device: every block is one call, of any length.

use std::sync::Arc;

use binaurald::audio::StereoFrame;
use binaurald::bridge::{
    BridgeConfig, Controller, Endpoint, HeadRefused, MotionDelay, RecordTap, bridge,
};
use binaurald::geometry::Position;
use binaurald::head::Head;
use binaurald::render::{Edges, Engine, EngineConfig};

use crate::measure::noise;
use crate::stage::{config, kemar, sphere, voice};
use crate::storm::{another_engine, media, one_command};
use crate::watched;

const RATE: u32 = 48_000;
const SOURCES: u16 = 8;

/// Frames of a block at most: more than the output ever asks for at once.
const LONGEST: usize = 5_000;

/// An engine with a limiter that has work to do, and a record ring that soon runs over.
fn rig(head: &Arc<Head>, edges: Edges) -> (Controller, Endpoint, RecordTap) {
    let engine = Engine::new(EngineConfig {
        gain: 4.0,
        limiter: true,
        edges,
        ..config(head, SOURCES)
    });
    let config = BridgeConfig {
        sources: SOURCES,
        motion_delay: MotionDelay::Auto,
        record_frames: Some(10_000),
    };
    let (controller, endpoint, record) = bridge(engine, config);
    (controller, endpoint, record.expect("it was asked for"))
}

/// Plays one block of any length.
fn play(endpoint: &mut Endpoint, block: &mut [StereoFrame], rng: &mut fastrand::Rng) {
    // Short ones as often as long ones.
    let most = block.len().min(1 << rng.usize(1..14));
    let frames = rng.usize(1..=most);
    let block = &mut block[..frames];
    watched(|| endpoint.fill(block));
    let finite = |frame: &StereoFrame| frame.left.is_finite() && frame.right.is_finite();
    assert!(block.iter().all(finite));
}

#[test]
fn a_storm_of_commands_positions_and_heads_breaks_no_rule() {
    let heads = [sphere(RATE), kemar(RATE)];
    let media = media(RATE);
    let (mut controller, mut endpoint, mut record) = rig(&heads[0], Edges::default());
    let mut rng = fastrand::Rng::with_seed(11);
    let mut block = vec![StereoFrame::SILENCE; LONGEST];
    let (mut switches, mut full, mut retired, mut recorded) = (0, 0, 0, 0);
    for round in 0..2_000 {
        let now = controller.counters().playhead();
        // Now and then more than the ring holds.
        let most = if rng.u8(..100) == 0 { 3_000 } else { 40 };
        for _ in 0..rng.usize(..most) {
            let medium = &media[rng.usize(..media.len())];
            one_command(&mut controller, SOURCES, medium, &mut rng, now);
        }
        if rng.u8(..20) == 0 {
            match controller.switch_head(&heads[rng.usize(..heads.len())], now) {
                Ok(()) => switches += 1,
                Err(refused) => assert_eq!(refused, HeadRefused::Full),
            }
        }
        full += u32::from(!controller.flush());
        play(&mut endpoint, &mut block, &mut rng);
        // Rarely, so that the ways home and to the file run over.
        if round % 30 == 0 {
            retired += controller.free_retired().len();
            let mut frames = [StereoFrame::SILENCE; 1_000];
            let _ = record.read(&mut frames);
            recorded += usize::from(frames.iter().any(|frame| frame.left != 0.0));
        }
    }
    let counters = controller.counters();
    assert_eq!(counters.panics(), 0);
    // It was a storm, and all that it is there for came about.
    let commands = counters.commands();
    let lost = counters.unrecorded_frames();
    let limited = counters.limited_frames();
    assert!(
        commands > 20_000 && switches > 40 && full > 5 && retired > 20,
        "{commands} commands, {switches} heads, {full} times full, {retired} came home"
    );
    assert!(
        limited > 0 && lost > 0 && recorded > 5,
        "{limited} frames limited, {lost} not recorded, {recorded} times read"
    );
}

#[test]
fn a_storm_of_engines_breaks_no_rule() {
    let heads = [sphere(RATE), kemar(RATE)];
    let media = media(RATE);
    let (mut controller, mut endpoint, _record) = rig(&heads[0], Edges::default());
    let mut rng = fastrand::Rng::with_seed(13);
    let mut block = vec![StereoFrame::SILENCE; LONGEST];
    let mut engines = 0;
    for round in 0..1_000 {
        let now = controller.counters().playhead();
        if rng.u8(..5) == 0 {
            let head = &heads[rng.usize(..heads.len())];
            let sent = another_engine(&mut controller, head, SOURCES, &mut rng);
            engines += u32::from(sent);
        }
        for _ in 0..rng.usize(..40) {
            let medium = &media[rng.usize(..media.len())];
            one_command(&mut controller, SOURCES, medium, &mut rng, now);
        }
        play(&mut endpoint, &mut block, &mut rng);
        if round % 30 == 0 {
            controller.free_retired();
        }
    }
    assert_eq!(controller.counters().panics(), 0);
    assert!(engines > 100, "{engines} engines");
}

#[test]
fn the_end_breaks_no_rule_planned_or_told() {
    let head = sphere(RATE);
    for told in [false, true] {
        let edges = Edges {
            begin: 0,
            end: if told { u64::MAX } else { 20_000 },
            fade: 480,
        };
        let (mut controller, mut endpoint, _record) = rig(&head, edges);
        let sound = voice(&head, noise(100_000, 0.5, 4), Position::FRONT);
        controller.add(0, sound, 0).expect("there is room");
        let mut rng = fastrand::Rng::with_seed(12);
        let mut block = vec![StereoFrame::SILENCE; LONGEST];
        for _ in 0..400 {
            if told && controller.counters().playhead() > 20_000 {
                // Full or not: it is told again.
                let _ = controller.end(480, 0);
            }
            play(&mut endpoint, &mut block, &mut rng);
        }
        assert_eq!(block[0], StereoFrame::SILENCE);
        assert!(controller.counters().is_over(), "told: {told}");
    }
}
