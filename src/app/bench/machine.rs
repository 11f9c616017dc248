//! What the figures were measured on.

use std::fmt;
use std::fs;
use std::thread;

use serde::Serialize;

/// What was measured, on what. Its fields are those of the JSON, which `docs/json.md` tells of.
#[derive(Clone, Debug, Serialize)]
pub(super) struct About {
    pub(super) version: &'static str,
    pub(super) head: String,
    pub(super) cpu: Option<String>,
    pub(super) cores: usize,
    pub(super) debug_build: bool,
}

impl About {
    /// This program on this machine, with a head as `--head` names it.
    pub(super) fn new(head: &str) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            head: head.to_owned(),
            cpu: cpu(),
            cores: cores(),
            debug_build: cfg!(debug_assertions),
        }
    }

    /// The first line of a report at a rate in hertz.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, sample_rate_hz: u32) -> fmt::Result {
        write!(
            f,
            "binaurald {}, head {}, {sample_rate_hz} Hz, {}, {} cores",
            self.version,
            self.head,
            self.cpu.as_deref().unwrap_or("unknown processor"),
            self.cores
        )?;
        if self.debug_build {
            f.write_str(", DEBUG BUILD")?;
        }
        Ok(())
    }
}

/// The processor's name, where the system tells it.
fn cpu() -> Option<String> {
    model_name(&fs::read_to_string("/proc/cpuinfo").ok()?)
}

/// How many threads run at a time.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn model_name(cpuinfo: &str) -> Option<String> {
    let name = cpuinfo.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        // Boards tell "Model" or nothing.
        matches!(key.trim(), "model name" | "Model").then_some(value)
    })?;
    let words: Vec<&str> = name.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named_where_the_system_tells_it() {
        for (text, name) in [
            (
                "processor\t: 0\nmodel\t\t: 85\nmodel name\t: A  Processor (R) @ 2 GHz\n\n",
                Some("A Processor (R) @ 2 GHz"),
            ),
            (
                "processor : 0\n\nModel : A Board Rev 1.2\n",
                Some("A Board Rev 1.2"),
            ),
            ("model name\t:\n", None),
            ("", None),
        ] {
            assert_eq!(model_name(text).as_deref(), name, "{text:?}");
        }
    }
}
