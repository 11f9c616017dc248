//! The same on a JACK server: what is played is connected to what records by hand, as people do it.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::busy::once_more;
use crate::jack::{Jack, Setup};
use crate::json_doc::documented;
use crate::program::{Running, binaurald, stderr, stdout, wait_until};
use crate::{expect_latency, expect_live, measured, number};

const SETUP: Setup = Setup {
    rate: 48_000,
    frames: 256,
    ports: 2,
};

#[test]
fn a_jack_server_is_told_as_it_calls() {
    once_more(|| {
        let jack = Jack::start(SETUP);
        let _ears = jack.record();
        let args = ["--live=2", "--host=jack", "--sources=2"];
        let more = ["--head=sphere", "--buffer-frames=256"];
        let report = measured(&[&args[..], &more].concat(), jack.environment());
        let fields = documented(&report, "`binaurald bench --live --json`");
        assert_eq!(number(fields, "frames_min"), 256.0);
        assert_eq!(number(fields, "frames_max"), 256.0);
        // Whatever `--realtime` says.
        assert_eq!(fields["realtime_priority_why"], "as JACK sets it");
        expect_live(fields)
    });
}

/// A program of JACK's own.
fn tool(jack: &Jack, program: &str, args: &[&str]) -> (bool, String) {
    let output = Command::new(program)
        .args(args)
        .envs(jack.environment())
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}: `make test` installs it"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), text)
}

/// The port of a client of cpal whose name ends like this.
fn port(jack: &Jack, end: &str) -> Option<String> {
    let (_, ports) = tool(jack, "jack_lsp", &[]);
    let mut ports = ports.lines().map(str::to_owned);
    ports.find(|port| port.starts_with("cpal") && port.ends_with(end))
}

#[test]
fn a_loop_through_jack_is_measured_too() {
    once_more(|| {
        let jack = Jack::start(SETUP);
        let _ears = jack.record();
        let args = ["bench", "--latency", "--host=jack", "--steps=12", "--json"];
        let more = ["--buffer-frames=256", "--poll-hz=240"];
        let mut command = binaurald(&[&args[..], &more].concat());
        let running = Running::start(command.envs(jack.environment()));
        for channel in 0..2 {
            let (out, into) = (format!(":out_{channel}"), format!(":in_{channel}"));
            wait_until("it is connected", || {
                let (Some(out), Some(into)) = (port(&jack, &out), port(&jack, &into)) else {
                    return false;
                };
                tool(&jack, "jack_connect", &[&out, &into]).0
            });
        }
        let output = running.end();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let report: Value = serde_json::from_str(stdout(&output)).expect("JSON");
        expect_latency(&report, 30.0)
    });
}
