//! Damage: whatever it is, the file is refused in words, or loads; nothing panics, hangs or takes
//! more than its share of memory.

use std::fs;
use std::io::{Write, stdout};
use std::path::Path;
use std::time::Instant;

use binaurald::head::{MeasuredSet, SofaError, read_sofa};
use rlimit::Resource;

use super::builder::{Sofa, Stored};
use super::{child_process, kemar_bytes};

/// Files with flipped bytes for each of two good ones: that of the project, written by the library
/// that most files come from, and a small one, in which more of the flips hit what has meaning.
const FILES: [u64; 2] = [5_000, 5_000];

/// Memory of the process that reads them all, in bytes.
const MAX_MEMORY: u64 = 1 << 30;

/// And its processor time, in seconds; they take half a minute.
const MAX_SECONDS: u64 = 1_200;

/// A file with 1 to 16 bits flipped, half of them near its beginning, where its structure is.
pub(crate) fn flipped(good: &[u8], seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut bytes = good.to_vec();
    for _ in 0..random.usize(1..=16) {
        let within = if random.bool() {
            bytes.len()
        } else {
            bytes.len().min(40_000)
        };
        bytes[random.usize(..within)] ^= 1 << random.u8(..8);
    }
    bytes
}

fn small() -> Vec<u8> {
    Sofa::four().stored(Stored::Packed).bytes()
}

/// Asserts that what came of a damaged file can be used, or is refused in plain words.
fn check(result: &Result<MeasuredSet, SofaError>, which: &str) {
    match result {
        Ok(set) => {
            assert!(set.is_consistent() && !set.sources.is_empty(), "{which}");
            assert!(
                set.samples > 7 && set.responses.iter().all(|x| x.is_finite()),
                "{which}"
            );
            assert!(
                set.sources
                    .iter()
                    .all(|s| (0.09..20.1).contains(&s.distance())),
                "{which}"
            );
            assert!(
                set.delays
                    .iter()
                    .flatten()
                    .all(|d| (0.0..20_000.0).contains(d)),
                "{which}"
            );
        }
        Err(error) => {
            let words = error.to_string();
            assert!(
                words.len() > 10 && words.lines().count() == 1,
                "{which}: {words:?}"
            );
            assert!(!words.contains(char::is_control), "{which}: {words:?}");
        }
    }
}

#[test]
fn a_file_that_was_cut_off_anywhere_is_refused() {
    for good in [kemar_bytes(), small()] {
        for part in 0..64 {
            let cut = &good[..good.len() * part / 64];
            let result = read_sofa(cut);
            check(&result, &format!("{part}/64"));
            assert!(result.is_err(), "{part}/64 of {} bytes", good.len());
        }
    }
}

#[test]
fn absurd_sizes_are_refused_without_taking_the_memory() {
    // Of the old form, which has no checksums: what it says of its sizes is believed at first.
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/sofa/old.sofa");
    let good = fs::read(seed).expect("it is there");
    let as_bytes = |sizes: [u64; 3]| sizes.map(u64::to_le_bytes).as_flattened().to_vec();
    let size = as_bytes([4, 2, 16]);
    let places = (0..good.len()).filter(|at| good[*at..].starts_with(&size));
    let places: Vec<usize> = places.collect();
    assert!(!places.is_empty(), "the size of Data.IR was not found");
    for (absurd, words) in [
        ([1 << 40, 2, 16], "more than the"),
        ([4, 2, 1 << 40], "more than the"),
        ([u64::MAX, 2, 16], "damaged"),
        ([4, 2, 1 << 22], "damaged"),
        ([0, 2, 16], "it is empty"),
        ([4, 2, 0], "it is empty"),
        ([4, 0, 16], "it is empty"),
    ] {
        let mut bytes = good.clone();
        for at in &places {
            bytes[*at..at + size.len()].copy_from_slice(&as_bytes(absurd));
        }
        let error = read_sofa(&bytes).expect_err("absurd").to_string();
        assert!(
            error.contains("Data.IR") && error.contains(words),
            "{absurd:?}: {error}"
        );
    }
}

#[test]
fn ten_thousand_files_with_flipped_bits_load_or_are_refused() {
    let output = child_process::command("flips").output().expect("it starts");
    let words = String::from_utf8_lossy(&output.stderr);
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().last().unwrap_or_default();
    assert!(
        output.status.success(),
        "{}: the process died over {last}: {words}",
        output.status
    );
    for key in ["loaded", "refused", "slowest_ms", "peak_kib"] {
        println!("{key}={}", child_process::reported(&output, key));
    }
    let number = |key| {
        child_process::reported(&output, key)
            .parse::<u64>()
            .expect("a number")
    };
    assert_eq!(
        number("loaded") + number("refused"),
        FILES.iter().sum::<u64>()
    );
    assert!(number("loaded") > 10 && number("refused") > 1_000, "{said}");
    assert!(number("slowest_ms") < 10_000, "{said}");
    assert!(number("peak_kib") < MAX_MEMORY >> 10, "{said}");
}

/// What the child of that test does.
pub(crate) fn read_flipped() {
    for (resource, limit) in [(Resource::AS, MAX_MEMORY), (Resource::CPU, MAX_SECONDS)] {
        resource.set(limit, limit).expect("a limit can be lowered");
    }
    // What the reader panics with is none of the test's business: it is caught.
    std::panic::set_hook(Box::new(|fault| {
        if fault
            .location()
            .is_some_and(|at| at.file().starts_with("tests/"))
        {
            eprintln!("{fault}");
        }
    }));
    let (mut loaded, mut refused, mut slowest) = (0, 0, 0);
    for (good, files) in [kemar_bytes(), small()].iter().zip(FILES) {
        for seed in 0..files {
            println!("file of {} bytes, seed {seed}", good.len());
            stdout().flush().expect("it is read");
            let bytes = flipped(good, seed);
            let begin = Instant::now();
            let result = read_sofa(&bytes);
            slowest = slowest.max(begin.elapsed().as_millis());
            check(&result, &format!("seed {seed}"));
            match result {
                Ok(_) => loaded += 1,
                Err(_) => refused += 1,
            }
        }
    }
    let status = fs::read_to_string("/proc/self/status").expect("Linux has it");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|rest| rest.trim().strip_suffix(" kB"));
    println!("loaded={loaded}\nrefused={refused}\nslowest_ms={slowest}");
    println!("peak_kib={}", peak.expect("the kernel says it"));
}
