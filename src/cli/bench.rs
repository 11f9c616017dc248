//! `bench`

use clap::Args;

use super::{Switch, number, whole};
use crate::config as defaults;

/// `binaurald bench`
#[derive(Args, Debug)]
#[command(after_long_help = AFTER_HELP)]
pub struct BenchArgs {
    /// Open the real device for so many seconds of sound, and print what its callback really gets
    /// (0.5 to 86400).
    #[arg(
        long,
        value_name = "SECONDS",
        value_parser = number,
        allow_negative_numbers = true,
        conflicts_with = "latency"
    )]
    pub live: Option<f64>,

    /// Play to the real device, record it, and print how long a position takes to the ear.
    #[arg(long)]
    pub latency: bool,

    /// How many sources move and sound at a time (1 to 4096 each, up to 16 numbers; one number with
    /// --live) [default: 1,16,64; with --live 16].
    #[arg(
        long,
        value_name = "N,..",
        value_delimiter = ',',
        value_parser = whole::<u32>,
        allow_negative_numbers = true
    )]
    pub sources: Option<Vec<u32>>,

    /// Frames a block (1 to 65536 each, up to 16 numbers).
    #[arg(
        long,
        value_name = "N,..",
        value_delimiter = ',',
        default_value = defaults::DEFAULT_BENCH_FRAMES,
        value_parser = whole::<u32>,
        allow_negative_numbers = true
    )]
    pub frames: Vec<u32>,

    /// Whose head one listens with: kemar (measured, built in), sphere, or a SOFA file.
    #[arg(long, value_name = "HEAD", default_value = defaults::DEFAULT_HEAD)]
    pub head: String,

    /// How long to measure each number of sources with each size of block, in seconds (0.1 to
    /// 3600).
    #[arg(
        long,
        value_name = "S",
        default_value_t = defaults::DEFAULT_BENCH_SECONDS,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub seconds: f64,

    /// Sample rate, in hertz [default: 48000; of a device its own].
    #[arg(long, value_name = "HZ", value_parser = whole::<u32>, allow_negative_numbers = true)]
    pub sample_rate: Option<u32>,

    /// The device, as of `run`.
    #[command(flatten)]
    pub device: BenchDeviceArgs,

    /// The way of a position, as of `run`.
    #[command(flatten)]
    pub way: BenchWayArgs,

    /// Print JSON: one object (docs/json.md has its fields).
    #[arg(long)]
    pub json: bool,
}

/// What is played to by `--live` and `--latency`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "With --live and --latency, as of `run`")]
pub struct BenchDeviceArgs {
    /// Where to play: default, null (no device; not with --latency), or a device's name.
    #[arg(long, value_name = "DEVICE", default_value = "default")]
    pub output: String,

    /// Audio host: alsa, or another that this binary was built with [default: the platform's].
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,

    /// Frames a block to ask the device for.
    #[arg(
        long,
        value_name = "FRAMES",
        default_value_t = defaults::DEFAULT_BUFFER_FRAMES,
        value_parser = whole::<u32>,
        allow_negative_numbers = true
    )]
    pub buffer_frames: u32,

    /// Lets the audio thread ask the system for real-time priority.
    #[arg(long, value_name = "ON|OFF", default_value = "on")]
    pub realtime: Switch,
}

/// How a position comes to the ear, for `--latency`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "With --latency")]
pub struct BenchWayArgs {
    /// What records what is played: a device's name. Sound servers have a monitor of the output
    /// [default: that, or the default input].
    #[arg(long, value_name = "DEVICE")]
    pub capture: Option<String>,

    /// How often to ask for the position, in polls a second (1 to 1000).
    #[arg(
        long,
        value_name = "HZ",
        default_value_t = defaults::DEFAULT_POLL_HZ,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub poll_hz: f64,

    /// How far behind the positions the path is played so that it is smooth: auto, or milliseconds
    /// (0 to 1000).
    #[arg(
        long,
        value_name = "auto|MS",
        default_value = "auto",
        allow_negative_numbers = true
    )]
    pub motion_delay: String,

    /// How many steps of the position to measure (5 to 1000).
    #[arg(
        long,
        value_name = "N",
        default_value_t = defaults::DEFAULT_BENCH_STEPS,
        value_parser = whole::<u32>,
        allow_negative_numbers = true
    )]
    pub steps: u32,
}

const AFTER_HELP: &str = "\
Measured is the whole callback: positions from the ring, every source and the limiter. All \
combinations take turns, so that a busy moment of the machine meets them all alike. Nothing else \
runs between the blocks, as it would beside a device: caches are warmer here than there. The thread \
has the usual priority; when the system gives the processor to another program, that is in p99, p99.9 \
and max.

A percentile is left out (-) where fewer blocks were measured than it needs: 100 for p99, 1000 for \
p99.9; more --seconds bring more. \"median%\" and \"p99%\" are shares of the deadline, which is \
the time that the block takes to play: frames / rate.

\"a core\" is how many such sources one core carries at this size of block so that the median takes \
half of the deadline and the rest is left for slow blocks: sources x deadline / 2 / median, rounded \
down. It takes the time to grow with the sources, and tells no more than 4 times what was measured: \
\">=64\" is 64 or more. It needs 100 blocks of 128 frames or more: the engine works 128 frames at a \
time, so that of shorter blocks only some have work to do. Whether slow blocks keep the deadline is \
what \"p99%\" says: below 100 they do, but for one in a hundred.

With --live the device of `run` plays noise from such sources, and every call of it is measured: \
\"jitter\" is by how much calls come sooner or later than when what the one before asked for has \
been played; late are those that took longer than their frames play, and those that came a whole \
block late. Latency and drop-outs are what the device says. The device's thread asks for real-time \
priority as with `run`, here and with --latency; what it has is printed as \"audio thread\".

With --latency it plays a tone and noise, softly, from a source that steps from side to side, and \
records them: \"position to ear\" is measured, from the step at the server until the recording is \
half-way to the other side. The parts are found one by one, \"device buffer\" by the noise. When a \
recorded frame was heard is what the recording device states. docs/latency.md says more.";
