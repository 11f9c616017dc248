//! How a position is heard: the same for all that plays or renders.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Switch, number};
use crate::config as defaults;
use crate::geometry::{Axes, Pose};

/// Options that say how a position is heard; the same for `run` and `render`.
#[derive(Args, Clone, Debug)]
pub struct SceneArgs {
    /// WAV file to play: 8, 16, 24, 32 bit or float, any rate, any number of channels (mixed down)
    /// [default: the built-in sample].
    #[arg(long, value_name = "FILE.wav")]
    pub source: Option<PathBuf>,

    /// Whose head one listens with: kemar (measured, built in), sphere, or a SOFA file.
    #[arg(long, value_name = "HEAD", default_value = defaults::DEFAULT_HEAD)]
    pub head: String,

    /// Take out of a SOFA file what is common to all its directions, as the ear canal's colour.
    #[arg(long, value_name = "SWITCH", default_value = "off")]
    pub diffuse_field_eq: Switch,

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

    /// Radius of the sphere, in metres (0.05 to 0.2).
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

    /// Take away of the sound what air does over the distance (ISO 9613-1, at 101.325 kPa), which
    /// counts up to the greatest one and at most up to 200 metres.
    #[arg(long)]
    pub air_absorption: bool,

    /// Temperature of the air that absorbs, in degrees Celsius (-20 to 50) [default: 20].
    #[arg(long, value_name = "C", value_parser = number, allow_negative_numbers = true)]
    pub temperature: Option<f64>,

    /// Relative humidity of the air that absorbs, in percent (1 to 100) [default: 50].
    #[arg(long, value_name = "PERCENT", value_parser = number, allow_negative_numbers = true)]
    pub humidity: Option<f64>,

    /// Let the sound take the time of its whole way, which shifts the pitch of what moves; the way
    /// counts up to the greatest distance and at most up to 1000 metres.
    #[arg(long)]
    pub doppler: bool,

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
