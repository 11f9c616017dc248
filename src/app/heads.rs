//! The head that one listens with: loaded once, prepared for the rate of each stream.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::config::{HeadChoice, HeadConfig};
use crate::head::{Head, HeadShape, MeasuredOptions, MeasuredSet, Reference, kemar_set};

use super::{Failure, sofa};

/// A head before it is prepared for a rate. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) enum LoadedHead {
    Sphere(HeadShape),
    Kemar {
        speed_of_sound_m_s: f64,
    },
    File {
        path: PathBuf,
        set: Arc<MeasuredSet>,
        options: MeasuredOptions,
    },
}

impl LoadedHead {
    /// Loads the head; says what is unusual about a file. Blocks while a file is read.
    ///
    /// # Errors
    /// With the reason when a file cannot be used.
    pub(super) fn load(config: &HeadConfig) -> Result<Self, Failure> {
        let speed_of_sound_m_s = config.shape.speed_of_sound_m_s;
        let is_file = matches!(config.choice, HeadChoice::File(_));
        if config.diffuse_field_eq && !is_file {
            tracing::warn!("--diffuse-field-eq does nothing without a SOFA file as --head");
        }
        let usual = HeadShape::default().radius_m;
        if config.shape.radius_m != usual && config.choice != HeadChoice::Sphere {
            tracing::warn!("--head-radius does nothing without --head sphere");
        }
        match &config.choice {
            HeadChoice::Sphere => Ok(Self::Sphere(config.shape)),
            HeadChoice::Kemar => Ok(Self::Kemar { speed_of_sound_m_s }),
            HeadChoice::File(path) => {
                if !path.exists() {
                    return Err(Failure::usage(format!(
                        "--head {}: there is no such file; kemar and sphere are built in",
                        path.display()
                    )));
                }
                let set = sofa::load_sofa(path)?;
                for oddity in &set.oddities {
                    tracing::warn!("--head {}: {oddity}", path.display());
                }
                Ok(Self::File {
                    path: path.clone(),
                    set: Arc::new(set),
                    options: MeasuredOptions {
                        diffuse_field_eq: config.diffuse_field_eq,
                        speed_of_sound_m_s,
                    },
                })
            }
        }
    }

    /// Prepares it for `sample_rate` hertz. Takes its time.
    ///
    /// # Errors
    /// When there can be no such head.
    pub(super) fn prepare(&self, sample_rate: u32) -> Result<Head, Failure> {
        match self {
            Self::Sphere(shape) => Head::sphere(*shape, sample_rate).map_err(Failure::usage),
            Self::Kemar { speed_of_sound_m_s } => {
                Head::kemar(*speed_of_sound_m_s, sample_rate).map_err(Failure::usage)
            }
            Self::File { path, set, options } => {
                let named = |said: &dyn fmt::Display| format!("--head {}: {said}", path.display());
                let head = Head::measured(set, *options, sample_rate)
                    .map_err(|error| Failure::usage(named(&error)))?;
                for remark in head.remarks() {
                    tracing::warn!("{}", named(remark));
                }
                Ok(head)
            }
        }
    }

    /// What it is held to.
    pub(super) fn reference(&self) -> Reference {
        match self {
            Self::Sphere(shape) => Reference::Sphere(*shape),
            Self::Kemar { .. } => Reference::Treated(Arc::new(kemar_set())),
            Self::File { set, .. } => Reference::Measured(Arc::clone(set)),
        }
    }

    /// What the start line says of it.
    pub(super) fn summary(&self) -> String {
        match self {
            Self::Sphere(shape) => format!("sphere, radius {} m", shape.radius_m),
            Self::Kemar { .. } => "kemar".to_owned(),
            Self::File { path, set, .. } => {
                let whose = match set.about.listener.as_str() {
                    "" => String::new(),
                    listener => format!(" ({listener})"),
                };
                format!(
                    "{}{whose}, {} directions",
                    path.display(),
                    set.sources.len()
                )
            }
        }
    }
}
