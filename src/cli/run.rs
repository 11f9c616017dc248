//! `run`, and what it shares with `demo`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::scene::SceneArgs;
use super::server::{PollArgs, ServerArgs};
use super::{Switch, number, whole};
use crate::config as defaults;

/// `binaurald run`
#[derive(Args, Debug)]
pub struct RunArgs {
    /// Which server.
    #[command(flatten)]
    pub server: ServerArgs,

    /// How often.
    #[command(flatten)]
    pub poll: PollArgs,

    /// Where and how it is played.
    #[command(flatten)]
    pub play: PlayArgs,

    /// Print the settings that hold, each with where it comes from, as a file that can be used, and
    /// do nothing else.
    #[arg(long)]
    pub print_config: bool,
}

/// Where and how the sound is played; the same for `run` and `demo`.
#[derive(Args, Clone, Debug)]
pub struct PlayArgs {
    /// Where to play: default, null (no device, paced by the clock, 48 kHz), or a device's name.
    #[arg(long, value_name = "DEVICE", default_value = "default")]
    pub output: String,

    /// Audio host: alsa, or another that this binary was built with [default: the platform's].
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,

    /// Also write what is played to this file, and replace it if it is there: float, stereo, at the
    /// engine's rate.
    #[arg(long, value_name = "FILE.wav")]
    pub record: Option<PathBuf>,

    /// Tell over HTTP how it is, at this address (127.0.0.1:9464; port 0 takes a free one, the log
    /// has it): /metrics, /status, /healthz, /readyz. `binaurald status` reads it [default: nowhere].
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<String>,

    /// Stop after this much sound, in seconds [default: play until told to stop].
    #[arg(long, value_name = "S", value_parser = number, allow_negative_numbers = true)]
    pub duration: Option<f64>,

    /// Stop after the source instead of playing it again.
    #[arg(long)]
    pub once: bool,

    /// Sample rate, in hertz [default: the device's].
    #[arg(long, value_name = "HZ", value_parser = whole::<u32>, allow_negative_numbers = true)]
    pub sample_rate: Option<u32>,

    /// Frames a block to ask the device for.
    #[arg(
        long,
        value_name = "FRAMES",
        default_value_t = defaults::DEFAULT_BUFFER_FRAMES,
        value_parser = whole::<u32>,
        allow_negative_numbers = true
    )]
    pub buffer_frames: u32,

    /// Keeps what is played below -1 dBFS.
    #[arg(long, value_name = "ON|OFF", default_value = "on")]
    pub limiter: Switch,

    /// Lets the audio thread ask the system for real-time priority.
    #[arg(long, value_name = "ON|OFF", default_value = "on")]
    pub realtime: Switch,

    /// How far behind the positions the path is played so that it is smooth: auto, or milliseconds
    /// (0 to 1000).
    #[arg(
        long,
        value_name = "auto|MS",
        default_value = "auto",
        allow_negative_numbers = true
    )]
    pub motion_delay: String,

    /// How long without a good answer of the server until its position is stale, in seconds (0.5 to
    /// 86400).
    #[arg(
        long,
        value_name = "S",
        default_value_t = defaults::DEFAULT_STALE_AFTER_S,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub stale_after: f64,

    /// What is heard while the position is stale.
    #[arg(long, value_name = "WHAT", default_value = "hold")]
    pub stale: WhenStale,

    /// How the position is heard.
    #[command(flatten)]
    pub scene: SceneArgs,
}

/// What is heard of a source whose position is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WhenStale {
    /// It stays where it was.
    Hold,
    /// It fades out, and in again with the next good answer.
    Fade,
    /// It fades out, and in again 1 m in front.
    Front,
}
