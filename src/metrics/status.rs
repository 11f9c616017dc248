//! What `/status` tells, as types: `docs/json.md` describes each field.

use serde::{Deserialize, Serialize};

/// The daemon at one moment. Counters go on over lost devices and servers, and never back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Of binaurald.
    pub version: String,
    /// How long it has run, in seconds.
    pub uptime_s: f64,
    /// Why it is not ready; none: it plays, and from where the server says.
    pub not_ready: Option<String>,
    /// Whose ears.
    pub head: String,
    /// What is played.
    pub source: String,
    /// Whom it asks.
    pub server: ServerStatus,
    /// Where the sound is.
    pub position: PositionStatus,
    /// What it plays to.
    pub output: OutputStatus,
    /// The audio callback.
    pub callback: CallbackStatus,
    /// Reloads of the configuration.
    pub reloads: ReloadCounts,
}

/// The position server, and what was asked of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerStatus {
    /// Its URL.
    pub address: String,
    /// Whether it answered the newest poll, with whatever.
    pub connected: bool,
    /// Calls begun.
    pub polls: u64,
    /// Calls that were answered, with whatever.
    pub answers: u64,
    /// Answers that were other positions than the one before.
    pub positions: u64,
    /// Answers that were no positions.
    pub rejected: RejectedCounts,
    /// Calls that were not answered in time.
    pub timeouts: u64,
    /// Times that it was lost.
    pub losses: u64,
    /// Times that it was back.
    pub reconnects: u64,
    /// From a poll to its answer, the mean of the last minute, in milliseconds; none without any.
    pub round_trip_ms: Option<f64>,
    /// Why the newest poll told no position, in words; none when it did, and before the first.
    pub trouble: Option<String>,
}

/// Answers that were no positions, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedCounts {
    /// A status other than 0.
    pub status: u64,
    /// No position in it.
    pub missing: u64,
    /// A coordinate that is NaN or infinite.
    pub not_finite: u64,
    /// A coordinate beyond the greatest.
    pub too_far: u64,
    /// A gRPC error in the place of an answer.
    pub failed: u64,
    /// Bytes that are no message of the contract.
    pub malformed: u64,
}

impl RejectedCounts {
    /// All of them, each with the name of its reason.
    pub fn by_reason(&self) -> [(&'static str, u64); 6] {
        [
            ("status", self.status),
            ("missing", self.missing),
            ("not_finite", self.not_finite),
            ("too_far", self.too_far),
            ("failed", self.failed),
            ("malformed", self.malformed),
        ]
    }
}

/// Where the newest position is, as the listener has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PositionStatus {
    /// In front, in metres.
    pub x_m: f64,
    /// To the left, in metres.
    pub y_m: f64,
    /// Up, in metres.
    pub z_m: f64,
    /// From the front, counter-clockwise, -180 to 180 degrees.
    pub azimuth_degrees: f64,
    /// From the horizontal plane upwards, -90 to 90 degrees.
    pub elevation_degrees: f64,
    /// From the middle of the head, in metres.
    pub distance_m: f64,
    /// Since the newest good answer, in seconds; none before the first.
    pub age_s: Option<f64>,
    /// Whether it is too old to go by.
    pub stale: bool,
    /// Times that it became so.
    pub times_stale: u64,
    /// What is heard of the source.
    pub heard: Heard,
}

/// What is heard of the source while its position is stale, or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// It is where the server says.
    #[default]
    Followed,
    /// It stays where it was.
    Held,
    /// Nothing, or soon.
    Silent,
    /// It is 1 m in front.
    Front,
}

/// The device, or the one that was last there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputStatus {
    /// Whether it asks for sound.
    pub up: bool,
    /// Audio host.
    pub host: String,
    /// Its name, for people.
    pub device: String,
    /// Its id.
    pub device_id: String,
    /// Frames a second, in hertz.
    pub sample_rate_hz: u32,
    /// Channels.
    pub channels: u16,
    /// Format of its samples.
    pub sample_format: String,
    /// Frames a block.
    pub buffer_frames: u32,
    /// From a block until it is heard, in milliseconds, as the device says it; none: it does not.
    pub latency_ms: Option<f64>,
    /// Streams that were opened in place of a lost one.
    pub rebuilds: u64,
    /// The highest sample of the left ear in the last second; 1 is full scale.
    pub left_peak: f64,
    /// Of the right ear.
    pub right_peak: f64,
    /// Frames in which the limiter held the level down.
    pub limited_frames: u64,
}

/// The audio callback.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackStatus {
    /// Calls of the device.
    pub calls: u64,
    /// Frames that they asked for.
    pub frames: u64,
    /// Calls whose time was overwritten before it could be read.
    pub calls_unread: u64,
    /// Time of a call over what its frames play, in the last minute: the middle one. None without
    /// calls; so the next two.
    pub load_median_share: Option<f64>,
    /// One in a hundred is higher.
    pub load_p99_share: Option<f64>,
    /// The highest.
    pub load_max_share: Option<f64>,
    /// Calls that took longer than their frames play.
    pub deadline_misses: u64,
    /// Drop-outs.
    pub xruns: XrunCounts,
    /// Errors that streams told.
    pub stream_errors: ErrorCounts,
    /// Failures of the renderer that were caught.
    pub renderer_panics: u64,
}

/// Drop-outs, by how they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct XrunCounts {
    /// The device told them; some hosts tell none.
    pub reported: u64,
    /// A call came a whole block late, or later.
    pub late: u64,
}

/// Errors that streams told, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorCounts {
    /// The device ran dry.
    pub xrun: u64,
    /// The stream or its device is gone.
    pub lost: u64,
    /// Other errors of the audio system: up to a million a second once its server is gone.
    pub backend: u64,
    /// What does no harm.
    pub notice: u64,
}

impl ErrorCounts {
    /// All of them, each with the name of its kind.
    pub fn by_kind(&self) -> [(&'static str, u64); 4] {
        [
            ("xrun", self.xrun),
            ("lost", self.lost),
            ("backend", self.backend),
            ("notice", self.notice),
        ]
    }
}

/// Reloads of the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadCounts {
    /// What was changed is in force.
    pub applied: u64,
    /// It was refused, and nothing has changed.
    pub refused: u64,
}
