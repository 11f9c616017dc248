//! `binaurald measure` and `binaurald head`: what they print, what they hold, what they refuse.
//! Here the limits of `docs/accuracy.md` are held at the rates that devices have.

use std::process::Output;

use serde_json::Value;
use support::json_doc::documented;
use support::program::{Desk, Running, binaurald, stderr, stdout};

#[path = "measuring/library.rs"]
mod library;
#[path = "measuring/refused.rs"]
mod refused;
mod support {
    pub(crate) mod json_doc;
    pub(crate) mod program;
    pub(crate) mod signal;
}

/// Runs it to its end. What it prints is read meanwhile: it is more than a pipe holds.
fn run(args: &[&str]) -> Output {
    binaurald(args).output().expect("the program starts")
}

/// The JSON of what works.
fn json(args: &[&str]) -> Value {
    let output = run(&[args, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output).lines().count(), 1, "{}", stdout(&output));
    serde_json::from_str(stdout(&output)).expect("JSON")
}

/// Checks each of `limits`, all of which are kept, and returns how many there are.
fn kept(limits: &Value) -> usize {
    let limits = limits.as_array().expect("an array");
    for held in limits {
        let held = documented(held, "Each of `limits` of a measurement");
        assert_eq!(held["kept"], true, "{held:?}");
        assert!(held["worst"].as_f64() <= held["limit"].as_f64(), "{held:?}");
    }
    limits.len()
}

#[test]
fn the_sphere_keeps_its_limits_all_round_near_and_far_at_every_rate() {
    for rate in ["44100", "48000", "96000"] {
        let report = json(&[
            "measure",
            "--check",
            "--head=sphere",
            "--azimuth=0:345:15,80,85",
            "--elevation=-60,0,35",
            "--distance=0.25,0.5,1,10",
            "--sample-rate",
            rate,
        ]);
        let fields = documented(&report, "`binaurald measure --json`");
        assert_eq!(fields["places"].as_array().map(Vec::len), Some(26 * 3 * 4));
        assert_eq!(kept(&fields["limits"]), 9, "{rate}");
        let latency = fields["latency_stated_ms"].as_f64().expect("a number");
        let onset = fields["latency_onset_ms"].as_f64().expect("a number");
        assert!((latency - onset).abs() < 0.05, "{latency} and {onset} ms");
    }
}

/// A measured head as it was published.
const FILE: &str = "--head=data/kemar/mit_kemar_normal_44k.sofa";

#[test]
fn a_file_keeps_its_limits_at_all_its_directions_at_every_rate() {
    for rate in ["44100", "48000", "96000"] {
        let report = json(&[
            "measure",
            "--check",
            FILE,
            "--measured",
            "--sample-rate",
            rate,
        ]);
        let fields = documented(&report, "`binaurald measure --json`");
        assert_eq!(fields["places"].as_array().map(Vec::len), Some(710));
        // Two delays, the level and two latencies.
        assert_eq!(kept(&fields["limits"]), 5, "{rate}");
    }
}

#[test]
fn the_built_in_measured_head_has_its_latency_alone_to_keep_at_every_rate() {
    for rate in ["44100", "48000", "96000"] {
        let asked = ["measure", "--head=kemar", "--sample-rate", rate];
        let report = json(&asked);
        assert_eq!(kept(&report["limits"]), 2, "{rate}");
        assert!(report["places"][0]["reference"].is_null(), "{report}");
    }
    // Its responses were changed on purpose, so there is nothing to compare it with.
    let output = run(&["measure", "--head=kemar", "--check"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("nothing was checked"), "{said}");
}

#[test]
fn moving_tones_keep_their_limits_at_every_rate() {
    for (rate, args) in [
        ("44100", &["--motion=orbit:1,7.2"][..]),
        ("48000", &["--motion=orbit:1,1", "--tone=4000"]),
        ("96000", &["--motion=orbit:0.3,1"]),
        ("44100", &["--motion=orbit:1,10", "--updates=5"]),
        ("48000", &["--motion=orbit:1,-1", "--updates=20"]),
        ("96000", &["--motion=orbit:1,7.2", "--updates=100"]),
        ("48000", &["--motion=orbit:1,0.2", "--tone=4000"]),
        (
            "48000",
            &["--motion=orbit:1,0.2", "--tone=4000", "--updates=60"],
        ),
        ("48000", &["--motion=static:0,1,0"]),
    ] {
        for head in ["--head=sphere", "--head=kemar", FILE] {
            let asked = ["measure", "--check", head, "--sample-rate", rate];
            let report = json(&[&asked[..], args].concat());
            let fields = documented(&report, "`binaurald measure --motion ... --json`");
            for ear in ["left", "right"] {
                documented(&fields[ear], "`left` and `right` of a motion");
            }
            assert_eq!(kept(&fields["limits"]), 2, "{head} {args:?}");
        }
    }
}

#[test]
fn a_jump_is_held_to_its_steps_alone() {
    let desk = Desk::new();
    let path = desk.write(
        "jumps.csv",
        "t,x,y,z\n0,0,1,0\n2,0,1,0\n2,0,-1,0\n9,0,-1,0\n",
    );
    let report = json(&["measure", "--check", "--motion", &path]);
    assert_eq!(kept(&report["limits"]), 2, "{report}");
    let beside = report["left"]["beside_worst_db"].as_f64();
    assert!(
        beside.is_some_and(|db| db > -75.0),
        "it was not heard: {report}"
    );
}

#[test]
fn check_fails_with_the_limit_that_is_exceeded_and_only_when_it_is_asked_for() {
    // A hundred turns a second put sound beside the tone whatever renders them.
    let motion = ["measure", "--motion=orbit:0.1,0.01", "--seconds=1"];
    let unchecked = run(&motion);
    assert_eq!(unchecked.status.code(), Some(0), "{}", stderr(&unchecked));
    assert!(stdout(&unchecked).contains(", EXCEEDED"));
    let checked = run(&[&motion[..], &["--check"]].concat());
    assert_eq!(checked.status.code(), Some(1), "{}", stderr(&checked));
    assert_eq!(stdout(&checked), stdout(&unchecked));
    let said = stderr(&checked);
    assert!(
        said.contains("error: --check: left ear, beside the tone: "),
        "{said}"
    );
    assert!(said.contains("limit -60 dB, EXCEEDED"), "{said}");
}

#[test]
fn a_check_without_any_reference_fails_as_it_checks_nothing() {
    let near = ["measure", "--head=sphere", "--distance=0.09"];
    let output = run(&near);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = run(&[&near[..], &["--check"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("nothing was checked"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn places_and_figures_are_those_that_were_asked_for() {
    let report = json(&[
        "measure",
        "--head=sphere",
        "--azimuth=90,-30",
        "--elevation=0,20",
        "--distance=1,2",
    ]);
    let places = report["places"].as_array().expect("an array");
    let asked: Vec<[f64; 3]> = places
        .iter()
        .map(|place| {
            let place = documented(place, "Each of `places`");
            for figures in ["heard", "reference"] {
                documented(&place[figures], "`heard` and `reference` of a place");
            }
            ["distance_m", "elevation_degrees", "azimuth_degrees"]
                .map(|name| place[name].as_f64().expect("a number"))
        })
        .collect();
    let expected = [
        [1.0, 0.0, 90.0],
        [1.0, 0.0, -30.0],
        [1.0, 20.0, 90.0],
        [1.0, 20.0, -30.0],
        [2.0, 0.0, 90.0],
        [2.0, 0.0, -30.0],
        [2.0, 20.0, 90.0],
        [2.0, 20.0, -30.0],
    ];
    assert_eq!(asked, expected);
    // The rigid sphere at 1 m: 762 us at 500 Hz, and 3.8 dB in the octave.
    let left = &places[0]["heard"];
    let near = |value: &Value, expected: f64, within: f64| {
        let value = value.as_f64().expect("a number");
        assert!(
            (value - expected).abs() < within,
            "{value} is not {expected}"
        );
    };
    near(&left["itd_us"][1], 761.7, 5.0);
    near(&left["ild_db"][2], 3.8, 0.3);
    near(&places[1]["heard"]["itd_us"][1], -397.7, 5.0);
    // 2 m away the head alone is no softer.
    near(&places[4]["heard"]["left_db"][0], 0.7, 0.3);
}

#[test]
fn the_tables_have_a_row_for_each_place_and_fit_a_terminal() {
    let output = run(&[
        "measure",
        "--head=sphere",
        "--azimuth=0,90,-135",
        "--sample-rate=44100",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    let about = format!(
        "binaurald {}, head sphere, 44100 Hz; reference: rigid sphere",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(text.lines().next(), Some(&*about));
    for azimuth in ["    0.0", "   90.0", " -135.0"] {
        let rows = text.lines().filter(|line| line.starts_with(azimuth));
        assert_eq!(rows.count(), 2, "{azimuth}: {text}");
    }
    for line in text.lines() {
        assert!(line.len() <= 100, "{line}");
    }
    assert!(
        text.contains("interaural delay at 3000 Hz, off by: "),
        "{text}"
    );
}

#[test]
fn pictures_are_whole_and_need_no_fonts_of_ours() {
    let desk = Desk::new();
    for (name, args) in [
        (
            "measured.svg",
            &["measure", "--head=sphere", "--azimuth=0:345:15"][..],
        ),
        ("head.svg", &["head", "sphere"]),
    ] {
        let file = desk.arg(name);
        let output = run(&[args, &["--plot", &file]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let picture = std::fs::read_to_string(&file).expect("a picture");
        assert!(picture.starts_with("<svg ") && picture.trim_end().ends_with("</svg>"));
        for text in [
            "azimuth in degrees",
            "interaural delay, microseconds",
            "sphere, onset",
        ] {
            assert!(picture.contains(text), "{name}: no {text:?}");
        }
        // Opaque, for dark backgrounds.
        assert!(picture.contains(r##"fill="#FFFFFF""##));
    }
    assert_eq!(desk.names(), ["head.svg", "measured.svg"]);
}

#[test]
fn the_sphere_tells_what_it_is() {
    let report = json(&["head", "sphere"]);
    let fields = documented(&report, "`binaurald head ... --json`");
    assert_eq!(fields["kind"], "computed");
    assert_eq!(fields["radius_m"], 0.0875);
    assert!(fields["measured"].is_null());
    let latency = fields["latency_ms"].as_f64().expect("a number");
    let output = run(&["head", "sphere"]);
    let said = format!("the sound is {latency:.3} ms late in all directions");
    assert!(stdout(&output).contains(&said), "{}", stdout(&output));
    assert!(stdout(&output).contains("a rigid sphere of 0.0875 m"));
}

#[test]
fn a_closed_standard_output_is_a_clean_end() {
    let mut running = Running::start(&mut binaurald(&["measure", "--azimuth=0:355:1"]));
    drop(running.child().stdout.take());
    let output = running.end();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}
