//! What the options mean: the defaults in one place, and the validated configuration of a command.

mod bench;

use std::ops::RangeInclusive;
use std::path::PathBuf;

use crate::bridge::MotionDelay;
use crate::cli::{
    Bits, DemoArgs, DistanceModelArg, PlayArgs, RenderArgs, RunArgs, SceneArgs, Switch,
};
use crate::dsp::distance::{DistanceLaw, DistanceModel};
use crate::files;
use crate::geometry::{MAX_COORDINATE_M, WorldView};
use crate::head::{HeadShape, RADII_M, SPEEDS_OF_SOUND_M_S};
use crate::output::{DeviceChoice, OutputRequest};
use crate::position::{ClientConfig, ClientConfigError};
use crate::trajectory::{Orbit, Trajectory, TrajectoryError};
use crate::wav::SampleKind;

/// `--head`
pub const DEFAULT_HEAD: &str = "sphere";
/// `--ref-distance`, in metres.
pub const DEFAULT_REF_DISTANCE_M: f64 = 1.0;
/// `--max-distance`, in metres.
pub const DEFAULT_MAX_DISTANCE_M: f64 = 100.0;
/// `--rolloff`
pub const DEFAULT_ROLLOFF: f64 = 1.0;
/// `--min-distance`, in metres.
pub const DEFAULT_MIN_DISTANCE_M: f64 = 0.2;
/// `--head-radius`, in metres.
pub const DEFAULT_HEAD_RADIUS_M: f64 = 0.0875;
/// `--speed-of-sound`, in metres a second.
pub const DEFAULT_SPEED_OF_SOUND_M_S: f64 = 343.0;
/// `--max-speed`, in metres a second.
pub const DEFAULT_MAX_SPEED_M_S: f64 = 100.0;
/// `--server`
pub const DEFAULT_SERVER: &str = "http://127.0.0.1:50051";
/// `--poll-hz`, in polls a second.
pub const DEFAULT_POLL_HZ: f64 = 60.0;
/// `--timeout`, in milliseconds.
pub const DEFAULT_TIMEOUT_MS: u64 = 250;
/// `--buffer-frames`, in frames.
pub const DEFAULT_BUFFER_FRAMES: u32 = 512;
/// `serve --listen`
pub const DEFAULT_LISTEN: &str = "127.0.0.1:50051";
/// `bench --sources`
pub const DEFAULT_BENCH_SOURCES: &str = "1,16,64";
/// `bench --frames`
pub const DEFAULT_BENCH_FRAMES: &str = "64,128,256,512";
/// `bench --seconds`, for each combination: the default ones take 15 seconds together.
pub const DEFAULT_BENCH_SECONDS: f64 = 2.0;
/// `bench --sample-rate`, in hertz.
pub const DEFAULT_BENCH_RATE_HZ: u32 = 48_000;

/// The longest `--duration`: a year, in seconds.
const MAX_DURATION_S: f64 = 366.0 * 86_400.0;

/// The greatest length, speed or factor that is no mistake.
const MAX_POSITIVE: f64 = 1e9;

pub use crate::head::SAMPLE_RATES;
pub use bench::BenchConfig;

/// An option that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value out of its range.
    #[error("--{option} {value}: must be {must}")]
    Value {
        /// The option, without its hyphens.
        option: &'static str,
        /// What was given.
        value: String,
        /// What it must be.
        must: String,
    },
    /// Options of the position client.
    #[error(transparent)]
    Client(#[from] ClientConfigError),
    /// `--trajectory`
    #[error(transparent)]
    Trajectory(#[from] TrajectoryError),
}

/// How a position is heard.
#[derive(Clone, Debug)]
pub struct SceneConfig {
    /// The sound; `None`: the built-in sample.
    pub source: Option<PathBuf>,
    /// Dimensions of the head.
    pub shape: HeadShape,
    /// Master gain: a factor.
    pub gain: f32,
    /// How the level falls with the distance.
    pub distance: DistanceLaw,
    /// Faster changes are jumps: metres a second.
    pub max_speed_m_s: f64,
    /// From the positions' world to the listener.
    pub view: WorldView,
}

/// `binaurald run`
#[derive(Clone, Debug)]
pub struct RunConfig {
    /// Where the positions come from.
    pub client: ClientConfig,
    /// Where the sound goes.
    pub output: OutputRequest,
    /// Where it is written too.
    pub record: Option<PathBuf>,
    /// After how much sound to stop: seconds.
    pub duration_s: Option<f64>,
    /// Whether to stop after the source.
    pub once: bool,
    /// Whether the output is kept below -1 dBFS.
    pub limiter: bool,
    /// How far behind the positions the path is played.
    pub motion_delay: MotionDelay,
    /// How a position is heard.
    pub scene: SceneConfig,
}

/// `binaurald render`
#[derive(Clone, Debug)]
pub struct RenderConfig {
    /// The path of the source.
    pub trajectory: Trajectory,
    /// The file to write.
    pub output: PathBuf,
    /// Its length in seconds; `None`: the source's.
    pub duration_s: Option<f64>,
    /// Whether the source is played again after its end.
    pub looped: bool,
    /// Its rate in hertz; `None`: the source's.
    pub sample_rate: Option<u32>,
    /// Its samples.
    pub kind: SampleKind,
    /// Frames a block.
    pub buffer_frames: usize,
    /// Whether it is kept below -1 dBFS.
    pub limiter: bool,
    /// How a position is heard.
    pub scene: SceneConfig,
}

impl RunConfig {
    /// Checks what was typed.
    ///
    /// # Errors
    /// When an option cannot be used; the message names it.
    pub fn new(args: &RunArgs) -> Result<Self, ConfigError> {
        let client = ClientConfig::new(&args.server, args.poll_hz, args.timeout)?;
        Self::with_client(client, &args.play)
    }

    /// Checks what was typed for `demo`. The server is the default one until it is set to the one
    /// that is started.
    ///
    /// # Errors
    /// When an option cannot be used; the message names it.
    pub fn for_demo(args: &DemoArgs) -> Result<Self, ConfigError> {
        let client = ClientConfig::new(DEFAULT_SERVER, DEFAULT_POLL_HZ, DEFAULT_TIMEOUT_MS)?;
        Self::with_client(client, &args.play)
    }

    fn with_client(client: ClientConfig, play: &PlayArgs) -> Result<Self, ConfigError> {
        if play.output.is_empty() {
            let must = "default, null, or a device's name or id";
            return Err(refuse("output", &play.output, must));
        }
        Ok(Self {
            client,
            output: OutputRequest {
                device: DeviceChoice::parse(&play.output),
                host: play.host.clone(),
                sample_rate: play.sample_rate.map(sample_rate).transpose()?,
                buffer_frames: buffer_frames(play.buffer_frames)?,
            },
            record: play.record.clone(),
            duration_s: play.duration.map(duration).transpose()?,
            once: play.once,
            limiter: play.limiter == Switch::On,
            motion_delay: motion_delay(&play.motion_delay)?,
            scene: SceneConfig::new(&play.scene)?,
        })
    }
}

impl RenderConfig {
    /// Checks what was typed, and reads the trajectory.
    ///
    /// # Errors
    /// When an option cannot be used; the message names it.
    pub fn new(args: &RenderArgs) -> Result<Self, ConfigError> {
        let kind = match args.bits {
            Bits::Float32 => SampleKind::Float32,
            Bits::Int24 => SampleKind::Int24,
            Bits::Int16 => SampleKind::Int16,
        };
        Ok(Self {
            output: args.output.clone(),
            duration_s: args.duration.map(duration).transpose()?,
            looped: args.looped,
            sample_rate: args.sample_rate.map(sample_rate).transpose()?,
            kind,
            buffer_frames: buffer_frames(args.buffer_frames)? as usize,
            limiter: args
                .limiter
                .map_or(kind != SampleKind::Float32, |s| s == Switch::On),
            scene: SceneConfig::new(&args.scene)?,
            trajectory: files::load_trajectory(&args.trajectory)?,
        })
    }
}

impl RenderConfig {
    /// The demo's sound without a device: one turn round the head, for any player.
    ///
    /// # Errors
    /// When an option cannot be used; the message names it.
    pub fn for_demo(args: &DemoArgs, output: PathBuf) -> Result<Self, ConfigError> {
        let play = &args.play;
        let turn = Orbit::default();
        Ok(Self {
            output,
            duration_s: Some(match play.duration {
                Some(seconds) => duration(seconds)?,
                None => turn.period_s(),
            }),
            looped: !play.once,
            sample_rate: play.sample_rate.map(sample_rate).transpose()?,
            kind: SampleKind::Int16,
            buffer_frames: buffer_frames(play.buffer_frames)? as usize,
            limiter: play.limiter == Switch::On,
            scene: SceneConfig::new(&play.scene)?,
            trajectory: Trajectory::Orbit(turn),
        })
    }
}

impl SceneConfig {
    fn new(args: &SceneArgs) -> Result<Self, ConfigError> {
        if args.head != DEFAULT_HEAD {
            return Err(refuse(
                "head",
                &args.head,
                "sphere: it is the only head so far",
            ));
        }
        let gain_db = within("gain", args.gain, -200.0..=60.0, "decibels")?;
        // Tells a way out in terms of the options, where the head itself speaks of its shape.
        let radius_m = within("head-radius", args.head_radius, RADII_M, "metres")?;
        let speed_of_sound_m_s = within(
            "speed-of-sound",
            args.speed_of_sound,
            SPEEDS_OF_SOUND_M_S,
            "metres a second",
        )?;
        let view = WorldView {
            axes: args.axes,
            listener: args.listener,
            scale: positive("scale", args.scale)?,
        };
        Ok(Self {
            source: args.source.clone(),
            shape: HeadShape {
                radius_m,
                speed_of_sound_m_s,
            },
            gain: 10.0_f64.powf(gain_db / 20.0) as f32,
            distance: distance_law(args)?,
            max_speed_m_s: positive("max-speed", args.max_speed)?,
            view,
        })
    }
}

fn distance_law(args: &SceneArgs) -> Result<DistanceLaw, ConfigError> {
    let model = match args.distance_model {
        DistanceModelArg::Inverse => DistanceModel::Inverse,
        DistanceModelArg::Linear => DistanceModel::Linear,
        DistanceModelArg::Exponential => DistanceModel::Exponential,
        DistanceModelArg::None => DistanceModel::None,
    };
    let linear = model == DistanceModel::Linear;
    let steepest = if linear { 1.0 } else { 1000.0 };
    let law = DistanceLaw {
        model,
        ref_m: distance("ref-distance", args.ref_distance)?,
        max_m: distance("max-distance", args.max_distance)?,
        rolloff: within(
            "rolloff",
            args.rolloff,
            0.0..=steepest,
            "for this distance model",
        )?,
        min_m: distance("min-distance", args.min_distance)?,
    };
    if law.max_m < law.min_m {
        let must = format!("at least --min-distance, which is {}", law.min_m);
        return Err(refuse("max-distance", law.max_m, must));
    }
    if linear && law.max_m <= law.ref_m {
        let must = format!("greater than --ref-distance, which is {}", law.ref_m);
        return Err(refuse("max-distance", law.max_m, must));
    }
    Ok(law)
}

fn motion_delay(text: &str) -> Result<MotionDelay, ConfigError> {
    if text == "auto" {
        return Ok(MotionDelay::Auto);
    }
    match text.parse::<f64>() {
        Ok(ms) if (0.0..=1000.0).contains(&ms) => Ok(MotionDelay::Fixed(ms / 1000.0)),
        _ => Err(refuse(
            "motion-delay",
            text,
            "auto, or 0 to 1000 milliseconds",
        )),
    }
}

fn sample_rate(hz: u32) -> Result<u32, ConfigError> {
    if SAMPLE_RATES.contains(&hz) {
        Ok(hz)
    } else {
        let must = format!("{} to {} Hz", SAMPLE_RATES.start(), SAMPLE_RATES.end());
        Err(refuse("sample-rate", hz, must))
    }
}

fn buffer_frames(frames: u32) -> Result<u32, ConfigError> {
    if (1..=65_536).contains(&frames) {
        Ok(frames)
    } else {
        Err(refuse("buffer-frames", frames, "1 to 65536 frames"))
    }
}

fn duration(seconds: f64) -> Result<f64, ConfigError> {
    if seconds > 0.0 && seconds <= MAX_DURATION_S {
        Ok(seconds)
    } else {
        Err(refuse(
            "duration",
            seconds,
            "more than 0 seconds, and at most a year",
        ))
    }
}

fn positive(option: &'static str, value: f64) -> Result<f64, ConfigError> {
    if value > 0.0 && value <= MAX_POSITIVE {
        Ok(value)
    } else {
        let must = format!("greater than 0, and at most {MAX_POSITIVE}");
        Err(refuse(option, value, must))
    }
}

fn distance(option: &'static str, metres: f64) -> Result<f64, ConfigError> {
    within(option, metres, 1e-3..=MAX_COORDINATE_M, "metres")
}

fn within(
    option: &'static str,
    value: f64,
    range: RangeInclusive<f64>,
    unit: &str,
) -> Result<f64, ConfigError> {
    if range.contains(&value) {
        Ok(value)
    } else {
        Err(refuse(
            option,
            value,
            format!("{} to {} {unit}", range.start(), range.end()),
        ))
    }
}

fn refuse(
    option: &'static str,
    value: impl std::fmt::Display,
    must: impl Into<String>,
) -> ConfigError {
    ConfigError::Value {
        option,
        value: value.to_string(),
        must: must.into(),
    }
}
