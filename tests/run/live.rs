//! Sound from a server that turns, through a real audio server, held against the true path.

use std::thread;
use std::time::{Duration, Instant};

use crate::daemon::{Daemon, FADE, Log, PATIENCE, RATE, Studio};
use crate::ears::{Heard, Law, WINDOW, longest_silence, windows};
use crate::path::{Fit, Path, STEP, seconds_between};
use crate::pulse::{Pulse, Sink};
use crate::python::PythonServer;

/// Two turns.
const MEASURED_S: f64 = 14.4;

/// What comes before is not measured: the first positions say how often positions come.
const START_S: f64 = 1.5;

/// What one performance came to.
struct Performance {
    log: Log,
    path: Path,
    /// Both ears as the audio server played them.
    ears: [Vec<f32>; 2],
    /// When the first frame of that was played, in seconds since the path's beginning.
    first_frame_s: f64,
    /// Where in it the daemon's sound begins, in frames.
    onset: usize,
}

/// Lets the daemon follow a turning server for as long as is measured.
///
/// # Errors
/// When blocks are missing in what the audio server played: the daemon's own record is the witness.
fn perform(studio: &Studio) -> Result<Performance, String> {
    let server = PythonServer::start(&["--degrees", &STEP.0.to_string(), "--log"]);
    let began = Instant::now();
    let pulse = Pulse::start(Sink::default());
    let recording = pulse.record();
    let seconds = START_S + MEASURED_S + 0.5;
    let mut daemon = Daemon::start_with(
        &[
            "--server",
            &server.address(),
            "--source",
            &studio.text("source.wav"),
            "--record",
            &studio.text("live.wav"),
            "--duration",
            &seconds.to_string(),
            "--buffer-frames",
            "2048",
            "--timeout",
            "2000",
        ],
        pulse.environment(),
    );
    // No frame is recorded before it was played: the soonest block tells when the first one was.
    let mut first_frame_s = f64::INFINITY;
    let limit = Instant::now() + PATIENCE + Duration::from_secs(20);
    while !daemon.has_ended() && Instant::now() < limit {
        let frames = recording.frames() as f64;
        let now = seconds_between(began, Instant::now());
        first_frame_s = first_frame_s.min(now - frames / f64::from(RATE));
        thread::sleep(Duration::from_millis(2));
    }
    let log = daemon.end_well();
    let path = Path::of(&server, began);
    let recorded = recording.stop();
    let ears = [recorded.channel(0), recorded.channel(1)];

    // The daemon's own record is what should be there, from its first frame to its last.
    let record = studio.recorded("live.wav");
    assert_eq!(
        record[0].len(),
        (seconds * f64::from(RATE)).round() as usize
    );
    let begins = |ear: &[f32]| ear.iter().position(|sample| *sample != 0.0);
    let in_record = begins(&record[0]).expect("the record has sound");
    let onset = begins(&ears[0]).ok_or("nothing was played")?;
    let length = record[0].len() - in_record;
    for (ear, (played, record)) in ["left", "right"].iter().zip(ears.iter().zip(&record)) {
        let played = played
            .get(onset..onset + length)
            .ok_or("the end is missing")?;
        let record = &record[in_record..];
        let differs = (0..length).find(|&n| played[n].to_bits() != record[n].to_bits());
        if let Some(n) = differs {
            return Err(format!(
                "{ear} ear, frame {n} of {length}: played {}, recorded {}; {}",
                played[n],
                record[n],
                log.only("drop-outs").1
            ));
        }
    }
    let silence = longest_silence(&ears, onset + FADE, onset + length - FADE);
    assert!(
        silence < 16,
        "{silence} frames of silence, in the record too"
    );
    Ok(Performance {
        log,
        path,
        ears,
        first_frame_s,
        onset,
    })
}

#[test]
fn a_turning_server_is_heard_turning_within_two_degrees() {
    let studio = Studio::new();
    let law = Law::measure(&studio);
    let performance = perform(&studio).unwrap_or_else(|missing| {
        eprintln!("blocks were missing, as they may be on a busy machine: {missing}; once more");
        perform(&studio).unwrap_or_else(|missing| panic!("blocks are missing: {missing}"))
    });
    let Performance {
        log,
        path,
        ears,
        first_frame_s,
        onset,
    } = performance;

    let delays_ms: Vec<f64> = log
        .lines("motion delay ")
        .iter()
        .map(|(_, line)| {
            let (_, rest) = line.split_once("motion delay ").expect("it has it");
            let (number, _) = rest.split_once(" ms").expect("milliseconds");
            number.parse().expect("a number")
        })
        .collect();
    let interval_ms = STEP.1 * 1e3;
    assert!(!delays_ms.is_empty(), "no motion delay is told:\n{log}");
    for delay_ms in &delays_ms {
        assert!(
            (interval_ms..=1.5 * interval_ms * 1.1).contains(delay_ms),
            "a motion delay of {delay_ms} ms:\n{log}"
        );
    }
    let motion_s = delays_ms[0] / 1e3;

    let from = onset + (START_S * f64::from(RATE)) as usize;
    let to = from + (MEASURED_S * f64::from(RATE)) as usize;
    let heard: Vec<Heard> = windows(&ears, from, to, WINDOW / 2);
    let angles: Vec<(f64, f64)> = heard
        .iter()
        .map(|window| {
            let seconds = first_frame_s + window.middle / f64::from(RATE);
            (seconds, law.lateral(window.delay))
        })
        .collect();

    // What remains beside the motion delay is the device's latency.
    let Fit { error, late_s } = path.fit(&angles, motion_s - 1.0);
    let latency_s = late_s - motion_s;
    println!(
        "{} windows: {error:.2} degrees r.m.s., motion delay {delays_ms:?} ms, {:.0} ms beside it",
        angles.len(),
        latency_s * 1e3
    );
    assert!(
        (0.0..0.6).contains(&latency_s),
        "the sound is {latency_s} s late beside the motion delay"
    );
    assert!(error < 2.0, "{error} degrees r.m.s.");

    let mut sides = [0, 0];
    for (window, (seconds, angle)) in heard.iter().zip(&angles) {
        let lateral = path.lateral_at(seconds - motion_s - latency_s);
        if lateral.abs() > 20.0 {
            assert!(
                window.level * lateral.signum() > 1.0,
                "at {seconds} s, {lateral} degrees: heard at {angle}, the left ear {} dB louder",
                window.level
            );
            sides[usize::from(lateral > 0.0)] += 1;
        }
    }
    // Two turns, of which seven ninths are that far from the middle.
    assert!(sides.iter().all(|&count| count > 180), "{sides:?} windows");
}
