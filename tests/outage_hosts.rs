//! As `tests/outage.rs`, by the audio hosts that are cargo features.
#![cfg(all(target_os = "linux", feature = "jack", feature = "pulseaudio"))]

#[path = "support/busy.rs"]
mod busy;
#[path = "outage/checks.rs"]
mod checks;
#[path = "run/daemon.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod daemon;
#[path = "run/ears.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod ears;
#[path = "support/jack.rs"]
mod jack;
#[path = "outage/jack_rig.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod jack_rig;
#[path = "support/measure.rs"]
mod measure;
#[path = "run/path.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod path;
#[path = "support/program.rs"]
mod program;
#[path = "support/pulse.rs"]
mod pulse;
#[path = "support/python.rs"]
mod python;
#[path = "support/recording.rs"]
mod recording;
#[path = "outage/rig.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod rig;
#[path = "outage/scenario.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod scenario;
#[path = "support/signal.rs"]
mod signal;

use jack::Setup;
use jack_rig::JackRig;
use rig::{Loss, PulseRig};

#[test]
fn the_sound_comes_back_with_the_jack_server() {
    checks::sound_comes_back(|| JackRig::new(Setup::default()));
}

#[test]
fn the_sound_comes_back_with_a_jack_server_at_another_rate_and_block_size() {
    checks::sound_comes_back(|| {
        JackRig::new(Setup {
            rate: 44_100,
            frames: 700,
            ..Setup::default()
        })
    });
}

#[test]
fn the_sound_comes_back_with_the_pulseaudio_server() {
    checks::sound_comes_back(|| PulseRig::new("pulseaudio", Loss::Server));
}

/// The audio library never lets go of a stream whose sink went away.
#[test]
fn the_sound_comes_back_with_the_pulseaudio_sink_though_the_old_stream_hangs() {
    checks::sound_comes_back(|| PulseRig::new("pulseaudio", Loss::Sink));
}

#[test]
fn a_signal_ends_it_though_the_stream_hangs() {
    checks::it_ends_without_a_device(PulseRig::new("pulseaudio", Loss::Sink));
}
