//! Silence is not rendered; what comes after it must not know.

use std::sync::Arc;

use binaurald::audio::StereoFrame;
use binaurald::dsp::QUANTUM;
use binaurald::geometry::Position;
use binaurald::head::Head;
use binaurald::render::{Medium, Placement, Timing, Voice, VoiceOptions};

use super::heads::media;
use super::measure::noise;
use super::rig::{RATE, heads, on_orbit};
use super::stage::{clip, engine};

/// Noise, a second of silence, and noise again. Sound of the first is not on its way any more then.
const NOISE: usize = RATE as usize / 4;
const SILENCE: usize = RATE as usize;

fn pausing() -> Vec<f32> {
    let sound = noise(NOISE, 0.3, 5);
    [sound.clone(), vec![0.0; SILENCE], sound].concat()
}

/// The sound of a source that is where `place` says at the end of each quantum, and whether it got there
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
    let mut out = vec![StereoFrame::SILENCE; samples.len()];
    for (block, begin) in out.chunks_mut(QUANTUM).zip((0..).step_by(QUANTUM)) {
        let (position, jump) = place(begin + QUANTUM);
        let placement = Placement {
            frame: (begin + QUANTUM) as f64,
            position,
            timing: Timing::default(),
            jump,
        };
        engine.place(0, &placement);
        engine.render(block);
    }
    out
}

#[test]
fn a_source_that_jumps_while_it_is_silent_sounds_as_if_it_had_always_been_there() {
    let (there, samples) = (Position::new(0.5, -1.0, 0.2), pausing());
    let jump = NOISE + SILENCE - RATE as usize / 100;
    for (name, head) in heads() {
        for (at, medium) in media().iter().enumerate() {
            let jumped = render(&head, medium, &samples, |frame| {
                let before = Position::new(20.0, 30.0, 0.0);
                let now = (jump..jump + QUANTUM).contains(&frame);
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
