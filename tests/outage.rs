//! The sound server goes away while the daemon plays, and comes back: a real server, and what is
//! heard, read and kept in the end.
#![cfg(target_os = "linux")]

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
#[path = "support/measure.rs"]
mod measure;
#[path = "run/path.rs"]
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
#[path = "outage/suspended.rs"]
mod suspended;
#[path = "outage/turning.rs"]
mod turning;

use pulse::Sink;
use rig::{Loss, PulseRig};

#[test]
fn the_sound_comes_back_with_the_server() {
    checks::sound_comes_back(|| PulseRig::new("alsa", Loss::Server));
}

#[test]
fn the_sound_comes_back_with_a_server_at_another_rate() {
    checks::sound_comes_back(|| PulseRig::new("alsa", Loss::Server).back_as(Sink::at(44_100)));
}

#[test]
fn the_sound_comes_back_with_the_sink() {
    checks::sound_comes_back(|| PulseRig::new("alsa", Loss::Sink));
}

#[test]
fn a_source_that_moves_meanwhile_is_heard_where_it_is_by_then() {
    turning::it_is_heard_where_it_is_by_then(|| PulseRig::new("alsa", Loss::Server));
}

#[test]
fn a_signal_ends_it_while_there_is_no_server() {
    checks::it_ends_without_a_device(PulseRig::new("alsa", Loss::Server));
}

#[test]
fn a_sink_that_is_suspended_is_one_outage() {
    suspended::it_is_one_outage();
}
