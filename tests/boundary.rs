//! The real-time boundary: nothing is allocated or freed in the callback, nothing is lost, and the
//! device's blocks do not matter.

use std::sync::Arc;

use binaurald::audio::StereoFrame;
use binaurald::bridge::{BridgeConfig, Chunk, Controller, Endpoint, MotionDelay, bridge};
use binaurald::geometry::Position;
use binaurald::head::Head;
use binaurald::render::{Edges, Engine, EngineConfig, Voice, VoiceOptions};
use support::counting_alloc::{Counts, count};
use support::measure::noise;
use support::stage::{LAW, clip, engine, kemar, render_still, sphere, voice};
use support::storm::{another_engine, media, one_command};

mod support {
    pub mod counting_alloc;
    pub mod measure;
    pub mod stage;
    pub mod storm;
}

const RATE: u32 = 48_000;
const SOURCES: u16 = 8;

fn pair(head: &Arc<Head>) -> (Controller, Endpoint) {
    let config = BridgeConfig {
        sources: SOURCES,
        motion_delay: MotionDelay::Auto,
        record_frames: Some(4096),
    };
    let (controller, endpoint, _record) = bridge(engine(head, SOURCES), config);
    (controller, endpoint)
}

#[test]
fn a_storm_of_commands_neither_allocates_nor_frees_in_the_callback() {
    let head = sphere(RATE);
    let (mut controller, mut endpoint) = pair(&head);
    let mut rng = fastrand::Rng::with_seed(5);
    let mut block = vec![StereoFrame::SILENCE; 1024];
    let (mut added, mut retired) = (0, 0);
    let media = media(RATE);
    for round in 0..4000 {
        for _ in 0..rng.usize(..40) {
            let now = controller.counters().playhead();
            let medium = &media[rng.usize(..media.len())];
            one_command(&mut controller, SOURCES, medium, &mut rng, now);
        }
        if round % 50 == 0 {
            retired += controller.free_retired().len();
        }
        let frames = rng.usize(1..block.len());
        let before = controller.counters().commands();
        let ((), counts) = count(|| endpoint.fill(&mut block[..frames]));
        assert_eq!(counts, Counts::NONE, "round {round}");
        added += controller.counters().commands() - before;
        assert!(
            block[..frames]
                .iter()
                .all(|f| f.left.is_finite() && f.right.is_finite())
        );
    }
    assert_eq!(controller.counters().panics(), 0);
    // The storm was one: commands arrived, sources came and went, and there was sound.
    assert!(
        added > 10_000 && retired > 20,
        "{added} commands, {retired} sources came home"
    );
    assert!(block.iter().any(|frame| frame.left != 0.0));
}

#[test]
fn a_storm_of_engines_neither_allocates_nor_frees_in_the_callback() {
    let heads = [sphere(RATE), kemar(RATE)];
    let (mut controller, mut endpoint) = pair(&heads[0]);
    let mut rng = fastrand::Rng::with_seed(6);
    let mut block = vec![StereoFrame::SILENCE; 1024];
    let media = media(RATE);
    let (mut engines, mut full, mut limited) = (0, 0, 0);
    for round in 0..2000 {
        // At times many more than one after the other can take over.
        let most = if rng.u8(..100) == 0 { 30 } else { 1 };
        for _ in 0..rng.usize(..=most) {
            if rng.u8(..10) == 0 || most > 1 {
                let head = &heads[rng.usize(..heads.len())];
                let sent = another_engine(&mut controller, head, SOURCES, &mut rng);
                engines += u32::from(sent);
            }
            for _ in 0..rng.usize(..60) {
                let now = controller.counters().playhead();
                let medium = &media[rng.usize(..media.len())];
                one_command(&mut controller, SOURCES, medium, &mut rng, now);
            }
        }
        full += u32::from(!controller.flush());
        if round % 20 == 0 {
            controller.free_retired();
        }
        let frames = rng.usize(1..block.len());
        let ((), counts) = count(|| endpoint.fill(&mut block[..frames]));
        assert_eq!(counts, Counts::NONE, "round {round}");
        let finite = |f: &StereoFrame| f.left.is_finite() && f.right.is_finite();
        assert!(block[..frames].iter().all(finite), "round {round}");
        let now = controller.counters().limited_frames();
        assert!(now >= limited, "round {round}: {now} after {limited}");
        limited = now;
    }
    assert_eq!(controller.counters().panics(), 0);
    assert!(
        engines > 100 && full > 5 && limited > 0,
        "{engines} engines, {full} times full, {limited} frames limited"
    );
}

#[test]
fn a_recording_has_what_is_played_through_a_change_of_engines() {
    let head = sphere(RATE);
    let (mut controller, mut endpoint, record) = {
        let config = BridgeConfig {
            sources: SOURCES,
            motion_delay: MotionDelay::Auto,
            record_frames: Some(RATE as usize),
        };
        bridge(engine(&head, SOURCES), config)
    };
    let mut rng = fastrand::Rng::with_seed(7);
    let mut played = Vec::new();
    for n in 0..40 {
        if n % 10 == 5 {
            let sent = another_engine(&mut controller, &head, SOURCES, &mut rng);
            assert!(sent, "there is room");
        }
        let mut block = vec![StereoFrame::SILENCE; 480];
        endpoint.fill(&mut block);
        controller.free_retired();
        played.extend(block);
    }
    assert!(played.iter().any(|frame| frame.left != 0.0));
    let mut recorded = vec![StereoFrame::SILENCE; played.len()];
    let chunk = record.expect("it was asked for").read(&mut recorded);
    assert_eq!(chunk, Chunk::Frames(played.len()));
    assert!(recorded == played);
}

#[test]
fn a_source_that_is_freed_where_it_must_not_be_is_caught() {
    // The positive control of the storm: what it asserts never to happen is seen when it does.
    let head = sphere(RATE);
    let source = voice(&head, noise(100, 0.5, 1), Position::FRONT);
    let ((), counts) = count(|| drop(source));
    assert!(counts.deallocations > 0);
}

#[test]
fn sources_stay_where_they_are_while_nobody_frees_those_that_came_home() {
    let head = sphere(RATE);
    let (mut controller, mut endpoint) = pair(&head);
    let mut block = vec![StereoFrame::SILENCE; 480];
    let (mut sent, mut freed) = (0, 0);
    for _ in 0..100 {
        for source in 0..SOURCES {
            if controller
                .add(source, voice(&head, vec![0.1; 10], Position::FRONT), 0)
                .is_ok()
            {
                sent += 1;
            }
        }
        let ((), counts) = count(|| endpoint.fill(&mut block));
        assert_eq!(counts, Counts::NONE);
    }
    // Longer than a sound takes to be over.
    let mut block = vec![StereoFrame::SILENCE; 4800];
    loop {
        endpoint.fill(&mut block);
        match controller.free_retired().len() {
            0 => break,
            more => freed += more,
        }
    }
    assert_eq!(freed, sent, "every source that was sent came home, once");
}

#[test]
fn a_full_ring_loses_no_newest_position() {
    let head = sphere(RATE);
    let (mut controller, mut endpoint) = pair(&head);
    let sound = noise(4 * RATE as usize, 0.5, 9);
    controller
        .add(0, voice(&head, sound.clone(), Position::FRONT), 0)
        .expect("the ring is empty");
    for n in 0..5000_u32 {
        controller.place(0, Position::new(0.0, f64::from(n), 3.0), f64::from(n));
    }
    let newest = Position::new(-1.0, 2.0, 0.5);
    controller.place(0, newest, 5000.0);
    assert!(!controller.flush(), "the ring is full");
    assert!(controller.merged_positions() > 3000);
    // Nor the newest fade.
    let level = 0.25;
    controller.fade(0, 0.0, 0);
    controller.fade(0, level, 0);

    let mut out = vec![StereoFrame::SILENCE; sound.len()];
    for block in out.chunks_mut(512) {
        endpoint.fill(block);
        controller.flush();
    }
    let expected = render_still(&head, sound.clone(), newest, sound.len());
    let last = sound.len() - RATE as usize;
    for (n, (a, b)) in out.iter().zip(&expected).enumerate().skip(last) {
        let off = |a: f32, b: f32| (a - level * b).abs();
        let error = off(a.left, b.left).max(off(a.right, b.right));
        assert!(error < 1e-5, "{a:?} is not {level} of {b:?} at frame {n}");
    }
}

#[test]
fn the_blocks_of_the_device_do_not_change_a_bit() {
    let head = sphere(RATE);
    let play = |block_frames: &[usize]| {
        let (mut controller, mut endpoint) = pair(&head);
        let mut rng = fastrand::Rng::with_seed(8);
        // All is known long before: what counts is the frame that a command carries.
        for source in 0..SOURCES {
            let sound = noise(20_000, 0.2, u64::from(source));
            let source_voice = voice(&head, sound, Position::FRONT);
            controller
                .add(source, source_voice, u64::from(source) * 1000)
                .expect("room");
        }
        controller.remove(3, 9_000).expect("room");
        for n in 0..100_u32 {
            let position = Position::new(rng.f64() - 0.5, rng.f64() - 0.5, rng.f64() - 0.5);
            controller.place(rng.u16(..SOURCES), position, 9_500.0 + 77.0 * f64::from(n));
        }
        controller.fade(2, 0.0, 4000);
        controller.fade(4, 0.5, 3000);
        controller.end(1000, 18_000).expect("room");
        let mut out = vec![StereoFrame::SILENCE; 20_000];
        let mut rest = &mut out[..];
        for frames in block_frames.iter().cycle() {
            let (block, later) = rest.split_at_mut((*frames).min(rest.len()));
            endpoint.fill(block);
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        out
    };
    let expected = play(&[512]);
    assert!(expected.iter().any(|frame| frame.left != frame.right));
    for blocks in [
        &[1_usize][..],
        &[7],
        &[64],
        &[480],
        &[4096],
        &[20_000],
        &[3, 1000, 1, 31],
    ] {
        assert!(
            play(blocks) == expected,
            "blocks of {blocks:?} frames sound different"
        );
    }
}

#[test]
fn positions_from_another_thread_all_arrive_in_order() {
    let head = sphere(RATE);
    let (mut controller, mut endpoint) = pair(&head);
    let sound = noise(1000, 0.5, 2);
    let options = VoiceOptions {
        looped: true,
        ..VoiceOptions::default()
    };
    let source = Voice::new(&head, clip(&head, sound), Position::FRONT, options);
    controller
        .add(0, Box::new(source), 0)
        .expect("the ring is empty");
    let counters = Arc::clone(controller.counters());
    let control = std::thread::spawn(move || {
        for n in 0..20_000_u32 {
            let turn = f64::from(n) * 0.01;
            let now = controller.counters().playhead();
            controller.place(0, Position::new(turn.cos(), turn.sin(), 0.0), now as f64);
        }
        while !controller.flush() {
            std::thread::yield_now();
        }
        controller.merged_positions()
    });
    let mut block = vec![StereoFrame::SILENCE; 256];
    while !control.is_finished() {
        let ((), counts) = count(|| endpoint.fill(&mut block));
        assert_eq!(counts, Counts::NONE);
    }
    let merged = control.join().expect("the control side ended well");
    for _ in 0..100 {
        endpoint.fill(&mut block);
    }
    assert_eq!(
        counters.commands() + merged,
        20_001,
        "sent or merged, each one once"
    );
}

#[test]
fn a_recording_ends_with_the_sound_and_an_end_that_has_begun_is_not_put_off() {
    const END: usize = 1_000;
    const FADE: u32 = 480;
    let head = sphere(RATE);
    // Ended as planned; told to end while the planned fade runs; told to end before it.
    let ends = [
        (None, END),
        (Some(700), END),
        (Some(64), 64 + FADE as usize),
    ];
    let mut recordings = Vec::new();
    for (told_at, end) in ends {
        let engine = Engine::new(EngineConfig {
            head: Arc::clone(&head),
            distance: LAW,
            gain: 1.0,
            limiter: false,
            max_speed_m_s: 100.0,
            sources: 1,
            edges: Edges {
                begin: 0,
                end: END as u64,
                fade: FADE,
            },
        });
        let config = BridgeConfig {
            sources: 1,
            motion_delay: MotionDelay::Auto,
            record_frames: Some(4 * END),
        };
        let (mut controller, mut endpoint, record) = bridge(engine, config);
        let mut record = record.expect("it was asked for");
        let sound = voice(&head, noise(4 * END, 0.5, 4), Position::FRONT);
        controller.add(0, sound, 0).expect("there is room");
        let mut played = Vec::new();
        let mut block = vec![StereoFrame::SILENCE; 100];
        while played.len() < 2 * END {
            if told_at.is_some_and(|told_at| played.len() >= told_at) {
                controller.end(FADE, 0).expect("there is room");
            }
            endpoint.fill(&mut block);
            played.extend_from_slice(&block);
        }
        assert!(controller.counters().is_over(), "told at {told_at:?}");
        let mut recorded = vec![StereoFrame::SILENCE; 4 * END];
        let count = record.read(&mut recorded);
        // The engine takes commands between quanta of 128 frames.
        let Chunk::Frames(frames) = count else {
            panic!("told at {told_at:?}: {count:?}");
        };
        assert!(
            frames == END || (told_at == Some(64) && (end..end + 200).contains(&frames)),
            "told at {told_at:?}: {frames} frames were recorded, not {end}"
        );
        assert_eq!(recorded[..frames], played[..frames], "told at {told_at:?}");
        assert!(played[frames - 8].left.abs() > 0.0);
        assert!(played[frames..].iter().all(|f| *f == StereoFrame::SILENCE));
        recordings.push(recorded);
    }
    assert_eq!(recordings[0], recordings[1], "the fade was put off");
}
