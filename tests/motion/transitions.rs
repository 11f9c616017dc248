//! Starts, ends, jumps, removals and changes of the device: no step larger than a fade of 5 ms.

use std::sync::Arc;

use binaurald::audio::StereoFrame;
use binaurald::geometry::Position;
use binaurald::head::Head;
use binaurald::render::{Edges, Engine, EngineConfig, Voice, VoiceOptions};

use super::measure::noise;
use super::rig::{RATE, TONES_HZ, assert_no_click, heads, on_orbit, tone};
use super::stage::{bridged, clip, config, engine, render_still, voice};

#[test]
fn no_jump_start_or_end_steps_more_than_a_fade_of_5_ms() {
    for (name, head) in heads() {
        for tone_hz in TONES_HZ {
            jump_about(&head, tone_hz, &format!("{name}, {tone_hz} Hz"));
        }
    }
}

fn jump_about(head: &Arc<Head>, tone_hz: f64, what: &str) {
    let frames = 3 * RATE as usize;
    // Slow enough that every position is a jump.
    let engine = Engine::new(EngineConfig {
        max_speed_m_s: 1.0,
        ..config(head, 1)
    });
    let (mut controller, mut endpoint) = bridged(engine);
    let samples = tone(frames, tone_hz);
    let options = VoiceOptions {
        looped: false,
        playhead: 27,
        fade_in: true,
    };
    let voice = Voice::new(head, clip(head, samples.clone()), Position::FRONT, options);
    controller
        .add(0, Box::new(voice), 1000)
        .expect("the ring is empty");
    let mut rng = fastrand::Rng::with_seed(3);
    let (mut jumps, mut last) = (0, Position::FRONT);
    let mut out = vec![StereoFrame::SILENCE; frames];
    for (n, block) in out.chunks_mut(96).enumerate() {
        // Every 2 ms at times, so that a jump meets the crossfade of another; all 1 to 2 m away.
        if n < 1200 && rng.u8(..10) == 0 {
            let angle = rng.f64();
            let position = on_orbit(angle) * (1.0 + angle);
            controller.place(0, position, n as f64 * 96.0);
            (jumps, last) = (jumps + 1, position);
        }
        if n == 1300 {
            controller.remove(0, 0).expect("there is room");
        }
        endpoint.fill(block);
    }
    assert!(jumps > 100, "{jumps} jumps");
    assert!(
        Arc::ptr_eq(controller.head(), head),
        "another head rendered"
    );
    // The last jump arrived, whatever crossfade it had to wait for: that is where it is heard from
    // until it is removed. The clip began 1024 frames late, at its frame 27.
    let late = 1024 - 27;
    let expected = render_still(head, samples, last, frames);
    for n in 1250 * 96..1300 * 96 {
        let error = (out[n].left - expected[n - late].left).abs();
        assert!(
            error < 1e-4,
            "{:?}, not {:?}, at {n}",
            out[n],
            expected[n - late]
        );
    }
    let silent = |frame: &StereoFrame| *frame == StereoFrame::SILENCE;
    assert!(out[..1000].iter().all(silent));
    assert!(out[1400 * 96..].iter().all(silent));
    assert_no_click(&out, tone_hz, what);
}

#[test]
fn a_loop_that_is_removed_at_its_seam_still_fades_out() {
    for (_, head) in heads() {
        // 44 whole periods, so that the loop has no seam by itself.
        let samples = tone(4800, 440.0);
        for before_its_end in [1, 64, 200, 400] {
            let (mut controller, mut endpoint) = bridged(engine(&head, 1));
            let options = VoiceOptions {
                looped: true,
                ..VoiceOptions::default()
            };
            let sound = clip(&head, samples.clone());
            let voice = Voice::new(&head, sound, Position::FRONT, options);
            controller.add(0, Box::new(voice), 0).expect("room");
            controller.remove(0, 9600 - before_its_end).expect("room");
            let mut out = vec![StereoFrame::SILENCE; 14_400];
            endpoint.fill(&mut out);
            assert!(out[13_000..].iter().all(|f| *f == StereoFrame::SILENCE));
            let what = format!("{before_its_end} frames before the end");
            assert_no_click(&out[1000..], 440.0, &what);
        }
    }
}

#[test]
fn the_first_position_is_a_jump_and_not_flown_to() {
    for (_, head) in heads() {
        let (mut controller, mut endpoint) = bridged(engine(&head, 1));
        let samples = noise(RATE as usize, 0.5, 4);
        controller
            .add(0, voice(&head, samples.clone(), Position::FRONT), 0)
            .expect("room");
        let mut out = vec![StereoFrame::SILENCE; RATE as usize];
        let left = Position::new(0.0, 1.0, 0.0);
        for (n, block) in out.chunks_mut(480).enumerate() {
            if n == 10 {
                controller.place(0, left, 4800.0);
            }
            endpoint.fill(block);
        }
        let expected = render_still(&head, samples, left, RATE as usize);
        // The crossfade of 20 ms, and as long as the filter remembers.
        for n in 4800 + 960 + 2 * head.taps()..RATE as usize {
            let error = (out[n].left - expected[n].left).abs();
            assert!(
                error < 1e-5,
                "{:?} is not {:?} at frame {n}",
                out[n],
                expected[n]
            );
        }
    }
}

#[test]
fn a_source_that_moves_starts_and_is_removed_at_any_phase_without_a_click() {
    for (name, head) in heads() {
        for tone_hz in TONES_HZ {
            for phase in 0..12 {
                let (mut controller, mut endpoint) = bridged(engine(&head, 1));
                let options = VoiceOptions {
                    playhead: 13 * phase,
                    fade_in: true,
                    ..VoiceOptions::default()
                };
                let sound = clip(&head, tone(RATE as usize, tone_hz));
                let voice = Voice::new(&head, sound, on_orbit(0.0), options);
                controller.add(0, Box::new(voice), 0).expect("room");
                controller
                    .remove(0, 20_000 + 7 * phase)
                    .expect("there is room");
                let mut out = vec![StereoFrame::SILENCE; 24_000];
                for (n, block) in out.chunks_mut(480).enumerate() {
                    controller.place(0, on_orbit(n as f64 * 0.01), n as f64 * 480.0);
                    endpoint.fill(block);
                }
                assert!(Arc::ptr_eq(controller.head(), &head));
                assert_no_click(&out, tone_hz, &format!("{name}, {tone_hz} Hz, {phase}"));
            }
        }
    }
}

#[test]
fn another_device_goes_on_from_where_the_one_before_ended_without_a_click() {
    for (name, head) in heads() {
        for tone_hz in TONES_HZ {
            for phase in 0..8 {
                // As the daemon sets it up: from the playhead on, faded in, at the last position.
                let begin = 30_000 + 11 * phase;
                let engine = Engine::new(EngineConfig {
                    edges: Edges {
                        begin,
                        fade: 480,
                        ..Edges::default()
                    },
                    ..config(&head, 1)
                });
                let (mut controller, mut endpoint) = bridged(engine);
                let options = VoiceOptions {
                    playhead: begin,
                    ..VoiceOptions::default()
                };
                let sound = clip(&head, tone(2 * RATE as usize, tone_hz));
                let voice = Voice::new(&head, sound, on_orbit(0.3), options);
                controller.add(0, Box::new(voice), 0).expect("room");
                let mut out = vec![StereoFrame::SILENCE; 24_000];
                for (n, block) in out.chunks_mut(480).enumerate() {
                    let at = (begin + 480 * n as u64) as f64;
                    controller.place(0, on_orbit(0.3 + n as f64 * 0.005), at);
                    if n == 40 {
                        controller.end(480, 0).expect("there is room");
                    }
                    endpoint.fill(block);
                }
                assert!(controller.counters().is_over());
                assert_no_click(&out, tone_hz, &format!("{name}, {tone_hz} Hz, {phase}"));
            }
        }
    }
}
