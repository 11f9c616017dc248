//! The callback alone, without a device: how long it takes, against the time that its block plays.

use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::config::{CallbackConfig, HeadConfig};

use super::machine::About;
use super::measure::{Course, measure};
use super::scene::Scene;
use super::table::{Report, Row};
use crate::app::Failure;
use crate::app::heads::LoadedHead;

/// Steps of the progress bar.
const STEPS: f64 = 1000.0;

/// Measures each number of sources with each size of block.
///
/// # Errors
/// When the head cannot be used.
pub(super) fn measured(
    about: About,
    head: &HeadConfig,
    config: &CallbackConfig,
) -> Result<Report, Failure> {
    let head = LoadedHead::load(head)?;
    let head = Arc::new(head.prepare(config.sample_rate)?);
    let mut scenes: Vec<Scene> = config
        .sources
        .iter()
        .map(|&sources| Scene::new(&head, sources))
        .collect();
    let mut courses = Vec::new();
    for (scene, &sources) in config.sources.iter().enumerate() {
        for &frames in &config.frames {
            courses.push(Course::new(scene, sources, frames));
        }
    }
    let bar = stderr().is_terminal().then(progress_bar);
    let time = Duration::from_secs_f64(config.seconds);
    measure(&mut scenes, &mut courses, time, |share| {
        if let Some(bar) = &bar {
            bar.set_position((share * STEPS) as u64);
        }
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    if !scenes.iter().all(Scene::is_whole) {
        return Err(Failure::runtime(
            "the callback failed while it was measured; please report this",
        ));
    }
    let row = |course| Row::new(course, config.sample_rate);
    Ok(Report {
        about,
        sample_rate_hz: config.sample_rate,
        seconds: config.seconds,
        results: courses.iter().map(row).collect(),
    })
}

/// It is drawn between two turns alone, and by no thread of its own that would disturb.
fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new(STEPS as u64);
    if let Ok(style) = ProgressStyle::with_template("measuring {wide_bar} {percent:>3} % {eta}") {
        bar.set_style(style);
    }
    bar
}
