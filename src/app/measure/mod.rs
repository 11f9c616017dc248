//! `binaurald measure`: what a head makes of sound, beside what it should.

mod figures;
mod limits;
mod motion;
mod places;
mod report;

use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::cli::MeasureArgs;
use crate::config::{DEFAULT_MEASURE_DISTANCE_M, MeasureConfig, MeasureTask, PlacesConfig};
use crate::files;

use super::printer::print_line;
use super::subject::{self, Subject};
use super::{Failure, plot};

pub use figures::{Figures, ITD_HZ, Octaves, Sixths};
pub use limits::{Held, Limits};
pub use motion::{MotionReport, measure_motion};
pub use places::{Common, Measured, Place, measure_at};
pub use report::Report;

/// Measures a head and prints what was found.
///
/// # Errors
/// When an option cannot be used, the picture cannot be written, or a limit is exceeded that is to
/// be checked.
pub fn measure(args: &MeasureArgs) -> Result<(), Failure> {
    let config = MeasureConfig::new(args).map_err(Failure::usage)?;
    let subject = subject::choose(&config.head, config.sample_rate)?;
    match &config.task {
        MeasureTask::Places { places, plot } => {
            let places = chosen_places(&subject, places)?;
            if let Some(file) = plot {
                plot::check_target(file)?;
            }
            let (common, measured) = measure_at(&subject, &places);
            let report = Report::new(&subject, &common, &measured);
            print(&report, args.json)?;
            if let Some(file) = plot {
                draw(&subject, &measured, file)?;
            }
            if args.check && !report.has_reference() {
                return Err(Failure::runtime(
                    "there is no reference at any of these places: nothing was checked but the latency \
                     (--head sphere has one everywhere, a SOFA file with --measured)",
                ));
            }
            check(report.limits(), args.check)
        }
        MeasureTask::Motion(motion) => {
            let report = measure_motion(&subject, motion)?;
            print(&report, args.json)?;
            check(report.limits(), args.check)
        }
    }
}

fn print(report: &(impl Serialize + fmt::Display), json: bool) -> Result<(), Failure> {
    let text = if json {
        serde_json::to_string(report).map_err(Failure::runtime)?
    } else {
        report.to_string()
    };
    print_line(&text).map(drop)
}

/// Fails with the limits that are exceeded, when that was asked for.
fn check(limits: &[Held], asked: bool) -> Result<(), Failure> {
    let exceeded: Vec<String> = limits
        .iter()
        .filter(|held| asked && !held.kept)
        .map(ToString::to_string)
        .collect();
    if exceeded.is_empty() {
        return Ok(());
    }
    Err(Failure::runtime(format!(
        "--check: {}",
        exceeded.join("; ")
    )))
}

/// All places that were asked for.
fn chosen_places(subject: &Subject, config: &PlacesConfig) -> Result<Vec<Place>, Failure> {
    let set = subject.reference.set();
    match config {
        PlacesConfig::Measured => match set {
            Some(set) => Ok(set.sources.iter().copied().map(Place::of).collect()),
            None => Err(Failure::usage(format!(
                "--measured: the head {} was not measured; --azimuth, --elevation and --distance \
                 say where",
                subject.name
            ))),
        },
        PlacesConfig::Grid {
            azimuths,
            elevations,
            distances,
        } => {
            let usual = [usual_distance_m(subject)];
            let mut places = Vec::new();
            for distance_m in distances.as_deref().unwrap_or(&usual) {
                for elevation_degrees in elevations {
                    places.extend(azimuths.iter().map(|azimuth_degrees| Place {
                        azimuth_degrees: *azimuth_degrees,
                        elevation_degrees: *elevation_degrees,
                        distance_m: *distance_m,
                    }));
                }
            }
            Ok(places)
        }
    }
}

/// The distance of a head's first measured place; where it was not measured, 1 m.
pub(super) fn usual_distance_m(subject: &Subject) -> f64 {
    let first = subject.reference.set().and_then(|set| set.sources.first());
    first.map_or(DEFAULT_MEASURE_DISTANCE_M, |source| source.distance())
}

/// Draws the delays and level differences of the places, and of the reference.
fn draw(subject: &Subject, measured: &[Measured], file: &Path) -> Result<(), Failure> {
    let heard = plot::Course::new(&subject.name, measured.iter().map(|m| (m.place, &m.heard)));
    let references = measured
        .iter()
        .filter_map(|m| Some((m.place, m.reference.as_ref()?)));
    let reference = plot::Course::new("reference", references);
    let title = format!("head {}, {} Hz", subject.name, subject.head.sample_rate());
    let picture = plot::interaural(&title, &[heard, reference])?;
    files::write_text(file, &picture).map_err(|error| Failure::runtime(format!("--plot {error}")))
}
