//! Motion is smooth: whatever comes late, is lost or jumps, a tone stays a tone.

use std::f64::consts::TAU;

use binaurald::audio::StereoFrame;
use binaurald::bridge::{BridgeConfig, MotionDelay, bridge};
use binaurald::geometry::Position;
use binaurald::render::{Placement, Timing};
use support::measure::{ears, off_tone, sine};
use support::stage::{engine, sphere, voice};

mod support {
    pub mod measure;
    pub mod stage;
}

const RATE: u32 = 48_000;

/// A source on a circle of 1 m: counter-clockwise from the front.
fn on_orbit(turns: f64) -> Position {
    let (sin, cos) = (TAU * turns).sin_cos();
    Position::new(cos, sin, 0.0)
}

/// Renders a tone that turns `turns_per_s`, its positions seen `updates_hz` times a second with
/// jitter of a fifth of the interval each way and one in ten lost, the way the daemon does it.
fn render_live(
    tone_hz: f64,
    turns_per_s: f64,
    updates_hz: f64,
    seconds: usize,
) -> Vec<StereoFrame> {
    let frames = seconds * RATE as usize;
    let head = sphere(RATE);
    let config = BridgeConfig {
        sources: 1,
        motion_delay: MotionDelay::Auto,
        record_frames: None,
    };
    let (mut controller, mut endpoint, _) = bridge(engine(&head, 1), config);
    let tone = sine(frames, RATE, tone_hz, 0.5);
    controller
        .add(0, voice(&head, tone, on_orbit(0.0)), 0)
        .expect("the ring is empty");
    let mut rng = fastrand::Rng::with_seed(11);
    let interval = f64::from(RATE) / updates_hz;
    let mut due = Vec::new();
    for n in 0..(frames as f64 / interval) as u32 {
        let at = (f64::from(n) + 0.4 * rng.f64() - 0.2).max(0.0) * interval;
        if rng.f64() >= 0.1 {
            due.push(at);
        }
    }
    due.reverse();
    let mut out = vec![StereoFrame::SILENCE; frames];
    for (block, start) in out.chunks_mut(480).zip((0_u32..).step_by(480)) {
        while let Some(at) = due.pop_if(|at| *at <= f64::from(start)) {
            controller.place(0, on_orbit(turns_per_s * at / f64::from(RATE)), at);
        }
        endpoint.fill(block);
    }
    out
}

#[test]
fn a_tone_on_an_orbit_stays_pure_at_any_update_rate() {
    let mut failures = Vec::new();
    for tone_hz in [440.0, 4000.0] {
        for turns_per_s in [0.1, 1.0 / 7.2, 1.0, 5.0] {
            for updates_hz in [5.0, 10.0, 20.0, 60.0, 100.0] {
                let seconds = 6;
                let out = render_live(tone_hz, turns_per_s, updates_hz, seconds);
                let steady = &out[RATE as usize..];
                let target = if turns_per_s > 1.0 { -60.0 } else { -70.0 };
                for ear in ears(steady) {
                    let off = off_tone(&ear, RATE, tone_hz, 200.0);
                    let line = format!(
                        "{tone_hz} Hz, {turns_per_s:.2} turns/s, {updates_hz} Hz: {:.1} dB",
                        off.whole_db
                    );
                    println!("{line}");
                    if off.whole_db > target {
                        failures.push(line);
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn a_rendered_orbit_is_pure() {
    let head = sphere(RATE);
    for tone_hz in [440.0, 4000.0] {
        for turns_per_s in [0.1, 1.0 / 7.2, 1.0, 5.0] {
            let frames = 5 * RATE as usize;
            let mut engine = engine(&head, 1);
            engine
                .add(
                    0,
                    voice(&head, sine(frames, RATE, tone_hz, 0.5), on_orbit(0.0)),
                )
                .expect("free");
            let mut out = vec![StereoFrame::SILENCE; frames];
            for (block, n) in out.chunks_mut(32).zip(1_u32..) {
                let frame = f64::from(n * 32);
                let position = on_orbit(turns_per_s * frame / f64::from(RATE));
                engine.place(
                    0,
                    &Placement {
                        frame,
                        position,
                        timing: Timing::default(),
                        jump: false,
                    },
                );
                engine.render(block);
            }
            for ear in ears(&out) {
                println!(
                    "render {tone_hz} {turns_per_s:.2}: {:?}",
                    off_tone(&ear, RATE, tone_hz, 200.0)
                );
            }
        }
    }
}
