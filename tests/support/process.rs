//! What a process holds of the system.

use std::fs;

/// Threads, open files and memory of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) threads: usize,
    pub(crate) files: usize,
    /// What it has written to and keeps: of its own, in KiB. Pages of files are the system's.
    pub(crate) memory_kib: u64,
}

impl Held {
    /// Of a process that runs.
    pub(crate) fn by(process: u32) -> Self {
        let count = |what: &str| {
            let held = fs::read_dir(format!("/proc/{process}/{what}"));
            held.expect("the process runs").count()
        };
        Self {
            threads: count("task"),
            files: count("fd"),
            memory_kib: memory_kib(process),
        }
    }
}

fn memory_kib(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"));
    let text = text.expect("the process runs");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Anonymous:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("the kernel does not tell: {text}"))
}
