//! `binaurald bench`: how long the audio callback takes, against the time that its block plays.

mod machine;
mod measure;
mod report;
mod scene;
mod times;

use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::BenchArgs;
use crate::config::BenchConfig;

use super::Failure;
use super::heads::LoadedHead;
use super::printer::print_line;
use measure::{Course, measure};
use report::{Report, Row};
pub use scene::{Motion, Scene};

/// Steps of the progress bar.
const STEPS: f64 = 1000.0;

/// Runs the audio callback and prints how long it takes.
///
/// # Errors
/// When an option cannot be used.
pub fn bench(args: &BenchArgs) -> Result<(), Failure> {
    let config = BenchConfig::new(args).map_err(Failure::usage)?;
    let debug_build = cfg!(debug_assertions);
    if debug_build {
        tracing::warn!(
            "this is a debug build: its figures say nothing about an optimised one (cargo build \
             --release)"
        );
    }
    let results = results(&config)?;
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        head: args.head.clone(),
        sample_rate_hz: config.sample_rate,
        cpu: machine::cpu(),
        cores: machine::cores(),
        debug_build,
        seconds: config.seconds,
        results,
    };
    let text = if args.json {
        serde_json::to_string(&report).map_err(Failure::runtime)?
    } else {
        report.to_string()
    };
    print_line(&text)?;
    Ok(())
}

/// Measures each number of sources with each size of block.
fn results(config: &BenchConfig) -> Result<Vec<Row>, Failure> {
    let head = LoadedHead::load(&config.head)?;
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
    Ok(courses.iter().map(row).collect())
}

/// It is drawn between two turns alone, and by no thread of its own that would disturb.
fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new(STEPS as u64);
    if let Ok(style) = ProgressStyle::with_template("measuring {wide_bar} {percent:>3} % {eta}") {
        bar.set_style(style);
    }
    bar
}
