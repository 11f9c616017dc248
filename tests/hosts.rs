//! The audio hosts that are cargo features: what is heard by way of them is what the daemon says it
//! plays, and what is said when there is none.
#![cfg(all(target_os = "linux", feature = "jack", feature = "pulseaudio"))]

#[path = "support/busy.rs"]
mod busy;
#[path = "run/daemon.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod daemon;
#[path = "support/jack.rs"]
mod jack;
#[path = "support/measure.rs"]
mod measure;
#[path = "support/program.rs"]
mod program;
#[path = "support/pulse.rs"]
mod pulse;
#[path = "support/recording.rs"]
mod recording;
#[path = "support/signal.rs"]
mod signal;

use std::ffi::OsString;

use busy::{expect, once_more};
use daemon::{Daemon, Log, Studio};
use jack::{Jack, Setup};
use measure::{Sound, read_wav};
use pulse::{Pulse, Sink};
use recording::{Recorded, Recording};

/// Nobody listens there: where the source is has nothing to do with how it is played.
const NOBODY: &str = "127.0.0.1:1";

/// How much is played, in seconds.
const SECONDS: f64 = 1.5;

/// The daemon's own record of a performance, its log, and what was heard.
struct Performance {
    log: Log,
    record: Sound,
    heard: Recorded,
}

/// Plays to a host.
fn play(
    host: &str,
    environment: Vec<(&'static str, OsString)>,
    recording: Recording,
) -> Performance {
    let studio = Studio::new();
    let (source, record) = (studio.text("source.wav"), studio.text("take.wav"));
    let seconds = SECONDS.to_string();
    let mut args = vec!["--server", NOBODY, "--host", host, "--source", &source];
    args.extend(["--record", &record, "--duration", &seconds]);
    args.extend(["--buffer-frames", "2048"]);
    Performance {
        log: Daemon::start_with(&args, environment).end_well(),
        record: read_wav(&studio.path("take.wav")),
        heard: recording.stop(),
    }
}

impl Performance {
    /// Expects that these ears were heard to the bit, from the record's first sound to its last
    /// frame.
    fn expect_heard(&self, ears: usize) -> Result<(), String> {
        let Self { log, record, heard } = self;
        let frames = (SECONDS * f64::from(record.sample_rate)) as usize;
        assert_eq!(record.channels[0].len(), frames, "{log}");
        let begins = |ear: &[f32]| ear.iter().position(|sample| *sample != 0.0);
        let in_record = begins(&record.channels[0]).expect("the record has sound");
        let onset = begins(&heard.channel(0)).ok_or_else(|| format!("nothing is heard:\n{log}"))?;
        let length = frames - in_record;
        for ear in 0..ears {
            let (heard, record) = (heard.channel(ear), &record.channels[ear]);
            let differs = (0..length).find(|&n| {
                let heard = heard.get(onset + n).map(|sample| sample.to_bits());
                heard != Some(record[in_record + n].to_bits())
            });
            expect(differs.is_none(), || {
                format!("ear {ear} differs in frame {differs:?} of {length}:\n{log}")
            })?;
        }
        Ok(())
    }
}

/// Plays to a JACK server, and expects its first two ports to get the sound.
fn expect_heard_by_jack(setup: Setup, name: &str) -> Result<Performance, String> {
    let jack = Jack::start(setup);
    let performance = play(name, jack.environment(), jack.record());
    assert_eq!(performance.record.sample_rate, setup.rate);
    let (_, line) = performance.log.only("playing to");
    for part in [
        "JACK Output (jack:output)".to_owned(),
        format!("{} Hz", setup.rate),
        format!("blocks of {} frames", setup.frames),
    ] {
        assert!(line.contains(&part), "{line}");
    }
    performance.expect_heard(setup.ports.min(2))?;
    Ok(performance)
}

#[test]
fn jack_gets_what_is_recorded_at_its_own_rate_and_block_size() {
    // The host's name in small letters, and in capitals.
    for (rate, frames, name) in [(48_000, 1_024, "jack"), (44_100, 700, "JACK")] {
        let setup = Setup {
            rate,
            frames,
            ports: 2,
        };
        once_more(|| expect_heard_by_jack(setup, name));
    }
}

#[test]
fn jack_may_have_more_ports_or_a_single_one() {
    for ports in [1, 4] {
        let setup = Setup {
            ports,
            ..Setup::default()
        };
        let performance = once_more(|| expect_heard_by_jack(setup, "jack"));
        for other in 2..ports {
            let silent = performance.heard.channel(other);
            assert!(silent.iter().all(|sample| *sample == 0.0), "port {other}");
        }
    }
}

#[test]
fn pulseaudio_gets_what_is_recorded() {
    once_more(|| {
        let pulse = Pulse::start(Sink::default());
        let performance = play("PulseAudio", pulse.environment(), pulse.record());
        let (_, line) = performance.log.only("playing to");
        let device = "(pulseaudio:rig), 48000 Hz, 2 channels";
        assert!(line.contains(device), "{line}");
        performance.expect_heard(2)
    });
}

/// What the daemon says when it cannot play to a host: nothing else is said.
fn refusal(args: &[&str], environment: Vec<(&'static str, OsString)>) -> (Option<i32>, String) {
    let (code, log) = Daemon::start_with(args, environment).end();
    let lines = log.lines("");
    assert_eq!(lines.len(), 1, "{log}");
    (code, lines[0].1.clone())
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let nowhere = tempfile::tempdir().expect("a directory for the test");
    let pulse = || {
        let path = |name: &str| nowhere.path().join(name).into_os_string();
        let mut address = OsString::from("unix:");
        address.push(path("nobody"));
        vec![
            ("PULSE_SERVER", address),
            ("PULSE_RUNTIME_PATH", path("run")),
            ("XDG_RUNTIME_DIR", path("run")),
        ]
    };
    let jack = || jack::environment("binaurald-nobody");
    for (args, environment, host) in [
        (&["--host", "jack"][..], jack(), "JACK"),
        (&["--host", "Jack", "--output", "output"], jack(), "JACK"),
        (&["--host", "pulseaudio"], pulse(), "PulseAudio"),
    ] {
        // A library that is given no processor for two seconds counts as one that hangs.
        once_more(|| {
            let (code, line) = refusal(args, environment.clone());
            assert_eq!(code, Some(1), "{line}");
            let parts = [
                &format!("the audio host {host} is not available"),
                "is one running?",
            ];
            expect(parts.iter().all(|part| line.contains(*part)), || {
                format!("{args:?}: {line}")
            })
        });
    }
}

#[test]
fn a_host_or_device_that_does_not_exist_is_refused_with_those_that_do() {
    let (code, line) = refusal(&["--host", "asio"], Vec::new());
    assert_eq!(code, Some(2), "{line}");
    for part in ["--host asio", "jack", "pulseaudio", "alsa"] {
        assert!(line.contains(part), "{line}");
    }
    let jack = Jack::start(Setup::default());
    let args = ["--host", "jack", "--output", "left shoe"];
    let (code, line) = refusal(&args, jack.environment());
    assert_eq!(code, Some(2), "{line}");
    assert!(
        line.contains("left shoe") && line.contains("jack:output"),
        "{line}"
    );
}

/// What answers at the moment must not decide what is played to: after an outage it would be another.
#[test]
fn without_a_name_the_host_is_alsa_whatever_else_is_built_in() {
    let pulse = Pulse::start(Sink::default());
    let args = ["--server", NOBODY, "--duration", "0.2"];
    let log = Daemon::start_with(&args, pulse.environment()).end_well();
    let (_, line) = log.only("playing to");
    assert!(line.contains("(alsa:default)"), "{line}");
}
