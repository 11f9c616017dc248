//! `--log-format`: what standard error holds, line by line.
#![cfg(target_os = "linux")]

#[path = "support/program.rs"]
mod program;
#[path = "support/signal.rs"]
mod signal;

use std::io::{BufRead, BufReader};

use serde_json::Value;

use program::{Running, binaurald, stderr};

/// The lines of standard error, each a JSON object with what all of them have.
fn objects(said: &str) -> Vec<Value> {
    assert!(!said.contains('\u{1b}'), "colours: {said}");
    let object = |line: &str| {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        for key in ["timestamp", "level", "message"] {
            assert!(object[key].is_string(), "{line} has no {key}");
        }
        object
    };
    said.lines().map(object).collect()
}

/// What a command line says, and its exit code.
fn said(args: &[&str]) -> (String, Option<i32>) {
    let output = Running::start(&mut binaurald(args)).end();
    (stderr(&output).to_owned(), output.status.code())
}

const PLAY: [&str; 9] = [
    "run",
    "--output",
    "null",
    "--head",
    "sphere",
    "--server",
    "127.0.0.1:1",
    "--duration",
    "0.3",
];

#[test]
fn as_json_every_line_is_an_object_with_its_time_level_and_message() {
    let (said, code) = said(&[&PLAY[..], &["--log-format", "json"]].concat());
    assert_eq!(code, Some(0), "{said}");
    let lines = objects(&said);
    let first = &lines[0];
    assert_eq!(first["level"], "INFO");
    let message = first["message"].as_str().expect("a text");
    assert!(message.starts_with("binaurald ") && message.contains("playing to"));
    assert!(lines.iter().any(|line| line["level"] == "WARN"), "{said}");
}

#[test]
fn as_json_fields_stand_beside_the_message() {
    let mut serve = Running::start(&mut binaurald(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--log-format",
        "json",
    ]));
    let stdout = serve.child().stdout.take().expect("it is piped");
    let mut stdout = BufReader::new(stdout);
    let mut line = String::new();
    stdout.read_line(&mut line).expect("it prints text");
    assert!(line.starts_with("listening on "), "{line:?}");
    serve.signal("TERM");
    let output = serve.end();
    let lines = objects(stderr(&output));
    assert_eq!(lines[0]["trajectory"], "orbit", "{lines:?}");
}

#[test]
fn the_error_that_ends_it_is_an_object_too_wherever_it_is_found() {
    for (args, reason) in [
        // Found by the program.
        (&["run", "--gain", "100"][..], "--gain 100: must be -200"),
        // Found before there is any log.
        (&["run", "--gain", "much"], "must be a number"),
        (&["--config", "none.toml", "run"], "--config none.toml"),
        (&["run", "--loud"], "unexpected argument '--loud'"),
    ] {
        let (said, code) = said(&[args, &["--log-format=json"]].concat());
        assert_eq!(code, Some(2), "{said}");
        let lines = objects(&said);
        let last = lines.last().expect("an error");
        assert_eq!(last["level"], "ERROR", "{said}");
        let message = last["message"].as_str().expect("a text");
        assert!(message.contains(reason), "{message}");
        assert!(!message.starts_with("error"), "{message}");
    }
}

#[test]
fn as_text_everything_is_as_it_was() {
    let (said, code) = said(&["run", "--gain", "100"]);
    assert_eq!(code, Some(2));
    assert_eq!(said, "error: --gain 100: must be -200 to 60 decibels\n");
    let (said, _) = self::said(&PLAY);
    assert!(said.contains(" INFO binaurald "), "{said}");
}

#[test]
fn a_file_and_the_environment_can_ask_for_it() {
    let mut command = binaurald(&["run", "--gain", "100"]);
    command.env("BINAURALD_LOG_FORMAT", "json");
    let output = Running::start(&mut command).end();
    assert_eq!(objects(stderr(&output)).len(), 1);

    let desk = program::Desk::new();
    let file = desk.write("log.toml", "log-format = \"json\"\n");
    let (said, _) = said(&["--config", &file, "run", "--gain", "100"]);
    assert_eq!(objects(&said).len(), 1);
}
