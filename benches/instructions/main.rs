//! How many instructions the audio callback takes: the figures that hold on a machine that others
//! use too, where times do not.
//!
//! `make instructions` runs it: this program runs itself within valgrind, which counts what the
//! callback alone executes, and compares that with `baseline.csv`. More than 5 % above it fails.
//! `make instructions UPDATE=1` writes the baseline anew. Counts depend on the compiler, so a new one
//! needs that too.

mod baseline;
#[path = "../support/matrix.rs"]
mod matrix;

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use baseline::{Baseline, Row};
use binaurald::audio::StereoFrame;
use matrix::{FRAMES, Set};

/// Blocks that are counted of each combination.
const BLOCKS: u64 = 4;
/// How this program is told that it is the one within valgrind.
const WITHIN: &str = "--within-valgrind";

fn main() -> ExitCode {
    let told = |option: &str| std::env::args().any(|arg| arg == option);
    if told(WITHIN) {
        println!("{}", path());
        run(BLOCKS, |set, frames| {
            println!("{},{},{},{frames}", set.head, set.motion, set.sources);
            combination_ends();
        });
        return ExitCode::SUCCESS;
    }
    if told("--test") {
        run(1, |_, _| {});
        return ExitCode::SUCCESS;
    }
    match compare(told("--update")) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// Which of its kernels the program takes on this processor, as valgrind shows it: counts of one say
/// nothing about another.
fn path() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        return "x86_64-avx2-fma";
    }
    std::env::consts::ARCH
}

/// Goes through all combinations, each for so many blocks.
fn run(blocks: u64, mut done: impl FnMut(&Set, usize)) {
    matrix::each(|set| {
        for frames in FRAMES {
            let mut block = vec![StereoFrame::SILENCE; frames];
            for _ in 0..blocks {
                set.scene.steer();
                counted(set, &mut block);
            }
            set.check(&block);
            done(set, frames);
        }
    });
}

/// What is counted; valgrind knows it by its name.
#[inline(never)]
fn counted(set: &mut Set, block: &mut [StereoFrame]) {
    set.scene.fill(black_box(block));
}

/// Where valgrind writes down what was counted, and begins anew; it knows it by its name.
#[inline(never)]
fn combination_ends() {
    black_box(());
}

/// Counts, and compares or updates. Whether all is as it should be.
fn compare(update: bool) -> Result<bool, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions/baseline.csv");
    let text = fs::read_to_string(&file).unwrap_or_default();
    let mut baseline = Baseline::parse(&text)?;
    let (path, rows) = count()?;
    let comparison = baseline.compare(&path, &rows);
    print!("{comparison}");
    if update {
        baseline.replace(&path, rows);
        fs::write(&file, baseline.to_string()).map_err(|e| format!("{}: {e}", file.display()))?;
        println!("{} has these figures now", file.display());
        return Ok(true);
    }
    Ok(comparison.holds())
}

/// Runs this program within valgrind: the path that it took, and what was counted.
fn count() -> Result<(String, Vec<Row>), String> {
    let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
    let out = directory.path().join("counts");
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind"])
        .arg("--toggle-collect=instructions::counted*")
        .arg("--dump-after=instructions::combination_ends*")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .arg(WITHIN)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("valgrind: {error}; `scripts/setup instructions` installs it"))?;
    if !output.status.success() {
        return Err(format!("within valgrind it ended with {}", output.status));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let mut lines = said.lines();
    let path = lines.next().ok_or("it said nothing within valgrind")?;
    let rows = (1..)
        .zip(lines)
        .map(|(n, name)| {
            let total = total(&out.with_extension(n.to_string()))?;
            Row::new(name, total / BLOCKS).ok_or_else(|| format!("{name:?} is no combination"))
        })
        .collect::<Result<Vec<_>, String>>()?;
    Ok((path.to_owned(), rows))
}

/// What was counted up to one dump.
fn total(dump: &PathBuf) -> Result<u64, String> {
    let said = |reason: &str| format!("{}: {reason}", dump.display());
    let text = fs::read_to_string(dump).map_err(|error| said(&error.to_string()))?;
    text.lines()
        .find_map(|line| line.strip_prefix("totals: "))
        .and_then(|total| total.trim().parse().ok())
        .filter(|total| *total > 0)
        .ok_or_else(|| said("valgrind counted nothing: are there no symbols in the program?"))
}
