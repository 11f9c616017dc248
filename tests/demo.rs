//! `binaurald demo`: one command that makes sound, with a device and without.

mod support {
    pub(crate) mod measure;
    pub(crate) mod program;
    pub(crate) mod pulse;
    pub(crate) mod recording;
    pub(crate) mod signal;
}

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use support::measure::{peak, read_wav};
use support::program::{Desk, Running, binaurald, stderr, stdout, wait_until};
use support::pulse::{Pulse, Sink};

/// The demo on a machine without any sound, in a directory of its own.
fn without_sound(desk: &Desk, more: &[&str]) -> Command {
    let mut command = binaurald(&["demo"]);
    command
        .args(more)
        .env("ALSA_CONFIG_PATH", desk.path("no-such-file"))
        .env("PULSE_SERVER", "unix:/nonexistent")
        .env("JACK_DEFAULT_SERVER", "nobody")
        .env("XDG_RUNTIME_DIR", desk.directory())
        .current_dir(desk.directory());
    command
}

#[test]
fn it_plays_says_where_the_sound_is_and_answers_others_until_it_is_told_to_end() {
    let pulse = Pulse::start(Sink::default());
    let recording = pulse.record();
    let mut command = binaurald(&["demo"]);
    command.envs(pulse.environment());
    let mut demo = Running::start(&mut command);
    let out = demo.child().stdout.take().expect("it is piped");
    let mut lines = BufReader::new(out).lines();
    let mut next = || {
        let line = lines.next().expect("another line");
        line.expect("it prints text")
    };
    let line = next();
    let address = line.strip_prefix("position server on ").expect(&line);
    assert!(next().contains("headphones on"));
    let line = next();
    assert!(line.starts_with("in front, "), "{line}");
    let asked = binaurald(&["position", "get", "--server", address])
        .output()
        .expect("it starts");
    assert!(asked.status.success(), "{}", stderr(&asked));
    assert_eq!(stdout(&asked).split_whitespace().count(), 3);
    let line = next();
    assert!(line.starts_with("left, "), "{line}");
    demo.signal("INT");
    let ended = demo.end();
    assert_eq!(ended.status.code(), Some(0), "{}", stderr(&ended));
    let heard = recording.stop();
    // It was on its way to the left for almost two seconds.
    let [left, right] = [0, 1].map(|ear| {
        let samples = heard.channel(ear);
        samples.iter().map(|sample| sample * sample).sum::<f32>()
    });
    assert!(left > 1.5 * right && right > 0.0, "{left} and {right}");
}

#[test]
fn where_nothing_can_be_played_one_turn_is_written_to_a_file() {
    let desk = Desk::new();
    let demo = without_sound(&desk, &[]).output().expect("it starts");
    assert_eq!(demo.status.code(), Some(0), "{}", stderr(&demo));
    let said: Vec<&str> = stdout(&demo).lines().collect();
    assert!(
        said[0].starts_with("nothing can be played here: "),
        "{said:?}"
    );
    assert_eq!(
        said.last(),
        Some(&"listen to binaurald-demo.wav with headphones")
    );
    assert_eq!(desk.names(), ["binaurald-demo.wav"]);
    let sound = read_wav(&desk.path("binaurald-demo.wav"));
    assert_eq!(sound.sample_rate, 48_000);
    let [left, right] = &sound.channels[..] else {
        panic!("{} channels", sound.channels.len())
    };
    assert_eq!(left.len(), 48_000 * 72 / 10);
    // A quarter of a turn later it is on the left, another half later on the right.
    let quarter = left.len() / 4;
    let around = |n: usize| n * quarter - quarter / 4..n * quarter + quarter / 4;
    assert!(peak(&left[around(1)]) > 1.3 * peak(&right[around(1)]));
    assert!(peak(&right[around(3)]) > 1.3 * peak(&left[around(3)]));
}

#[test]
fn a_directory_that_takes_no_file_is_said() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("binaurald-demo.wav")).expect("a directory in the way");
    let demo = without_sound(&desk, &[]).output().expect("it starts");
    let text = stderr(&demo);
    assert_ne!(demo.status.code(), Some(0), "{text}");
    assert!(text.contains("the file binaurald-demo.wav: "), "{text}");
}

#[test]
fn a_device_that_was_asked_for_by_name_is_not_replaced_by_a_file() {
    let desk = Desk::new();
    let demo = without_sound(&desk, &["--output", "my headphones"])
        .output()
        .expect("it starts");
    let text = stderr(&demo);
    assert_eq!(demo.status.code(), Some(2), "{text}");
    assert!(text.contains("--output my headphones"), "{text}");
    assert!(desk.names().is_empty());
}

#[test]
fn a_reader_who_goes_ends_it() {
    let desk = Desk::new();
    let record = desk.arg("heard.wav");
    let mut command = binaurald(&["demo", "--output", "null", "--record", &record]);
    let mut demo = Running::start(&mut command);
    let mut out = BufReader::new(demo.child().stdout.take().expect("it is piped"));
    let mut line = String::new();
    wait_until("it says where the sound is", || {
        line.clear();
        out.read_line(&mut line).expect("it prints text");
        line.contains("degrees")
    });
    drop(out);
    let ended = demo.end();
    assert_eq!(ended.status.code(), Some(0), "{}", stderr(&ended));
    assert!(!read_wav(&desk.path("heard.wav")).channels[0].is_empty());
}

#[test]
fn what_run_takes_it_takes_and_refuses_the_same_way() {
    let desk = Desk::new();
    let source = desk.write("voice.mp3", b"ID3 not a sound");
    let demo = binaurald(&["demo", "--output", "null", "--source", &source])
        .stdout(Stdio::null())
        .output()
        .expect("it starts");
    let text = stderr(&demo);
    assert_eq!(demo.status.code(), Some(2), "{text}");
    assert!(
        text.contains("--source ") && text.contains("voice.mp3"),
        "{text}"
    );
}
