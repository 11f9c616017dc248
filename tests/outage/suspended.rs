//! A sink that takes streams, and no sound of them.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::daemon::Daemon;
use crate::pulse::{Pulse, Sink};

/// Long enough for several attempts that are taken and come to nothing.
const SUSPENDED: Duration = Duration::from_secs(9);

/// More of each than this has leaked.
const MORE_AT_MOST: usize = 2;

/// What a process holds of the system: threads and open files.
fn held(process: u32) -> [usize; 2] {
    ["task", "fd"].map(|what| {
        let held = fs::read_dir(format!("/proc/{process}/{what}"));
        held.expect("the process runs").count()
    })
}

/// It is one outage, told once, however often a stream is taken meanwhile; and nothing is left
/// behind by the attempts.
pub(crate) fn it_is_one_outage() {
    let pulse = Pulse::start(Sink::default());
    let nobody = "127.0.0.1:1";
    let args = ["--server", nobody, "--host", "alsa"];
    let daemon = Daemon::start_with(&args, pulse.environment());
    daemon.wait_for("playing to");
    thread::sleep(Duration::from_secs(1));
    let before = held(daemon.id());
    pulse.suspend_sink(true);
    daemon.wait_for("has taken no sound");
    thread::sleep(SUSPENDED);
    let log = daemon.log();
    assert!(log.lines("playing again to").is_empty(), "{log}");
    pulse.suspend_sink(false);
    daemon.wait_for("playing again to");
    let after = held(daemon.id());
    daemon.signal("INT");
    let log = daemon.end_well();
    log.only("has taken no sound");
    log.only("playing again to");
    log.only("(1 outage)");
    for (what, (before, after)) in ["threads", "files"].iter().zip(before.iter().zip(&after)) {
        assert!(
            *after <= before + MORE_AT_MOST,
            "{before} {what} before, {after} after:\n{log}"
        );
    }
}
