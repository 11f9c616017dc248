//! What differs between two configurations of `run`, and what becomes of each difference.

use std::path::Path;

use crate::cli::Effective;

use super::stamp::Stamps;

/// Options of the client: its task begins anew.
const CLIENT: [&str; 7] = [
    "server",
    "timeout",
    "poll-hz",
    "tls-ca",
    "tls-cert",
    "tls-key",
    "token-file",
];

/// Options of the scene: the engine is crossfaded with another one.
const SCENE: [&str; 21] = [
    "source",
    "head",
    "diffuse-field-eq",
    "gain",
    "distance-model",
    "ref-distance",
    "max-distance",
    "rolloff",
    "min-distance",
    "head-radius",
    "speed-of-sound",
    "air-absorption",
    "temperature",
    "humidity",
    "doppler",
    "max-speed",
    "axes",
    "listener",
    "scale",
    "limiter",
    "motion-delay",
];

/// Options that the daemon looks up whenever it needs them.
const LOOKED_UP: [&str; 2] = ["stale-after", "stale"];

/// An option that has another value, or whose file is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) option: String,
    said: String,
}

/// All that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::app) struct Changes {
    /// What is applied.
    applied: Vec<Changed>,
    /// What needs a restart.
    waiting: Vec<Changed>,
}

impl Changes {
    /// Those from one list of all settings of a command to another, and of the files they name.
    pub(super) fn between(
        (before, stamps_before): (&[Effective], &Stamps),
        (after, stamps): (&[Effective], &Stamps),
    ) -> Self {
        let changed = after.iter().filter_map(|after| {
            let before = before.iter().find(|b| b.option == after.option)?;
            let option = &after.option;
            let said = if !after.is_same(before) {
                format!("{option} {} -> {}", shown(before), shown(after))
            } else if stamps.differ(stamps_before, option) {
                format!("{option} {} (the file has changed)", shown(after))
            } else {
                return None;
            };
            Some(Changed {
                option: option.clone(),
                said,
            })
        });
        let (applied, waiting) = changed.partition(|changed| is_live(&changed.option));
        Self { applied, waiting }
    }

    /// Whether one of these options is applied.
    pub(super) fn has(&self, options: &[&str]) -> bool {
        let is_one = |changed: &Changed| options.contains(&changed.option.as_str());
        self.applied.iter().any(is_one)
    }

    /// Whether there is nothing to apply.
    pub(super) fn is_empty(&self) -> bool {
        self.applied.is_empty()
    }

    /// Whether the server is to be followed anew.
    pub(in crate::app) fn renews_client(&self) -> bool {
        self.has(&CLIENT)
    }

    /// Whether another engine is needed.
    pub(in crate::app) fn renews_scene(&self) -> bool {
        self.has(&SCENE)
    }

    /// Whether this option waits for a restart.
    pub(super) fn waits(&self, option: &str) -> bool {
        self.waiting.iter().any(|changed| changed.option == option)
    }

    /// Says what was applied, and what needs a restart.
    pub(super) fn tell(&self, file: Option<&Path>) {
        let reloaded = match file {
            Some(file) => format!("reloaded {}", file.display()),
            None => "reloaded".to_owned(),
        };
        let news = if !self.applied.is_empty() {
            list(&self.applied)
        } else if self.waiting.is_empty() {
            "nothing has changed".to_owned()
        } else {
            "nothing has changed that can be applied".to_owned()
        };
        tracing::info!("{reloaded}: {news}");
        if !self.waiting.is_empty() {
            tracing::warn!("needs a restart: {}", list(&self.waiting));
        }
    }
}

fn is_live(option: &str) -> bool {
    [&CLIENT[..], &SCENE, &LOOKED_UP]
        .iter()
        .any(|options| options.contains(&option))
}

fn list(changes: &[Changed]) -> String {
    let said: Vec<&str> = changes.iter().map(|changed| &*changed.said).collect();
    said.join(", ")
}

/// A value as a line of the log shows it.
fn shown(setting: &Effective) -> String {
    match &setting.text {
        Some(text) => text.escape_debug().to_string(),
        None => "(not set)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use crate::cli::Cli;

    use super::*;

    /// Options that need a restart: the device's, the file's, the ends', and the log's.
    const RESTART: [&str; 12] = [
        "output",
        "host",
        "sample-rate",
        "buffer-frames",
        "realtime",
        "record",
        "duration",
        "once",
        "metrics",
        "verbose",
        "quiet",
        "log-format",
    ];

    fn settings(words: &[&str]) -> Vec<Effective> {
        let words = [&["binaurald", "run"], words].concat();
        let read = Cli::from_words(words.into_iter().map(OsString::from), []);
        read.expect("good options").1.effective().to_vec()
    }

    fn between(before: &[&str], after: &[&str]) -> Changes {
        let (before, after) = (settings(before), settings(after));
        let none = Stamps::default();
        Changes::between((&before, &none), (&after, &none))
    }

    #[test]
    fn of_each_option_of_run_it_is_known_what_becomes_of_it() {
        for setting in settings(&[]) {
            let option = setting.option.as_str();
            assert_ne!(is_live(option), RESTART.contains(&option), "{option}");
        }
    }

    #[test]
    fn what_differs_is_told_with_both_values_and_apart_from_what_needs_a_restart() {
        let changes = between(
            &["--gain", "0", "--once", "--head", "sphere"],
            &["--gain", "-6.50", "--output", "null", "--source", "a\nb"],
        );
        assert_eq!(
            list(&changes.applied),
            "source (not set) -> a\\nb, head sphere -> kemar, gain 0 -> -6.50"
        );
        assert_eq!(
            list(&changes.waiting),
            "output default -> null, once true -> false"
        );
        assert!(changes.renews_scene() && !changes.renews_client());
        assert!(changes.waits("once") && !changes.waits("gain"));
    }

    #[test]
    fn a_number_that_is_written_in_another_way_is_the_same() {
        let changes = between(&["--gain", "-6"], &["--gain", "-6.0"]);
        assert_eq!(changes, Changes::default());
        let changes = between(&[], &["--server", "localhost:1"]);
        assert!(changes.renews_client() && !changes.renews_scene());
    }
}
