//! Orbits, slow and fast, seen often and seldom.

use binaurald::geometry::Position;

use super::measure::noise;
use super::rig::{
    RATE, TONES_HZ, assert_pure, heads, off_tone_db, on_orbit, render_live, render_path, seen_at,
    tone,
};

const UPDATES_HZ: [f64; 5] = [5.0, 10.0, 20.0, 60.0, 100.0];

/// How far what is not the tone must lie below it, in decibels.
fn target_db(turns_per_s: f64) -> f64 {
    if turns_per_s > 1.0 { -60.0 } else { -70.0 }
}

/// The energy off the tone of a live orbit.
fn live_orbit_db(
    head: &std::sync::Arc<binaurald::head::Head>,
    tone_hz: f64,
    turns_per_s: f64,
    updates_hz: f64,
) -> f64 {
    let samples = tone(6 * RATE as usize, tone_hz);
    let seen = seen_at(updates_hz, samples.len(), 11);
    let out = render_live(head, &samples, &seen, |t| on_orbit(turns_per_s * t));
    // The first second is spent learning how often positions come.
    off_tone_db(&out[RATE as usize..], tone_hz)
}

#[test]
fn positions_with_jitter_and_losses_leave_a_tone_a_tone_at_any_update_rate() {
    for (name, head) in heads() {
        for tone_hz in TONES_HZ {
            for turns_per_s in [0.1, 1.0 / 7.2, 1.0, 5.0] {
                let row = UPDATES_HZ.map(|hz| live_orbit_db(&head, tone_hz, turns_per_s, hz));
                println!("{name}, {tone_hz} Hz, {turns_per_s:.2} turns/s: {row:.1?} dB");
                for (off_db, updates_hz) in row.into_iter().zip(UPDATES_HZ) {
                    // A quarter of a turn and more between two positions, half a turn where one is
                    // lost: they do not say any more where the source was.
                    let is_told = turns_per_s / updates_hz < 0.24;
                    assert!(
                        off_db < target_db(turns_per_s) || !is_told,
                        "{off_db:.1} dB, {turns_per_s:.2} turns/s, {updates_hz} updates/s"
                    );
                }
            }
        }
    }
}

#[test]
fn the_path_is_played_as_far_behind_the_positions_as_is_stated() {
    // The seed server: 5 degrees each 0.1 s, polled at 60 Hz, so seen up to a poll late.
    let (step_s, turns_per_s) = (0.1, 1.0 / 7.2);
    let stated_s = 1.5 * step_s;
    let frames = 6 * RATE as usize;
    let seen_s = |n: u32| (f64::from(n) * step_s * 60.0).ceil() / 60.0;
    let seen: Vec<f64> = (0..60).map(|n| seen_s(n) * f64::from(RATE)).collect();
    let seen_late_s = (0..60)
        .map(|n| seen_s(n) - f64::from(n) * step_s)
        .sum::<f64>()
        / 60.0;
    let sound = noise(frames, 0.5, 21);
    // What is seen is where the source was at its last step.
    let stepped = |t: f64| {
        let step = ((t + 1e-6) / step_s).floor() * step_s;
        on_orbit(turns_per_s * step)
    };
    for (_, head) in heads() {
        let live = render_live(&head, &sound, &seen, stepped);
        // How far from the circle itself, played so late: the energy of the difference.
        let difference = |late_s: f64| {
            let path = |t: f64| on_orbit(turns_per_s * (t - late_s));
            let exact = render_path(&head, &sound, path);
            let pairs = live.iter().zip(&exact).skip(3 * RATE as usize);
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
}

#[test]
fn a_rendered_orbit_leaves_a_tone_a_tone() {
    for (name, head) in heads() {
        for tone_hz in TONES_HZ {
            for turns_per_s in [0.1, 1.0 / 7.2, 1.0, 5.0] {
                let samples = tone(5 * RATE as usize, tone_hz);
                let out = render_path(&head, &samples, |t| on_orbit(turns_per_s * t));
                let what = format!("{name}, {tone_hz} Hz, {turns_per_s:.2} turns/s");
                assert_pure(&out, tone_hz, target_db(turns_per_s), &what);
            }
        }
    }
}

#[test]
fn a_source_that_pauses_goes_on_and_stops_stays_a_tone() {
    // Half a turn a second; for a second nothing is heard of it, twice; in the end it stands.
    let path = |t: f64| {
        let turned = t.min(2.0) + (t - 3.0).clamp(0.0, 1.5) + (t - 5.5).clamp(0.0, 1.0);
        on_orbit(0.5 * turned)
    };
    let moves = |t: f64| path(t) != path(t - 1e-4);
    for (name, head) in heads() {
        for tone_hz in TONES_HZ {
            for updates_hz in UPDATES_HZ {
                let samples = tone(8 * RATE as usize, tone_hz);
                let mut seen = seen_at(updates_hz, samples.len(), 5);
                seen.retain(|at| moves(at / f64::from(RATE)));
                let out = render_live(&head, &samples, &seen, path);
                let what = format!("{name}, {tone_hz} Hz, pauses, {updates_hz} updates/s");
                assert_pure(&out[RATE as usize..], tone_hz, -70.0, &what);
                let last = seen.last().expect("it is seen") / f64::from(RATE);
                let stands = super::stage::render_still(&head, samples, path(last), out.len());
                let tail = out.len() - 4800..out.len();
                assert_eq!(
                    out[tail.clone()],
                    stands[tail],
                    "it stands elsewhere, {what}"
                );
            }
        }
    }
}

#[test]
fn a_position_far_away_is_as_smooth() {
    let path = |t: f64| on_orbit(0.2 * t) * 50.0 + Position::new(0.0, 0.0, 3.0);
    for (name, head) in heads() {
        let samples = tone(5 * RATE as usize, 4000.0);
        let seen = seen_at(20.0, samples.len(), 8);
        let out = render_live(&head, &samples, &seen, path);
        let what = format!("{name}, at 50 m, 63 m/s");
        assert_pure(&out[RATE as usize..], 4000.0, -70.0, &what);
    }
}
