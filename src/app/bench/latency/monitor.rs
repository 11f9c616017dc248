//! What records what is played, when nobody names it.
//!
//! By way of ALSA a sound server has one input: its default source, a microphone as a rule. The
//! environment says otherwise, and it is read when the program starts: so the program starts anew.

#[cfg(target_os = "linux")]
use std::{env, os::unix::process::CommandExt, process::Command};

use crate::config::LatencyConfig;

/// Which source the clients of `PulseAudio` and `PipeWire` record from by default.
#[cfg(target_os = "linux")]
const SOURCE: (&str, &str) = ("PULSE_SOURCE", "@DEFAULT_MONITOR@");

/// Starts the program anew in this process, with the monitor of the sound server's default output as
/// the default input, where nothing is named and the environment does not name one. Returns where
/// that is not so, or cannot be done: then it is recorded from what is the default.
#[cfg(target_os = "linux")]
pub(in crate::app::bench) fn prefer(config: &LatencyConfig) {
    let host = config.run.output.host.as_deref();
    let is_alsa = host.is_none_or(|host| host.eq_ignore_ascii_case("alsa"));
    let (variable, monitor) = SOURCE;
    if config.capture.is_some() || !is_alsa || env::var_os(variable).is_some() {
        return;
    }
    let Ok(program) = env::current_exe() else {
        return;
    };
    let error = Command::new(program)
        .args(env::args_os().skip(1))
        .env(variable, monitor)
        .exec();
    tracing::debug!("{variable} could not be set: {error}");
}

#[cfg(not(target_os = "linux"))]
pub(in crate::app::bench) fn prefer(_config: &LatencyConfig) {}
