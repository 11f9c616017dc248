//! A moving tone: how pure it stays, and its largest step.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::analysis::{fade_step, largest_step, off_tone, sine};
use crate::app::Failure;
use crate::app::flight::Flight;
use crate::app::subject::Subject;
use crate::audio::{Clip, StereoFrame};
use crate::bridge::{BridgeConfig, MotionDelay, bridge};
use crate::config::{
    DEFAULT_MAX_DISTANCE_M, DEFAULT_MAX_SPEED_M_S, DEFAULT_MIN_DISTANCE_M, DEFAULT_REF_DISTANCE_M,
    DEFAULT_ROLLOFF, MotionConfig,
};
use crate::dsp::distance::{DistanceLaw, DistanceModel};
use crate::geometry::WorldView;
use crate::head::Head;
use crate::render::{Edges, Engine, EngineConfig, Voice, VoiceOptions};
use crate::trajectory::Trajectory;

use super::limits::Held;

/// What does not count: the first second is spent learning how often positions come.
const LEARNING_S: f64 = 1.0;

/// Amplitude of the tone.
const AMPLITUDE: f64 = 0.5;

/// What is further from the tone than this is no part of it: hertz.
const HALF_WIDTH_HZ: f64 = 200.0;

/// The fade whose steps are the measure of others, in seconds.
const FADE_S: f64 = 5e-3;

/// What is beside the tone is below this, in decibels: of orbits up to a turn a second, and of
/// what is faster or goes straight.
const CALM_DB: f64 = -70.0;
const WILD_DB: f64 = -60.0;

/// Frames that are asked for at a time, as by a device.
const BLOCK_FRAMES: usize = 480;

/// Of the positions that arrive: their jitter each way as a part of the interval, how many of them
/// are lost, and the seed of both.
const JITTER: f64 = 0.2;
const LOST: f64 = 0.1;
const SEED: u64 = 11;

/// What was measured. Its fields are those of the JSON, which `docs/json.md` tells of.
#[derive(Clone, Debug, Serialize)]
pub struct MotionReport {
    version: &'static str,
    head: String,
    sample_rate_hz: u32,
    motion: String,
    tone_hz: f64,
    updates_hz: Option<f64>,
    seconds: f64,
    left: Ear,
    right: Ear,
    limits: Vec<Held>,
}

/// One ear.
#[derive(Clone, Copy, Debug, Serialize)]
struct Ear {
    beside_db: f64,
    beside_worst_db: f64,
    largest_step: f64,
    fade_step: f64,
}

impl MotionReport {
    /// The limits with what was measured.
    pub fn limits(&self) -> &[Held] {
        &self.limits
    }
}

/// Measures what a head leaves of a moving tone.
///
/// # Errors
/// When the tone cannot be told from what is beside it.
pub fn measure_motion(subject: &Subject, config: &MotionConfig) -> Result<MotionReport, Failure> {
    let rate = subject.head.sample_rate();
    let skipped = (LEARNING_S * f64::from(rate)) as usize;
    let frames = skipped + (config.seconds * f64::from(rate)) as usize;
    let flight = Flight::new(
        &config.path,
        WorldView::default(),
        DEFAULT_MAX_SPEED_M_S,
        rate,
    );
    let samples = sine(frames, rate, config.tone_hz, AMPLITUDE);
    let voice = voice(&subject.head, samples, &flight);
    let engine = engine(&subject.head, config.updates_hz.is_some());
    let out = match config.updates_hz {
        Some(updates_hz) => render_live(engine, voice, &flight, (frames, updates_hz))?,
        None => render_exact(engine, voice, &flight, frames)?,
    };
    let heard = &out[skipped..];
    let left: Vec<f32> = heard.iter().map(|frame| frame.left).collect();
    let right: Vec<f32> = heard.iter().map(|frame| frame.right).collect();
    let (left, right) = (ear(&left, rate, config)?, ear(&right, rate, config)?);
    Ok(MotionReport {
        version: env!("CARGO_PKG_VERSION"),
        head: subject.name.clone(),
        sample_rate_hz: rate,
        motion: config.spec.clone(),
        tone_hz: config.tone_hz,
        updates_hz: config.updates_hz,
        seconds: config.seconds,
        left,
        right,
        limits: limits(
            config,
            flight.jumps_within(LEARNING_S, frames),
            [left, right],
        ),
    })
}

fn ear(signal: &[f32], rate: u32, config: &MotionConfig) -> Result<Ear, Failure> {
    let off = off_tone(signal, rate, config.tone_hz, HALF_WIDTH_HZ).map_err(Failure::runtime)?;
    let peak = signal.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    Ok(Ear {
        beside_db: off.whole_db,
        beside_worst_db: off.worst_db,
        largest_step: f64::from(largest_step(signal)),
        fade_step: fade_step(f64::from(peak), config.tone_hz, rate, FADE_S),
    })
}

/// What each ear is held to. A path that jumps is no longer pure while it crossfades, and is held
/// to its steps; one that does not is held to its purity, in which a click shows too.
fn limits(config: &MotionConfig, jumps: bool, ears: [Ear; 2]) -> Vec<Held> {
    let pure_db = match &config.path {
        Trajectory::Orbit(orbit) if orbit.period_s().abs() >= 1.0 => CALM_DB,
        Trajectory::Static(_) => CALM_DB,
        Trajectory::Orbit(_) | Trajectory::Table(_) => WILD_DB,
    };
    let named = ["left", "right"].into_iter().zip(ears);
    named
        .map(|(name, ear)| {
            if jumps {
                let what = format!("{name} ear, largest step over that of a fade");
                Held::new(what, ear.largest_step / ear.fade_step, 1.0, "")
            } else {
                Held::new(
                    format!("{name} ear, beside the tone"),
                    ear.beside_db,
                    pure_db,
                    "dB",
                )
            }
        })
        .collect()
}

fn voice(head: &Arc<Head>, samples: Vec<f32>, flight: &Flight) -> Box<Voice> {
    let clip = Clip {
        samples: samples.into(),
        sample_rate: head.sample_rate(),
    };
    let at = flight.position_at(0.0);
    Box::new(Voice::new(head, clip, at, VoiceOptions::default()))
}

/// The engine of `run` or `render`, without its limiter. The exact flight tells its jumps itself.
fn engine(head: &Arc<Head>, live: bool) -> Engine {
    Engine::new(EngineConfig {
        head: Arc::clone(head),
        distance: DistanceLaw {
            model: DistanceModel::Inverse,
            ref_m: DEFAULT_REF_DISTANCE_M,
            max_m: DEFAULT_MAX_DISTANCE_M,
            rolloff: DEFAULT_ROLLOFF,
            min_m: DEFAULT_MIN_DISTANCE_M,
        },
        gain: 1.0,
        limiter: false,
        max_speed_m_s: if live {
            DEFAULT_MAX_SPEED_M_S
        } else {
            f64::INFINITY
        },
        sources: 1,
        edges: Edges::default(),
    })
}

/// The path exactly, as `render` flies it.
fn render_exact(
    mut engine: Engine,
    voice: Box<Voice>,
    flight: &Flight,
    frames: usize,
) -> Result<Vec<StereoFrame>, Failure> {
    engine.add(0, voice).map_err(|_| no_place())?;
    let mut out = vec![StereoFrame::SILENCE; frames];
    engine.render_with(&mut out, |engine| flight.steer(engine, 0));
    Ok(out)
}

/// The path by positions that arrive so many times a second, as `run` follows it.
fn render_live(
    engine: Engine,
    voice: Box<Voice>,
    flight: &Flight,
    (frames, updates_hz): (usize, f64),
) -> Result<Vec<StereoFrame>, Failure> {
    let rate = f64::from(engine.sample_rate());
    let bridged = BridgeConfig {
        sources: 1,
        motion_delay: MotionDelay::Auto,
        record_frames: None,
    };
    let (mut controller, mut endpoint, _) = bridge(engine, bridged);
    controller.add(0, voice, 0).map_err(|_| no_place())?;
    let mut due = arrivals(frames as f64 / rate, updates_hz).peekable();
    let mut out = vec![StereoFrame::SILENCE; frames];
    for (block, start) in out
        .chunks_mut(BLOCK_FRAMES)
        .zip((0_u32..).step_by(BLOCK_FRAMES))
    {
        while let Some(seconds) = due.next_if(|at| at * rate <= f64::from(start)) {
            controller.place(0, flight.position_at(seconds), seconds * rate);
        }
        endpoint.fill(block);
    }
    Ok(out)
}

/// The times, in seconds, at which positions arrive: ascending.
fn arrivals(seconds: f64, updates_hz: f64) -> impl Iterator<Item = f64> {
    let mut random = fastrand::Rng::with_seed(SEED);
    (0..(seconds * updates_hz) as u32).filter_map(move |n| {
        let jitter = JITTER * (2.0 * random.f64() - 1.0);
        let arrives = random.f64() >= LOST;
        arrives.then_some((f64::from(n) + jitter).max(0.0) / updates_hz)
    })
}

fn no_place() -> Failure {
    Failure::runtime("the engine has no place")
}

impl fmt::Display for MotionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            head,
            sample_rate_hz,
            motion,
            tone_hz,
            seconds,
            ..
        } = self;
        write!(
            f,
            "binaurald {version}, head {head}, {sample_rate_hz} Hz: {motion}, {tone_hz} Hz for \
             {seconds} s, "
        )?;
        match self.updates_hz {
            Some(hz) => write!(f, "{hz} positions a second with jitter and losses")?,
            None => f.write_str("the exact path")?,
        }
        write!(
            f,
            "\n\n{:<6}{:>16}{:>16}{:>16}{:>16}",
            "ear", "beside the tone", "at its worst", "largest step", "a fade's step"
        )?;
        for (name, ear) in [("left", self.left), ("right", self.right)] {
            write!(
                f,
                "\n{name:<6}{:>13.1} dB{:>13.1} dB{:>16.5}{:>16.5}",
                ear.beside_db, ear.beside_worst_db, ear.largest_step, ear.fade_step
            )?;
        }
        f.write_str("\n\nheld against the limits")?;
        for held in &self.limits {
            write!(f, "\n{held}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_arrive_in_order_and_one_in_ten_is_lost() {
        let times: Vec<f64> = arrivals(100.0, 60.0).collect();
        assert!(times.is_sorted() && times.iter().all(|at| *at >= 0.0));
        assert!((5300..5500).contains(&times.len()), "{}", times.len());
        assert_eq!(times, arrivals(100.0, 60.0).collect::<Vec<_>>());
    }
}
