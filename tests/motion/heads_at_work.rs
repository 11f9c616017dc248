//! Heads that are prepared and switched while the callback works: it neither takes nor gives back
//! memory, and hears nothing of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use binaurald::audio::StereoFrame;
use binaurald::bridge::{BridgeConfig, Controller, Endpoint, MotionDelay, bridge};
use binaurald::geometry::Position;
use binaurald::head::Head;
use binaurald::render::{Voice, VoiceOptions};

use super::counting_alloc::{Counts, count};
use super::measure::noise;
use super::rig::{RATE, on_orbit, sphere_of};
use super::stage::{clip, engine, sphere};

const SOURCES: u16 = 64;

/// An engine of 64 sources that all play for ever, each from a place of its own.
fn crowd(head: &Arc<Head>) -> (Controller, Endpoint) {
    let config = BridgeConfig {
        sources: SOURCES,
        motion_delay: MotionDelay::Auto,
        record_frames: None,
    };
    let (mut controller, endpoint, _) = bridge(engine(head, SOURCES), config);
    for source in 0..SOURCES {
        controller
            .add(source, one_of_the_crowd(head, source), 0)
            .expect("there is room");
    }
    (controller, endpoint)
}

fn one_of_the_crowd(head: &Arc<Head>, source: u16) -> Box<Voice> {
    let options = VoiceOptions {
        looped: true,
        ..VoiceOptions::default()
    };
    let sound = clip(head, noise(4801, 0.02, u64::from(source)));
    let position = on_orbit(f64::from(source) / f64::from(SOURCES));
    Box::new(Voice::new(head, sound, position, options))
}

/// Moves some of the sources, lets others jump, and one come or go.
fn stir(controller: &mut Controller, rng: &mut fastrand::Rng) {
    let now = controller.counters().playhead();
    for _ in 0..20 {
        let source = rng.u16(..SOURCES);
        if rng.u8(..4) == 0 {
            controller.interrupt(source);
        }
        let position = Position::new(rng.f64() - 0.5, rng.f64() - 0.5, rng.f64() - 0.5);
        controller.place(source, position, now as f64);
    }
    let source = rng.u16(..SOURCES);
    if rng.bool() {
        // Full or not: the storm goes on.
        let _ = controller.remove(source, now);
    } else {
        let another = one_of_the_crowd(controller.head(), source);
        let _ = controller.add(source, another, now);
    }
}

#[test]
fn a_storm_of_switches_neither_allocates_nor_frees_in_the_callback() {
    let kemar = Arc::new(Head::kemar(343.0, RATE).expect("built in"));
    let choice = [sphere(RATE), sphere_of(0.07), kemar];
    let (mut controller, mut endpoint) = crowd(&choice[0]);
    let mut rng = fastrand::Rng::with_seed(9);
    let mut block = vec![StereoFrame::SILENCE; 300];
    let mut switches = 0;
    for round in 0..600 {
        stir(&mut controller, &mut rng);
        // Several at once at times: the next waits for the crossfade of the one before.
        while round < 500 && rng.u8(..8) == 0 {
            let head = &choice[rng.usize(..choice.len())];
            switches += u32::from(controller.switch_head(head, 0).is_ok());
        }
        if round % 40 == 0 {
            controller.free_retired();
        }
        let ((), counts) = count(|| endpoint.fill(&mut block));
        assert_eq!(counts, Counts::NONE, "round {round}");
        assert!(
            block
                .iter()
                .all(|f| f.left.abs() < 20.0 && f.right.abs() < 20.0)
        );
        controller.flush();
    }
    assert!(switches > 40, "{switches} switches");
    assert_eq!(controller.counters().panics(), 0);
    for _ in 0..200 {
        let ((), counts) = count(|| endpoint.fill(&mut block));
        assert_eq!(counts, Counts::NONE);
        controller.free_retired();
    }
    assert!(controller.flush(), "nothing waits any more");
    for head in &choice {
        let others = !Arc::ptr_eq(head, controller.head());
        assert!(
            !others || Arc::strong_count(head) == 1,
            "a head is left over"
        );
    }
    assert!(block.iter().any(|frame| frame.left != 0.0), "it plays on");
}

#[test]
fn a_switch_waits_while_nobody_frees_what_came_home() {
    let (old, next) = (sphere(RATE), sphere_of(0.07));
    let (mut controller, mut endpoint) = super::stage::bridged(engine(&old, 1));
    let mut block = vec![StereoFrame::SILENCE; 4800];
    for n in 0..20 {
        let head = if n % 2 == 0 { &next } else { &old };
        controller.switch_head(head, 0).expect("there is room");
        let ((), counts) = count(|| endpoint.fill(&mut block));
        assert_eq!(counts, Counts::NONE);
    }
    let before = controller.counters().commands();
    assert!(
        before < 20,
        "{before} switches without room for their heads"
    );
    for _ in 0..20 {
        controller.free_retired();
        endpoint.fill(&mut block);
    }
    assert_eq!(
        controller.counters().commands(),
        20,
        "all were made in the end"
    );
}

#[test]
fn a_head_that_is_prepared_meanwhile_changes_no_bit_and_takes_no_memory_in_the_callback() {
    let head = sphere(RATE);
    let play = |prepares: bool| {
        let (mut controller, mut endpoint) = crowd(&head);
        let over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&over);
        let begun = Arc::new(AtomicBool::new(!prepares));
        let begins = Arc::clone(&begun);
        let loader = std::thread::spawn(move || {
            let mut prepared = 0;
            while prepares && (prepared == 0 || !told.load(Ordering::Acquire)) {
                begins.store(true, Ordering::Release);
                prepared += usize::from(sphere_of(0.08).taps() > 0);
            }
            prepared
        });
        while !begun.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        let mut out = vec![StereoFrame::SILENCE; 24_000];
        for (block, start) in out.chunks_mut(480).zip((0_u32..).step_by(480)) {
            for source in 0..SOURCES {
                let position = on_orbit(f64::from(start) * 1e-5 + f64::from(source));
                controller.place(source, position, f64::from(start));
            }
            let ((), counts) = count(|| endpoint.fill(block));
            assert_eq!(counts, Counts::NONE, "at {start}");
        }
        over.store(true, Ordering::Release);
        let prepared = loader.join().expect("no panic");
        assert_eq!(prepared > 0, prepares, "{prepared} heads were prepared");
        out
    };
    assert!(play(true) == play(false), "another sound");
}
