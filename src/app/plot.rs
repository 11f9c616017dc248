//! Pictures of what was measured, as SVG: no fonts or libraries of the system are needed.

use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;

use crate::analysis::OCTAVES_HZ;
use crate::files;

use super::Failure;
use super::measure::{Figures, ITD_HZ, Place};

const SIZE: (u32, u32) = (960, 800);

/// Which of [`ITD_HZ`] and of [`OCTAVES_HZ`] are drawn.
const DELAYS: [usize; 2] = [1, 3];
const OCTAVES: [usize; 3] = [3, 5, 6];

/// Colours that people tell apart who see few of them (Okabe and Ito, "Color Universal Design").
const COLOURS: [RGBColor; 3] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
];
const GRID: RGBColor = RGBColor(228, 228, 228);
/// Half a turn in the units of the picture's azimuth, which are whole: hundredths of a degree.
const HALF_TURN: i32 = 18_000;

/// Lengths of a dash, of what is between two, and of a line in the legend: pixels.
const DASH: i32 = 6;
const GAP: i32 = 5;
const KEY: i32 = 28;
const INK: RGBColor = RGBColor(40, 40, 40);

/// Elevations this near to each other are one, in degrees.
const SAME_ELEVATION_DEGREES: f64 = 0.5;
/// And distances, as a part of them.
const SAME_DISTANCE: f64 = 0.005;

/// What is drawn of a head: its figures round a circle.
#[derive(Clone, Debug)]
pub(super) struct Course {
    name: String,
    /// By azimuth in degrees, ascending from -180.
    points: Vec<(f64, Figures)>,
}

impl Course {
    /// Of a head that was measured at these places: those nearest to the horizontal plane, at the
    /// distance of the first of them.
    pub(super) fn new<'a>(
        name: &str,
        measured: impl Iterator<Item = (Place, &'a Figures)> + Clone,
    ) -> Self {
        let lowest = measured.clone().map(|(place, _)| place).min_by(|a, b| {
            a.elevation_degrees
                .abs()
                .total_cmp(&b.elevation_degrees.abs())
        });
        let is_drawn = |place: &Place| {
            lowest.is_some_and(|lowest| {
                let up = place.elevation_degrees - lowest.elevation_degrees;
                let out = place.distance_m - lowest.distance_m;
                up.abs() <= SAME_ELEVATION_DEGREES && out.abs() <= SAME_DISTANCE * lowest.distance_m
            })
        };
        let mut points: Vec<(f64, Figures)> = measured
            .filter(|(place, _)| is_drawn(place))
            .map(|(place, figures)| {
                let turned = (place.azimuth_degrees + 180.0).rem_euclid(360.0) - 180.0;
                (turned, figures.clone())
            })
            .collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, behind)) = points.first().filter(|(azimuth, _)| *azimuth == -180.0) {
            let behind = behind.clone();
            points.push((180.0, behind));
        }
        Self {
            name: name.to_owned(),
            points,
        }
    }

    /// A line of the picture; no point where nothing is told.
    fn line(&self, value: impl Fn(&Figures) -> Option<f64>) -> Vec<(f64, f64)> {
        let points = self.points.iter();
        points
            .filter_map(|(azimuth, figures)| Some((*azimuth, value(figures)?)))
            .filter(|(_, value)| value.is_finite())
            .collect()
    }
}

/// One line of a panel.
struct Line {
    label: String,
    colour: RGBColor,
    dashed: bool,
    points: Vec<(f64, f64)>,
}

/// Checks that a picture can be written there.
///
/// # Errors
/// When it cannot.
pub(super) fn check_target(file: &Path) -> Result<(), Failure> {
    files::check_target(file).map_err(|error| Failure::usage(format!("--plot {error}")))
}

/// Draws the interaural delay and the level between the ears over the azimuth: the first course in
/// full lines, the second one dashed over it.
///
/// # Errors
/// When the picture cannot be drawn.
pub(super) fn interaural(title: &str, courses: &[Course]) -> Result<String, Failure> {
    let mut delays = Vec::new();
    let mut levels = Vec::new();
    for (course, dashed) in courses.iter().zip([false, true]) {
        for (index, colour) in DELAYS.into_iter().zip(COLOURS) {
            delays.push(Line {
                label: format!("{}, phase at {} Hz", course.name, ITD_HZ[index]),
                colour,
                dashed,
                points: course.line(|figures| Some(figures.itd_s[index] * 1e6)),
            });
        }
        delays.push(Line {
            label: format!("{}, onset", course.name),
            colour: COLOURS[2],
            dashed,
            points: course.line(|figures| figures.onset_s.map(|seconds| seconds * 1e6)),
        });
        for (index, colour) in OCTAVES.into_iter().zip(COLOURS) {
            levels.push(Line {
                label: format!("{}, octave of {} Hz", course.name, OCTAVES_HZ[index]),
                colour,
                dashed,
                points: course.line(|figures| figures.ild_db()[index]),
            });
        }
    }
    let mut picture = String::new();
    draw(&mut picture, title, [&delays, &levels])
        .map_err(|error| Failure::runtime(format!("--plot: cannot be drawn: {error}")))?;
    Ok(picture)
}

type Drawn = Result<(), Box<dyn std::error::Error>>;

fn draw(picture: &mut String, title: &str, [delays, levels]: [&[Line]; 2]) -> Drawn {
    let page = SVGBackend::with_string(picture, SIZE).into_drawing_area();
    page.fill(&WHITE)?;
    let below = page.titled(title, ("sans-serif", 22).into_font().color(&INK))?;
    let (upper, lower) = below.split_vertically((SIZE.1 - 40) / 2);
    panel(&upper, "interaural delay, microseconds", delays)?;
    panel(&lower, "left ear over right ear, decibels", levels)?;
    page.present()?;
    Ok(())
}

fn panel(area: &DrawingArea<SVGBackend<'_>, Shift>, what: &str, lines: &[Line]) -> Drawn {
    let key_points = (-6..=6).map(|n| n * HALF_TURN / 6).collect();
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(
            (-HALF_TURN..HALF_TURN).with_key_points(key_points),
            extent(lines),
        )?;
    let text = ("sans-serif", 15, &INK);
    chart
        .configure_mesh()
        .x_labels(13)
        .y_labels(9)
        .max_light_lines(1)
        .bold_line_style(GRID)
        .light_line_style(WHITE)
        .axis_style(INK)
        .x_label_formatter(&|azimuth| (azimuth * 180 / HALF_TURN).to_string())
        .y_label_formatter(&|value| format!("{value:.0}"))
        .label_style(text)
        .axis_desc_style(text)
        .x_desc("azimuth in degrees: 90 is left, -90 right")
        .y_desc(what)
        .draw()?;
    for line in lines.iter().filter(|line| !line.points.is_empty()) {
        let points = line.points.iter().map(|(azimuth, value)| {
            let along = azimuth / 180.0 * f64::from(HALF_TURN);
            (along.round() as i32, *value)
        });
        let colour = line.colour;
        if line.dashed {
            // Darker, so that it is seen over a full line of its colour.
            let style = RGBColor(colour.0 / 2, colour.1 / 2, colour.2 / 2).stroke_width(2);
            chart
                .draw_series(DashedLineSeries::new(points, DASH, GAP, style))?
                .label(&line.label)
                .legend(move |(x, y)| {
                    DashedPathElement::new([(x, y), (x + KEY, y)], DASH, GAP, style)
                });
        } else {
            let style = colour.stroke_width(4);
            chart
                .draw_series(LineSeries::new(points, style))?
                .label(&line.label)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + KEY, y)], style));
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .margin(8)
        .legend_area_size(34)
        .label_font(("sans-serif", 14, &INK))
        .background_style(WHITE.mix(0.85))
        .border_style(GRID)
        .draw()?;
    Ok(())
}

/// All values with some room above and below, and 0 within.
fn extent(lines: &[Line]) -> Range<f64> {
    let values = || {
        lines
            .iter()
            .flat_map(|line| &line.points)
            .map(|point| point.1)
    };
    let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let room = 0.08 * (high - low).max(1.0);
    low - room..high + room
}
