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
        list(available)
    )]
    UnknownDevice {
        /// What was asked for.
        asked: String,
        /// What there is: names and ids.
        available: Vec<String>,
    },
    /// `--output` names several devices.
    #[error("--output {asked}: several devices have this in their names; take the id of one: {}", matching.join(", "))]
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
    /// The audio system refused.
    #[error(
        "{device} cannot be played to: {reason}; --output takes another device, --output null none"
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
}

impl OutputError {
    /// What the audio system itself says, where it says something; else the whole message.
    pub fn reason(&self) -> String {
        match self {
            Self::HostUnavailable { reason, .. }
            | Self::NoDevice { reason, .. }
            | Self::Refused { reason, .. } => reason.clone(),
            other => other.to_string(),
        }
    }
}

fn list(devices: &[String]) -> String {
    if devices.is_empty() {
        "none was found; --output null goes on without one".to_owned()
    } else {
        format!("there are: {}", devices.join(", "))
    }
}
