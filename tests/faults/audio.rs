//! Faults of the audio side: a server that goes away, stands still or changes, and what is heard
//! when it is there again.

use std::time::Duration;

use crate::busy::expect;
use crate::checks::{BACK_S, expect_idle};
use crate::daemon::{FADE, FADED_IN, Studio};
use crate::fault::Fault;
use crate::jack::Setup;
use crate::jack_rig::JackRig;
use crate::path::seconds_between;
use crate::pulse::Sink;
use crate::rig::{Loss, PulseRig, Rig};
use crate::row::Row;
use crate::scenario::{Outage, Playing};
use crate::serve::Serve;
use crate::timeline::{Cuts, Timeline};

/// How much is listened to afterwards, in seconds: a server that was frozen may play first what it
/// still holds, and then nothing for a while.
const LISTEN_S: f64 = 2.5;

/// A loss is told within this by whatever the server does.
const TOLD: Duration = Duration::from_millis(900);

/// Resampling, and a server's own mixing, may round a step up by this.
pub(crate) const STEP: f64 = 1.25;

/// All of them but those of `PipeWire`.
pub(crate) const FAULTS: &[Fault] = &[
    Fault::new("PulseAudio killed", || {
        outage(PulseRig::new("alsa", Loss::Server))
    }),
    Fault::new("PulseAudio frozen for 3 s", || {
        outage(PulseRig::new("alsa", Loss::Frozen))
    }),
    Fault::new("PulseAudio: sink suspended", || {
        outage(PulseRig::new("alsa", Loss::Suspended))
    }),
    Fault::new("PulseAudio: sink removed", || {
        outage(PulseRig::new("alsa", Loss::Sink))
    }),
    Fault::new("PulseAudio back at 44.1 kHz", || {
        outage(PulseRig::new("alsa", Loss::Server).back_as(Sink::at(44_100)))
    }),
    Fault::new("PulseAudio back with 6 channels", || outage(back_with(6))),
    Fault::new("PulseAudio back with 1 channel", || outage(back_with(1))),
    Fault::new("PulseAudio's own host: killed", || {
        outage(PulseRig::new("pulseaudio", Loss::Server))
    }),
    Fault::new("PulseAudio's own host: frozen for 3 s", || {
        outage(PulseRig::new("pulseaudio", Loss::Frozen))
    }),
    Fault::new("PulseAudio's own host: sink removed", || {
        outage(PulseRig::new("pulseaudio", Loss::Sink))
    }),
    Fault::new("JACK killed", || outage(JackRig::new(Setup::default()))),
    Fault::new("JACK back with another period", || {
        outage(JackRig::new(Setup {
            frames: 512,
            ..Setup::default()
        }))
    }),
    Fault::new("JACK frozen for 3 s", || outage(JackRig::frozen())),
];

/// A server whose sink has as many channels as the stream, and comes back with `count`.
fn back_with(count: usize) -> PulseRig {
    let all = [
        "front-left",
        "front-right",
        "rear-left",
        "rear-right",
        "front-center",
        "lfe",
    ];
    let channels = match count {
        1 => vec!["mono"],
        _ => all[..count].to_vec(),
    };
    let sink = Sink {
        channels,
        ..Sink::default()
    };
    PulseRig::new("alsa", Loss::Server)
        .back_as(sink)
        .played_to_by("rig as it is")
}

/// A loss of three seconds.
pub(crate) fn outage(mut rig: impl Rig) -> Result<Row, String> {
    let studio = Studio::new();
    let server = Serve::at("0,1,0");
    let (playing, before) = Playing::start(&rig, &studio, &server.address());
    let outage = playing.go_through(&mut rig, before, || {}, LISTEN_S);
    judge(&outage, &studio).map_err(|wrong| format!("{wrong}:\n{}", outage.log))
}

fn judge(outage: &Outage, studio: &Studio) -> Result<Row, String> {
    expect_idle(outage)?;
    let (heard, recovered_s) = heard_again(outage)?;
    expect(recovered_s < BACK_S, || {
        format!("heard after {recovered_s} s")
    })?;
    let told = outage.told_after;
    expect(told < TOLD, || format!("told after {told:?}"))?;
    let back = outage.log.lines("playing again to").len();
    expect(back == 1, || format!("back {back} times"))?;
    expect(outage.streams.is_none_or(|streams| streams == 1), || {
        format!("{:?} streams play in the end", outage.streams)
    })?;
    let record = Timeline::new(studio.recorded("take.wav"));
    let all = FADED_IN..record.frames() - FADE;
    let step = recorded_step(&record).max(heard);
    expect(step < STEP, || format!("a step {step} times the sound's"))?;
    Ok(Row {
        behaviour: format!(
            "silence, told after {:.1} s; 1 line lost, 1 line back; {:.0} % of a core meanwhile",
            told.as_secs_f64(),
            100.0 * outage.busy
        ),
        recovered_s,
        lost_frames: record.missing(all),
        step,
    })
}

/// The largest step of a record, over that of its first second.
pub(crate) fn recorded_step(record: &Timeline) -> f64 {
    let first = FADED_IN..FADED_IN + crate::daemon::RATE as usize;
    let own = record.largest_step(first, Cuts::Counted);
    let all = record.largest_step(FADED_IN..record.frames() - FADE, Cuts::Allowed);
    f64::from(all / own)
}

/// From when on it is heard without a gap: the largest step from there on, over that of the last
/// second, and how many seconds after the sound server was back that is.
fn heard_again(outage: &Outage) -> Result<(f64, f64), String> {
    let after = &outage.after;
    let heard = Timeline::new(after.ears.clone());
    let (frames, second) = (heard.frames(), after.rate as usize);
    let last_silence = heard.silences(0..frames).pop();
    let onset = last_silence.map_or(0, |silence| silence.end);
    expect(onset + second <= frames, || {
        format!("a gap until {onset} of {frames} frames that were heard")
    })?;
    let own = heard.largest_step(frames - second..frames, Cuts::Counted);
    let all = heard.largest_step(onset.saturating_sub(1)..frames, Cuts::Counted);
    let onset_s = onset as f64 / f64::from(after.rate);
    let recovered_s = seconds_between(outage.restored, after.first_frame) + onset_s;
    Ok((f64::from(all / own), recovered_s.max(0.0)))
}
