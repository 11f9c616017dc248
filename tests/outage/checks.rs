//! What is to be heard, read and kept of an outage.

use std::time::{Duration, Instant};

use crate::busy::{expect, once_more};
use crate::daemon::{FADE, Log, RATE, Studio};
use crate::ears::longest_silence;
use crate::measure::{largest_step, level_db, peak};
use crate::path::seconds_between;
use crate::python::PythonServer;
use crate::rig::Rig;
use crate::scenario::{Heard, Outage, Playing, move_source};

/// The sound is back this long after what plays it, at the latest: seconds.
pub(crate) const BACK_S: f64 = 2.0;

/// Most that the daemon takes of a processor core while it waits.
const BUSY: f64 = 0.2;

/// Length of the fade in after an outage, in seconds.
const FADE_S: f64 = 0.01;

/// By how much the nearer ear is louder when a source is at the side, at least: decibels.
const NEARER_DB: f64 = 3.0;

/// In how many windows one after the other.
const SIDE_WINDOWS: usize = 10;

/// The daemon goes through an outage while its source goes from the left to the right.
pub(crate) fn sound_comes_back<R: Rig>(rig: impl Fn() -> R) {
    let (studio, outage) = once_more(|| {
        let studio = Studio::new();
        let outage = source_moves(&studio, rig());
        let kept = expect_heard(&outage).and_then(|()| expect_idle(&outage));
        kept.map_err(|wrong| format!("{wrong}:\n{}", outage.log))?;
        Ok((studio, outage))
    });
    println!(
        "heard {:.2} s after it was restored; {:.1} % of a core",
        outage.back_after_s(),
        100.0 * outage.busy
    );
    assert_told_once(&outage.log);
    assert_only_record(&studio, &outage.log);
    assert_record_goes_on(&studio, outage.silent_s());
}

fn source_moves(studio: &Studio, mut rig: impl Rig) -> Outage {
    let server = PythonServer::start(&["--at", "0,1,0"]);
    let (playing, before) = Playing::start(&rig, studio, &server.address());
    let meanwhile = || move_source(&server.address(), ["0", "-1", "0"]);
    playing.go_through(&mut rig, before, meanwhile, 1.0)
}

/// What a listener makes of it.
fn expect_heard(outage: &Outage) -> Result<(), String> {
    expect_back_in_time(outage)?;
    let Outage { before, after, .. } = outage;
    let last = before.ears[0].len() - SIDE_WINDOWS * before.side_window();
    expect_side(before, last, 1.0)?;
    expect_side(after, after.onset, -1.0)?;
    expect_faded_in(after)
}

/// That the daemon waited without much ado, and lost what it plays to no more than once.
pub(crate) fn expect_idle(outage: &Outage) -> Result<(), String> {
    expect(outage.busy < BUSY, || format!("{} of a core", outage.busy))?;
    let lost = outage.log.lines("has taken no sound").len();
    expect(lost == 1, || format!("lost {lost} times"))
}

/// It is told to end while it has nothing to play to.
pub(crate) fn it_ends_without_a_device(mut rig: impl Rig) {
    let studio = Studio::new();
    let server = PythonServer::start(&["--at", "0,1,0"]);
    let (playing, _) = Playing::start(&rig, &studio, &server.address());
    playing.lose(&mut rig);
    std::thread::sleep(Duration::from_millis(700));
    playing.daemon.signal("INT");
    let told = Instant::now();
    let log = playing.daemon.end_well();
    assert!(
        told.elapsed() < Duration::from_secs(4),
        "{:?}:\n{log}",
        told.elapsed()
    );
    assert!(log.lines("playing again to").is_empty(), "{log}");
    assert_told_once_of_the_loss(&log);
    assert_only_record(&studio, &log);
    let played_s = seconds_between(playing.began, told);
    let ears = studio.recorded("take.wav");
    let frames = ears[0].len();
    let seconds = frames as f64 / f64::from(RATE);
    assert!(
        (seconds - played_s).abs() < 0.5,
        "{seconds} s recorded of {played_s} s:\n{log}"
    );
    let silence = longest_silence(&ears, frames - RATE as usize / 2, frames);
    assert_eq!(silence, RATE as usize / 2, "the end of the record sounds");
}

fn assert_told_once_of_the_loss(log: &Log) {
    let (_, lost) = log.only("has taken no sound");
    assert!(lost.contains("WARN"), "{lost}");
    for part in ["panic", "ERROR", "error: "] {
        assert!(log.lines(part).is_empty(), "{log}");
    }
    // Neither the daemon nor an audio library speaks with each attempt.
    assert!(log.lines("").len() < 20, "{log}");
}

fn assert_told_once(log: &Log) {
    assert_told_once_of_the_loss(log);
    let (_, back) = log.only("playing again to");
    assert!(back.contains("INFO"), "{back}");
}

pub(crate) fn expect_back_in_time(outage: &Outage) -> Result<(), String> {
    let after = outage.back_after_s();
    expect(after < BACK_S, || format!("heard after {after} s"))
}

/// Expects that from this frame on it comes from one side: 1 left, -1 right.
fn expect_side(heard: &Heard, from: usize, side: f64) -> Result<(), String> {
    let window = heard.side_window();
    let levels: Vec<f64> = (0..SIDE_WINDOWS)
        .map(|n| from + n * window)
        .map(|from| {
            let [left, right] = [0, 1].map(|ear| level_db(&heard.ears[ear][from..from + window]));
            (left - right) * side
        })
        .collect();
    expect(levels.iter().all(|&level| level > NEARER_DB), || {
        format!("the nearer ear is louder by {levels:.1?} dB")
    })
}

/// Expects that it rises from nothing within 10 ms, and nowhere faster than the sound itself.
fn expect_faded_in(heard: &Heard) -> Result<(), String> {
    let fade = (FADE_S * f64::from(heard.rate)) as usize;
    // An ear hears up to a millisecond later than what was faded.
    let late = heard.rate as usize / 1_000;
    let full = heard.onset + fade + late;
    for (ear, samples) in ["left", "right"].iter().zip(&heard.ears) {
        let rising = &samples[heard.onset - 1..full];
        let steady = &samples[full..full + heard.rate as usize / 2];
        let (top, step) = (peak(steady), largest_step(steady));
        expect(largest_step(rising) <= step, || {
            let rises = largest_step(rising);
            format!("{ear} ear: a step of {rises} where the sound has {step}")
        })?;
        for (n, sample) in rising.iter().enumerate() {
            let most = 1.2 * top * (n + late) as f32 / fade as f32;
            expect(sample.abs() <= most, || {
                format!("{ear} ear, frame {n} of the fade: {sample}, at most {most}")
            })?;
        }
        let after = level_db(&steady[..fade]);
        expect(after > level_db(steady) - 6.0, || {
            format!("{ear} ear: only {after} dB after the fade")
        })?;
    }
    Ok(())
}

/// The record is there, and nothing else.
fn assert_only_record(studio: &Studio, log: &Log) {
    log.only("recorded ");
    assert_eq!(studio.files(), ["source.wav", "take.wav"], "{log}");
}

/// The record holds the source where it would be, before the outage and after it, and as much
/// silence between as there was.
fn assert_record_goes_on(studio: &Studio, silent_s: f64) {
    let record = studio.recorded("take.wav");
    let frames = record[0].len();
    let half = RATE as usize / 2;
    let silent = |n: usize| record[0][n] == 0.0 && record[1][n] == 0.0;
    // The sound ends and begins again where as much silence as the outage lasted lies between.
    let (gap, back) = longest_gap(frames, silent);
    let gap_s = (back - gap) as f64 / f64::from(RATE);
    assert!(
        (gap_s - silent_s).abs() < 0.5,
        "{gap_s} s of silence in the record, {silent_s} s in truth"
    );
    let seconds = frames as f64 / f64::from(RATE);
    for (place, from) in [
        ("static:0,1,0", gap - half - FADE),
        ("static:0,-1,0", back + FADE),
    ] {
        let expected = studio.rendered(place, seconds, true);
        for ear in 0..2 {
            let (lag, likeness) = best_lag(&record[ear], &expected[ear], from..from + half);
            assert!(
                lag.abs() <= 48 && likeness > 0.98,
                "{place}, ear {ear}: {likeness} alike, {lag} frames late"
            );
        }
    }
}

/// The longest run of frames of which `silent` holds: its first, and the first after it.
fn longest_gap(frames: usize, silent: impl Fn(usize) -> bool) -> (usize, usize) {
    let (mut best, mut from) = ((0, 0), 0);
    for n in 0..frames {
        if !silent(n) {
            from = n + 1;
        } else if n + 1 - from > best.1 - best.0 {
            best = (from, n + 1);
        }
    }
    best
}

/// By how many frames `heard` is late against `expected` within a range, up to 5 ms, and how much
/// they are alike then: 1 is the same.
fn best_lag(heard: &[f32], expected: &[f32], range: std::ops::Range<usize>) -> (i32, f64) {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let product = |(&a, &b): (&f32, &f32)| f64::from(a) * f64::from(b);
        a.iter().zip(b).map(product).sum()
    };
    let heard = &heard[range.clone()];
    (-240..=240_i32)
        .map(|lag| {
            let from = range.start.saturating_add_signed(-lag as isize);
            let expected = &expected[from..from + heard.len()];
            let likeness =
                dot(heard, expected) / (dot(heard, heard) * dot(expected, expected)).sqrt();
            (lag, likeness)
        })
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .expect("there are lags")
}
