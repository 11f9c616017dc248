//! `binaurald measure`

use std::ops::RangeInclusive;
use std::path::PathBuf;

use crate::cli::MeasureArgs;
use crate::files;
use crate::trajectory::Trajectory;

use super::HeadConfig;
use super::{ConfigError, Sweep, refuse, sample_rate, within};

const AZIMUTHS: RangeInclusive<f64> = -360.0..=360.0;
const ELEVATIONS: RangeInclusive<f64> = -90.0..=90.0;
const DISTANCES: RangeInclusive<f64> = 0.0..=1000.0;
const TONES: RangeInclusive<f64> = 20.0..=20_000.0;
const UPDATES: RangeInclusive<f64> = 1.0..=1000.0;
const SECONDS: RangeInclusive<f64> = 1.0..=600.0;

/// Places that are measured in one run: the figures of each are kept.
const MAX_PLACES: usize = 100_000;

/// A tone is below this part of the sample rate.
const HIGHEST_TONE: f64 = 0.45;

/// `binaurald measure`
#[derive(Clone, Debug)]
pub struct MeasureConfig {
    /// The head, by its name.
    pub head: String,
    /// Hertz.
    pub sample_rate: u32,
    /// What is measured.
    pub task: MeasureTask,
}

/// What is measured of a head.
#[derive(Clone, Debug)]
pub enum MeasureTask {
    /// What it makes of sound from places.
    Places {
        /// Which.
        places: PlacesConfig,
        /// The picture to draw.
        plot: Option<PathBuf>,
    },
    /// What it leaves of a moving tone.
    Motion(MotionConfig),
}

/// Where a head is measured.
#[derive(Clone, Debug)]
pub enum PlacesConfig {
    /// Where it was itself.
    Measured,
    /// At all combinations of these.
    Grid {
        /// Degrees counter-clockwise from the front.
        azimuths: Vec<f64>,
        /// Degrees up.
        elevations: Vec<f64>,
        /// Metres; `None`: 1, or where the head was measured.
        distances: Option<Vec<f64>>,
    },
}

/// A moving tone.
#[derive(Clone, Debug)]
pub struct MotionConfig {
    /// Its path, in metres to the front, left and up.
    pub path: Trajectory,
    /// The path as it was given.
    pub spec: String,
    /// Hertz.
    pub tone_hz: f64,
    /// How often positions arrive, in hertz; `None`: the exact path.
    pub updates_hz: Option<f64>,
    /// How long it is measured.
    pub seconds: f64,
}

impl MeasureConfig {
    /// Checks what was typed, and reads the motion.
    ///
    /// # Errors
    /// When an option cannot be used; the message names it.
    pub fn new(args: &MeasureArgs) -> Result<Self, ConfigError> {
        HeadConfig::named(&args.head)?;
        let sample_rate = sample_rate(args.sample_rate)?;
        let task = match &args.motion {
            Some(spec) => MeasureTask::Motion(motion(args, spec, sample_rate)?),
            None => MeasureTask::Places {
                places: places(args)?,
                plot: args.plot.clone(),
            },
        };
        Ok(Self {
            head: args.head.clone(),
            sample_rate,
            task,
        })
    }
}

fn places(args: &MeasureArgs) -> Result<PlacesConfig, ConfigError> {
    if args.measured {
        return Ok(PlacesConfig::Measured);
    }
    let azimuths = each_within("azimuth", &args.azimuth, AZIMUTHS, "degrees")?;
    let elevations = each_within("elevation", &args.elevation, ELEVATIONS, "degrees")?;
    let distances = match &args.distance {
        Some(distances) => Some(each_within("distance", distances, DISTANCES, "metres")?),
        None => None,
    };
    let count = azimuths.len() * elevations.len() * distances.as_ref().map_or(1, Vec::len);
    if count > MAX_PLACES {
        let must = format!(
            "such that there are at most {MAX_PLACES} places, and these lists make {count}"
        );
        return Err(refuse("azimuth", &args.azimuth, must));
    }
    Ok(PlacesConfig::Grid {
        azimuths,
        elevations,
        distances,
    })
}

fn each_within(
    option: &'static str,
    sweep: &Sweep,
    range: RangeInclusive<f64>,
    unit: &str,
) -> Result<Vec<f64>, ConfigError> {
    for value in sweep.values() {
        within(option, *value, range.clone(), unit)?;
    }
    Ok(sweep.values().to_vec())
}

fn motion(args: &MeasureArgs, spec: &str, sample_rate: u32) -> Result<MotionConfig, ConfigError> {
    let tone_hz = within("tone", args.tone, TONES, "hertz")?;
    let highest = HIGHEST_TONE * f64::from(sample_rate);
    if tone_hz > highest {
        let must = format!("below {highest} hertz at this --sample-rate");
        return Err(refuse("tone", tone_hz, must));
    }
    let updates_hz = match args.updates {
        Some(updates) => Some(within("updates", updates, UPDATES, "hertz")?),
        None => None,
    };
    Ok(MotionConfig {
        path: files::load_trajectory(spec).map_err(ConfigError::Motion)?,
        spec: spec.to_owned(),
        tone_hz,
        updates_hz,
        seconds: within("seconds", args.seconds, SECONDS, "seconds")?,
    })
}
