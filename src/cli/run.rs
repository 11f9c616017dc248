//! `run`, and what it shares with `demo`.

use std::path::PathBuf;

use clap::Args;

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

    /// How the position is heard.
    #[command(flatten)]
    pub scene: SceneArgs,
}
