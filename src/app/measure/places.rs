//! A head at places: rendered by the engine, beside its reference.

use std::f64::consts::TAU;
use std::sync::Arc;

use serde::Serialize;

use crate::analysis::{Complex64, delay_s, onset_frames, response_at};
use crate::app::subject::Subject;
use crate::audio::{Clip, StereoFrame};
use crate::dsp::distance::{DistanceLaw, DistanceModel};
use crate::geometry::Position;
use crate::head::{Head, Reference, ReferenceAt};
use crate::render::{Edges, Engine, EngineConfig, Voice, VoiceOptions};

use super::figures::Figures;

/// Frames that are rendered beyond those in which anything is heard.
const MARGIN_FRAMES: usize = 64;

/// Where the time of both ears is compared with the reference, in hertz.
const COMMON_HZ: f64 = 500.0;

/// A place round the head.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Place {
    /// Degrees counter-clockwise from the front.
    pub azimuth_degrees: f64,
    /// Degrees up from the horizontal plane.
    pub elevation_degrees: f64,
    /// Metres from the centre of the head.
    pub distance_m: f64,
}

impl Place {
    /// In metres.
    pub fn position(self) -> Position {
        let (sin, cos) = self.azimuth_degrees.to_radians().sin_cos();
        let (up, level) = self.elevation_degrees.to_radians().sin_cos();
        let d = self.distance_m;
        Position::new(d * level * cos, d * level * sin, d * up)
    }

    /// The place of a position.
    pub fn of(position: Position) -> Self {
        Self {
            azimuth_degrees: position.azimuth_degrees(),
            elevation_degrees: position.elevation_degrees(),
            distance_m: position.distance(),
        }
    }
}

/// What was measured at a place.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Where.
    pub place: Place,
    /// What the ears hear there.
    pub heard: Figures,
    /// What they would hear by the reference, where there is one; its level is that of the head.
    pub reference: Option<Figures>,
    /// How much later both ears hear than by the reference: seconds, without whole periods of
    /// 500 Hz.
    later_s: Option<f64>,
}

/// The time and the level of a head as a whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Common {
    /// The delay of all sound that the head states: seconds.
    pub stated_s: f64,
    /// When an impulse 1 m in front is heard, in the mean of both ears: seconds.
    pub onset_s: Option<f64>,
    /// The largest difference between two places in how much later they are heard than by the
    /// reference: seconds.
    pub spread_s: Option<f64>,
    /// What a measured head's own responses were raised by, all of them: decibels.
    pub gain_db: Option<f64>,
}

/// Measures a head at these places.
pub fn measure_at(subject: &Subject, places: &[Place]) -> (Common, Vec<Measured>) {
    let front = impulse(&subject.head, Position::FRONT);
    let mut measured: Vec<Measured> = places.iter().map(|at| one(subject, *at)).collect();
    let gain_db = match subject.reference {
        Reference::Sphere(_) | Reference::Treated(_) => None,
        Reference::Measured(_) => raise_references(&mut measured),
    };
    let rate = f64::from(subject.head.sample_rate());
    let onset_s = onsets_s(&front, rate).map(|[left, right]| f64::midpoint(left, right));
    let common = Common {
        stated_s: subject.head.latency_frames() as f64 / rate,
        onset_s,
        spread_s: spread_s(&measured),
        gain_db,
    };
    (common, measured)
}

fn one(subject: &Subject, place: Place) -> Measured {
    let rate = f64::from(subject.head.sample_rate());
    let ears = impulse(&subject.head, place.position());
    let response = |hz| ears.each_ref().map(|ear| response_at(ear, rate, hz));
    let mut heard = Figures::new(rate, response);
    heard.onset_s = onsets_s(&ears, rate).map(|[left, right]| right - left);
    let exact = subject.reference.at(place.position());
    let reference = exact.as_ref().map(|exact| {
        let mut figures = Figures::new(rate.min(subject.reference.sample_rate()), |hz| {
            exact.response(hz)
        });
        figures.onset_s = exact.onset_difference_s();
        figures
    });
    if let Some(reference) = &reference {
        heard.unwrap_like(reference);
    }
    let later_s = exact.map(|exact| later_s(response(COMMON_HZ), &exact));
    Measured {
        place,
        heard,
        reference,
        later_s,
    }
}

/// What the engine makes of an impulse at `source`, without the law of the distance: the
/// responses of the left and of the right ear.
fn impulse(head: &Arc<Head>, source: Position) -> [Vec<f32>; 2] {
    let frames = head.tail_frames() + MARGIN_FRAMES;
    let mut samples = vec![0.0; frames];
    samples[0] = 1.0;
    let clip = Clip {
        samples: samples.into(),
        sample_rate: head.sample_rate(),
    };
    let mut engine = Engine::new(EngineConfig {
        head: Arc::clone(head),
        distance: DistanceLaw {
            model: DistanceModel::None,
            ref_m: 1.0,
            max_m: 1.0,
            rolloff: 0.0,
            min_m: 1.0,
        },
        gain: 1.0,
        limiter: false,
        max_speed_m_s: f64::INFINITY,
        sources: 1,
        edges: Edges::default(),
    });
    let voice = Voice::new(head, clip, source, VoiceOptions::default());
    engine
        .add(0, Box::new(voice))
        .expect("the only place of a new engine is free");
    let mut out = vec![StereoFrame::SILENCE; frames];
    engine.render(&mut out);
    [
        out.iter().map(|frame| frame.left).collect(),
        out.iter().map(|frame| frame.right).collect(),
    ]
}

/// When the responses begin, in seconds.
fn onsets_s(ears: &[Vec<f32>; 2], rate: f64) -> Option<[f64; 2]> {
    let [left, right] = ears.each_ref().map(|ear| onset_frames(ear));
    Some([left? / rate, right? / rate])
}

/// How much later the two ears hear than by the reference, on average: seconds, without whole
/// periods.
fn later_s(heard: [Complex64; 2], exact: &ReferenceAt) -> f64 {
    let both: Complex64 = heard
        .into_iter()
        .zip(exact.response(COMMON_HZ))
        .map(|(heard, exact)| heard * exact.conj() / (heard.norm() * exact.norm()))
        .sum();
    delay_s(both, COMMON_HZ, 0.0)
}

/// The largest difference in how much later places are heard than by the reference.
fn spread_s(measured: &[Measured]) -> Option<f64> {
    let mut later = measured.iter().filter_map(|measured| measured.later_s);
    let first = later.next()?;
    let (mut least, mut most) = (0.0_f64, 0.0_f64);
    for other in later {
        // No place is half a period off the first one.
        let turn = Complex64::cis(-TAU * COMMON_HZ * (other - first));
        let difference = delay_s(turn, COMMON_HZ, 0.0);
        (least, most) = (least.min(difference), most.max(difference));
    }
    Some(most - least)
}

/// Raises the references by the one gain that brings them to the level of what is heard, and
/// returns it in decibels: the median of all differences.
fn raise_references(measured: &mut [Measured]) -> Option<f64> {
    let mut differences = Vec::new();
    for Measured {
        heard, reference, ..
    } in measured.iter()
    {
        let Some(reference) = reference else { continue };
        for (heard, reference) in heard.sixths_db.iter().zip(&reference.sixths_db) {
            let pairs = heard.iter().zip(reference);
            differences.extend(pairs.filter_map(|(heard, own)| Some((*heard)? - (*own)?)));
        }
    }
    differences.sort_by(f64::total_cmp);
    let gain_db = *differences.get(differences.len() / 2)?;
    for reference in measured.iter_mut().filter_map(|m| m.reference.as_mut()) {
        let levels = reference.sixths_db.iter_mut().flatten();
        for level in levels.flatten() {
            *level += gain_db;
        }
    }
    Some(gain_db)
}
