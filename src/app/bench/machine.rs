//! What the figures were measured on.

use std::fs;
use std::thread;

/// The processor's name, where the system tells it.
pub(super) fn cpu() -> Option<String> {
    model_name(&fs::read_to_string("/proc/cpuinfo").ok()?)
}

/// How many threads run at a time.
pub(super) fn cores() -> usize {
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
