//! What it was measured on, and with which versions.

use std::fs;
use std::process::Command;
use std::thread;

/// The versions of all crates here, the peers among them.
const LOCK: &str = include_str!("../../Cargo.lock");
const CRATES: [&str; 6] = [
    "binaurald",
    "sofar",
    "hrtf",
    "web-audio-api",
    "oddio",
    "tonic",
];

/// The machine and its day.
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    /// How many programs wanted a core in the last minute before.
    load: String,
    date: String,
    rustc: String,
    open_al: String,
}

impl Machine {
    /// As it is now. `open_al` is what OpenAL Soft says that it is.
    pub(crate) fn new(open_al: String) -> Self {
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            cpu: cpu(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            load: load.split(' ').next().unwrap_or_default().to_owned(),
            date: said(Command::new("date").args(["-u", "+%F"])),
            rustc: said(Command::new("rustc").arg("--version")),
            open_al,
        }
    }

    pub(super) fn text(&self) -> String {
        let crates: Vec<String> = CRATES
            .iter()
            .map(|name| format!("{name} {}", version(LOCK, name)))
            .collect();
        format!(
            "Measured on {} on {} cores of {} (load before: {}), with {}: OpenAL Soft (`AL_VERSION` {}); \
             crates {}.",
            self.date,
            self.cores,
            self.cpu,
            self.load,
            self.rustc,
            self.open_al,
            crates.join(", ")
        )
    }
}

/// The first that a lock file names so.
fn version<'a>(lock: &'a str, name: &str) -> &'a str {
    let begin = format!("name = \"{name}\"\nversion = \"");
    let found = lock
        .split(&begin)
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    found.unwrap_or("of an unknown version")
}

fn cpu() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    cpuinfo
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == "model name")
        .map_or("an unknown processor".to_owned(), |(_, name)| {
            name.trim().to_owned()
        })
}

/// The line that a program prints.
fn said(command: &mut Command) -> String {
    let output = command
        .output()
        .map(|output| output.stdout)
        .unwrap_or_default();
    let line = String::from_utf8_lossy(&output);
    if line.trim().is_empty() {
        "unknown".to_owned()
    } else {
        line.trim().to_owned()
    }
}
