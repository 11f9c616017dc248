//! `binaurald devices`: what it lists is there, is what `run` takes, and is the same as text and as
//! JSON.
#![cfg(target_os = "linux")]

use std::ffi::OsString;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::json_doc::documented;
use support::program::{Desk, Running, binaurald, stderr, stdout};
use support::pulse::{Pulse, Sink};

mod support {
    pub(crate) mod json_doc;
    pub(crate) mod program;
    pub(crate) mod pulse;
    pub(crate) mod recording;
    pub(crate) mod signal;
}

type Environment = Vec<(&'static str, OsString)>;

fn run(args: &[&str], environment: &Environment) -> Output {
    Running::start(binaurald(args).envs(environment.iter().cloned())).end()
}

/// What ALSA's host has; another that was built in may be there too.
const LIST: [&str; 3] = ["devices", "--host", "alsa"];

fn text(environment: &Environment) -> String {
    let output = run(&LIST, environment);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    stdout(&output).to_owned()
}

fn json(environment: &Environment) -> Value {
    let output = run(&[&LIST[..], &["--json"]].concat(), environment);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    assert_eq!(stdout(&output).lines().count(), 1, "{}", stdout(&output));
    let listed: Value = serde_json::from_str(stdout(&output)).expect("JSON");
    let fields = documented(&listed, "`binaurald devices --json`");
    for host in fields["hosts"].as_array().expect("an array") {
        documented(host, "Each of `hosts`");
    }
    for device in devices(&listed) {
        documented(device, "Each of `devices`");
    }
    listed
}

fn devices(listed: &Value) -> &Vec<Value> {
    listed["devices"].as_array().expect("an array")
}

fn words<'a>(device: &'a Value, field: &str) -> &'a str {
    device[field].as_str().expect("a string")
}

/// An environment in which there is no sound, and the directory that it speaks of.
fn silence(configuration: &str) -> (Desk, Environment) {
    let desk = Desk::new();
    let nobody = format!("unix:{}", desk.arg("nobody"));
    let configuration = configuration.replace("NOBODY", &nobody);
    let path = desk.write("asound.conf", configuration);
    let environment = vec![
        ("ALSA_CONFIG_PATH", path.into()),
        ("PULSE_SERVER", nobody.into()),
        ("PIPEWIRE_REMOTE", desk.arg("nobody").into()),
        ("JACK_NO_START_SERVER", "1".into()),
        ("HOME", desk.directory().into()),
        ("XDG_RUNTIME_DIR", desk.directory().into()),
    ];
    (desk, environment)
}

#[test]
fn what_is_listed_is_what_the_server_has_and_what_run_takes() {
    let pulse = Pulse::start(Sink::default());
    let environment = pulse.environment();
    let listed = json(&environment);
    let host = &listed["hosts"][0];
    assert_eq!(words(host, "name"), "ALSA");
    assert_eq!(words(host, "option"), "alsa");
    assert_eq!(host["available"], true, "{host}");
    let ids: Vec<&str> = devices(&listed).iter().map(|d| words(d, "id")).collect();
    assert_eq!(ids[0], "alsa:default", "the default is not on top");
    assert_eq!(ids.last(), Some(&"null"));
    assert!(!ids.contains(&"alsa:null"), "{ids:?}");
    for id in ["alsa:exact", "alsa:integers"] {
        assert!(ids.contains(&id), "{id} is not in {ids:?}");
    }
    let defaults = devices(&listed).iter().filter(|d| d["default"] == true);
    assert_eq!(defaults.count(), 1, "{listed}");

    for device in devices(&listed) {
        let id = words(device, "id");
        assert_eq!(device["available"], true, "{device}");
        let option = format!("--output={id}");
        let args = ["run", &option, "--duration=0.2", "--server=127.0.0.1:9"];
        let host = device["host"].as_str().map(|host| format!("--host={host}"));
        let args: Vec<&str> = args.into_iter().chain(host.as_deref()).collect();
        let played = run(&args, &environment);
        let said = stderr(&played);
        assert_eq!(played.status.code(), Some(0), "{id}: {said}");
        let start = said
            .lines()
            .find(|line| line.contains("playing to"))
            .unwrap_or_else(|| panic!("{id}: no start line in {said}"));
        let rate = &device["sample_rate_hz"];
        let taken = format!(
            "({id}), {rate} Hz, {} channels, {}, ",
            device["channels"],
            words(device, "sample_format")
        );
        assert!(start.contains(&taken), "{taken:?} is not in {start:?}");
    }
}

#[test]
fn a_default_device_is_the_one_that_run_takes() {
    let pulse = Pulse::start(Sink {
        rate: 44_100,
        ..Sink::default()
    });
    let environment = pulse.environment();
    let output = run(&["devices", "--json"], &environment);
    let listed: Value = serde_json::from_str(stdout(&output)).expect("JSON");
    let hosts = listed["hosts"].as_array().expect("an array");
    let mut hosts = hosts.iter().filter(|host| host["default"] == true);
    let host = hosts.next().expect("a default host");
    assert_eq!(hosts.next(), None, "{listed}");
    let default = devices(&listed)
        .iter()
        .find(|device| device["default"] == true && device["host"] == host["option"])
        .expect("its default device");

    let played = run(
        &["run", "--duration=0.2", "--server=127.0.0.1:9"],
        &environment,
    );
    let said = stderr(&played);
    assert_eq!(played.status.code(), Some(0), "{said}");
    let id = format!(
        "({}), {} Hz",
        words(default, "id"),
        default["sample_rate_hz"]
    );
    assert!(said.contains(&id), "{id} is not in {said}");
}

#[test]
fn the_text_says_what_the_json_says_within_80_columns() {
    let pulse = Pulse::start(Sink::default());
    let environment = pulse.environment();
    let (text, listed) = (text(&environment), json(&environment));
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    for device in devices(&listed) {
        let asked = format!("    --output {}", words(device, "id"));
        let at = lines
            .iter()
            .position(|line| line == &asked || line.starts_with(&format!("{asked} --host ")))
            .unwrap_or_else(|| panic!("{asked:?} is not in {text}"));
        let mark = if device["default"] == true {
            "* "
        } else {
            "  "
        };
        let name = format!("{mark}{}", words(device, "name"));
        assert!(
            lines[at - 1].starts_with(&name),
            "{name:?} is not in {text}"
        );
        let rate = format!("    {} Hz", device["sample_rate_hz"]);
        assert!(
            lines[at + 1].starts_with(&rate),
            "{rate:?} is not in {text}"
        );
    }
    let options = text.matches("    --output ").count();
    assert_eq!(options, devices(&listed).len(), "{text}");
    assert!(!text.contains("not available"), "{text}");
}

#[test]
fn without_any_sound_it_says_so_and_what_to_do_and_is_no_failure() {
    for configuration in [
        "",
        "pcm.!default { type pulse server \"NOBODY\" hint { show on description \"gone\" } }\n",
        "pcm.!default { type plug slave.pcm { type hw card 31 } }\n",
    ] {
        let (_desk, mut environment) = silence(configuration);
        if configuration.is_empty() {
            environment[0].1 = "/nonexistent".into();
        }
        let text = text(&environment);
        for words in [
            "not available: ",
            "There is no sound device and no sound server",
            "--output null",
            "--record FILE.wav",
        ] {
            assert!(
                text.contains(words),
                "{configuration:?}: no {words:?}: {text}"
            );
        }
        let listed = json(&environment);
        let (own, others) = devices(&listed).split_last().expect("null at least");
        assert_eq!(words(own, "id"), "null");
        assert!(own["host"].is_null() && own["available"] == true, "{own}");
        for device in others {
            assert_eq!(device["available"], false, "{device}");
            let reason = words(device, "reason");
            assert!(!reason.is_empty() && !reason.contains("--"), "{reason}");
            assert!(text.contains(words(device, "id")), "{text}");
        }
    }
}

#[test]
fn the_library_of_jack_is_not_let_write_to_the_terminal() {
    let (_desk, environment) =
        silence("pcm.jack { type jack playback_ports { 0 system:playback_1 } hint { show on } }\n");
    let listed = json(&environment);
    let jack = devices(&listed)
        .iter()
        .find(|d| words(d, "id") == "alsa:jack");
    let reason = words(jack.expect("it is listed"), "reason");
    assert!(reason.starts_with("it was not asked"), "{reason}");
}

#[test]
fn every_host_of_this_binary_is_listed_within_seconds_and_without_noise() {
    let (_desk, environment) = silence("");
    let began = Instant::now();
    let output = run(&["devices"], &environment);
    // Ten for each host are promised.
    assert!(began.elapsed() < Duration::from_secs(50));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    assert!(stdout(&output).contains("ALSA"), "{}", stdout(&output));
}

#[test]
fn a_server_that_stands_still_holds_nothing_up() {
    let pulse = Pulse::start(Sink::default());
    pulse.signal("STOP");
    let began = Instant::now();
    let listed = json(&pulse.environment());
    let took = began.elapsed();
    pulse.signal("CONT");
    let default = &devices(&listed)[0];
    assert_eq!(words(default, "id"), "alsa:default");
    assert_eq!(words(default, "reason"), "no answer in 2 s", "{listed}");
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn an_unknown_host_is_refused_with_those_that_are_there() {
    let output = run(&["devices", "--host=asio4all"], &Vec::new());
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("error: --host asio4all: ") && said.contains("alsa"),
        "{said}"
    );
    assert_eq!(stdout(&output), "");
}

#[test]
fn a_closed_standard_output_is_a_clean_end() {
    let (_desk, environment) = silence("");
    let mut running = Running::start(binaurald(&["devices"]).envs(environment));
    drop(running.child().stdout.take());
    let output = running.end();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}
