//! Those that are measured.

mod hrtf;
mod oddio;
mod openal;
mod ours;
mod sofar;
mod web_audio;

use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;

use ::hrtf::HrirSphere;
use ::sofar::reader::{OpenOptions, Sofar};
use binaurald::head::{Head, HeadShape};

use crate::peer::{Peer, Stepped};
use crate::scene::{SAMPLE_RATE, Scene};
use openal::OpenAl;
pub(crate) use ours::{Ours, engine};

/// The measured head that all of them get which take one: MIT's KEMAR.
const KEMAR: &[u8] = include_bytes!("../../../../data/kemar/mit_kemar_normal_44k.sofa");
pub(crate) const SPEED_OF_SOUND_M_S: f64 = 343.0;

/// Who renders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Measured,
    Sphere,
    OpenAl,
    SofarCrossfaded,
    Sofar,
    Hrtf,
    WebAudio,
    Oddio,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Measured,
        Self::Sphere,
        Self::OpenAl,
        Self::SofarCrossfaded,
        Self::Sofar,
        Self::Hrtf,
        Self::WebAudio,
        Self::Oddio,
    ];

    /// Those of the short run.
    pub(crate) const QUICK: [Self; 5] = [
        Self::Measured,
        Self::Sphere,
        Self::OpenAl,
        Self::SofarCrossfaded,
        Self::Oddio,
    ];

    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::Measured | Self::Sphere)
    }

    /// Its direction filters, and how it treats a source that moves.
    pub(crate) fn treatment(self) -> &'static str {
        match self {
            Self::Measured => {
                "KEMAR; lookup, fractional delay, near field and level move with the source"
            }
            Self::Sphere => "a sphere; the same",
            Self::OpenAl => {
                "its own KEMAR, few taps (32 in 1.19) and a delay; interpolated, coefficients faded"
            }
            Self::SofarCrossfaded => {
                "KEMAR, all taps; interpolated, output crossfaded over the block"
            }
            Self::Sofar => "KEMAR, all taps; interpolated, hard switch (clicks)",
            Self::Hrtf => "KEMAR, all taps; interpolated spectra, hard switch every 128 frames",
            Self::WebAudio => "IRCAM 1003; the same crate `hrtf`, one processor for each source",
            Self::Oddio => "none: a delay and a gain for each ear",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Measured => "binaurald, kemar",
            Self::Sphere => "binaurald, sphere",
            Self::OpenAl => "OpenAL Soft",
            Self::SofarCrossfaded => "sofar, crossfaded",
            Self::Sofar => "sofar",
            Self::Hrtf => "hrtf",
            Self::WebAudio => "web-audio-api",
            Self::Oddio => "oddio",
        })
    }
}

/// What several of them are made from.
pub(crate) struct Workshop {
    pub(crate) measured: Arc<Head>,
    pub(crate) sphere: Arc<Head>,
    sofa: Arc<Sofar>,
    hrir: OnceCell<HrirSphere>,
    open_al: Result<Arc<OpenAl>, String>,
}

impl Workshop {
    pub(crate) fn new() -> Result<Self, String> {
        let failed = |what: &str, error: &dyn fmt::Display| format!("{what}: {error}");
        let measured = Head::kemar(SPEED_OF_SOUND_M_S, SAMPLE_RATE)
            .map_err(|error| failed("the head kemar", &error))?;
        let sphere = Head::sphere(HeadShape::default(), SAMPLE_RATE)
            .map_err(|error| failed("the head sphere", &error))?;
        let sofa = OpenOptions::new()
            .sample_rate(SAMPLE_RATE as f32)
            .open_data(KEMAR)
            .map_err(|error| failed("sofar does not read KEMAR", &error))?;
        Ok(Self {
            measured: Arc::new(measured),
            sphere: Arc::new(sphere),
            sofa: Arc::new(sofa),
            hrir: OnceCell::new(),
            open_al: OpenAl::load().map(Arc::new),
        })
    }

    /// One at work on a scene.
    pub(crate) fn build(&self, kind: Kind, scene: Scene) -> Result<Box<dyn Peer>, String> {
        Ok(match kind {
            Kind::Measured => Box::new(Stepped::new(Ours::new(&self.measured, &scene)?, scene)),
            Kind::Sphere => Box::new(Stepped::new(Ours::new(&self.sphere, &scene)?, scene)),
            Kind::OpenAl => {
                let library = self.open_al.as_ref().map_err(String::clone)?;
                Box::new(Stepped::new(library.renderer(&scene)?, scene))
            }
            Kind::SofarCrossfaded => {
                Box::new(Stepped::new(sofar::new(&self.sofa, &scene, true)?, scene))
            }
            Kind::Sofar => Box::new(Stepped::new(sofar::new(&self.sofa, &scene, false)?, scene)),
            Kind::Hrtf => Box::new(Stepped::new(hrtf::new(self.hrir()?, &scene), scene)),
            Kind::WebAudio => Box::new(web_audio::WebAudio::new(scene)),
            Kind::Oddio => Box::new(Stepped::new(oddio::new(&scene), scene)),
        })
    }

    /// KEMAR for `hrtf`, which takes seconds to resample it: only when it is asked for.
    fn hrir(&self) -> Result<&HrirSphere, String> {
        if let Some(sphere) = self.hrir.get() {
            return Ok(sphere);
        }
        let sphere = hrtf::kemar_sphere(KEMAR)?;
        Ok(self.hrir.get_or_init(|| sphere))
    }

    /// What the system's OpenAL says that it is.
    pub(crate) fn open_al_version(&self) -> String {
        match &self.open_al {
            Ok(library) => library.version(),
            Err(reason) => reason.clone(),
        }
    }
}
