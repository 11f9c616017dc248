//! How the daemon ends: by itself, by a signal, by two.

use std::thread;
use std::time::{Duration, Instant};

use crate::daemon::{Daemon, FADE, FADED_IN, RATE, Studio, assert_same};
use crate::measure::{level_db, peak};

/// Nobody listens there: how the daemon ends has nothing to do with the server.
const NOBODY: &str = "127.0.0.1:1";

/// Asserts that a recording plays on to its last 10 ms and fades to silence within them.
fn assert_faded(ears: &[Vec<f32>; 2]) {
    for (ear, samples) in ["left", "right"].iter().zip(ears) {
        let (before, fade) = samples.split_at(samples.len() - FADE);
        let before = &before[before.len() - 4_800..];
        let [loud, end] = [level_db(&before[..2_400]), level_db(&before[2_400..])];
        assert!(
            (loud - end).abs() < 2.0 && end > -40.0,
            "{ear} ear: {loud} dB, then {end} dB before the fade"
        );
        let top = peak(before);
        for (n, sample) in fade.iter().enumerate() {
            let most = 1.2 * top * (FADE - n) as f32 / FADE as f32;
            assert!(
                sample.abs() <= most,
                "{ear} ear, frame {n} of the fade: {sample}, at most {most}"
            );
        }
        let middle = level_db(&fade[..FADE / 2]);
        assert!(middle > end - 12.0, "{ear} ear: cut off, {middle} dB");
    }
}

#[test]
fn a_signal_ends_it_with_0_a_fade_and_a_whole_record() {
    for name in ["INT", "TERM"] {
        let studio = Studio::new();
        let expected = studio.rendered("static:1,0,0", 5.0, true);
        let daemon = studio.play(NOBODY, "take.wav", &[]);
        daemon.wait_for("playing to");
        thread::sleep(Duration::from_secs(1));
        daemon.signal(name);
        let told = Instant::now();
        let log = daemon.end_well();
        assert!(
            told.elapsed() < Duration::from_secs(3),
            "{name}: {:?}",
            told.elapsed()
        );
        log.only("shutting down; a second signal ends at once");
        log.only("take.wav");
        assert_eq!(studio.files(), ["render1.wav", "source.wav", "take.wav"]);
        let ears = studio.recorded("take.wav");
        let frames = ears[0].len();
        assert!(frames > RATE as usize / 2, "{name}: {frames} frames");
        assert_faded(&ears);
        assert_same(&ears, &expected, FADED_IN, frames - FADE);
    }
}

#[test]
fn a_duration_is_kept_to_the_frame() {
    let studio = Studio::new();
    // Neither a multiple of the device's blocks nor of the engine's.
    for (seconds, frames) in [("2", 2 * RATE as usize), ("0.50002", 24_001)] {
        let more = ["--duration", seconds];
        let log = studio.play(NOBODY, "take.wav", &more).end_well();
        let ears = studio.recorded("take.wav");
        assert_eq!(ears[0].len(), frames, "{seconds} s:\n{log}");
        assert_faded(&ears);
    }
}

#[test]
fn once_plays_the_whole_source_and_ends() {
    let studio = Studio::new();
    let expected = studio.rendered("static:1,0,0", 1.1, false);
    let log = studio.play(NOBODY, "take.wav", &["--once"]).end_well();
    let ears = studio.recorded("take.wav");
    let frames = ears[0].len();
    let source = RATE as usize;
    assert!(
        (source + FADE..source + 2 * FADE).contains(&frames),
        "{frames} frames of a source of {source}:\n{log}"
    );
    assert_same(&ears, &expected, FADED_IN, source);
    // What dies away behind it is faded out, down to the rounding of what has died away.
    for (heard, expected) in ears.iter().zip(&expected) {
        for (n, (heard, expected)) in heard.iter().zip(expected).enumerate().skip(source) {
            assert!(
                (heard - expected).abs() < 1e-8,
                "{heard}, not {expected} at {n}"
            );
        }
    }
    let last = peak(&ears[0][frames - FADE / 2..]);
    assert!(last < 1e-4, "the record ends with {last}");
    assert!(level_db(&ears[0][source - FADE..source]) > -40.0);
}

#[test]
fn the_first_of_duration_and_source_ends_it() {
    let studio = Studio::new();
    let more = ["--once", "--duration", "0.5"];
    studio.play(NOBODY, "short.wav", &more).end_well();
    assert_eq!(studio.recorded("short.wav")[0].len(), RATE as usize / 2);
    let more = ["--once", "--duration", "60"];
    studio.play(NOBODY, "whole.wav", &more).end_well();
    assert!(studio.recorded("whole.wav")[0].len() < 2 * RATE as usize);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for (second, code) in [("INT", 130), ("TERM", 143)] {
        // The fade waits for the next block, which comes after half a second: time for the second signal.
        let args = [
            "--server",
            NOBODY,
            "--output",
            "null",
            "--buffer-frames",
            "65536",
            "--sample-rate",
            "8000",
        ];
        let daemon = Daemon::start(&args);
        daemon.wait_for("playing to");
        daemon.signal("INT");
        daemon.wait_for("a second signal ends at once");
        daemon.signal(second);
        let (ended, log) = daemon.end();
        assert_eq!(ended, Some(code), "{log}");
    }
}
