//! Why there is no output.

use std::io;
use std::time::Duration;

/// Why an output cannot be opened or started.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// `--host` names none of those compiled in.
    #[error("--host {asked}: there is no such audio host in this binary; it has {}", available.join(", "))]
    UnknownHost {
        /// What was asked for.
        asked: String,
        /// What there is.
        available: Vec<String>,
    },
    /// `--host` names one that is built in on demand alone.
    #[error(
        "--host {host}: this binary was built without it; `cargo install --path . --features {host}` \
         builds one with it; this one has {}", available.join(", ")
    )]
    HostNotBuiltIn {
        /// What was asked for, as the feature is called.
        host: &'static str,
        /// What there is.
        available: Vec<String>,
    },
    /// The host's server or library is not there.
    #[error(
        "the audio host {host} is not available: {reason}; --host takes another, and --output null \
         goes on without one"
    )]
    HostUnavailable {
        /// The host.
        host: String,
        /// What it says.
        reason: String,
    },
    /// The default device cannot be used.
    #[error(
        "no sound device and no sound server was found ({host}: {reason}); \
         --output null goes on without one, and --record FILE.wav keeps the sound"
    )]
    NoDevice {
        /// The host that was asked.
        host: String,
        /// What it says.
        reason: String,
    },
    /// `--output` names no device.
    #[error(
        "--output {asked}: there is no such output device; {}",
        nearest(asked, available)
    )]
    UnknownDevice {
        /// What was asked for.
        asked: String,
        /// What there is: names and ids.
        available: Vec<String>,
    },
    /// `--output` names several devices.
    #[error(
        "--output {asked}: several devices have this in their names; take the id of one: {}",
        first(matching)
    )]
    AmbiguousDevice {
        /// What was asked for.
        asked: String,
        /// The devices: names and ids.
        matching: Vec<String>,
    },
    /// ALSA's `null` takes blocks as fast as the processor makes them.
    #[error(
        "--output: ALSA's null device has no clock and would take a whole processor; use --output \
         null"
    )]
    UnclockedNull,
    /// The device does not have the sample rate.
    #[error("--sample-rate {asked}: {device} does not play at it; it has {available}")]
    SampleRate {
        /// The device.
        device: String,
        /// The rate that was asked for, in hertz.
        asked: u32,
        /// Its rates, for people.
        available: String,
    },
    /// The device has no sample format that is PCM.
    #[error("{device} has no sample format that can be played; --output takes another device")]
    NoFormat {
        /// The device.
        device: String,
    },
    /// Another program has the device for itself.
    #[error(
        "{device} is in use by another program; end that one, or play through a sound server, \
         which lets programs share it (--output takes another device, --output null none)"
    )]
    Busy {
        /// The device.
        device: String,
    },
    /// The audio system refused.
    #[error(
        "{device} cannot be played to: {reason}; is it connected? --output takes another device, \
         --output null none"
    )]
    Refused {
        /// The device.
        device: String,
        /// What the audio system says.
        reason: String,
    },
    /// The audio system did not answer.
    #[error(
        "the audio system does not answer ({} s); --output null goes on without it",
        limit.as_secs_f64()
    )]
    Timeout {
        /// How long was waited.
        limit: Duration,
    },
    /// A thread could not be started.
    #[error("no thread could be started: {0}")]
    Thread(#[from] io::Error),
}

impl OutputError {
    /// Whether the request itself was wrong, whatever the state of the audio system.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::UnknownHost { .. }
                | Self::HostNotBuiltIn { .. }
                | Self::UnknownDevice { .. }
                | Self::AmbiguousDevice { .. }
                | Self::UnclockedNull
        )
    }

    /// Why something is not available, in short: without what to do about it.
    pub fn reason(&self) -> String {
        match self {
            Self::HostUnavailable { reason, .. }
            | Self::NoDevice { reason, .. }
            | Self::Refused { reason, .. } => reason.trim_end_matches('.').to_owned(),
            Self::Busy { .. } => "it is in use by another program".to_owned(),
            Self::Timeout { limit } => format!("no answer in {:.0} s", limit.as_secs_f64()),
            Self::NoFormat { .. } => "it has no sample format that can be played".to_owned(),
            other => other.to_string(),
        }
    }
}

/// Devices that a message names at most.
const NAMED: usize = 3;

/// The devices that are spelt most like what was asked for.
fn nearest(asked: &str, devices: &[String]) -> String {
    if devices.is_empty() {
        return "none was found; --output null goes on without one".to_owned();
    }
    let asked = asked.to_lowercase();
    let likeness = |device: &str| strsim::sorensen_dice(&asked, &device.to_lowercase());
    let mut by_likeness: Vec<(f64, &String)> = devices
        .iter()
        .map(|device| (likeness(device), device))
        .collect();
    // Those that are equally like it stay in their order.
    by_likeness.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let names: Vec<&str> = by_likeness.iter().map(|(_, name)| name.as_str()).collect();
    format!("there are: {}", first(&names))
}

/// The first of them, and where all of them are listed.
fn first<S: AsRef<str>>(devices: &[S]) -> String {
    let named: Vec<&str> = devices.iter().take(NAMED).map(AsRef::as_ref).collect();
    let named = named.join(", ");
    match devices.len().saturating_sub(NAMED) {
        0 => format!("{named}; `binaurald devices` lists them"),
        more => format!("{named}, and {more} more; `binaurald devices` lists them all"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devices() -> Vec<String> {
        ["jack", "oss", "upmix", "speex", "usb:headset", "hdmi"]
            .map(|name| format!("alsa:{name}"))
            .to_vec()
    }

    #[test]
    fn an_unknown_device_is_answered_with_those_spelt_most_like_it() {
        let error = OutputError::UnknownDevice {
            asked: "USB Headphones".to_owned(),
            available: devices(),
        };
        let text = error.to_string();
        assert!(
            text.ends_with(
                "; there are: alsa:usb:headset, alsa:jack, alsa:oss, and 3 more; \
                 `binaurald devices` lists them all"
            ),
            "{text}"
        );
    }

    #[test]
    fn of_many_that_match_the_first_are_named() {
        let error = OutputError::AmbiguousDevice {
            asked: "alsa".to_owned(),
            matching: devices(),
        };
        let text = error.to_string();
        assert!(text.contains("alsa:upmix, and 3 more; "), "{text}");
        assert!(!text.contains("headset"), "{text}");
    }

    #[test]
    fn a_machine_without_devices_is_told_how_to_go_on() {
        let error = OutputError::UnknownDevice {
            asked: "x".to_owned(),
            available: Vec::new(),
        };
        assert!(error.to_string().contains("--output null"), "{error}");
    }

    #[test]
    fn reasons_are_short_and_without_a_way_out() {
        let unavailable = OutputError::HostUnavailable {
            host: "JACK".to_owned(),
            reason: "The server does not run.".to_owned(),
        };
        assert_eq!(unavailable.reason(), "The server does not run");
        let limit = Duration::from_secs(2);
        assert_eq!(OutputError::Timeout { limit }.reason(), "no answer in 2 s");
    }
}
