//! What the options mean: the defaults in one place, and the validated configuration of a command.

mod bench;
mod client;
mod head;
mod measure;
mod render;
mod run;
mod scene;
mod security;
mod sweep;

use std::ops::RangeInclusive;

use crate::position::ClientConfigError;
use crate::trajectory::TrajectoryError;

pub use crate::head::SAMPLE_RATES;
pub use bench::{BenchConfig, BenchTask, CallbackConfig, LatencyConfig, LiveConfig};
pub use client::client;
pub use head::DescribeConfig;
pub use measure::{MeasureConfig, MeasureTask, MotionConfig, PlacesConfig};
pub use render::RenderConfig;
pub use run::{RunConfig, StaleConfig};
pub use scene::{HeadChoice, HeadConfig, SceneConfig};
pub use security::security;
pub use sweep::Sweep;

/// `--head`
pub const DEFAULT_HEAD: &str = "kemar";
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
/// `--stale-after`, in seconds.
pub const DEFAULT_STALE_AFTER_S: f64 = 5.0;
/// `--buffer-frames`, in frames.
pub const DEFAULT_BUFFER_FRAMES: u32 = 512;
/// `serve --listen`
pub const DEFAULT_LISTEN: &str = "127.0.0.1:50051";
/// `status --metrics`: where `run --metrics` is suggested to be.
pub const DEFAULT_METRICS: &str = "127.0.0.1:9464";
/// `bench --sources`
pub const DEFAULT_BENCH_SOURCES: [u32; 3] = [1, 16, 64];
/// `bench --live --sources`
pub const DEFAULT_LIVE_SOURCES: u32 = 16;
/// `bench --latency --steps`
pub const DEFAULT_BENCH_STEPS: u32 = 30;
/// `bench --frames`
pub const DEFAULT_BENCH_FRAMES: &str = "64,128,256,512";
/// `bench --seconds`, for each combination: the default ones take 25 seconds together.
pub const DEFAULT_BENCH_SECONDS: f64 = 2.0;
/// `bench --sample-rate`, in hertz.
pub const DEFAULT_BENCH_RATE_HZ: u32 = 48_000;

/// `measure --azimuth`, in degrees.
pub const DEFAULT_MEASURE_AZIMUTH: &str = "0:345:15";
/// `measure --elevation`, in degrees.
pub const DEFAULT_MEASURE_ELEVATION: &str = "0";
/// `measure --distance` of heads that were not measured at one, in metres.
pub const DEFAULT_MEASURE_DISTANCE_M: f64 = 1.0;
/// `measure --sample-rate`, in hertz.
pub const DEFAULT_MEASURE_RATE_HZ: u32 = 48_000;
/// `measure --tone`, in hertz.
pub const DEFAULT_TONE_HZ: f64 = 440.0;
/// `measure --seconds`
pub const DEFAULT_MEASURE_SECONDS: f64 = 5.0;

/// The longest `--duration`: a year, in seconds.
const MAX_DURATION_S: f64 = 366.0 * 86_400.0;

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
    /// `measure --motion`
    #[error("{}", .0.to_string().replacen("--trajectory", "--motion", 1))]
    Motion(TrajectoryError),
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
