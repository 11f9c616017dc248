//! How a position is heard.

use std::path::PathBuf;

use crate::cli::{DistanceModelArg, SceneArgs, Switch};
use crate::dsp::air::{Air, HUMIDITIES_PERCENT, TEMPERATURES_C};
use crate::dsp::distance::{DistanceLaw, DistanceModel};
use crate::geometry::{MAX_COORDINATE_M, WorldView};
use crate::head::{HeadShape, RADII_M, SPEEDS_OF_SOUND_M_S};
use crate::render::MediumConfig;

use super::{
    ConfigError, DEFAULT_MAX_DISTANCE_M, DEFAULT_MAX_SPEED_M_S, DEFAULT_MIN_DISTANCE_M,
    DEFAULT_REF_DISTANCE_M, DEFAULT_ROLLOFF, refuse, within,
};

/// The greatest length, speed or factor that is no mistake.
const MAX_POSITIVE: f64 = 1e9;

/// How a position is heard.
#[derive(Clone, Debug)]
pub struct SceneConfig {
    /// The sound; `None`: the built-in sample.
    pub source: Option<PathBuf>,
    /// Whose head one listens with.
    pub head: HeadConfig,
    /// Master gain: a factor.
    pub gain: f32,
    /// How the level falls with the distance.
    pub distance: DistanceLaw,
    /// What lies between the source and the head.
    pub medium: MediumConfig,
    /// Faster changes are jumps: metres a second.
    pub max_speed_m_s: f64,
    /// From the positions' world to the listener.
    pub view: WorldView,
}

impl SceneConfig {
    pub(super) fn new(args: &SceneArgs) -> Result<Self, ConfigError> {
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
        let distance = distance_law(args)?;
        Ok(Self {
            source: args.source.clone(),
            head: HeadConfig {
                choice: head_choice(&args.head)?,
                shape: HeadShape {
                    radius_m,
                    speed_of_sound_m_s,
                },
                diffuse_field_eq: args.diffuse_field_eq == Switch::On,
            },
            gain: 10.0_f64.powf(gain_db / 20.0) as f32,
            distance,
            medium: MediumConfig {
                air: air(args)?,
                doppler: args.doppler,
                speed_of_sound_m_s,
                max_m: distance.max_m,
            },
            max_speed_m_s: positive("max-speed", args.max_speed)?,
            view,
        })
    }
}

impl SceneConfig {
    /// What it is without options, with this head and the built-in sample.
    pub(super) fn usual(head: HeadConfig) -> Self {
        let distance = DistanceLaw {
            model: DistanceModel::Inverse,
            ref_m: DEFAULT_REF_DISTANCE_M,
            max_m: DEFAULT_MAX_DISTANCE_M,
            rolloff: DEFAULT_ROLLOFF,
            min_m: DEFAULT_MIN_DISTANCE_M,
        };
        Self {
            source: None,
            gain: 1.0,
            medium: MediumConfig {
                air: None,
                doppler: false,
                speed_of_sound_m_s: head.shape.speed_of_sound_m_s,
                max_m: distance.max_m,
            },
            distance,
            head,
            max_speed_m_s: DEFAULT_MAX_SPEED_M_S,
            view: WorldView::default(),
        }
    }
}

/// Whose head one listens with, and how it is prepared.
#[derive(Clone, Debug)]
pub struct HeadConfig {
    /// Which one.
    pub choice: HeadChoice,
    /// Dimensions of the sphere; its speed of sound goes for all heads.
    pub shape: HeadShape,
    /// Whether what is common to all directions is taken out of a file's responses.
    pub diffuse_field_eq: bool,
}

impl HeadConfig {
    /// A head by its name, as everything else is by default.
    ///
    /// # Errors
    /// When nothing is named.
    pub fn named(head: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            choice: head_choice(head)?,
            shape: HeadShape::default(),
            diffuse_field_eq: false,
        })
    }
}

/// Whose head one listens with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeadChoice {
    /// The exact rigid sphere.
    Sphere,
    /// The built-in measured head.
    Kemar,
    /// A SOFA file.
    File(PathBuf),
}

/// What `--head` names.
fn head_choice(head: &str) -> Result<HeadChoice, ConfigError> {
    match head {
        "sphere" => Ok(HeadChoice::Sphere),
        "kemar" => Ok(HeadChoice::Kemar),
        "" => Err(refuse("head", head, "sphere, kemar or a SOFA file")),
        path => Ok(HeadChoice::File(path.into())),
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

/// The air, where it is to take something away; its options are checked where it is not too.
fn air(args: &SceneArgs) -> Result<Option<Air>, ConfigError> {
    let default = Air::default();
    let air = Air {
        temperature_c: within(
            "temperature",
            args.temperature.unwrap_or(default.temperature_c),
            TEMPERATURES_C,
            "degrees Celsius",
        )?,
        humidity_percent: within(
            "humidity",
            args.humidity.unwrap_or(default.humidity_percent),
            HUMIDITIES_PERCENT,
            "percent",
        )?,
    };
    if !args.air_absorption {
        for (option, given) in [
            ("--temperature", args.temperature),
            ("--humidity", args.humidity),
        ] {
            if given.is_some() {
                tracing::warn!("{option} does nothing without --air-absorption");
            }
        }
    }
    Ok(args.air_absorption.then_some(air))
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
