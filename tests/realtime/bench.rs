//! `binaurald bench` on a device: its audio thread has the priority that the daemon's has, and the
//! report says which.

use serde_json::Value;

use crate::desktop::{Environment, desktop};
use crate::json_doc::documented;
use crate::program::{Desk, Running, binaurald, stderr, stdout};
use crate::pulse::{Pulse, Sink};
use crate::rtkit::Rtkit;
use crate::threads::{may_be_real_time, refused};
use crate::{REFUSED, without_bus};

const LIVE: [&str; 4] = ["bench", "--live=0.5", "--head=sphere", "--sources=1"];

/// The priority that is reported, why, and the lines of the log that say it is refused; of a process
/// that may not give it to itself, or of one that may do what the tester may.
fn reported(args: &[&str], may: bool, environment: Environment) -> (Option<u64>, String, usize) {
    let command = binaurald(&[args, &["--json", "--buffer-frames=2048"]].concat());
    let mut command = if may { command } else { refused(&command) };
    let output = Running::start(command.env_remove("PULSE_SOURCE").envs(environment)).end();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: Value = serde_json::from_str(stdout(&output)).expect("JSON");
    let heading = if args.contains(&"--latency") {
        "`binaurald bench --latency --json`"
    } else {
        "`binaurald bench --live --json`"
    };
    let fields = documented(&report, heading);
    let why = fields["realtime_priority_why"].as_str().expect("a text");
    let said = stderr(&output)
        .lines()
        .filter(|line| line.contains(REFUSED));
    (
        fields["realtime_priority"].as_u64(),
        why.to_owned(),
        said.count(),
    )
}

#[test]
fn bench_has_the_daemons_priority_where_the_limits_allow_it() {
    let pulse = Pulse::start(Sink::default());
    let found = reported(&LIVE, true, without_bus(pulse.environment()));
    let expected = if may_be_real_time() {
        (Some(10), "the limits of this user allow it".to_owned(), 0)
    } else {
        (None, nobody_gives_it(), 1)
    };
    assert_eq!(found, expected);
}

fn nobody_gives_it() -> String {
    "the limits of this user refuse it, and rtkit is not there".to_owned()
}

#[test]
fn bench_asks_rtkit_and_measures_once_it_has_answered() {
    let pulse = Pulse::start(Sink::default());
    let desk = Desk::new();
    let latency = ["bench", "--latency", "--head=sphere", "--steps=5"];
    for args in [&LIVE[..], &latency] {
        let rtkit = Rtkit::start();
        let mut environment = desktop(&pulse, &desk);
        environment.push(("DBUS_SYSTEM_BUS_ADDRESS", rtkit.address().into()));
        let found = reported(args, false, environment);
        let asked: Vec<u32> = rtkit
            .asked()
            .iter()
            .map(|(_, priority)| *priority)
            .collect();
        assert_eq!(asked, [10], "{args:?}");
        let expected = if may_be_real_time() {
            (Some(10), "rtkit".to_owned(), 0)
        } else {
            // What the system tells counts, not what rtkit says.
            let why = "it is not held any more, though it was given (rtkit)";
            (None, why.to_owned(), 0)
        };
        assert_eq!(found, expected, "{args:?}");
    }
}

#[test]
fn bench_says_why_its_audio_thread_has_an_ordinary_priority() {
    let pulse = Pulse::start(Sink::default());
    let run = |more: &[&str]| {
        let environment = without_bus(pulse.environment());
        reported(&[&LIVE, more].concat(), false, environment)
    };
    assert_eq!(run(&[]), (None, nobody_gives_it(), 1));
    let off = (None, "--realtime off".to_owned(), 0);
    assert_eq!(run(&["--realtime=off"]), off);
    let none = (None, "there is no device".to_owned(), 0);
    assert_eq!(run(&["--output=null"]), none);

    let mut command = refused(&binaurald(&LIVE));
    let environment = without_bus(pulse.environment());
    let output = Running::start(command.envs(environment)).end();
    let line = format!("\naudio thread: ordinary priority: {}\n", nobody_gives_it());
    assert!(stdout(&output).contains(&line), "{}", stdout(&output));
}
