//! Motion is smooth: whatever comes late, is lost or jumps, a tone stays a tone.

use std::f64::consts::TAU;

use binaurald::audio::StereoFrame;
use binaurald::dsp::QUANTUM;
use binaurald::geometry::Position;
use binaurald::render::{Engine, EngineConfig, Placement, Timing, Voice, VoiceOptions};
use support::measure::{ears, largest_step, noise, off_tone, peak, sine};
use support::stage::{self, bridged, clip, engine, render_still, sphere, voice};

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
    let (mut controller, mut endpoint) = bridged(engine(&head, 1));
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

/// How far what is not the tone must lie below it, in decibels.
fn target_db(turns_per_s: f64) -> f64 {
    if turns_per_s > 1.0 { -60.0 } else { -70.0 }
}

fn assert_pure(out: &[StereoFrame], tone_hz: f64, target_db: f64, what: &str) {
    for (ear, name) in ears(out).iter().zip(["left", "right"]) {
        let off = off_tone(ear, RATE, tone_hz, 200.0);
        println!("{what}, {name} ear: {:.1} dB", off.whole_db);
        assert!(
            off.whole_db < target_db,
            "{:.1} dB, {what}, {name} ear",
            off.whole_db
        );
    }
}

#[test]
fn positions_with_jitter_and_losses_leave_a_tone_a_tone_at_any_update_rate() {
    for turns_per_s in [0.1, 1.0 / 7.2, 1.0] {
        for updates_hz in [5.0, 10.0, 20.0, 60.0, 100.0] {
            let out = render_live(440.0, turns_per_s, updates_hz, 6);
            let what = format!("{turns_per_s:.2} turns/s, {updates_hz} updates/s");
            // The first second is spent learning how often positions come.
            assert_pure(&out[RATE as usize..], 440.0, target_db(turns_per_s), &what);
        }
    }
}

/// Renders a tone along `path` (seconds to position) exactly, as `render` does.
fn render_exact(tone_hz: f64, frames: usize, path: impl Fn(f64) -> Position) -> Vec<StereoFrame> {
    render_path(&sine(frames, RATE, tone_hz, 0.5), path)
}

/// Renders `samples` along `path` (seconds to position) exactly.
fn render_path(samples: &[f32], path: impl Fn(f64) -> Position) -> Vec<StereoFrame> {
    let head = sphere(RATE);
    let frames = samples.len();
    let mut engine = engine(&head, 1);
    engine
        .add(0, voice(&head, samples.to_vec(), path(0.0)))
        .expect("free");
    let mut out = vec![StereoFrame::SILENCE; frames];
    for (block, n) in out.chunks_mut(QUANTUM).zip(1_u32..) {
        let frame = f64::from(n) * QUANTUM as f64;
        let position = path(frame / f64::from(RATE));
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
    out
}

#[test]
fn the_path_is_played_as_far_behind_the_positions_as_is_stated() {
    // The seed server: 5 degrees each 0.1 s, polled at 60 Hz, so seen up to a poll late.
    let (step_s, turns_per_s) = (0.1, 1.0 / 7.2);
    let frames = 6 * RATE as usize;
    let seen_s = |n: u32| (f64::from(n) * step_s * 60.0).ceil() / 60.0;
    let head = sphere(RATE);
    let (mut controller, mut endpoint) = bridged(engine(&head, 1));
    let sound = noise(frames, 0.5, 21);
    controller
        .add(0, voice(&head, sound.clone(), on_orbit(0.0)), 0)
        .expect("room");
    let mut live = vec![StereoFrame::SILENCE; frames];
    let mut next = 0;
    for (block, start) in live.chunks_mut(160).zip((0_u32..).step_by(160)) {
        while seen_s(next) * f64::from(RATE) <= f64::from(start) {
            let at = seen_s(next) * f64::from(RATE);
            controller.place(0, on_orbit(turns_per_s * f64::from(next) * step_s), at);
            next += 1;
        }
        endpoint.fill(block);
    }
    let stated_s = controller.timing(0).delay_frames / f64::from(RATE);
    assert!(
        stated_s <= 1.5 * step_s * 1.01,
        "a motion delay of {stated_s} s"
    );
    let seen_late_s = (0..60)
        .map(|n| seen_s(n) - f64::from(n) * step_s)
        .sum::<f64>()
        / 60.0;

    // How far from the circle itself, played so late: the energy of the difference.
    let difference = |late_s: f64| {
        let path = |t: f64| on_orbit(turns_per_s * (t - late_s));
        let exact = render_path(&sound, path);
        let pairs = live.iter().zip(&exact).skip(2 * RATE as usize);
        pairs
            .map(|(a, b)| f64::from(a.left - b.left).powi(2))
            .sum::<f64>()
    };
    // 20 ms are 1 degree of this circle: less than that is the r.m.s. error of the path.
    let stated = difference(stated_s + seen_late_s);
    for shift_s in [-0.02, 0.02] {
        let shifted = difference(stated_s + seen_late_s + shift_s);
        println!("{stated:.4} as stated, {shifted:.4} a degree off");
        assert!(
            stated < shifted,
            "{stated} as stated, {shifted} {shift_s} s later"
        );
    }
}

#[test]
fn a_rendered_orbit_leaves_a_tone_a_tone() {
    for tone_hz in [440.0, 4000.0] {
        for turns_per_s in [0.1, 1.0 / 7.2, 1.0, 5.0] {
            let frames = 5 * RATE as usize;
            let out = render_exact(tone_hz, frames, |t| on_orbit(turns_per_s * t));
            let what = format!("{tone_hz} Hz, {turns_per_s:.2} turns/s");
            assert_pure(&out, tone_hz, target_db(turns_per_s), &what);
        }
    }
}

#[test]
fn a_flight_close_by_and_through_the_head_leaves_a_tone_a_tone() {
    // To and fro along the axis of the ears, a little off it: within 1 cm of the centre.
    let path = |t: f64| Position::new(0.01, 0.4 * (TAU * 0.5 * t).cos(), 0.005);
    let out = render_exact(440.0, 5 * RATE as usize, path);
    assert_pure(&out, 440.0, -60.0, "through the head at up to 1.3 m/s");
}

/// The largest step between two frames that a fade of 5 ms makes of a tone of this amplitude, and
/// which the tone by itself makes too.
fn step_of_a_fade(amplitude: f32, tone_hz: f64) -> f32 {
    let slope = TAU * tone_hz / f64::from(RATE);
    amplitude * (slope + 1.0 / (0.005 * f64::from(RATE))) as f32
}

#[test]
fn no_jump_start_or_end_steps_more_than_a_fade_of_5_ms() {
    let head = sphere(RATE);
    let frames = 3 * RATE as usize;
    // Slow enough that every position is a jump.
    let engine = Engine::new(EngineConfig {
        max_speed_m_s: 1.0,
        ..stage::config(&head, 1)
    });
    let (mut controller, mut endpoint) = bridged(engine);
    let samples = sine(frames, RATE, 440.0, 0.5);
    let options = VoiceOptions {
        looped: false,
        playhead: 27,
        fade_in: true,
    };
    let voice = Voice::new(&head, clip(&head, samples), Position::FRONT, options);
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
            let mut position = on_orbit(angle);
            position.x *= 1.0 + angle;
            position.y *= 1.0 + angle;
            controller.place(0, position, n as f64 * 96.0);
            (jumps, last) = (jumps + 1, position);
        }
        if n == 1300 {
            controller.remove(0, 0).expect("there is room");
        }
        endpoint.fill(block);
    }
    assert!(jumps > 100, "{jumps} jumps");
    // The last jump arrived, whatever crossfade it had to wait for: that is where it is heard from
    // until it is removed. The clip began 1024 frames late, at its frame 27.
    let late = 1024 - 27;
    let expected = render_still(&head, sine(frames, RATE, 440.0, 0.5), last, frames);
    for n in 1250 * 96..1300 * 96 {
        let error = (out[n].left - expected[n - late].left).abs();
        assert!(
            error < 1e-4,
            "{:?}, not {:?}, at {n}",
            out[n],
            expected[n - late]
        );
    }
    assert!(
        out[..1000]
            .iter()
            .all(|frame| *frame == StereoFrame::SILENCE)
    );
    assert!(
        out[1400 * 96..]
            .iter()
            .all(|frame| *frame == StereoFrame::SILENCE)
    );
    for ear in ears(&out) {
        let (step, allowed) = (largest_step(&ear), step_of_a_fade(peak(&ear), 440.0));
        println!("largest step {step}, a fade of 5 ms makes {allowed}");
        assert!(
            step < allowed,
            "a step of {step}, a fade of 5 ms makes {allowed}"
        );
    }
}

#[test]
fn a_loop_that_is_removed_at_its_seam_still_fades_out() {
    let head = sphere(RATE);
    // 44 whole periods, so that the loop has no seam by itself.
    let samples = sine(4800, RATE, 440.0, 0.5);
    for before_its_end in [1, 64, 200, 400] {
        let (mut controller, mut endpoint) = bridged(engine(&head, 1));
        let options = VoiceOptions {
            looped: true,
            ..VoiceOptions::default()
        };
        let voice = Voice::new(
            &head,
            clip(&head, samples.clone()),
            Position::FRONT,
            options,
        );
        controller.add(0, Box::new(voice), 0).expect("room");
        controller.remove(0, 9600 - before_its_end).expect("room");
        let mut out = vec![StereoFrame::SILENCE; 14_400];
        endpoint.fill(&mut out);
        assert!(out[13_000..].iter().all(|f| *f == StereoFrame::SILENCE));
        let [left, _] = ears(&out[1000..]);
        let (step, allowed) = (largest_step(&left), step_of_a_fade(peak(&left), 440.0));
        assert!(
            step < allowed,
            "a step of {step}, {before_its_end} frames before the end"
        );
    }
}

#[test]
fn the_first_position_is_a_jump_and_not_flown_to() {
    let head = sphere(RATE);
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
    for n in 4800 + 960 + 256..RATE as usize {
        let error = (out[n].left - expected[n].left).abs();
        assert!(
            error < 1e-5,
            "{:?} is not {:?} at frame {n}",
            out[n],
            expected[n]
        );
    }
}
