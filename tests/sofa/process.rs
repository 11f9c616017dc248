//! The real program reads files, in a process of its own.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use binaurald::app::Failure;
use binaurald::app::sofa::load_sofa_with;
use binaurald::head::{MeasuredSet, read_sofa};
use tempfile::NamedTempFile;

use super::builder::{Sofa, Stored};
use super::damaged::flipped;
use super::{kemar, kemar_bytes};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_binaurald"))
}

fn load(path: &Path) -> Result<MeasuredSet, Failure> {
    load_sofa_with(program(), path)
}

fn file(bytes: &[u8]) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a file for the test");
    fs::write(file.path(), bytes).expect("it can be written");
    file
}

#[test]
fn a_set_is_the_same_through_the_other_process() {
    let set = load(&kemar()).expect("it can be used");
    assert_eq!(set, read_sofa(&kemar_bytes()).expect("it can be used"));
    let odd = Sofa::four().without("Data.Delay").bytes();
    let set = load(file(&odd).path()).expect("it can be used");
    assert_eq!(set, read_sofa(&odd).expect("it can be used"));
}

#[test]
fn a_refusal_names_the_option_and_the_file_and_has_the_readers_words() {
    let bytes = Sofa::four()
        .text("SOFAConventions", "MultiSpeakerBRIR")
        .bytes();
    let file = file(&bytes);
    let words = read_sofa(&bytes)
        .expect_err("another convention")
        .to_string();
    let wanted = format!("--head {}: {words}", file.path().display());
    assert_eq!(load(file.path()), Err(Failure::usage(wanted)));
}

#[test]
fn what_is_no_file_is_refused_in_plain_words() {
    let directory = tempfile::tempdir().expect("a directory for the test");
    for (path, words) in [
        (
            directory.path().join("none.sofa").as_path(),
            "there is no such file",
        ),
        (directory.path(), "it is a directory, not a file"),
        (Path::new("/dev/zero"), "a pipe or a device"),
    ] {
        let error = load(path).expect_err("no file");
        assert_eq!(error.exit_code(), 2);
        assert!(
            error.to_string().ends_with(words) || error.to_string().contains(words),
            "{error}"
        );
    }
}

#[test]
fn a_name_like_an_option_is_a_name() {
    let error = load(Path::new("--help")).expect_err("there is no such file");
    assert_eq!(error.to_string(), "--head --help: there is no such file");
}

#[test]
fn damaged_files_are_refused_by_the_other_process_in_one_line() {
    for (good, seeds) in [(kemar_bytes(), 0..16), (Sofa::four().bytes(), 0..32)] {
        for seed in seeds {
            let bytes = flipped(&good, seed);
            let here = read_sofa(&bytes).map_err(|error| error.to_string());
            let file = file(&bytes);
            let there = load(file.path()).map_err(|error| {
                let words = error.to_string();
                let prefix = format!("--head {}: ", file.path().display());
                words
                    .strip_prefix(&prefix)
                    .expect("it begins with the file")
                    .to_owned()
            });
            assert_eq!(there, here, "seed {seed}");
        }
    }
}

/// 41,527 directions with 256 samples in 8 bytes each: as large as sets get.
fn largest() -> NamedTempFile {
    // A spiral from pole to pole, which comes nowhere twice.
    let places = (0..41_527).map(|n| {
        let n = f64::from(n) + 0.5;
        [
            (n * 137.507_764_05) % 360.0,
            (n / 41_527.0 * 2.0 - 1.0).asin().to_degrees(),
        ]
    });
    let places: Vec<[f64; 2]> = places.collect();
    file(&Sofa::hrir_of(&places, 256).stored(Stored::F64).bytes())
}

#[test]
fn the_largest_sets_load_within_the_limits_of_the_other_process() {
    let file = largest();
    let set = load(file.path()).expect("it can be used");
    assert_eq!((set.sources.len(), set.samples), (41_527, 256));
    assert_eq!(set.oddities, [""; 0]);

    let mut child = Command::new(program())
        .arg("read-sofa")
        .arg(file.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    // It has read all when it begins to write, and cannot end before all of that is taken.
    let process = child.id();
    let of = |name: &str| fs::read_to_string(format!("/proc/{process}/{name}")).ok();
    let peak = || {
        let status = of("status")?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    };
    let mut stdout = child.stdout.take().expect("it is a pipe");
    stdout.read_exact(&mut [0]).expect("it writes");
    let peak = peak().expect("it is there");
    println!("the largest set takes {} MiB", peak >> 10);
    assert!(peak < 1 << 20, "{peak} KiB");
    let limits = of("limits").expect("it is there");
    let memory = limits
        .lines()
        .find(|line| line.starts_with("Max address space"));
    assert!(
        memory.is_some_and(|line| line.contains("1073741824")),
        "{limits}"
    );
    child.kill().expect("it can be ended");
    child.wait().expect("it ends");
}
