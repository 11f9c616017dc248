//! `binaurald bench`: how long the audio callback takes, what a device makes of it, and how long a
//! position takes to the ear.

mod callback;
mod latency;
mod live;
mod machine;
mod measure;
mod scene;
mod table;
mod times;

use serde::Serialize;
use std::fmt;

use crate::cli::BenchArgs;
use crate::config::{BenchConfig, BenchTask};

use super::Failure;
use super::printer::print_line;
use machine::About;
pub use scene::{Motion, Scene};

/// Starts the program anew in this process where the measurement needs another environment. To be
/// called before anything is said, which would be said twice. Returns where none is needed, and where
/// an option cannot be used: [`bench()`] says which.
pub fn prepare(args: &BenchArgs) {
    if let Ok(config) = BenchConfig::new(args)
        && let BenchTask::Latency(config) = config.task
    {
        latency::prefer_monitor(&config);
    }
}

/// Measures, and prints what came of it.
///
/// # Errors
/// When an option, the device or what records it cannot be used.
pub async fn bench(args: &BenchArgs) -> Result<(), Failure> {
    let BenchConfig { head, task } = BenchConfig::new(args).map_err(Failure::usage)?;
    let about = About::new(&args.head);
    if about.debug_build {
        tracing::warn!(
            "this is a debug build: its figures say nothing about an optimised one (cargo build \
             --release)"
        );
    }
    match task {
        BenchTask::Callback(config) => print(&callback::measured(about, &head, &config)?, args),
        BenchTask::Live(config) => print(&live::measured(about, &head, config).await?, args),
        BenchTask::Latency(config) => print(&latency::measured(about, *config).await?, args),
    }
}

fn print(report: &(impl Serialize + fmt::Display), args: &BenchArgs) -> Result<(), Failure> {
    let text = if args.json {
        serde_json::to_string(report).map_err(Failure::runtime)?
    } else {
        report.to_string()
    };
    print_line(&text)?;
    Ok(())
}

/// A number with one decimal, or a hyphen.
fn one_decimal(number: Option<f64>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| format!("{number:.1}"))
}
