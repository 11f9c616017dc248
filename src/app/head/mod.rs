//! `binaurald head`: what a head holds, and what is unusual about it.

mod grid;
mod report;

use crate::cli::HeadArgs;
use crate::config::DescribeConfig;
use crate::files;

use super::measure::{Place, measure_at, usual_distance_m};
use super::printer::print_line;
use super::subject::{self, Subject};
use super::{Failure, plot};

pub use report::HeadReport;

/// The rate that a head is prepared for to tell of it, in hertz.
const SAMPLE_RATE: u32 = 48_000;

/// The head beside which others are drawn.
const SPHERE: &str = "sphere";

/// Steps of the azimuth in the picture, in degrees.
const STEP_DEGREES: u16 = 5;

/// Tells what a head holds.
///
/// # Errors
/// When the head cannot be used, or the picture cannot be written.
pub fn head(args: &HeadArgs) -> Result<(), Failure> {
    let config = DescribeConfig::new(args).map_err(Failure::usage)?;
    let subject = subject::choose(&config.head, SAMPLE_RATE)?;
    if let Some(file) = &config.plot {
        plot::check_target(file)?;
    }
    let report = HeadReport::new(&subject);
    let text = if args.json {
        serde_json::to_string(&report).map_err(Failure::runtime)?
    } else {
        report.to_string()
    };
    print_line(&text)?;
    match &config.plot {
        Some(file) => files::write_text(file, &picture(&subject)?)
            .map_err(|error| Failure::runtime(format!("--plot {error}"))),
        None => Ok(()),
    }
}

/// Draws the head beside the sphere, all round at the distance where it was measured.
///
/// # Errors
/// When the picture cannot be drawn.
pub fn picture(subject: &Subject) -> Result<String, Failure> {
    let distance_m = usual_distance_m(subject);
    let degrees = (0..360).step_by(usize::from(STEP_DEGREES));
    let places: Vec<Place> = degrees
        .map(|azimuth: u16| Place {
            azimuth_degrees: f64::from(azimuth),
            elevation_degrees: 0.0,
            distance_m,
        })
        .collect();
    let course = |subject: &Subject| {
        let (_, measured) = measure_at(subject, &places);
        let figures = measured.iter().map(|m| (m.place, &m.heard));
        plot::Course::new(&subject.name, figures)
    };
    let mut courses = vec![course(subject)];
    if subject.name != SPHERE {
        courses.push(course(&subject::choose(SPHERE, SAMPLE_RATE)?));
    }
    let title = format!("head {}, {distance_m:.2} m", subject.name);
    plot::interaural(&title, &courses)
}
