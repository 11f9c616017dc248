//! Sources that move, through the engine alone or the way the daemon does it, and what is asked of
//! the tones that come out.

use std::f64::consts::TAU;
use std::sync::Arc;

use binaurald::audio::StereoFrame;
use binaurald::geometry::Position;
use binaurald::head::{Head, HeadShape};

use super::measure::{ears, largest_step, off_tone, peak, sine};
use super::stage::{bridged, engine, kemar, sphere, steered, voice};

pub(crate) const RATE: u32 = 48_000;

/// The tones that everything is measured with: hertz.
pub(crate) const TONES_HZ: [f64; 2] = [440.0, 4000.0];

/// The heads that all of this holds for, by name.
pub(crate) fn heads() -> Vec<(&'static str, Arc<Head>)> {
    vec![("sphere", sphere(RATE)), ("kemar", kemar(RATE))]
}

/// A sphere of another size: other delays, and filters of another length.
pub(crate) fn sphere_of(radius_m: f64) -> Arc<Head> {
    let shape = HeadShape {
        radius_m,
        ..HeadShape::default()
    };
    Arc::new(Head::sphere(shape, RATE).expect("a possible head"))
}

/// A source on a circle of 1 m: counter-clockwise from the front.
pub(crate) fn on_orbit(turns: f64) -> Position {
    let (sin, cos) = (TAU * turns).sin_cos();
    Position::new(cos, sin, 0.0)
}

/// When positions are seen, in frames: `updates_hz` times a second, with jitter of a fifth of the
/// interval each way and one in ten lost.
pub(crate) fn seen_at(updates_hz: f64, frames: usize, seed: u64) -> Vec<f64> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let interval = f64::from(RATE) / updates_hz;
    let count = (frames as f64 / interval) as u32;
    let mut due = Vec::new();
    for n in 0..count {
        let at = (f64::from(n) + 0.4 * rng.f64() - 0.2).max(0.0) * interval;
        if rng.f64() >= 0.1 {
            due.push(at);
        }
    }
    due
}

/// Renders `samples` along `path` (seconds to position) as the daemon does it, which sees the
/// positions at the frames `seen` and no others.
pub(crate) fn render_live(
    head: &Arc<Head>,
    samples: &[f32],
    seen: &[f64],
    path: impl Fn(f64) -> Position,
) -> Vec<StereoFrame> {
    let (mut controller, mut endpoint) = bridged(engine(head, 1));
    controller
        .add(0, voice(head, samples.to_vec(), path(0.0)), 0)
        .expect("the ring is empty");
    let mut due = seen.iter().copied().peekable();
    let mut out = vec![StereoFrame::SILENCE; samples.len()];
    for (block, start) in out.chunks_mut(480).zip((0_u32..).step_by(480)) {
        while let Some(at) = due.next_if(|at| *at <= f64::from(start)) {
            controller.place(0, path(at / f64::from(RATE)), at);
        }
        endpoint.fill(block);
    }
    assert!(
        Arc::ptr_eq(controller.head(), head),
        "another head rendered"
    );
    assert_eq!(controller.counters().panics(), 0);
    out
}

/// Renders `samples` along `path` (seconds to position) exactly, as `render` does.
pub(crate) fn render_path(
    head: &Arc<Head>,
    samples: &[f32],
    path: impl Fn(f64) -> Position,
) -> Vec<StereoFrame> {
    let mut engine = engine(head, 1);
    engine
        .add(0, voice(head, samples.to_vec(), path(0.0)))
        .expect("free");
    let out = steered(&mut engine, samples.len(), |frame| {
        (path(frame as f64 / f64::from(RATE)), false)
    });
    assert!(Arc::ptr_eq(engine.head(), head), "another head rendered");
    out
}

/// A tone of half the full scale.
pub(crate) fn tone(frames: usize, tone_hz: f64) -> Vec<f32> {
    sine(frames, RATE, tone_hz, 0.5)
}

/// The energy away from the tone in the worse of the two ears, relative to the tone's: decibels.
pub(crate) fn off_tone_db(out: &[StereoFrame], tone_hz: f64) -> f64 {
    let off = |ear: &Vec<f32>| off_tone(ear, RATE, tone_hz, 200.0).whole_db;
    ears(out).iter().map(off).fold(f64::MIN, f64::max)
}

pub(crate) fn assert_pure(out: &[StereoFrame], tone_hz: f64, target_db: f64, what: &str) {
    let off_db = off_tone_db(out, tone_hz);
    println!("{what}: {off_db:.1} dB");
    assert!(off_db < target_db, "{off_db:.1} dB, {what}");
}

/// No step between two frames is larger than one that a fade of 5 ms makes of the tone, or the tone
/// by itself.
pub(crate) fn assert_no_click(out: &[StereoFrame], tone_hz: f64, what: &str) {
    let half_step = 0.5 * TAU * tone_hz / f64::from(RATE);
    let fade = 1.0 / (0.005 * f64::from(RATE));
    for (ear, name) in ears(out).iter().zip(["left", "right"]) {
        // The peak of a tone may lie between two frames, half a step from either.
        let amplitude = f64::from(peak(ear)) / half_step.cos();
        let allowed = (amplitude * (2.0 * half_step.sin() + fade)) as f32;
        let step = largest_step(ear);
        assert!(amplitude > 0.0, "nothing is heard, {what}");
        let share = step / allowed;
        println!("{what}, {name} ear: the largest step is {share:.3}");
        assert!(
            step < allowed,
            "a step of {step}, a fade of 5 ms makes {allowed}; {what}, {name} ear"
        );
    }
}
