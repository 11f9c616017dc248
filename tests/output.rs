//! What is heard of an output: played by ALSA to a throw-away `PulseAudio` server, whose sink is
//! recorded and compared sample by sample.
#![cfg(target_os = "linux")]

mod support {
    pub(crate) mod child;
    pub(crate) mod pulse;
    pub(crate) mod recording;
    pub(crate) mod signal;
}

use std::process::Output;
use std::thread;
use std::time::{Duration, Instant};

use binaurald::audio::StereoFrame;
use binaurald::output::{self, STOP_LIMIT};
use support::child::{action, command, reported, request};
use support::pulse::{Pulse, Sink};
use support::recording::Recorded;

/// Frames of signal that a child plays.
const SIGNAL_FRAMES: usize = 96_000;

/// White noise that a float holds exactly, another in each ear.
fn signal(frame: usize) -> StereoFrame {
    StereoFrame::new(noise(frame), noise(frame + 10 * SIGNAL_FRAMES))
}

fn noise(n: usize) -> f32 {
    let mut state = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = ((state >> 40) as u32).cast_signed() - (1 << 23);
    bits as f32 / (1 << 24) as f32
}

/// The share of a signal that is in a recording within `tolerance`, in its order, in windows of 10 ms;
/// after a gap it is looked for anew.
fn share_found(recorded: &[f32], expected: impl Fn(usize) -> f32, tolerance: f32) -> f64 {
    const WINDOW: usize = 480;
    let matches = |at: usize, from: usize, count: usize| {
        (0..count).all(|n| {
            recorded
                .get(at + n)
                .is_some_and(|sample| (sample - expected(from + n)).abs() <= tolerance)
        })
    };
    let windows = SIGNAL_FRAMES / WINDOW;
    let (mut found, mut at) = (0, 0);
    for window in 0..windows {
        let from = window * WINDOW;
        if let Some(start) = (at..recorded.len()).find(|&at| matches(at, from, 32)) {
            if matches(start, from, WINDOW) {
                found += 1;
            }
            at = start + WINDOW;
        }
    }
    f64::from(found) / windows as f64
}

/// The other side of these tests.
#[test]
#[ignore = "started by the other tests"]
fn child() {
    match action().as_deref() {
        Some("play") => play(),
        Some("open") => {
            let id = output::open(&request()).map(|open| open.info().device_id.clone());
            match id {
                Ok(id) => println!("\nid={id}"),
                Err(error) => println!("\nusage={}\nerror={error}", error.is_usage()),
            }
        }
        Some(other) => panic!("no such action: {other}"),
        None => {}
    }
}

/// Plays the signal, then silence until it was heard.
fn play() {
    let open = output::open(&request()).expect("the server is there");
    let mut frame = 0;
    let running = open
        .start(move |block| {
            for slot in block {
                *slot = if frame < SIGNAL_FRAMES {
                    signal(frame)
                } else {
                    StereoFrame::SILENCE
                };
                frame += 1;
            }
        })
        .expect("it can be started");
    let began = Instant::now();
    while running.counters().snapshot().frames < SIGNAL_FRAMES as u64 {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{:?}",
            running.counters().snapshot()
        );
        thread::sleep(Duration::from_millis(10));
    }
    let info = running.info().clone();
    let (counters, drain) = (running.counters().snapshot(), running.drain_time());
    thread::sleep(drain + Duration::from_millis(100));
    let stopping = Instant::now();
    running.stop();
    println!(
        "\nrate={}\nchannels={}\nformat={}",
        info.sample_rate, info.channels, info.sample_format
    );
    println!(
        "buffer={}\nid={}\nhost={}",
        info.buffer_frames, info.device_id, info.host
    );
    println!(
        "warning={:?}\nlatency={}",
        info.warning(),
        counters.latency.is_some()
    );
    println!(
        "drain_ms={}\nstop_ms={}",
        drain.as_millis(),
        stopping.elapsed().as_millis()
    );
}

/// Lets a child play to a device of a sink; what was recorded, and the child's report.
fn play_to(sink: Sink, device: &str, rate: Option<u32>) -> (Recorded, Output) {
    let pulse = Pulse::start(sink);
    let recording = pulse.record();
    let mut command = command("play");
    command
        .envs(pulse.environment())
        .env("BINAURALD_TEST_DEVICE", device);
    if let Some(rate) = rate {
        command.env("BINAURALD_TEST_RATE", rate.to_string());
    }
    let output = command.output().expect("the child can be started");
    assert!(output.status.success(), "{output:?}");
    (recording.stop(), output)
}

#[test]
fn a_stereo_device_plays_every_bit() {
    let (recorded, output) = play_to(Sink::default(), "default", None);
    let left = share_found(&recorded.channel(0), |n| signal(n).left, 0.0);
    let right = share_found(&recorded.channel(1), |n| signal(n).right, 0.0);
    assert!(
        left > 0.9 && right > 0.9,
        "found {left} and {right} of the signal"
    );
    let swapped = share_found(&recorded.channel(1), |n| signal(n).left, 0.0);
    assert!(
        swapped < 0.1,
        "the ears are swapped, or the measure finds anything"
    );
    assert_eq!(reported(&output, "rate"), "48000");
    assert_eq!(reported(&output, "channels"), "2");
    assert_eq!(reported(&output, "format"), "f32");
    assert_eq!(reported(&output, "id"), "alsa:default");
    assert_eq!(reported(&output, "host"), "ALSA");
    assert_eq!(reported(&output, "warning"), "None");
    assert_eq!(reported(&output, "latency"), "true");
    let buffer: u32 = reported(&output, "buffer").parse().expect("a number");
    assert!(
        (1_024..=16_384).contains(&buffer),
        "{buffer} frames a block"
    );
    let stop: u128 = reported(&output, "stop_ms").parse().expect("a number");
    assert!(stop < STOP_LIMIT.as_millis(), "stopping took {stop} ms");
}

#[test]
fn of_six_channels_the_first_two_sound() {
    let sink = Sink {
        channels: vec![
            "front-left",
            "front-right",
            "rear-left",
            "rear-right",
            "front-center",
            "lfe",
        ],
        ..Sink::default()
    };
    let (recorded, output) = play_to(sink, "alsa:exact", None);
    assert_eq!(reported(&output, "channels"), "6");
    let left = share_found(&recorded.channel(0), |n| signal(n).left, 0.0);
    let right = share_found(&recorded.channel(1), |n| signal(n).right, 0.0);
    assert!(
        left > 0.9 && right > 0.9,
        "found {left} and {right} of the signal"
    );
    for channel in 2..6 {
        let loudest = recorded
            .channel(channel)
            .iter()
            .fold(0.0_f32, |peak, s| peak.max(s.abs()));
        assert!(loudest <= 0.0, "channel {channel} has {loudest}");
    }
}

#[test]
fn a_single_channel_gets_both_ears_and_a_warning() {
    let sink = Sink {
        channels: vec!["mono"],
        ..Sink::default()
    };
    let (recorded, output) = play_to(sink, "exact", None);
    assert_eq!(reported(&output, "channels"), "1");
    assert!(
        reported(&output, "warning").contains("single channel"),
        "{output:?}"
    );
    let mean = |n| 0.5 * (signal(n).left + signal(n).right);
    let share = share_found(&recorded.channel(0), mean, 0.0);
    assert!(share > 0.9, "found {share} of the signal");
}

#[test]
fn a_device_of_integers_gets_integers() {
    let sink = Sink {
        format: "s16le",
        ..Sink::default()
    };
    let (recorded, output) = play_to(sink, "rig in INTEGERS", None);
    assert_eq!(reported(&output, "format"), "i32");
    let step = 1.0 / 32_768.0;
    for (channel, share) in [
        share_found(&recorded.channel(0), |n| signal(n).left, step),
        share_found(&recorded.channel(1), |n| signal(n).right, step),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(share > 0.9, "found {share} of channel {channel}");
    }
}

#[test]
fn the_sample_rate_that_was_asked_for_is_taken() {
    let sink = Sink {
        rate: 44_100,
        ..Sink::default()
    };
    let (recorded, output) = play_to(sink, "default", Some(44_100));
    assert_eq!(reported(&output, "rate"), "44100");
    let share = share_found(&recorded.channel(0), |n| signal(n).left, 0.0);
    assert!(share > 0.9, "found {share} of the signal");
}

#[test]
fn what_a_device_or_the_system_does_not_have_is_refused_with_what_it_has() {
    let pulse = Pulse::start(Sink::default());
    let open = |variables: &[(&str, &str)]| {
        let mut command = command("open");
        command
            .envs(pulse.environment())
            .envs(variables.iter().copied());
        let output = command.output().expect("the child can be started");
        assert!(output.status.success(), "{output:?}");
        output
    };
    let rate = open(&[("BINAURALD_TEST_RATE", "500000")]);
    let text = reported(&rate, "error");
    assert!(
        text.contains("--sample-rate 500000") && text.contains("1 to 384000 Hz"),
        "{text}"
    );
    assert_eq!(reported(&rate, "usage"), "false");

    let device = open(&[("BINAURALD_TEST_DEVICE", "Headphones of nobody")]);
    let text = reported(&device, "error");
    for listed in [
        "Headphones of nobody",
        "alsa:default",
        "alsa:exact",
        "rig in integers",
    ] {
        assert!(text.contains(listed), "{text} does not say {listed}");
    }
    assert_eq!(reported(&device, "usage"), "true");

    let several = open(&[("BINAURALD_TEST_DEVICE", "RIG")]);
    let text = reported(&several, "error");
    assert!(
        text.contains("take the id of one") && text.contains("alsa:exact"),
        "{text}"
    );

    let exact_name = open(&[("BINAURALD_TEST_DEVICE", "rig as it is")]);
    assert_eq!(reported(&exact_name, "id"), "alsa:exact");

    let null = open(&[("BINAURALD_TEST_DEVICE", "alsa:null")]);
    assert!(
        reported(&null, "error").contains("--output null"),
        "{null:?}"
    );
}
