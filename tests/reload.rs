//! SIGHUP: what a running daemon takes over from its configuration, what it refuses, and what is heard
//! of it; and what the other commands make of that signal.
#![cfg(target_os = "linux")]

#[path = "run/daemon.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod daemon;
#[path = "support/measure.rs"]
mod measure;
#[path = "reload/others.rs"]
mod others;
#[path = "reload/outage.rs"]
mod outage;
#[path = "support/program.rs"]
mod program;
#[path = "support/pulse.rs"]
mod pulse;
#[path = "support/recording.rs"]
mod recording;
#[path = "reload/rig.rs"]
mod rig;
#[path = "support/signal.rs"]
mod signal;

use std::thread;
use std::time::Duration;

use daemon::{FADE, FADED_IN, RATE, assert_same};
use measure::{largest_step, level_db};
use rig::{NOBODY, Reloaded, Server};

/// Frames of the source, after which it sounds the same again.
const LOOP: usize = RATE as usize;

/// How long something is to be heard before or after a change: longer than the source.
const HEARD: Duration = Duration::from_millis(1_500);

/// Frames that are the same again one turn of the source later, from the begin and from the end: all
/// but those of a fade.
fn loops(ear: &[f32]) -> ([&[f32]; 2], [&[f32]; 2]) {
    let pair = |begin: usize| [&ear[begin..begin + 4_800], &ear[begin + LOOP..][..4_800]];
    let last = ear.len() - FADE - LOOP - 4_800;
    (pair(FADED_IN), pair(last))
}

#[test]
fn another_gain_is_heard_without_a_step_in_the_same_phase_and_recorded() {
    let rig = Reloaded::new("gain = 0\n");
    let daemon = rig.play(NOBODY, &[]);
    daemon.wait_for("playing to");
    thread::sleep(HEARD);
    rig.reload(&daemon, "gain = -6\n", "gain 0 -> -6");
    thread::sleep(HEARD);
    daemon.signal("TERM");
    let log = daemon.end_well();
    log.only("reloads: 1 applied, 0 refused");

    for ear in rig.recorded() {
        let ([first, again], [late, later]) = loops(&ear);
        assert_eq!((first, late), (again, later), "the source comes again");
        // The end is a whole number of turns and a rest behind the begin: the same frames of the
        // source, at another level.
        let last = ear.len() - FADE - LOOP - 4_800;
        let phase = FADED_IN + (last - FADED_IN) % LOOP;
        let factor = 10.0_f32.powf(-6.0 / 20.0);
        for (n, (late, early)) in late.iter().zip(&ear[phase..]).enumerate() {
            let error = late - factor * early;
            assert!(error.abs() < 1e-5, "{late} of {early} at {n}");
        }
        let steepest = largest_step(&ear[FADED_IN..FADED_IN + LOOP]);
        assert!(largest_step(&ear[FADED_IN..]) <= steepest, "a click");
    }
}

#[test]
fn another_head_and_another_source_are_heard() {
    let rig = Reloaded::new("head = \"sphere\"\n");
    let server = Server::at("0,1,0");
    let daemon = rig.play(&server.address, &[]);
    daemon.wait_for("connected to");
    thread::sleep(HEARD);
    let head = "head = \"sphere\"\nhead-radius = 0.15\n";
    rig.reload(&daemon, head, "head-radius 0.0875 -> 0.15");
    thread::sleep(HEARD);
    let louder = rig.studio.text("louder.wav");
    rig.write_source("louder.wav", 2.0);
    rig.reload(&daemon, &format!("{head}source = {louder:?}\n"), "source ");
    thread::sleep(HEARD);
    // The same name, and another sound in it.
    rig.write_source("louder.wav", 1.0);
    rig.hang_up(&daemon, "(the file has changed)");
    thread::sleep(HEARD);
    daemon.signal("TERM");
    daemon.end_well();

    let [left, right] = rig.recorded();
    let level = |ear: &[f32], from: usize| level_db(&ear[from..from + LOOP]);
    let last = left.len() - FADE - LOOP;
    let levels: Vec<f64> = (0..last)
        .step_by(4_800)
        .map(|from| level(&left, from))
        .collect();
    let loudest = levels.iter().copied().fold(f64::MIN, f64::max);
    let end = level(&left, last);
    assert!((loudest - end - 6.0).abs() < 0.1, "{levels:?}, {end}");
    // A larger head takes more away from the ear behind it.
    let shadow = |from: usize| level(&left, from) - level(&right, from);
    let first = FADED_IN + 4_800;
    assert!(
        shadow(last) > shadow(first) + 1.0,
        "{} {}",
        shadow(first),
        shadow(last)
    );
}

#[test]
fn another_server_is_followed() {
    let rig = Reloaded::new("");
    let [left, right] = ["0,1,0", "0,-1,0"].map(Server::at);
    let with = |server: &Server| format!("server = {:?}\n", server.address);
    rig.write(&with(&left));
    let daemon = rig.play_configured(&[]);
    daemon.wait_for(&format!("connected to http://{}", left.address));
    thread::sleep(HEARD);
    rig.reload(&daemon, &with(&right), "server ");
    daemon.wait_for(&format!("connected to http://{}", right.address));
    thread::sleep(HEARD);
    daemon.signal("TERM");
    let log = daemon.end_well();
    let summary = log.only("without a device").1;
    assert!(summary.contains("2 positions, 0 bad answers"), "{summary}");

    let ears = rig.recorded();
    let frames = ears[0].len();
    let louder_left = |from: usize| {
        let [left, right] = [0, 1].map(|ear: usize| level_db(&ears[ear][from..from + 9_600]));
        left - right
    };
    let (before, after) = (louder_left(LOOP), louder_left(frames - FADE - 9_600));
    assert!(before > 3.0 && after < -3.0, "{before} dB, then {after} dB");
}

#[test]
fn what_cannot_be_used_is_refused_with_its_line_and_the_sound_goes_on() {
    let rig = Reloaded::new("gain = -3\n");
    let expected = rig.studio.rendered("static:1,0,0", 40.0, true);
    let daemon = rig.play(NOBODY, &[]);
    daemon.wait_for("playing to");
    let refusals = [
        (
            "gain = \"loud\"\n",
            "line 2: run.gain: \"loud\": must be a number",
        ),
        (
            "gain = 0\nhaed = \"sphere\"\n",
            "line 3: run.haed: is not known",
        ),
        (
            "gain = 100\n",
            "--gain 100: must be -200 to 60 decibels (--gain is set in",
        ),
        (
            "gain = 0\nhead = \"none.sofa\"\n",
            "--head none.sofa: there is no such file",
        ),
        ("gain = 0\nsource = \"none.wav\"\n", "--source none.wav"),
        (
            "gain = 0\npoll-hz = 0.1\n",
            "--poll-hz 0.1: must be 1 to 1000",
        ),
        ("gain = 0\n[", "not TOML"),
    ];
    for (number, (file, reason)) in refusals.iter().enumerate() {
        rig.write(file);
        daemon.signal("HUP");
        program::wait_until("it is refused", || {
            daemon.log().lines("not reloaded, and all goes on").len() > number
        });
        let (_, last) = daemon.log().lines("not reloaded").pop().expect("a line");
        assert!(last.contains(reason) && last.contains("ERROR"), "{last}");
    }
    thread::sleep(HEARD);
    daemon.signal("TERM");
    let log = daemon.end_well();
    log.only("reloads: 0 applied, 7 refused");
    let factor = 10.0_f32.powf(-3.0 / 20.0);
    let ears = rig.recorded();
    for (ear, expected) in ears.iter().zip(&expected) {
        let played = &ear[FADED_IN..ear.len() - FADE];
        for (n, (played, expected)) in played.iter().zip(&expected[FADED_IN..]).enumerate() {
            let error = played - factor * expected;
            assert!(error.abs() < 1e-6, "{played} of {expected} at {n}");
        }
    }
}

#[test]
fn what_needs_a_restart_is_named_and_the_rest_is_applied() {
    let rig = Reloaded::new("");
    let daemon = rig.play(NOBODY, &["--gain", "0"]);
    daemon.wait_for("playing to");
    // What is typed wins over the file, then as now.
    let file = "gain = -20\nlimiter = \"off\"\nbuffer-frames = 64\nonce = true\n";
    rig.reload(&daemon, file, ": limiter on -> off");
    daemon.wait_for("needs a restart: once false -> true, buffer-frames 512 -> 64");
    // It is said again, and not taken for done.
    daemon.signal("HUP");
    daemon.wait_for("nothing has changed that can be applied");
    program::wait_until("it is named again", || {
        daemon.log().lines("needs a restart: once").len() == 2
    });
    rig.reload(&daemon, "limiter = \"off\"\n", "nothing has changed");
    daemon.signal("TERM");
    let log = daemon.end_well();
    log.only("reloads: 3 applied, 0 refused");
}

#[test]
fn a_reload_that_changes_nothing_says_so_and_leaves_every_sample_as_it_is() {
    let rig = Reloaded::new("gain = 0\n");
    let expected = rig.studio.rendered("static:1,0,0", 40.0, true);
    let daemon = rig.play(NOBODY, &[]);
    daemon.wait_for("playing to");
    thread::sleep(Duration::from_millis(300));
    rig.reload(&daemon, "gain = -0.0\n", "nothing has changed");
    thread::sleep(Duration::from_millis(300));
    daemon.signal("TERM");
    daemon.end_well();
    let ears = rig.recorded();
    assert_same(&ears, &expected, FADED_IN, ears[0].len() - FADE);
}

#[test]
fn of_several_at_once_the_last_one_is_heeded() {
    let rig = Reloaded::new("gain = 0\n");
    let daemon = rig.play(NOBODY, &[]);
    daemon.wait_for("playing to");
    for gain in 21..=40 {
        rig.write(&format!("gain = -{gain}\n"));
        daemon.signal("HUP");
    }
    daemon.wait_for("-> -40");
    // Nothing is left to do.
    rig.hang_up(&daemon, "nothing has changed");
    daemon.signal("TERM");
    daemon.end_well();
}
