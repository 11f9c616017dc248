//! The daemon against servers of either name, and such as go away, are silent, or talk nonsense.
//! What it plays is recorded by itself.

use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use crate::daemon::{FADE, FADED_IN, RATE, Studio, assert_same};
use crate::ears::{Law, WINDOW, longest_silence, windows};
use crate::python::PythonServer;

/// Three seconds of sound, in frames.
const THREE_S: usize = 3 * RATE as usize;

#[test]
fn a_server_is_followed_under_either_name() {
    let studio = Studio::new();
    let expected = studio.rendered("static:0,1,0", 3.0, true);
    let law = Law::measure(&studio);
    for service in ["PositionService", "PositinService"] {
        let server = PythonServer::start(&["--service", service, "--at=0,1,0"]);
        let name = format!("{service}.wav");
        let daemon = studio.play(&server.address(), &name, &["--duration", "3"]);
        let log = daemon.end_well();
        let connected = format!(
            "connected to http://{} (posXYZ.{service})",
            server.address()
        );
        log.only(&connected);

        let ears = studio.recorded(&name);
        assert_eq!(ears[0].len(), THREE_S, "{service}");
        // The last two seconds; before, it may have waited for the server.
        let from = RATE as usize;
        for window in windows(&ears, from, THREE_S - FADE, WINDOW) {
            let lateral = law.lateral(window.delay);
            assert!(
                lateral > 80.0 && window.level > 3.0,
                "{service}: {window:?}, {lateral} degrees"
            );
        }
        assert_same(&ears, &expected, from, THREE_S - FADE);
    }
}

#[test]
fn a_server_that_dies_and_comes_back_is_followed_again_within_a_second() {
    let studio = Studio::new();
    let law = Law::measure(&studio);
    let server = PythonServer::start(&["--at=0,1,0"]);
    let (address, port) = (server.address(), server.port.to_string());
    let daemon = studio.play(&address, "away.wav", &[]);
    let began = daemon.wait_for("playing to");
    let connected = daemon.wait_for("connected to");
    thread::sleep(Duration::from_millis(1_500));
    drop(server);
    let lost = daemon.wait_for("lost http");
    thread::sleep(Duration::from_millis(1_500));
    let server = PythonServer::start(&["--port", &port, "--at=0,-1,0"]);
    let listening = std::time::Instant::now();
    let back = daemon.wait_for("is back after");
    thread::sleep(Duration::from_millis(1_500));
    daemon.signal("INT");
    let log = daemon.end_well();
    drop(server);

    log.only("lost http");
    log.only("is back after");
    log.only("connected to");
    log.only("1 reconnect;");
    let told = back.saturating_duration_since(listening);
    assert!(told < Duration::from_secs(1), "told after {told:?}");

    let ears = studio.recorded("away.wav");
    let frames = ears[0].len();
    let silence = longest_silence(&ears, FADE, frames - FADE);
    assert!(silence < 16, "{silence} frames of silence");
    // The clock paces the sound: its first frame was made when the log said that it plays.
    let frame = |at: std::time::Instant| (at - began).as_secs_f64() * f64::from(RATE);
    let settled = frame(connected) + 0.5 * f64::from(RATE);
    let heard = windows(&ears, settled as usize, frames - FADE, WINDOW / 4);
    let mut crossed = None;
    let mut on_either_side = [0, 0];
    for window in &heard {
        let lateral = law.lateral(window.delay);
        let (begin, end) = (
            window.middle - WINDOW as f64 / 2.0,
            window.middle + WINDOW as f64 / 2.0,
        );
        if end < frame(listening) {
            assert!(
                lateral > 85.0 && window.level > 3.0,
                "while it was away (from {}): {window:?}, {lateral} degrees",
                frame(lost)
            );
            on_either_side[0] += 1;
        }
        if crossed.is_none() && lateral < -80.0 && window.level < -3.0 {
            crossed = Some(begin - frame(listening));
        }
        if begin > frame(listening) + f64::from(RATE) {
            assert!(
                lateral < -85.0 && window.level < -3.0,
                "a second after it was back: {window:?}, {lateral} degrees"
            );
            on_either_side[1] += 1;
        }
    }
    assert!(
        on_either_side.iter().all(|&count| count > 20),
        "{on_either_side:?} windows"
    );
    let crossed_s = crossed.expect("it was followed") / f64::from(RATE);
    println!("back in the log after {told:?}, heard on the other side after {crossed_s:.3} s");
    assert!(crossed_s < 1.0, "heard after {crossed_s} s");
}

#[test]
fn a_server_that_never_answers_is_told_by_the_deadline_and_the_sound_is_in_front() {
    let studio = Studio::new();
    let expected = studio.rendered("static:1,0,0", 3.0, true);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has one").to_string();
    let more = ["--duration", "3", "--timeout", "250"];
    let log = studio.play(&address, "silent.wav", &more).end_well();

    let (waiting, _) = log.only("waiting for http");
    log.only("until the first position comes, the sound is 1 m in front");
    let (told, line) = log.only("no answer within 250 ms");
    assert!(line.contains("WARN") && line.contains(&address), "{line}");
    let after = told - waiting;
    println!("told after {after:?}");
    assert!(
        after > Duration::from_millis(200) && after < Duration::from_millis(1_250),
        "told after {after:?}"
    );
    log.only("; 0 positions, ");
    let ears = studio.recorded("silent.wav");
    assert_eq!(ears[0].len(), THREE_S);
    assert_same(&ears, &expected, FADED_IN, THREE_S - FADE);
    drop(listener);
}

#[test]
fn bad_answers_leave_the_sound_where_it_was_and_are_told_once() {
    let studio = Studio::new();
    let front = studio.rendered("static:1,0,0", 3.0, true);
    let left = studio.rendered("static:0,1,0", 3.0, true);
    let cases = [
        (
            "status",
            vec!["status is -1, not 0 (the server says \"no tracker\")"],
        ),
        (
            "missing",
            vec!["position is missing (the server says \"nothing\")"],
        ),
        ("nan", vec!["position.x is NaN, not a finite number"]),
        ("far", vec!["beyond 1000000 m"]),
        (
            "error",
            vec!["it answers Internal (the server says \"tracker on fire\")"],
        ),
        (
            "nan,good,status,far,missing,error",
            vec!["status is -1", "position is missing", "it answers Internal"],
        ),
    ];
    // All at a time: they mostly wait.
    thread::scope(|scope| {
        for (modes, told) in &cases {
            let (studio, front, left) = (&studio, &front, &left);
            scope.spawn(move || {
                let server = PythonServer::start(&["--modes", modes, "--at=0,1,0"]);
                let record = format!("{modes}.wav");
                let daemon = studio.play(&server.address(), &record, &["--duration", "3"]);
                let log = daemon.end_well();
                for told in told {
                    let (_, line) = log.only(told);
                    assert!(
                        line.contains("WARN") && line.contains("gives no position"),
                        "{line}"
                    );
                }
                let ears = studio.recorded(&record);
                assert_eq!(ears[0].len(), THREE_S, "{modes}");
                let (_, summary) = log.only(" bad answers, ");
                let count = |what: &str| -> u64 {
                    let (before, _) = summary.split_once(what).expect("it has it");
                    let number = before.rsplit(' ').next().expect("a word");
                    number.parse().expect("a number")
                };
                // It was asked all the time, and each answer was seen.
                assert!(count(" bad answers, ") > 20, "{modes}:\n{log}");
                if modes.contains("good") {
                    assert_eq!(count(" position, "), 1, "{log}");
                    // The jump to the first position is over long before.
                    assert_same(&ears, left, RATE as usize, THREE_S - FADE);
                } else {
                    assert_eq!(count(" positions, "), 0, "{log}");
                    assert_same(&ears, front, FADED_IN, THREE_S - FADE);
                }
            });
        }
    });
}
