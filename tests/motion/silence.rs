//! Silence is not rendered; what comes after it must not know.

use std::sync::Arc;

use binaurald::audio::StereoFrame;
use binaurald::dsp::distance::DistanceModel;
use binaurald::dsp::{QUANTUM, STEP};
use binaurald::geometry::Position;
use binaurald::head::Head;
use binaurald::render::{Engine, Medium, Voice, VoiceOptions};

use super::heads::media;
use super::measure::noise;
use super::rig::{RATE, heads, on_orbit};
use super::stage::{clip, config, engine, sphere, steered};

/// `samples` along `path` (frame to position), in a law by which nothing is heard of what is 10 m away.
fn fly(head: &Arc<Head>, samples: &[f32], path: impl Fn(f64) -> Position) -> Vec<StereoFrame> {
    let mut config = config(head, 1);
    config.distance.model = DistanceModel::Linear;
    config.distance.max_m = 10.0;
    let mut engine = Engine::new(config);
    let clip = clip(head, samples.to_vec());
    let voice = Voice::new(head, clip, path(0.0), VoiceOptions::default());
    engine.add(0, Box::new(voice)).expect("free");
    steered(&mut engine, samples.len(), |frame| {
        (path(frame as f64), false)
    })
}

/// A source that comes nearer at 20 m/s, from `from_m` metres to 2 m. Its last frame is the same,
/// wherever it comes from.
fn coming(head: &Arc<Head>, from_m: f64) -> Vec<StereoFrame> {
    let frames = ((from_m - 2.0) / 20.0 * f64::from(RATE)).round() as usize;
    let sound = noise(3 * RATE as usize, 0.3, 9);
    fly(head, &sound[sound.len() - frames..], |frame| {
        Position::new(from_m - 20.0 * frame / f64::from(RATE), 0.3, 0.0)
    })
}

#[test]
fn what_flies_out_of_hearing_fades_and_is_not_cut_off() {
    let sound = noise(RATE as usize / 2, 0.3, 10);
    let loudest = |frames: &[StereoFrame]| {
        let peaks = frames.iter().map(|f| f.left.abs().max(f.right.abs()));
        peaks.fold(0.0, f32::max)
    };
    for (name, head) in heads() {
        for speed in [5.0, 99.0] {
            let out = fly(&head, &sound, |frame| {
                Position::new(8.0 + speed * frame / f64::from(RATE), 0.3, 0.0)
            });
            let last = out.iter().rposition(|frame| *frame != StereoFrame::SILENCE);
            let last = last.expect("it is heard");
            assert!(last < out.len() - 1, "it is out of hearing at last");
            let share = loudest(&out[last - 7..=last]) / loudest(&out);
            println!("{name}, {speed} m/s: {share:.5} of the level at the end");
            assert!(share < 0.02, "{share}, {name}, {speed} m/s");
        }
    }
}

#[test]
fn what_comes_from_too_far_away_to_be_heard_sounds_as_if_it_had_come_from_nearer() {
    // Whole quanta apart: 100 and 300 of them.
    let quantum_m = 20.0 * QUANTUM as f64 / f64::from(RATE);
    let (near_m, far_m) = (2.0 + 100.0 * quantum_m, 2.0 + 300.0 * quantum_m);
    let head = sphere(RATE);
    let (near, far) = (coming(&head, near_m), coming(&head, far_m));
    let unheard = (((far_m - 10.0) / quantum_m) as usize - 1) * QUANTUM;
    assert!(
        far[..unheard]
            .iter()
            .all(|frame| *frame == StereoFrame::SILENCE)
    );
    // From half-way between the near one's begin and the end on, all of it.
    let common = 50 * QUANTUM;
    let pairs = near[near.len() - common..]
        .iter()
        .zip(&far[far.len() - common..]);
    for (n, (near, far)) in pairs.enumerate() {
        assert!(near.left != 0.0, "nothing is heard");
        let off = (near.left - far.left)
            .abs()
            .max((near.right - far.right).abs());
        assert!(off < 1e-5, "{near:?} is not {far:?} at frame {n}");
    }
}

/// Noise, a second of silence, and noise again. Sound of the first is not on its way any more then.
const NOISE: usize = RATE as usize / 4;
const SILENCE: usize = RATE as usize;

fn pausing() -> Vec<f32> {
    let sound = noise(NOISE, 0.3, 5);
    [sound.clone(), vec![0.0; SILENCE], sound].concat()
}

/// The sound of a source that is where `place` says at the end of each step, and whether it got there
/// at once.
fn render(
    head: &Arc<Head>,
    medium: &Arc<Medium>,
    samples: &[f32],
    place: impl Fn(usize) -> (Position, bool),
) -> Vec<StereoFrame> {
    let mut engine = engine(head, 1);
    let clip = clip(head, samples.to_vec());
    let (begin, _) = place(0);
    let voice = Voice::in_medium(head, medium, clip, begin, VoiceOptions::default());
    engine.add(0, Box::new(voice)).expect("free");
    steered(&mut engine, samples.len(), place)
}

#[test]
fn a_source_that_jumps_while_it_is_silent_sounds_as_if_it_had_always_been_there() {
    let (there, samples) = (Position::new(0.5, -1.0, 0.2), pausing());
    let jump = NOISE + SILENCE - RATE as usize / 100;
    for (name, head) in heads() {
        for (at, medium) in media().iter().enumerate() {
            let jumped = render(&head, medium, &samples, |frame| {
                let before = Position::new(20.0, 30.0, 0.0);
                let now = (jump..jump + STEP).contains(&frame);
                (if frame < jump { before } else { there }, now)
            });
            let always = render(&head, medium, &samples, |_| (there, false));
            let after = NOISE + SILENCE;
            assert!(always[after..].iter().any(|frame| frame.left != 0.0));
            assert_eq!(jumped[after..], always[after..], "{name}, medium {at}");
        }
    }
}

#[test]
fn a_source_that_moves_on_while_it_is_silent_is_heard_where_it_has_got_to() {
    let samples = pausing();
    // Another that hums all the while, far below what is compared, is never silent.
    let humming: Vec<f32> = samples.iter().map(|sample| sample + 1e-9).collect();
    let path = |frame: usize| (on_orbit(0.3 * frame as f64 / f64::from(RATE)), false);
    for (name, head) in heads() {
        for (at, medium) in media().iter().enumerate() {
            let silent = render(&head, medium, &samples, path);
            let heard = render(&head, medium, &humming, path);
            for (n, (a, b)) in silent.iter().zip(&heard).enumerate() {
                let off = (a.left - b.left).abs().max((a.right - b.right).abs());
                // Filters follow by inertia where they were heard, and are there where not: for
                // some milliseconds they differ by less than a degree, which is a third of a frame.
                let since = n.checked_sub(NOISE + SILENCE);
                let most = if since.is_some_and(|since| since < 2400) {
                    0.15
                } else {
                    1e-4
                };
                assert!(off < most, "{off} at frame {n}, {name}, medium {at}");
            }
        }
    }
}
