//! `measure`

use std::path::PathBuf;

use clap::Args;

use super::{number, whole};
use crate::config as defaults;
use crate::config::Sweep;

/// `binaurald measure`
#[derive(Args, Debug)]
#[command(after_long_help = AFTER_HELP)]
pub struct MeasureArgs {
    /// Whose head is measured: kemar (built in), sphere, or a SOFA file.
    #[arg(long, value_name = "HEAD", default_value = defaults::DEFAULT_HEAD)]
    pub head: String,

    /// Azimuths, in degrees counter-clockwise from the front (-360 to 360): numbers and ranges
    /// FROM:TO:STEP, with commas between.
    #[arg(
        long,
        value_name = "LIST",
        default_value = defaults::DEFAULT_MEASURE_AZIMUTH,
        allow_hyphen_values = true
    )]
    pub azimuth: Sweep,

    /// Elevations, in degrees up from the horizontal plane (-90 to 90).
    #[arg(
        long,
        value_name = "LIST",
        default_value = defaults::DEFAULT_MEASURE_ELEVATION,
        allow_hyphen_values = true
    )]
    pub elevation: Sweep,

    /// Distances from the centre of the head, in metres (0 to 1000) [default: 1, or where the head
    /// was measured].
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub distance: Option<Sweep>,

    /// Measure at all places where the head itself was measured, in place of the lists.
    #[arg(long, conflicts_with_all = ["azimuth", "elevation", "distance"])]
    pub measured: bool,

    /// Sample rate, in hertz.
    #[arg(
        long,
        value_name = "HZ",
        default_value_t = defaults::DEFAULT_MEASURE_RATE_HZ,
        value_parser = whole::<u32>,
        allow_negative_numbers = true
    )]
    pub sample_rate: u32,

    /// Draw the interaural delay and level difference over the azimuth, and the reference.
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,

    /// Measure how pure a moving tone stays, in place of positions: the motion as
    /// `orbit[:RADIUS,PERIOD[,HEIGHT]]`, `static:X,Y,Z`, or a CSV file with the header `t,x,y,z`
    /// (seconds and metres).
    #[arg(
        long,
        value_name = "SPEC",
        conflicts_with_all = ["azimuth", "elevation", "distance", "measured", "plot"]
    )]
    pub motion: Option<String>,

    /// The moving tone, in hertz (20 to 20000, and below 0.45 of the sample rate).
    #[arg(
        long,
        value_name = "HZ",
        default_value_t = defaults::DEFAULT_TONE_HZ,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub tone: f64,

    /// Positions arrive so many times a second (1 to 1000), with a jitter of a fifth of the interval
    /// each way and one in ten lost, as in `run` [default: the exact path, as in `render`].
    #[arg(long, value_name = "HZ", value_parser = number, allow_negative_numbers = true)]
    pub updates: Option<f64>,

    /// How long the motion is measured, in seconds (1 to 600), after a first second that does not
    /// count.
    #[arg(
        long,
        value_name = "S",
        default_value_t = defaults::DEFAULT_MEASURE_SECONDS,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub seconds: f64,

    /// Exit with 1 when a limit of docs/accuracy.md is exceeded, and say which.
    #[arg(long)]
    pub check: bool,

    /// Print JSON: one object (docs/json.md has its fields).
    #[arg(long)]
    pub json: bool,
}

const AFTER_HELP: &str = "\
The engine renders an impulse from each place, without the law of the distance (as with \
`--distance-model none`): levels are those of the head alone, against the sound that would be at its \
centre without it.

The interaural delay is positive when the left ear hears first. It is told as phase delay at four \
frequencies, and by onset: where the response, oversampled by 8, first comes within 10 dB of its \
peak. Levels are means over octaves; \"off by\" is the largest error against the reference in any \
sixth of an octave that the limits hold (sphere: 250 Hz to 8 kHz, measured heads: 100 Hz to 16 kHz).

The reference of the sphere is its exact series, evaluated at the place itself; it begins 1.15 \
radii from the centre. That of a measured head are its own responses, where the place is one that \
was measured, up to one gain for the whole set.

With --motion: how far all that lies more than 200 Hz away from the tone is below it, and the largest \
step from sample to sample against that of a 5 ms fade of the same tone, without the limiter. Paths \
that jump are held to their steps, all others to what is beside the tone.";
