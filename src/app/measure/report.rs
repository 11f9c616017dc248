//! What was measured at places: rows, as a table or JSON.

use std::fmt;

use serde::Serialize;

use crate::analysis::OCTAVES_HZ;
use crate::app::subject::Subject;
use crate::head::Reference;

use super::figures::{Figures, ITD_HZ, Octaves};
use super::limits::{Held, Limits};
use super::places::{Common, Measured, Place};

/// All of it. Its fields are those of the JSON, which `docs/json.md` tells of.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    version: &'static str,
    head: String,
    reference: &'static str,
    sample_rate_hz: u32,
    itd_frequencies_hz: [u32; ITD_HZ.len()],
    octaves_hz: [u32; OCTAVES_HZ.len()],
    latency_stated_ms: f64,
    latency_onset_ms: Option<f64>,
    latency_spread_us: Option<f64>,
    reference_gain_db: Option<f64>,
    places: Vec<Row>,
    limits: Vec<Held>,
}

/// A place.
#[derive(Clone, Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    place: Place,
    heard: Told,
    reference: Option<Told>,
    level_error_db: Option<f64>,
}

/// What the ears hear there.
#[derive(Clone, Debug, Serialize)]
struct Told {
    itd_us: [f64; ITD_HZ.len()],
    itd_onset_us: Option<f64>,
    left_db: Octaves,
    right_db: Octaves,
    ild_db: Octaves,
}

impl Told {
    fn new(figures: &Figures) -> Self {
        let [left_db, right_db] = figures.octaves_db();
        Self {
            itd_us: figures.itd_s.map(|seconds| seconds * 1e6),
            itd_onset_us: figures.onset_s.map(|seconds| seconds * 1e6),
            left_db,
            right_db,
            ild_db: figures.ild_db(),
        }
    }
}

impl Report {
    /// Of a head that was measured.
    pub fn new(subject: &Subject, common: &Common, measured: &[Measured]) -> Self {
        let limits = Limits::of(&subject.reference);
        let row = |measured: &Measured| Row {
            place: measured.place,
            heard: Told::new(&measured.heard),
            reference: measured.reference.as_ref().map(Told::new),
            level_error_db: limits.level_error_db(measured),
        };
        Self {
            version: env!("CARGO_PKG_VERSION"),
            head: subject.name.clone(),
            reference: match subject.reference {
                Reference::Sphere(_) => "rigid sphere",
                Reference::Measured(_) => "its own responses",
                Reference::Treated(_) => "none: its responses were changed",
            },
            sample_rate_hz: subject.head.sample_rate(),
            itd_frequencies_hz: ITD_HZ,
            octaves_hz: OCTAVES_HZ,
            latency_stated_ms: common.stated_s * 1e3,
            latency_onset_ms: common.onset_s.map(|seconds| seconds * 1e3),
            latency_spread_us: common.spread_s.map(|seconds| seconds * 1e6),
            reference_gain_db: common.gain_db,
            places: measured.iter().map(row).collect(),
            limits: limits.hold(common, measured),
        }
    }

    /// The limits with what was measured.
    pub fn limits(&self) -> &[Held] {
        &self.limits
    }

    /// Whether any place has a reference.
    pub fn has_reference(&self) -> bool {
        self.places.iter().any(|row| row.reference.is_some())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "binaurald {}, head {}, {} Hz; reference: {}",
            self.version, self.head, self.sample_rate_hz, self.reference
        )?;
        if let Some(gain_db) = self.reference_gain_db {
            writeln!(f, "its responses, all {gain_db:+.2} dB, are the reference")?;
        }
        self.write_delays(f)?;
        self.write_levels(f)?;
        f.write_str("\n\nheld against the limits")?;
        for held in &self.limits {
            write!(f, "\n{held}")?;
        }
        Ok(())
    }
}

impl Report {
    fn write_delays(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\ninteraural delay in microseconds, positive: the left ear hears first\n\n")?;
        write!(f, "{:>20}{:>40}{:>40}", "", "heard", "reference")?;
        write!(f, "\n{:>7}{:>6}{:>7}", "azimuth", "elev.", "metres")?;
        for _ in 0..2 {
            for hz in self.itd_frequencies_hz {
                write!(f, "{:>8}", hertz(hz))?;
            }
            write!(f, "{:>8}", "onset")?;
        }
        for row in &self.places {
            write!(f, "\n{}", row.place)?;
            for told in [Some(&row.heard), row.reference.as_ref()] {
                for index in 0..ITD_HZ.len() {
                    f.write_str(&cell(told.map(|told| told.itd_us[index])))?;
                }
                f.write_str(&cell(told.and_then(|told| told.itd_onset_us)))?;
            }
        }
        Ok(())
    }

    fn write_levels(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\n\nlevel by octave, in decibels\n\n")?;
        write!(f, "{:>7}{:>6}{:>7}{:>6}", "azimuth", "elev.", "metres", "")?;
        for hz in self.octaves_hz {
            write!(f, "{:>8}", hertz(hz))?;
        }
        write!(f, "{:>8}", "off by")?;
        for Row {
            place,
            heard,
            level_error_db,
            ..
        } in &self.places
        {
            for (what, octaves) in [
                ("left", &heard.left_db),
                ("right", &heard.right_db),
                ("ILD", &heard.ild_db),
            ] {
                let first = what == "left";
                let place = if first {
                    place.to_string()
                } else {
                    String::new()
                };
                write!(f, "\n{place:>20}{what:>6}")?;
                for level in octaves {
                    f.write_str(&cell(*level))?;
                }
                if first {
                    let off = level_error_db.map_or("-".into(), |db| format!("{db:.2}"));
                    write!(f, "{off:>8}")?;
                }
            }
        }
        Ok(())
    }
}

/// A number in a column.
fn cell(number: Option<f64>) -> String {
    number.map_or_else(|| format!("{:>8}", "-"), |number| format!("{number:>8.1}"))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            azimuth_degrees,
            elevation_degrees,
            distance_m,
        } = self;
        write!(
            f,
            "{azimuth_degrees:>7.1}{elevation_degrees:>6.1}{distance_m:>7.2}"
        )
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { worst, limit, .. } = self;
        let unit = match self.unit {
            "" => String::new(),
            unit => format!(" {unit}"),
        };
        write!(f, "{}: {worst:.3}{unit}, limit {limit}{unit}", self.what)?;
        if !self.kept {
            f.write_str(", EXCEEDED")?;
        }
        if let Some(place) = self.place {
            write!(
                f,
                " (azimuth {:.1}, elevation {:.1}, {:.2} m)",
                place.azimuth_degrees, place.elevation_degrees, place.distance_m
            )?;
        }
        Ok(())
    }
}

/// A frequency as the head of a column.
fn hertz(hz: u32) -> String {
    if hz < 1000 {
        format!("{hz} Hz")
    } else {
        format!("{} kHz", hz / 1000)
    }
}
