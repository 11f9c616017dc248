//! What the user types: commands, options, their help. What it means is decided in [`crate::config`].

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::config as defaults;
use crate::geometry::{Axes, Pose};

/// Spatial audio renderer daemon: places a sound in headphones where a gRPC `PositionService`
/// says that its source is.
#[derive(Debug, Parser)]
#[command(
    name = "binaurald",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub struct Cli {
    /// Say more on standard error (-v: debug, -vv: trace).
    #[arg(short, long, global = true, action = ArgAction::Count, display_order = 100)]
    pub verbose: u8,

    /// Say less on standard error (-q: warnings and errors, -qq: errors alone).
    #[arg(
        short,
        long,
        global = true,
        action = ArgAction::Count,
        display_order = 101,
        conflicts_with = "verbose"
    )]
    pub quiet: u8,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads the command line. When it asks for help, or cannot be understood, the process ends
    /// with the text that says so.
    pub fn read() -> Self {
        Self::parse_from(std::env::args_os().map(with_leading_zero))
    }
}

/// `-.5` as `-0.5`, which the parser knows as a number.
fn with_leading_zero(argument: OsString) -> OsString {
    let is_digit = |c: char| c.is_ascii_digit();
    match argument.to_str().and_then(|text| text.strip_prefix("-.")) {
        Some(decimals) if decimals.starts_with(is_digit) => format!("-0.{decimals}").into(),
        _ => argument,
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The daemon: follow a `PositionService` server and play the source from where it is.
    Run(Box<RunArgs>),
    /// The bundled `PositionService` server.
    Serve(ServeArgs),
    /// Offline: source and trajectory into a WAV file.
    Render(Box<RenderArgs>),
    /// Ask or tell any `PositionService` server.
    Position(PositionArgs),
}

/// Options that say how a position is heard; the same for `run` and `render`.
#[derive(Args, Clone, Debug)]
pub struct SceneArgs {
    /// WAV file to play: 8, 16, 24, 32 bit or float, any rate, any number of channels (mixed down)
    /// [default: the built-in sample].
    #[arg(long, value_name = "FILE.wav")]
    pub source: Option<PathBuf>,

    /// Whose head one listens with: sphere.
    #[arg(long, value_name = "HEAD", default_value = defaults::DEFAULT_HEAD)]
    pub head: String,

    /// Master gain, in decibels (-200 to 60).
    #[arg(
        long,
        value_name = "DB",
        default_value_t = 0.0,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub gain: f64,

    /// How the level falls with the distance.
    #[arg(long, value_name = "MODEL", default_value = "inverse")]
    pub distance_model: DistanceModelArg,

    /// Distance at which the level is that of the source, in metres.
    #[arg(
        long,
        value_name = "M",
        default_value_t = defaults::DEFAULT_REF_DISTANCE_M,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub ref_distance: f64,

    /// Distance beyond which the level falls no more, in metres.
    #[arg(
        long,
        value_name = "M",
        default_value_t = defaults::DEFAULT_MAX_DISTANCE_M,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub max_distance: f64,

    /// How fast the level falls beyond the reference distance (inverse, exponential: 0 or more;
    /// linear: 0 to 1).
    #[arg(
        long,
        value_name = "FACTOR",
        default_value_t = defaults::DEFAULT_ROLLOFF,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub rolloff: f64,

    /// Distance below which the level rises no more, in metres.
    #[arg(
        long,
        value_name = "M",
        default_value_t = defaults::DEFAULT_MIN_DISTANCE_M,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub min_distance: f64,

    /// Radius of the head, in metres (0.05 to 0.2).
    #[arg(
        long,
        value_name = "M",
        default_value_t = defaults::DEFAULT_HEAD_RADIUS_M,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub head_radius: f64,

    /// Speed of sound, in metres a second (200 to 2000).
    #[arg(
        long,
        value_name = "M/S",
        default_value_t = defaults::DEFAULT_SPEED_OF_SOUND_M_S,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub speed_of_sound: f64,

    /// A faster change of position is a jump: crossfaded in 20 ms, not flown. In metres a second.
    #[arg(
        long,
        value_name = "M/S",
        default_value_t = defaults::DEFAULT_MAX_SPEED_M_S,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub max_speed: f64,

    /// Axes of the positions: ros, unity, unreal or opengl.
    #[arg(long, value_name = "AXES", default_value_t = Axes::Ros)]
    pub axes: Axes,

    /// Where the listener's head is in the positions' world, in its axes and units, and which way
    /// it looks: degrees counter-clockwise.
    #[arg(
        long,
        value_name = "X,Y,Z[,YAW]",
        default_value = "0,0,0",
        allow_hyphen_values = true
    )]
    pub listener: Pose,

    /// Factor on all lengths of the positions.
    #[arg(
        long,
        value_name = "FACTOR",
        default_value_t = 1.0,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub scale: f64,
}

/// `binaurald run`
#[derive(Args, Debug)]
pub struct RunArgs {
    /// The `PositionService` server: a URL or host:port.
    #[arg(long, value_name = "URL", default_value = defaults::DEFAULT_SERVER)]
    pub server: String,

    /// How often to ask for the position, in polls a second (1 to 1000).
    #[arg(
        long,
        value_name = "HZ",
        default_value_t = defaults::DEFAULT_POLL_HZ,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub poll_hz: f64,

    /// How long one call may take, in milliseconds (1 to 60000).
    #[arg(
        long,
        value_name = "MS",
        default_value_t = defaults::DEFAULT_TIMEOUT_MS,
        value_parser = whole::<u64>,
        allow_negative_numbers = true
    )]
    pub timeout: u64,

    /// Where to play: default, null (no device, paced by the clock, 48 kHz), or a device's name.
    #[arg(long, value_name = "DEVICE", default_value = "default")]
    pub output: String,

    /// Audio host: alsa, or another that this binary was built with [default: the platform's].
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,

    /// Also write what is played to this file: float, stereo, at the engine's rate.
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

/// `binaurald serve`
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// Address to listen on; port 0 takes a free one. The address is printed.
    #[arg(long, value_name = "ADDR", default_value = defaults::DEFAULT_LISTEN)]
    pub listen: String,

    /// The motion: `orbit[:RADIUS,PERIOD[,HEIGHT]]`, `static:X,Y,Z`, or a CSV file with the header
    /// `t,x,y,z` (seconds and metres).
    #[arg(long, value_name = "SPEC", default_value = "orbit")]
    pub trajectory: String,

    /// How long a published position stands in place of the motion, in seconds
    /// [default: for ever].
    #[arg(long, value_name = "S", value_parser = number, allow_negative_numbers = true)]
    pub pub_hold: Option<f64>,
}

/// `binaurald render`
#[derive(Args, Debug)]
pub struct RenderArgs {
    /// The motion: `orbit[:RADIUS,PERIOD[,HEIGHT]]`, `static:X,Y,Z`, or a CSV file with the header
    /// `t,x,y,z` (seconds and metres).
    #[arg(long, value_name = "SPEC", default_value = "orbit")]
    pub trajectory: String,

    /// The WAV file to write.
    #[arg(long, value_name = "FILE.wav")]
    pub output: PathBuf,

    /// Length of the file, in seconds [default: the source's length].
    #[arg(long, value_name = "S", value_parser = number, allow_negative_numbers = true)]
    pub duration: Option<f64>,

    /// Play the source again and again until the end, instead of silence after it.
    #[arg(long = "loop")]
    pub looped: bool,

    /// Sample rate of the file, in hertz [default: the source's].
    #[arg(long, value_name = "HZ", value_parser = whole::<u32>, allow_negative_numbers = true)]
    pub sample_rate: Option<u32>,

    /// Sample format: 32 is float, 24 and 16 are integers with dither.
    #[arg(long, value_name = "BITS", default_value = "32")]
    pub bits: Bits,

    /// Frames a block; the file is the same for any.
    #[arg(
        long,
        value_name = "FRAMES",
        default_value_t = defaults::DEFAULT_BUFFER_FRAMES,
        value_parser = whole::<u32>,
        allow_negative_numbers = true
    )]
    pub buffer_frames: u32,

    /// Keeps the file below -1 dBFS [default: on for 24 and 16 bits, off for 32].
    #[arg(long, value_name = "ON|OFF")]
    pub limiter: Option<Switch>,

    /// How the position is heard.
    #[command(flatten)]
    pub scene: SceneArgs,
}

/// `binaurald position`
#[derive(Args, Debug)]
pub struct PositionArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: PositionAction,
}

/// The actions of `binaurald position`.
#[derive(Debug, Subcommand)]
pub enum PositionAction {
    /// Print the position once: X Y Z as they came over the wire.
    Get(PositionClientArgs),
    /// Print the position again and again until interrupted, one line an answer.
    Watch(PositionWatchArgs),
    /// Publish a position.
    Set(PositionSetArgs),
}

/// How to reach the server.
#[derive(Args, Debug)]
pub struct PositionClientArgs {
    /// The `PositionService` server: a URL or host:port.
    #[arg(long, value_name = "URL", default_value = defaults::DEFAULT_SERVER)]
    pub server: String,

    /// How long one call may take, in milliseconds (1 to 60000).
    #[arg(
        long,
        value_name = "MS",
        default_value_t = defaults::DEFAULT_TIMEOUT_MS,
        value_parser = whole::<u64>,
        allow_negative_numbers = true
    )]
    pub timeout: u64,

    /// Print JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

/// `binaurald position watch`
#[derive(Args, Debug)]
pub struct PositionWatchArgs {
    /// How often to ask, in polls a second (1 to 1000).
    #[arg(
        long,
        value_name = "HZ",
        default_value_t = defaults::DEFAULT_POLL_HZ,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub poll_hz: f64,

    /// How to reach the server.
    #[command(flatten)]
    pub client: PositionClientArgs,
}

/// `binaurald position set`
#[derive(Args, Debug)]
pub struct PositionSetArgs {
    /// First coordinate, as the server takes it.
    #[arg(value_name = "X", value_parser = coordinate, allow_negative_numbers = true)]
    pub x: f32,

    /// Second coordinate.
    #[arg(value_name = "Y", value_parser = coordinate, allow_negative_numbers = true)]
    pub y: f32,

    /// Third coordinate.
    #[arg(value_name = "Z", value_parser = coordinate, allow_negative_numbers = true)]
    pub z: f32,

    /// How to reach the server.
    #[command(flatten)]
    pub client: PositionClientArgs,
}

/// A number; what it may be is checked by [`crate::config`].
fn number(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "must be a number".to_owned())
}

/// A coordinate, as the wire has it.
fn coordinate(text: &str) -> Result<f32, String> {
    text.parse().map_err(|_| "must be a number".to_owned())
}

/// A whole number; what it may be is checked by [`crate::config`].
fn whole<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| "must be a whole number, 0 or more".to_owned())
}

/// How the level falls with the distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DistanceModelArg {
    /// ref / (ref + rolloff (d - ref)): -6 dB for each doubling.
    Inverse,
    /// Falls in a straight line to 1 - rolloff at the greatest distance.
    Linear,
    /// (d / ref) to the power of -rolloff.
    Exponential,
    /// The same level at any distance.
    None,
}

/// Sample formats of a rendered file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bits {
    /// 32 bit float.
    #[value(name = "32")]
    Float32,
    /// 24 bit integer.
    #[value(name = "24")]
    Int24,
    /// 16 bit integer.
    #[value(name = "16")]
    Int16,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}
