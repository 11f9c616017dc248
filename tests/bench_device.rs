//! `binaurald bench --live` and `--latency` on real sound servers: their figures agree, and a position
//! comes to the ear in the time that is promised.
#![cfg(target_os = "linux")]

use std::process::Output;

use busy::{expect, once_more};
use desktop::{Environment, desktop};
use json_doc::documented;
use program::{Desk, Running, binaurald, stderr, stdout};
use pulse::{Pulse, Sink};
use serde_json::{Map, Value};

#[path = "support/busy.rs"]
mod busy;
#[path = "support/desktop.rs"]
mod desktop;
#[path = "support/json_doc.rs"]
mod json_doc;
#[path = "support/program.rs"]
mod program;
#[path = "support/pulse.rs"]
mod pulse;
#[path = "support/recording.rs"]
mod recording;
#[path = "support/signal.rs"]
mod signal;

#[cfg(feature = "jack")]
#[path = "support/jack.rs"]
mod jack;
#[cfg(feature = "jack")]
#[path = "bench_device/jack_loop.rs"]
mod jack_loop;

/// What the parts of the latency may leave unexplained, in milliseconds.
const UNEXPLAINED_MS: f64 = 3.0;

fn bench(args: &[&str], environment: Environment) -> Output {
    let mut command = binaurald(&[&["bench"], args].concat());
    Running::start(command.env_remove("PULSE_SOURCE").envs(environment)).end()
}

/// The JSON of a measurement that works.
fn measured(args: &[&str], environment: Environment) -> Value {
    let output = bench(&[args, &["--json"]].concat(), environment);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output).lines().count(), 1, "{}", stdout(&output));
    serde_json::from_str(stdout(&output)).expect("JSON")
}

fn number(fields: &Map<String, Value>, name: &str) -> f64 {
    let number = fields[name].as_f64();
    number.unwrap_or_else(|| panic!("{name} is no number: {fields:?}"))
}

/// What each device must have given in two seconds; the figures are those of a report.
fn expect_live(fields: &Map<String, Value>) -> Result<(), String> {
    let of = |name: &str| number(fields, name);
    let wrong = || format!("{fields:?}");
    let frames = of("frames_median");
    let deadline = of("deadline_us");
    assert!((deadline - frames * 1e6 / of("sample_rate_hz")).abs() < 1e-6);
    assert!(of("frames_min") <= frames && frames <= of("frames_max"));
    assert!(of("time_median_us") > 0.0 && of("time_median_us") <= of("time_max_us"));
    assert!(of("jitter_median_us") <= of("jitter_max_us"));
    assert!(of("late_by_time") <= of("calls"));
    let played = of("calls") * frames / of("sample_rate_hz");
    assert_eq!(of("calls_unread"), 0.0);
    expect((of("seconds") - 2.0).abs() < 0.3, wrong)?;
    expect((played / of("seconds") - 1.0).abs() < 0.1, wrong)?;
    // Most calls come when they are due, and each in time.
    expect(of("jitter_median_us") < 0.5 * deadline, wrong)?;
    expect(of("late_by_time") < 0.1 * of("calls"), wrong)
}

#[test]
fn a_pulseaudio_server_is_told_as_it_calls() {
    once_more(|| {
        let (pulse, desk) = (Pulse::start(Sink::default()), Desk::new());
        let args = ["--live=2", "--sources=2", "--head=sphere"];
        let report = measured(&args, desktop(&pulse, &desk));
        let fields = documented(&report, "`binaurald bench --live --json`");
        assert_eq!(fields["device_id"], "alsa:default");
        assert_eq!(number(fields, "sources"), 2.0);
        let latency = number(fields, "stated_latency_ms");
        assert!(latency > 0.0 && latency < 500.0, "{fields:?}");
        expect_live(fields)
    });
}

#[test]
fn without_a_device_the_clock_calls_as_it_was_asked_to() {
    once_more(|| {
        let args = ["--live=2", "--sources=1", "--output=null"];
        let more = ["--head=sphere", "--buffer-frames=480"];
        let report = measured(&[&args[..], &more].concat(), Vec::new());
        let fields = documented(&report, "`binaurald bench --live --json`");
        assert_eq!(number(fields, "frames_min"), 480.0);
        assert_eq!(number(fields, "frames_max"), 480.0);
        assert_eq!(number(fields, "deadline_us"), 10_000.0);
        assert!(fields["stated_latency_ms"].is_null(), "{fields:?}");
        expect_live(fields)
    });
    let output = bench(&["--live=0.5", "--output=null", "--sources=3"], Vec::new());
    let text = stdout(&output);
    for part in [
        "no device (null, null), ",
        "\n3 sources, measured for ",
        "\njitter ",
        "\ntime used ",
        "\nlate ",
        "\ncarries ",
        "does not state it",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
}

/// The mean of a part, in milliseconds.
fn mean(fields: &Map<String, Value>, part: &str) -> f64 {
    let spread = documented(&fields[part], "Each of the times");
    let of = |name: &str| number(spread, name);
    assert!(of("min_ms") <= of("median_ms") && of("median_ms") <= of("max_ms"));
    assert!(of("min_ms") <= of("mean_ms") && of("mean_ms") <= of("max_ms"));
    of("mean_ms")
}

/// A latency whose parts explain it, and that is within `limit_ms`.
fn expect_latency(report: &Value, limit_ms: f64) -> Result<(), String> {
    let fields = documented(report, "`binaurald bench --latency --json`");
    let parts = ["poll", "call", "block", "motion", "device_buffer"];
    let sum: f64 = parts.map(|part| mean(fields, part)).iter().sum();
    let (whole, rest) = (mean(fields, "whole"), mean(fields, "rest"));
    assert!((whole - sum - rest).abs() < 1e-6, "{fields:?}");
    let wrong = || format!("{whole} ms, of which {sum} ms are explained: {fields:?}");
    expect((whole - sum).abs() < UNEXPLAINED_MS, wrong)?;
    expect(number(fields, "steps_lost") <= 2.0, wrong)?;
    expect(whole < limit_ms, wrong)
}

#[test]
fn a_position_is_heard_within_60_ms_by_default_and_its_parts_add_up() {
    once_more(|| {
        let (pulse, desk) = (Pulse::start(Sink::default()), Desk::new());
        // The monitor is found without being named.
        let args = ["--latency", "--steps=12", "--buffer-frames=256"];
        let report = measured(&args, desktop(&pulse, &desk));
        expect_latency(&report, 60.0)?;
        let interval_ms = 1e3 / number(report.as_object().expect("an object"), "positions_hz");
        let poll = mean(report.as_object().expect("an object"), "poll");
        // On average half an interval, as the steps come at all moments between two polls.
        expect(poll > 0.1 * interval_ms && poll < 0.9 * interval_ms, || {
            format!("{report}")
        })
    });
}

#[test]
fn polled_more_often_a_position_is_heard_within_30_ms() {
    once_more(|| {
        let (pulse, desk) = (Pulse::start(Sink::default()), Desk::new());
        let args = ["--latency", "--steps=12", "--capture=spy"];
        let more = ["--buffer-frames=256", "--poll-hz=240"];
        let report = measured(&[&args[..], &more].concat(), desktop(&pulse, &desk));
        expect_latency(&report, 30.0)
    });
}

#[test]
fn what_cannot_be_recorded_is_said_with_the_way_out() {
    let pulse = Pulse::start(Sink::default());
    // Its `default` plays to the sink by name, and so records from nothing.
    let output = bench(&["--latency"], pulse.environment());
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in [
        "cannot be recorded from",
        "--capture",
        "PULSE_SOURCE=@DEFAULT_MONITOR@",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    let output = bench(&["--latency", "--capture=nobody"], pulse.environment());
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    let said = "--capture nobody: there is no such input; there are: alsa:default";
    assert!(text.contains(said), "{text}");
}

#[test]
fn what_is_said_of_the_settings_is_said_once() {
    // Found out once the program has started anew to record from the monitor.
    let output = bench(
        &["--latency", "--output=nobody"],
        vec![("BINAURALD_COLOUR", "x".into())],
    );
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("--output nobody: there is no such"), "{text}");
    assert_eq!(
        text.matches("BINAURALD_COLOUR is not read").count(),
        1,
        "{text}"
    );
}

#[test]
fn what_does_not_go_together_is_refused_before_anything_is_opened() {
    for (args, said) in [
        (&["--live=1", "--latency"][..], "cannot be used with"),
        (
            &["--latency", "--output=null"],
            "--output null: must be a device with --latency",
        ),
        (&["--live=0.1"], "--live 0.1: must be 0.5 to 86400 seconds"),
        (
            &["--live=1", "--sources=1,2"],
            "--sources 1,2: must be one number with --live",
        ),
        (
            &["--latency", "--steps=4"],
            "--steps 4: must be 5 to 1000 steps",
        ),
        (
            &["--latency", "--poll-hz=0"],
            "--poll-hz 0: must be 1 to 1000 polls a second",
        ),
        (
            &["--latency", "--motion-delay=soon"],
            "--motion-delay soon: must be auto, or ",
        ),
        (
            &["--latency", "--capture="],
            "--capture : must be a device's name or id",
        ),
        (
            &["--live=1", "--buffer-frames=0"],
            "--buffer-frames 0: must be 1 to 65536 frames",
        ),
        (
            &["--live=1", "--host=asio"],
            "--host asio: there is no such audio host",
        ),
    ] {
        let output = bench(args, Vec::new());
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
        assert!(text.contains(said), "{args:?}: no {said:?} in {text}");
        assert_eq!(stdout(&output), "", "{args:?}");
    }
}
