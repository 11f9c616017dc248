//! Positive controls: what may not be done in the callback is done there, and is caught. Each in a
//! process of its own, which the sanitizer ends.

use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use binaurald::app::violation::{VARIABLE, named};
use binaurald::audio::StereoFrame;
use binaurald::output::{DeviceChoice, OutputRequest, open};

use crate::pulse::{Pulse, Sink};
use crate::{child, program, watched};

/// What the sanitizer ends a process with.
pub(crate) const EXIT_CODE: i32 = 43;

/// What may not be done, and which function of the C library the report says was called.
const VIOLATIONS: [(&str, &[&str]); 4] = [
    ("allocation", &["malloc"]),
    ("lock", &["syscall"]),
    ("system-call", &["open", "open64"]),
    // By way of src/app/interposed.rs.
    ("sleep", &["syscall"]),
];

/// Whether the callback of this process was called.
static CALLED: AtomicBool = AtomicBool::new(false);

/// Longer than it takes a device to ask for its first block on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

fn assert_caught(what: &str, functions: &[&str], output: &Output) {
    assert_eq!(output.status.code(), Some(EXIT_CODE), "{what}: {output:?}");
    let report = program::stderr(output);
    let told = functions
        .iter()
        .any(|function| report.contains(&format!("real-time unsafe function `{function}`")));
    assert!(told, "{what} was not told of: {report}");
}

/// Does each of the violations in a callback of this kind.
fn all_are_caught(callback: &str, environment: impl Fn(&mut std::process::Command)) {
    for (violation, functions) in VIOLATIONS {
        let what = format!("{callback} {violation}");
        let mut command = child::command(&what);
        environment(&mut command);
        let output = command.output().expect("the child can be started");
        assert_caught(&what, functions, &output);
    }
}

#[test]
fn each_violation_in_the_callback_of_a_device_is_caught() {
    let pulse = Pulse::start(Sink::default());
    all_are_caught("default", |command| {
        command.envs(pulse.environment());
    });
}

#[test]
fn each_violation_in_the_callback_without_a_device_is_caught() {
    all_are_caught("null", |_| ());
}

#[test]
fn each_violation_in_the_callback_of_these_tests_is_caught() {
    all_are_caught("watched", |_| ());
}

#[test]
fn each_violation_ends_the_daemon() {
    for (violation, functions) in VIOLATIONS {
        // Nobody listens there: it plays all the same.
        let args = ["run", "--head", "sphere", "--server", "127.0.0.1:1"];
        let output = program::binaurald(&args)
            .args(["--output", "null", "--duration", "5"])
            .env(VARIABLE, violation)
            .output()
            .expect("the daemon can be started");
        assert_caught(violation, functions, &output);
    }
}

#[test]
fn without_a_violation_the_same_children_end_well() {
    for callback in ["null none", "watched none"] {
        let output = child::command(callback).output();
        let output = output.expect("the child can be started");
        assert!(output.status.success(), "{callback}: {output:?}");
    }
}

/// Does one violation in one kind of callback; the sanitizer ends it.
pub(crate) fn act(action: &str) {
    let (callback, violation) = action.split_once(' ').expect("two words");
    let violation = match violation {
        "none" => || (),
        name => named(name),
    };
    if callback == "watched" {
        return watched(violation);
    }
    let request = OutputRequest {
        device: DeviceChoice::parse(callback),
        host: None,
        sample_rate: None,
        buffer_frames: 512,
        realtime: false,
    };
    let output = open(&request).expect("it can be opened");
    let running = output.start(move |block| {
        violation();
        block.fill(StereoFrame::SILENCE);
        CALLED.store(true, Ordering::Release);
    });
    let running = running.expect("it plays");
    let began = Instant::now();
    while !CALLED.load(Ordering::Acquire) {
        assert!(began.elapsed() < LIMIT, "it asks for no block");
        thread::sleep(Duration::from_millis(5));
    }
    running.stop();
}
