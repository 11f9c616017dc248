//! The audio thread's real-time priority: real threads that play to a real sound server, as the
//! kernel lists them.
#![cfg(target_os = "linux")]

#[path = "realtime/bench.rs"]
mod bench;
#[path = "run/daemon.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod daemon;
#[path = "support/desktop.rs"]
mod desktop;
#[path = "support/json_doc.rs"]
mod json_doc;
#[path = "support/measure.rs"]
mod measure;
#[path = "support/program.rs"]
mod program;
#[path = "support/pulse.rs"]
mod pulse;
#[path = "support/recording.rs"]
mod recording;
#[path = "realtime/rtkit.rs"]
mod rtkit;
#[path = "support/signal.rs"]
mod signal;
#[path = "realtime/threads.rs"]
mod threads;

use std::ffi::OsString;
use std::thread;
use std::time::{Duration, Instant};

use daemon::{Daemon, PATIENCE};
use program::binaurald;
use pulse::{Pulse, Sink};
use rtkit::Rtkit;
use threads::{may_be_real_time, real_time_threads, refused};

/// What the log says, once, when there is no way to it.
const REFUSED: &str = "no real-time priority for the audio thread";

/// Large blocks, so that a busy machine plays them without loss; nobody is asked for positions.
const OPTIONS: [&str; 6] = [
    "--host",
    "alsa",
    "--buffer-frames",
    "2048",
    "--server",
    "127.0.0.1:1",
];

/// No system bus, whatever the tester's machine has.
fn without_bus(mut environment: Vec<(&'static str, OsString)>) -> Vec<(&'static str, OsString)> {
    let nowhere = "unix:path=/nonexistent/bus".into();
    environment.push(("DBUS_SYSTEM_BUS_ADDRESS", nowhere));
    environment
}

/// Waits until `holds`.
fn wait_until(what: &str, daemon: &Daemon, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        let log = daemon.log();
        assert!(began.elapsed() < PATIENCE, "not {what}:\n{log}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until the kernel says that one thread has real-time priority, or that the tester's limits
/// refuse it and the daemon has said so.
fn wait_for_its_priority(daemon: &Daemon) {
    if may_be_real_time() {
        wait_until("a real-time thread", daemon, || {
            real_time_threads(daemon.id()) == [10]
        });
    } else {
        daemon.wait_for(REFUSED);
        assert!(real_time_threads(daemon.id()).is_empty());
    }
}

#[test]
fn the_audio_thread_of_each_stream_has_real_time_priority_where_the_limits_allow_it() {
    let mut pulse = Pulse::start(Sink::default());
    let daemon = Daemon::start_with(&OPTIONS, without_bus(pulse.environment()));
    daemon.wait_for("playing to");
    wait_for_its_priority(&daemon);

    pulse.kill();
    daemon.wait_for("has taken no sound");
    wait_until("without the old thread", &daemon, || {
        real_time_threads(daemon.id()).is_empty()
    });
    pulse.restart();
    daemon.wait_for("playing again to");
    wait_for_its_priority(&daemon);

    daemon.signal("INT");
    let log = daemon.end_well();
    let told = usize::from(!may_be_real_time());
    assert_eq!(log.lines(REFUSED).len(), told, "{log}");
}

#[test]
fn a_refusal_is_said_once_with_the_way_out_and_the_sound_goes_on() {
    let mut pulse = Pulse::start(Sink::default());
    let recording = pulse.record();
    let command = refused(&binaurald(&["run", "--head", "sphere"]));
    let daemon = Daemon::launch(command, &OPTIONS, without_bus(pulse.environment()));
    daemon.wait_for(REFUSED);
    assert!(real_time_threads(daemon.id()).is_empty());
    wait_until("heard", &daemon, || {
        let left = recording.so_far().channel(0);
        left.iter().any(|sample| *sample != 0.0)
    });

    // A second stream is refused too, and nothing is said any more.
    pulse.kill();
    daemon.wait_for("has taken no sound");
    pulse.restart();
    daemon.wait_for("playing again to");
    daemon.signal("INT");
    let log = daemon.end_well();
    let (_, line) = log.only(REFUSED);
    for part in [
        "rtkit is not there",
        "install rtkit",
        "/etc/security/limits.d",
        "LimitRTPRIO=",
        "--realtime off",
    ] {
        assert!(line.contains(part), "{part:?} is not in {line:?}");
    }
}

#[test]
fn rtkit_is_asked_for_the_audio_thread_of_each_stream_where_the_limits_refuse() {
    let mut pulse = Pulse::start(Sink::default());
    let rtkit = Rtkit::start();
    let mut environment = pulse.environment();
    environment.push(("DBUS_SYSTEM_BUS_ADDRESS", rtkit.address().into()));
    let command = refused(&binaurald(&["run", "--head", "sphere", "-v"]));
    // The daemon waits for three blocks before it leaves a silent stream: here 700 ms.
    let options = OPTIONS.map(|word| if word == "2048" { "16384" } else { word });
    let daemon = Daemon::launch(command, &options, environment);
    daemon.wait_for("real-time priority from rtkit");

    // That it is a thread of the daemon, rtkit has checked.
    assert_eq!(rtkit.asked(), [(daemon.id(), 10)]);
    let expected: &[u32] = if may_be_real_time() { &[10] } else { &[] };
    assert_eq!(real_time_threads(daemon.id()), expected);

    // The kernel kills the process of a real-time thread that does not wait for 200 ms; while the
    // server is gone, the audio system reports errors without a pause. What rtkit lends, this process
    // may not give back: it has to rest.
    pulse.kill();
    daemon.wait_for("has taken no sound");
    pulse.restart();
    daemon.wait_for("playing again to");
    wait_until("asked again", &daemon, || rtkit.asked().len() == 2);
    daemon.signal("INT");
    let log = daemon.end_well();
    assert!(log.lines(REFUSED).is_empty(), "{log}");
}

#[test]
fn what_rtkit_says_against_it_is_in_the_log() {
    let pulse = Pulse::start(Sink::default());
    let rtkit = Rtkit::that_refuses("too many threads");
    let mut environment = pulse.environment();
    environment.push(("DBUS_SYSTEM_BUS_ADDRESS", rtkit.address().into()));
    let command = refused(&binaurald(&["run", "--head", "sphere"]));
    let daemon = Daemon::launch(command, &OPTIONS, environment);
    daemon.wait_for(REFUSED);
    daemon.signal("INT");
    let (_, line) = daemon.end_well().only(REFUSED);
    assert!(
        line.contains("rtkit refuses it: too many threads"),
        "{line}"
    );
}

#[test]
fn neither_without_a_device_nor_when_it_is_switched_off_is_it_asked_for() {
    let pulse = Pulse::start(Sink::default());
    for options in [["--realtime", "off"], ["--output", "null"]] {
        let command = refused(&binaurald(&["run", "--head", "sphere"]));
        let args = [&OPTIONS[..], &options, &["--duration", "0.5"]].concat();
        let daemon = Daemon::launch(command, &args, without_bus(pulse.environment()));
        daemon.wait_for("playing to");
        assert!(real_time_threads(daemon.id()).is_empty());
        let log = daemon.end_well();
        assert!(log.lines(REFUSED).is_empty(), "{options:?}:\n{log}");
    }
}
