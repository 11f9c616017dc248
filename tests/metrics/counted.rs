//! What is counted is what happened.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use crate::page::Page;
use crate::python::{PythonServer, peer};
use crate::watched::Watched;

/// What the Python server answers in turn, and what that is counted as.
const ANSWERS: [(&str, &str); 6] = [
    ("good", ""),
    ("status", "status"),
    ("missing", "missing"),
    ("nan", "not_finite"),
    ("far", "too_far"),
    ("error", "failed"),
];

/// The metrics that others rely on: name as it stands in queries, labels, type.
const PROMISED: [(&str, &[&str], &str); 29] = [
    ("position_polls_total", &[""], "counter"),
    ("position_answers_total", &[""], "counter"),
    ("positions_total", &[""], "counter"),
    (
        "positions_rejected_total",
        &[
            "{reason=\"status\"}",
            "{reason=\"missing\"}",
            "{reason=\"not_finite\"}",
            "{reason=\"too_far\"}",
            "{reason=\"failed\"}",
            "{reason=\"malformed\"}",
        ],
        "counter",
    ),
    ("position_timeouts_total", &[""], "counter"),
    ("position_reconnects_total", &[""], "counter"),
    ("position_losses_total", &[""], "counter"),
    ("position_stale_total", &[""], "counter"),
    ("position_connected", &[""], "gauge"),
    ("position_is_stale", &[""], "gauge"),
    ("position_age_seconds", &[""], "gauge"),
    (
        "position_round_trip_seconds",
        &["_sum", "_count", "_bucket{le=\"+Inf\"}"],
        "histogram",
    ),
    ("callbacks_total", &[""], "counter"),
    ("callbacks_unread_total", &[""], "counter"),
    ("frames_total", &[""], "counter"),
    (
        "callback_load",
        &["_sum", "_count", "_bucket{le=\"+Inf\"}"],
        "histogram",
    ),
    ("deadline_misses_total", &[""], "counter"),
    (
        "xruns_total",
        &["{kind=\"reported\"}", "{kind=\"late\"}"],
        "counter",
    ),
    (
        "stream_errors_total",
        &[
            "{kind=\"xrun\"}",
            "{kind=\"lost\"}",
            "{kind=\"backend\"}",
            "{kind=\"notice\"}",
        ],
        "counter",
    ),
    ("stream_rebuilds_total", &[""], "counter"),
    ("stream_up", &[""], "gauge"),
    ("limited_frames_total", &[""], "counter"),
    (
        "output_peak",
        &["{ear=\"left\"}", "{ear=\"right\"}"],
        "gauge",
    ),
    ("renderer_panics_total", &[""], "counter"),
    (
        "reloads_total",
        &["{result=\"applied\"}", "{result=\"refused\"}"],
        "counter",
    ),
    (
        "build_info",
        &[concat!("{version=\"", env!("CARGO_PKG_VERSION"), "\"}")],
        "info",
    ),
    ("position_round_trip_seconds_sum", &[""], ""),
    ("position_round_trip_seconds_count", &[""], ""),
    ("callback_load_count", &[""], ""),
];

#[test]
fn every_metric_is_there_with_its_type_and_help_and_stands_in_the_documentation() {
    let server = PythonServer::start(&["--at=0,1,0"]);
    let daemon = Watched::start(&server.address(), &["--source", "samples/voice.wav"]);
    let page = daemon.wait_for("a position", |page| {
        page.find("position_age_seconds").is_some()
    });
    let answer = daemon.get("/metrics");
    let kind = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert!(answer.head.contains(kind), "{}", answer.head);
    assert_promised(&page);
    assert_documented(&page);
    python_reads(&answer.body, page.families.len());
    // To the left: that ear is the louder one.
    let page = daemon.wait_for("sound", |page| {
        page.value("output_peak{ear=\"right\"}") > 0.01
    });
    let [left, right] =
        ["left", "right"].map(|ear| page.value(&format!("output_peak{{ear=\"{ear}\"}}")));
    assert!(left > right && left <= 0.9, "{left} {right}");
    daemon.end();
}

fn assert_promised(page: &Page) {
    for (name, labels, kind) in PROMISED {
        for label in labels {
            page.value(&format!("{name}{label}"));
        }
        if !kind.is_empty() {
            let family = name.trim_end_matches("_total").trim_end_matches("_info");
            let family = &page.families[&format!("binaurald_{family}")];
            assert_eq!(family.kind, kind, "{name}");
            assert!(family.help.len() > 5, "{name}: {family:?}");
        }
    }
}

/// The table of `docs/metrics.md` has what the page has, and nothing else.
fn assert_documented(page: &Page) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
    let text = fs::read_to_string(path).expect("the documentation");
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| `binaurald_"));
    let documented: BTreeSet<(String, String)> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            (cells[1].trim_matches('`').to_owned(), cells[2].to_owned())
        })
        .collect();
    let told = page.families.iter().map(|(name, family)| {
        let suffix = match family.kind.as_str() {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        (format!("{name}{suffix}"), family.kind.clone())
    });
    assert_eq!(documented, told.collect());
}

/// The parser of Prometheus' own Python client takes the page, with so many families.
fn python_reads(page: &str, families: usize) {
    let mut reader = peer("prometheus.py")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut input = reader.stdin.take().expect("it is piped");
    input.write_all(page.as_bytes()).expect("it reads");
    drop(input);
    let output = reader.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.trim(), format!("{families} families"));
}

#[test]
fn counters_are_what_was_injected_and_go_on_when_the_server_comes_back() {
    let modes: Vec<&str> = ANSWERS.iter().map(|(mode, _)| *mode).collect();
    let modes = modes.join(",");
    let server = PythonServer::start(&["--modes", &modes, "--at=0,1,0"]);
    let (address, port) = (server.address(), server.port.to_string());
    let daemon = Watched::start(&address, &["--timeout", "5000"]);
    daemon.wait_for("answers of all kinds", |page| {
        page.value("position_answers_total") > 30.0
    });
    drop(server);
    let lost = daemon.wait_for("the loss", |page| page.value("position_connected") == 0.0);
    let answers = lost.value("position_answers_total");
    for (n, (_, reason)) in ANSWERS.iter().enumerate() {
        if !reason.is_empty() {
            let expected = ((answers - n as f64) / ANSWERS.len() as f64).ceil();
            let sample = format!("positions_rejected_total{{reason=\"{reason}\"}}");
            assert_eq!(lost.value(&sample), expected, "{reason} of {answers}");
        }
    }
    assert_eq!(lost.value("positions_total"), 1.0);
    assert_eq!(lost.value("position_losses_total"), 1.0);
    assert_eq!(lost.value("position_reconnects_total"), 0.0);
    assert_eq!(lost.value("position_timeouts_total"), 0.0);
    assert_eq!(lost.value("position_round_trip_seconds_count"), answers);
    assert_consistent(&lost, "position_round_trip_seconds");
    let older = daemon.wait_for("age", |page| {
        page.value("position_age_seconds") > lost.value("position_age_seconds")
    });
    assert_eq!(older.value("position_answers_total"), answers);

    let _again = PythonServer::start(&["--port", &port, "--at=0,-1,0"]);
    let back = daemon.wait_for("a new position", |page| {
        page.value("positions_total") == 2.0
    });
    assert_eq!(back.value("position_reconnects_total"), 1.0);
    assert_eq!(back.value("position_losses_total"), 1.0);
    assert_eq!(back.value("position_connected"), 1.0);
    for (sample, value) in lost.samples() {
        let is_counter = sample
            .split('{')
            .next()
            .is_some_and(|name| name.ends_with("_total"));
        let is_count = sample.contains("_bucket") || sample.ends_with("_count");
        if is_counter || is_count {
            assert!(
                back.value(sample) >= value,
                "{sample} went back from {value}"
            );
        }
    }
    daemon.end();
}

#[test]
fn the_load_of_every_block_is_counted() {
    let daemon = Watched::start("127.0.0.1:1", &["--buffer-frames", "256"]);
    let page = daemon.wait_for("blocks", |page| page.value("callbacks_total") > 100.0);
    assert_consistent(&page, "callback_load");
    let (blocks, frames) = (page.value("callbacks_total"), page.value("frames_total"));
    // Both are read while it plays on.
    assert!(
        (frames - 256.0 * blocks).abs() <= 512.0,
        "{frames} {blocks}"
    );
    assert_eq!(page.value("callbacks_unread_total"), 0.0);
    let loads = page.value("callback_load_count");
    assert!((loads - blocks).abs() <= 20.0, "{loads} of {blocks}");
    let over: f64 = loads - page.value("callback_load_bucket{le=\"1.0\"}");
    assert_eq!(page.value("deadline_misses_total"), over);
    daemon.end();
}

/// The buckets of a histogram rise to its count, and its sum lies where they say.
fn assert_consistent(page: &Page, name: &str) {
    let buckets = page.buckets(name);
    let count = page.value(&format!("{name}_count"));
    assert!(count > 0.0 && buckets.len() > 5, "{name}: {buckets:?}");
    assert_eq!(buckets.last(), Some(&(f64::INFINITY, count)), "{name}");
    let (mut below, mut last) = (0.0, (0.0, 0.0));
    for (bound, total) in buckets {
        assert!(bound > last.0 && total >= last.1, "{name}: {bound} {total}");
        below += (total - last.1) * last.0;
        last = (bound, total);
    }
    let sum = page.value(&format!("{name}_sum"));
    assert!(sum >= below, "{name}: {sum} is less than {below}");
}
