//! `render`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::scene::SceneArgs;
use super::{Switch, number, whole};
use crate::config as defaults;

/// `binaurald render`
#[derive(Args, Debug)]
pub struct RenderArgs {
    /// The motion: `orbit[:RADIUS,PERIOD[,HEIGHT]]`, `static:X,Y,Z`, or a CSV file with the header
    /// `t,x,y,z` (seconds and metres).
    #[arg(long, value_name = "SPEC", default_value = "orbit")]
    pub trajectory: String,

    /// The WAV file to write; one that is there is replaced.
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
