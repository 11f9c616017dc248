//! Faults of the audio side that are no outage: the sound goes on, here or elsewhere.

use std::ffi::OsString;
use std::thread;
use std::time::{Duration, Instant};

use crate::audio::{STEP, recorded_step};
use crate::busy::expect;
use crate::daemon::{Daemon, FADE, FADED_IN, Log, PATIENCE, Studio};
use crate::desktop::desktop;
use crate::fault::Fault;
use crate::jack::{Jack, Setup};
use crate::measure::level_db;
use crate::pipewire::PipeWire;
use crate::program::Desk;
use crate::pulse::{Pulse, Sink};
use crate::recording::Recording;
use crate::row::Row;
use crate::serve::Serve;
use crate::timeline::Timeline;

/// How long it plays before and afterwards.
const WHILE: Duration = Duration::from_millis(1_500);

/// Shorter than what the daemon takes for an outage.
const MOMENT: Duration = Duration::from_millis(300);

/// The sound is where it should be within this, in seconds.
const THERE_S: f64 = 1.0;

/// Sound: the last tenth of a second is louder than this, in decibels.
const SOUND_DB: f64 = -60.0;

/// All of them.
pub(crate) const FAULTS: &[Fault] = &[
    Fault::new("PulseAudio frozen for 0.3 s", frozen_for_a_moment),
    Fault::new("PulseAudio: another default sink", another_default),
    Fault::new("JACK: another period while it plays", another_period),
    Fault::new(
        "PipeWire: another default sink",
        another_default_of_pipewire,
    ),
];

/// A daemon that plays the studio's source from the left.
struct Player {
    studio: Studio,
    daemon: Daemon,
    _server: Serve,
}

impl Player {
    fn start(host: &str, environment: Vec<(&'static str, OsString)>) -> Self {
        let studio = Studio::new();
        let server = Serve::at("0,1,0");
        let (source, record) = (studio.text("source.wav"), studio.text("take.wav"));
        let address = server.address();
        let mut args = vec!["--server", &address, "--host", host, "--timeout", "2000"];
        args.extend(["--source", &source, "--record", &record]);
        args.extend(["--buffer-frames", "2048"]);
        let daemon = Daemon::start_with(&args, environment);
        daemon.wait_for("playing to");
        daemon.wait_for("connected to");
        thread::sleep(WHILE);
        Self {
            studio,
            daemon,
            _server: server,
        }
    }

    /// Plays on, ends, and tells what came of it. No line about an outage may be in the log.
    fn finish(self, behaviour: &str, recovered_s: f64) -> Result<Row, String> {
        thread::sleep(WHILE);
        self.daemon.signal("INT");
        let log = self.daemon.end_well();
        let record = Timeline::new(self.studio.recorded("take.wav"));
        let row = judge(&log, &record, behaviour, recovered_s);
        row.map_err(|wrong| format!("{wrong}:\n{log}"))
    }
}

fn judge(log: &Log, record: &Timeline, behaviour: &str, recovered_s: f64) -> Result<Row, String> {
    let lines = log.lines("has taken no sound").len() + log.lines("playing again").len();
    expect(lines == 0, || format!("{lines} lines about an outage"))?;
    expect(recovered_s < THERE_S, || {
        format!("there after {recovered_s} s")
    })?;
    let lost_frames = record.missing(FADED_IN..record.frames() - FADE);
    expect(lost_frames == 0, || {
        format!("{lost_frames} frames of silence")
    })?;
    let step = recorded_step(record);
    expect(step < STEP, || format!("a step {step} times the sound's"))?;
    Ok(Row {
        behaviour: format!("{behaviour}; no line; frames and step of the daemon's own record"),
        recovered_s,
        lost_frames,
        step,
    })
}

/// Seconds from `since` until a recording sounds again; what it has of before is forgotten.
fn sounds_after(recording: &Recording, since: Instant) -> Result<f64, String> {
    recording.forget();
    let sounds = || {
        let heard = recording.so_far().channel(0);
        let last = heard.len().saturating_sub(4_800);
        heard.len() > 480 && level_db(&heard[last..]) > SOUND_DB
    };
    while !sounds() {
        if since.elapsed() > PATIENCE {
            return Err("it is not heard".to_owned());
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(since.elapsed().as_secs_f64())
}

fn frozen_for_a_moment() -> Result<Row, String> {
    let pulse = Pulse::start(Sink::default());
    let recording = pulse.record();
    let player = Player::start("alsa", pulse.environment());
    pulse.signal("STOP");
    thread::sleep(MOMENT);
    pulse.signal("CONT");
    let recovered_s = sounds_after(&recording, Instant::now())?;
    player.finish("a gap as long as it was frozen", recovered_s)
}

fn another_default() -> Result<Row, String> {
    let pulse = Pulse::start(Sink::default());
    let module = "module-null-sink sink_name=other norewinds=1 rate=48000 format=float32le";
    let words: Vec<&str> = module.split(' ').collect();
    pulse.control(&[&["load-module"], &words[..]].concat());
    let desk = Desk::new();
    let other = pulse.record_from("other");
    let player = Player::start("alsa", desktop(&pulse, &desk));
    let since = Instant::now();
    pulse.control(&["set-default-sink", "other"]);
    let recovered_s = sounds_after(&other, since)?;
    player.finish(MOVES, recovered_s)
}

fn another_default_of_pipewire() -> Result<Row, String> {
    let pipewire = PipeWire::start();
    let other = pipewire.record_from("other");
    let player = Player::start("alsa", pipewire.environment());
    let since = Instant::now();
    pipewire.set_default("other");
    let recovered_s = sounds_after(&other, since)?;
    player.finish(MOVES, recovered_s)
}

const MOVES: &str = "the sound server moves the stream to the new default";

fn another_period() -> Result<Row, String> {
    let jack = Jack::start(Setup::default());
    let recording = jack.record();
    let player = Player::start("jack", jack.environment());
    let since = Instant::now();
    jack.set_period(512);
    let recovered_s = sounds_after(&recording, since)?;
    player.finish("plays on in blocks of the new size", recovered_s)
}
