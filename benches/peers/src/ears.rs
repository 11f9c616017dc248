//! The ear check: whoever is measured has to render what it is asked for.
//!
//! A source on the right has to come out louder and sooner on the right, one on the left on the left,
//! and one that walks round the head has to go from side to side.

use std::fmt;
use std::time::Duration;

use binaurald::audio::StereoFrame;
use binaurald::geometry::Position;

use crate::peer::Peer;
use crate::peers::{Kind, Workshop};
use crate::scene::{Motion, PERIOD_S, SAMPLE_RATE, Scene};

/// Frames a block in this check.
const FRAMES: usize = 256;
/// What is heard in this time does not count: some fade in, or smooth positions at length.
const SETTLED_S: f64 = 1.0;
/// How long is listened to afterwards.
const HEARD_S: f64 = 0.5;
/// How much louder the near ear has to be at least, in decibels.
const LOUDER_DB: f64 = 3.0;
/// How much sooner it has to hear, in frames: a head is not smaller and not larger than that.
const SOONER: std::ops::RangeInclusive<i32> = 10..=60;
const RIGHT: Position = Position::new(0.0, -1.0, 0.0);
const LEFT: Position = Position::new(0.0, 1.0, 0.0);

/// What was heard of a source at a side.
#[derive(Clone, Copy, Debug)]
struct Side {
    /// By how much the right ear is louder, in decibels.
    right_db: f64,
    /// By how much the right ear hears sooner, in frames.
    right_sooner: i32,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:+.1} dB and {:+} frames",
            self.right_db, self.right_sooner
        )
    }
}

/// Who passed, and who did not and why.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) good: Vec<Kind>,
    pub(crate) left_out: Vec<(Kind, String)>,
}

/// Listens to all of them. That one of ours fails is an error.
pub(crate) fn check_all(workshop: &Workshop, kinds: &[Kind]) -> Result<Heard, String> {
    let mut heard = Heard::default();
    for &kind in kinds {
        match check(workshop, kind) {
            Ok([right, left]) => {
                eprintln!("{kind:18} right: {right}; left: {left}");
                heard.good.push(kind);
            }
            Err(reason) if kind.is_ours() => return Err(format!("{kind}: {reason}")),
            Err(reason) => {
                eprintln!("{kind:18} is left out: {reason}");
                heard.left_out.push((kind, reason));
            }
        }
    }
    Ok(heard)
}

/// What was heard on the right and on the left, or why it does not pass.
fn check(workshop: &Workshop, kind: Kind) -> Result<[Side; 2], String> {
    let [right, left] = [RIGHT, LEFT].map(|position| still(workshop, kind, position));
    let (right, left) = (right?, left?);
    if right.right_db < LOUDER_DB || !SOONER.contains(&right.right_sooner) {
        return Err(format!(
            "a source on the right does not come out right: {right}"
        ));
    }
    if left.right_db > -LOUDER_DB || !SOONER.contains(&-left.right_sooner) {
        return Err(format!(
            "a source on the left does not come out left: {left}"
        ));
    }
    moves(workshop, kind)?;
    Ok([right, left])
}

fn still(workshop: &Workshop, kind: Kind, position: Position) -> Result<Side, String> {
    let scene = Scene {
        sources: 1,
        motion: Motion::Still(position),
        frames: FRAMES,
    };
    let mut peer = workshop.build(kind, scene)?;
    let heard = hear(&mut *peer, SETTLED_S + HEARD_S);
    let heard = &heard[(SETTLED_S * f64::from(SAMPLE_RATE)) as usize..];
    Ok(Side {
        right_db: right_db(heard),
        right_sooner: right_sooner(heard),
    })
}

/// A walk round the head passes both sides.
fn moves(workshop: &Workshop, kind: Kind) -> Result<(), String> {
    let scene = Scene {
        sources: 1,
        motion: Motion::Circles,
        frames: FRAMES,
    };
    let mut peer = workshop.build(kind, scene)?;
    let heard = hear(&mut *peer, PERIOD_S);
    let blocks: Vec<f64> = heard.chunks(FRAMES * 8).map(right_db).collect();
    let passes = |sign: f64| blocks.iter().any(|db| db * sign > LOUDER_DB);
    if passes(1.0) && passes(-1.0) {
        Ok(())
    } else {
        Err("a source that walks round the head does not go from side to side".to_owned())
    }
}

/// So many seconds of it, and not less; every sample has to be a number.
fn hear(peer: &mut dyn Peer, seconds: f64) -> Vec<StereoFrame> {
    let frames = (seconds * f64::from(SAMPLE_RATE)) as usize;
    let mut heard = Vec::with_capacity(frames + FRAMES);
    while heard.len() < frames {
        peer.run(Duration::from_millis(50), &mut |_, block| {
            heard.extend_from_slice(block);
        });
    }
    heard
}

fn right_db(heard: &[StereoFrame]) -> f64 {
    let energy = |ear: fn(&StereoFrame) -> f32| -> f64 {
        heard
            .iter()
            .map(|frame| f64::from(ear(frame)).powi(2))
            .sum()
    };
    10.0 * (energy(|frame| frame.right) / energy(|frame| frame.left)).log10()
}

/// Where the ears are most alike when one is held against the other.
fn right_sooner(heard: &[StereoFrame]) -> i32 {
    let most = 2 * *SOONER.end();
    let likeness = |later: i32| -> f64 {
        let (right, left) = if later >= 0 {
            (heard, &heard[later as usize..])
        } else {
            (&heard[-later as usize..], heard)
        };
        let product = |(right, left): (&StereoFrame, &StereoFrame)| {
            f64::from(right.right) * f64::from(left.left)
        };
        right.iter().zip(left).map(product).sum()
    };
    (-most..=most)
        .max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)))
        .unwrap_or(0)
}
