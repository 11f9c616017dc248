//! The daemon itself, at work: it follows a server that storms, plays and records. Should the
//! sanitizer see something, it ends with a report and an exit code of its own.

use std::ffi::OsString;
use std::thread;
use std::time::Duration;

use crate::daemon::{Daemon, Log, RATE, Studio};
use crate::pulse::{Pulse, Sink};
use crate::server::StormServer;

/// How long it plays between two events.
const WHILE: Duration = Duration::from_secs(1);

/// What the log says when the device takes nothing any more, and when there is one again.
const LOST: &str = "has taken no sound";
const BACK: &str = "playing again to";

/// Follows the storm with all that takes part in the callback switched on.
fn start(
    studio: &Studio,
    server: &StormServer,
    more: &[&str],
    environment: Vec<(&'static str, OsString)>,
) -> Daemon {
    let (source, record) = (studio.text("source.wav"), studio.text("take.wav"));
    let address = server.address();
    let follow = ["--server", &address, "--poll-hz", "1000"];
    let sound = ["--source", &source, "--record", &record, "--gain", "12"];
    let air = ["--doppler", "--air-absorption"];
    let args = [&follow[..], &sound, &air, more].concat();
    let daemon = Daemon::start_with_head("kemar", &args, environment);
    daemon.wait_for("connected to");
    daemon
}

/// It ended well, heard of nothing and recorded sound.
fn end(daemon: Daemon, studio: &Studio) -> Log {
    let log = daemon.end_well();
    assert!(log.lines("Sanitizer").is_empty(), "{log}");
    let loud = |ear: &Vec<f32>| ear.iter().filter(|sample| sample.abs() > 0.01).count();
    let recorded = studio.recorded("take.wav");
    let least = recorded.iter().map(loud).min();
    assert!(least > Some(RATE as usize / 4), "{least:?} frames sound");
    log
}

#[test]
fn a_device_that_is_lost_suspended_and_changed_breaks_no_rule() {
    let server = StormServer::start();
    let studio = Studio::new();
    let mut pulse = Pulse::start(Sink::default());
    let host = ["--host", "alsa", "--buffer-frames", "256"];
    let daemon = start(&studio, &server, &host, pulse.environment());
    thread::sleep(WHILE);

    pulse.kill();
    wait_for_times(&daemon, LOST, 1);
    pulse.set_sink(Sink::at(44_100));
    pulse.restart();
    wait_for_times(&daemon, BACK, 1);
    thread::sleep(WHILE);

    pulse.suspend_sink(true);
    wait_for_times(&daemon, LOST, 2);
    pulse.suspend_sink(false);
    wait_for_times(&daemon, BACK, 2);
    thread::sleep(WHILE);

    pulse.unload_sink();
    wait_for_times(&daemon, LOST, 3);
    pulse.set_sink(Sink::at(RATE));
    pulse.load_sink();
    wait_for_times(&daemon, BACK, 3);
    thread::sleep(WHILE);

    daemon.signal("INT");
    end(daemon, &studio).only("(3 outages)");
}

/// Waits until the log has said `what` so many times.
fn wait_for_times(daemon: &Daemon, what: &str, times: usize) {
    let said = || daemon.log().lines(what).len();
    crate::program::wait_until(&format!("{what}\n{}", daemon.log()), || said() >= times);
}

#[test]
fn integers_and_six_channels_break_no_rule() {
    let channels = [
        "front-left",
        "front-right",
        "rear-left",
        "rear-right",
        "front-center",
        "lfe",
    ];
    let server = StormServer::start();
    for output in ["exact", "integers"] {
        let pulse = Pulse::start(Sink {
            channels: channels.to_vec(),
            ..Sink::default()
        });
        let studio = Studio::new();
        let host = ["--host", "alsa", "--output", output, "--duration", "2"];
        let daemon = start(&studio, &server, &host, pulse.environment());
        end(daemon, &studio);
    }
}

#[test]
fn no_device_breaks_no_rule() {
    let server = StormServer::start();
    for frames in ["1", "37", "4096"] {
        let studio = Studio::new();
        let null = ["--output", "null", "--buffer-frames", frames];
        let more = [&null[..], &["--duration", "2"]].concat();
        end(start(&studio, &server, &more, Vec::new()), &studio);
    }
}
