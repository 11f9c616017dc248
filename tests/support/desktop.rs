//! A sound server as most people have it.

use std::ffi::OsString;
use std::fs;

use crate::program::Desk;
use crate::pulse::Pulse;

/// Where a device is found.
pub(crate) type Environment = Vec<(&'static str, OsString)>;

/// ALSA's `default` leads to the server, and names no sink or source.
pub(crate) fn desktop(pulse: &Pulse, desk: &Desk) -> Environment {
    let mut environment = pulse.environment();
    let server = environment.iter().find(|(name, _)| *name == "PULSE_SERVER");
    let server = server.expect("its address").1.to_str().expect("in UTF-8");
    let alsa = format!(
        "pcm.!default {{ type pulse server \"{server}\" hint {{ show on description \"desk\" }} }}\n\
         pcm.spy {{ type pulse server \"{server}\" device \"rig.monitor\" \
         hint {{ show on description \"what is heard\" }} }}\n"
    );
    let path = desk.path("asound.conf");
    fs::write(&path, alsa).expect("a file for ALSA");
    environment.retain(|(name, _)| *name != "ALSA_CONFIG_PATH");
    environment.push(("ALSA_CONFIG_PATH", path.into()));
    environment
}
