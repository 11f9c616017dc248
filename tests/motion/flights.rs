//! Flights close by and through the head.

use std::f64::consts::TAU;

use binaurald::audio::StereoFrame;
use binaurald::geometry::Position;

use super::measure::{ears, noise, peak};
use super::rig::{
    RATE, TONES_HZ, assert_no_click, assert_pure, heads, on_orbit, render_live, render_path,
    seen_at, tone,
};
use super::stage::sphere;

/// How far the flights go from their middle, in metres.
const REACH_M: f64 = 0.5;

/// To and fro along a line, as fast as `speed` in its middle.
fn to_and_fro(middle: Position, along: Position, speed: f64) -> impl Fn(f64) -> Position {
    let turns_per_s = speed / (TAU * REACH_M);
    move |t| middle + along * (REACH_M * (TAU * turns_per_s * t).cos())
}

/// Where the flights lead: what it is, the middle and the direction.
fn lines() -> Vec<(&'static str, Position, Position)> {
    let at = Position::new;
    let slant = at(1.0, 1.0, 1.0) * (1.0 / 3.0_f64.sqrt());
    vec![
        (
            "through the centre along x",
            at(0.0, 0.0, 0.0),
            at(1.0, 0.0, 0.0),
        ),
        (
            "through the centre along y",
            at(0.0, 0.0, 0.0),
            at(0.0, 1.0, 0.0),
        ),
        (
            "through the centre along z",
            at(0.0, 0.0, 0.0),
            at(0.0, 0.0, 1.0),
        ),
        ("through the centre, slanting", at(0.0, 0.0, 0.0), slant),
        (
            "past the centre along y",
            at(0.01, 0.0, 0.005),
            at(0.0, 1.0, 0.0),
        ),
        // 1.15 radii of the default sphere: as near as its responses go.
        (
            "grazing the left ear along x",
            at(0.0, 0.100_625, 0.0),
            at(1.0, 0.0, 0.0),
        ),
        (
            "grazing the right ear along z",
            at(0.0, -0.09, 0.0),
            at(0.0, 0.0, 1.0),
        ),
        (
            "past the nose along y",
            at(0.12, 0.0, 0.0),
            at(0.0, 1.0, 0.0),
        ),
    ]
}

/// A source that comes through an ear itself, 13 mm from where its response ends, gets 18 dB louder
/// and softer again within some centimetres. At 2 m/s that takes 4 ms each: so much of its energy
/// is off the tone however smooth its path is.
fn is_through_ears(line: &str) -> bool {
    line.ends_with("the centre along y")
}

/// How far what is not the tone must lie below it, in decibels.
const TARGET_DB: f64 = -60.0;

#[test]
fn flights_close_by_and_through_the_head_leave_a_tone_a_tone() {
    for (name, head) in heads() {
        for tone_hz in TONES_HZ {
            let samples = tone(4 * RATE as usize, tone_hz);
            for (line, middle, along) in lines() {
                for speed in [0.5, 1.0, 2.0] {
                    let out = render_path(&head, &samples, to_and_fro(middle, along, speed));
                    let what = format!("{name}, {tone_hz} Hz, {line}, {speed} m/s");
                    assert_pure(&out, tone_hz, TARGET_DB, &what);
                    assert_no_click(&out, tone_hz, &what);
                }
            }
        }
    }
}

#[test]
fn flights_that_are_seen_live_leave_a_tone_a_tone() {
    for (name, head) in heads() {
        for tone_hz in TONES_HZ {
            let samples = tone(5 * RATE as usize, tone_hz);
            for (line, middle, along) in lines() {
                for updates_hz in [20.0, 60.0] {
                    let seen = seen_at(updates_hz, samples.len(), 3);
                    let speed = if is_through_ears(line) { 1.0 } else { 2.0 };
                    let path = to_and_fro(middle, along, speed);
                    let out = render_live(&head, &samples, &seen, path);
                    let what = format!("{name}, {tone_hz} Hz, {line}, {updates_hz} updates/s");
                    assert_pure(&out[RATE as usize..], tone_hz, TARGET_DB, &what);
                    assert_no_click(&out, tone_hz, &what);
                }
            }
        }
    }
}

/// The greatest sample of either ear.
fn loudest(out: &[StereoFrame]) -> f32 {
    ears(out).iter().map(|ear| peak(ear)).fold(0.0, f32::max)
}

#[test]
fn what_shoots_past_the_head_is_no_louder_than_beside_the_ears() {
    let head = sphere(RATE);
    let samples = noise(RATE as usize / 2, 0.3, 3);
    for (speed, aside_m) in [(20.0, 0.01), (60.0, 0.12), (99.0, 0.01)] {
        let passing = render_path(&head, &samples, |t| {
            Position::new(aside_m, speed * (t - 0.25), 0.0)
        });
        let still = [-0.1, -0.0875, 0.0, 0.0875, 0.1]
            .map(|y| render_path(&head, &samples, |_| Position::new(aside_m, y, 0.0)));
        let still = still.iter().map(|out| loudest(out)).fold(0.0, f32::max);
        let share = loudest(&passing) / still;
        println!("{speed} m/s, {aside_m} m aside: {share:.2} of what is still");
        assert!(share < 1.4, "{share} at {speed} m/s, {aside_m} m aside");
    }
}

#[test]
fn what_turns_quickly_and_stops_dead_is_no_louder_for_it() {
    let samples = noise(RATE as usize, 0.3, 4);
    for (name, head) in heads() {
        for turns_per_s in [5.0, 10.0] {
            let out = render_path(&head, &samples, |t| on_orbit(turns_per_s * t.min(0.507)));
            let (turning, stopping) = out.split_at(RATE as usize / 2);
            let share = loudest(&stopping[..4800]) / loudest(turning);
            println!("{name}, {turns_per_s} turns/s: {share:.2} of what it was");
            assert!(share < 1.2, "{share}, {name}, {turns_per_s} turns/s");
        }
    }
}
