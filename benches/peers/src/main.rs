//! Measures binaurald beside other renderers, on the same scene in one run.
//!
//! ```text
//! binaurald-peers [--quick] [--write DOCUMENT]
//! ```
//!
//! Without options it measures all rows of the bar and prints them; `--write` puts them into a document,
//! between its marks, too. `--quick` prints the times of five renderers with 64 sources and blocks of
//! 256, within seconds.

mod bar;
mod ears;
mod measure;
mod peer;
mod peers;
mod report;
mod scene;
mod stopwatch;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use measure::{Plan, measure};
use peers::{Kind, Workshop};
use report::{Machine, Others, Report};

const SOURCES: [usize; 4] = [1, 16, 64, 256];
/// Frames a block.
const BLOCKS: [usize; 4] = [64, 128, 256, 512];
/// The shortest that all renderers can render.
const SHORTEST_OF_ALL: usize = 128;
const PLAN: Plan = Plan {
    turns: 7,
    time: Duration::from_millis(150),
};

const QUICK_SOURCES: usize = 64;
const QUICK_FRAMES: usize = 256;
const QUICK_PLAN: Plan = Plan {
    turns: 5,
    time: Duration::from_millis(150),
};

/// What was asked for.
#[derive(Default)]
struct Options {
    quick: bool,
    write: Option<PathBuf>,
}

impl Options {
    fn new(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--write" => {
                    let document = arguments.next().ok_or("--write DOCUMENT: no document")?;
                    options.write = Some(document.into());
                }
                other => return Err(format!("{other}: there is --quick, and --write DOCUMENT")),
            }
        }
        if options.quick && options.write.is_some() {
            return Err("--quick does not measure all that --write DOCUMENT writes".to_owned());
        }
        Ok(options)
    }
}

fn main() -> ExitCode {
    let options = match Options::new(env::args().skip(1)) {
        Ok(options) => options,
        Err(reason) => {
            eprintln!("error: {reason}");
            return ExitCode::from(2);
        }
    };
    let result = if options.quick {
        quick()
    } else {
        full(&options)
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn quick() -> Result<(), String> {
    let workshop = Workshop::new()?;
    let heard = ears::check_all(&workshop, &Kind::QUICK)?;
    let combination = |kind: &Kind| (*kind, QUICK_SOURCES, QUICK_FRAMES);
    let combinations: Vec<_> = heard.good.iter().map(combination).collect();
    let courses = measure(&workshop, &combinations, QUICK_PLAN, |_| ())?;
    println!("{}", report::times(&courses));
    Ok(())
}

fn full(options: &Options) -> Result<(), String> {
    let workshop = Workshop::new()?;
    let machine = Machine::new(workshop.open_al_version());
    let heard = ears::check_all(&workshop, &Kind::ALL)?;
    let others = Others::measure(&workshop, |what| eprintln!("measuring {what}"))?;
    let mut combinations = Vec::new();
    for sources in SOURCES {
        for frames in BLOCKS {
            let can = |kind: &&Kind| kind.is_ours() || frames >= SHORTEST_OF_ALL;
            let kinds = heard.good.iter().filter(can);
            combinations.extend(kinds.map(|kind| (*kind, sources, frames)));
        }
    }
    let courses = measure(&workshop, &combinations, PLAN, |round| {
        eprintln!("measuring in turns: round {round} of {}", PLAN.turns);
    })?;
    let report = Report {
        machine,
        plan: PLAN,
        courses,
        left_out: heard.left_out,
        others,
    };
    let text = report.text();
    println!("{text}");
    options
        .write
        .as_ref()
        .map_or(Ok(()), |path| report::write(path, &text))
}
