//! Numbers next to zero, with which processors are slow: none comes out of the renderer, and sound
//! that dies away costs no more than sound.
#![cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]

use std::sync::Arc;
use std::time::{Duration, Instant};

use binaurald::audio::StereoFrame;
use binaurald::bridge::Endpoint;
use binaurald::dsp::air::Air;
use binaurald::geometry::Position;
use binaurald::head::Head;
use binaurald::render::{Engine, EngineConfig, Medium, MediumConfig, Voice, VoiceOptions};
use support::measure::{Sound, noise, read_wav, write_wav};
use support::program::{Desk, binaurald};
use support::stage::{bridged, clip, config, sphere};

mod support {
    pub mod measure;
    pub(crate) mod program;
    pub(crate) mod signal;
    pub mod stage;
}

const RATE: u32 = 48_000;

/// Frames of a device's block.
const BLOCK: usize = 256;

/// A level at which every sample is next to zero: -780 dB.
const NEXT_TO_ZERO: f32 = 1e-39;

/// A level at which samples are numbers like others, and what filters make of them is next to zero.
const FAINT: f32 = 1e-37;

/// An engine with a limiter that plays `samples` again and again, through air.
fn engine(head: &Arc<Head>, samples: Vec<f32>) -> Engine {
    let mut engine = Engine::new(EngineConfig {
        limiter: true,
        ..config(head, 1)
    });
    let medium = Arc::new(Medium::new(
        &MediumConfig {
            air: Some(Air::default()),
            doppler: true,
            speed_of_sound_m_s: 343.0,
            max_m: 30.0,
        },
        RATE,
    ));
    let options = VoiceOptions {
        looped: true,
        ..VoiceOptions::default()
    };
    let at = Position::new(2.0, 1.0, 0.3);
    let voice = Voice::in_medium(head, &medium, clip(head, samples), at, options);
    let added = engine.add(0, Box::new(voice));
    assert!(added.is_ok(), "the place is free");
    engine
}

fn endpoint(head: &Arc<Head>, samples: Vec<f32>) -> Endpoint {
    bridged(engine(head, samples)).1
}

/// One second of noise that dies away from full scale to nothing, by way of all there is between.
fn dying_away() -> Vec<f32> {
    let second = noise(RATE as usize, 1.0, 3);
    let frames = second.len() as f64;
    let level = |n: usize| 10.0_f64.powf(-50.0 * n as f64 / frames);
    second
        .iter()
        .enumerate()
        .map(|(n, sample)| (f64::from(*sample) * level(n)) as f32)
        .collect()
}

/// How many samples of `frames` are next to zero.
fn next_to_zero(frames: &[StereoFrame]) -> usize {
    let next_to_zero =
        |frame: &&StereoFrame| frame.left.is_subnormal() || frame.right.is_subnormal();
    frames.iter().filter(next_to_zero).count()
}

#[test]
fn a_sound_that_dies_away_ends_in_silence_and_not_next_to_it() {
    let head = sphere(RATE);
    let mut out = vec![StereoFrame::SILENCE; RATE as usize];
    engine(&head, dying_away()).render(&mut out);
    let control = next_to_zero(&out);
    assert!(control > 100, "only {control} would come out otherwise");

    let mut endpoint = endpoint(&head, dying_away());
    out.chunks_mut(BLOCK).for_each(|block| endpoint.fill(block));
    assert_eq!(next_to_zero(&out), 0);
    assert!(
        out[1_000..2_000]
            .iter()
            .any(|frame| frame.left.abs() > 0.05)
    );
    let last = out.len() - 1_000;
    assert_eq!(out[last..], vec![StereoFrame::SILENCE; 1_000]);
}

#[test]
fn so_does_a_file() {
    let desk = Desk::new();
    let [source, file] = ["source.wav", "heard.wav"].map(|name| desk.path(name));
    let sound = Sound {
        sample_rate: RATE,
        channels: vec![dying_away()],
    };
    write_wav(&source, &sound);
    let mut command = binaurald(&["render", "--head", "sphere", "--trajectory", "static:0,1,0"]);
    command.arg("--source").arg(&source);
    let output = command.arg("--output").arg(&file).output();
    let output = output.expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    for ear in read_wav(&file).channels {
        assert!(ear.iter().any(|sample| sample.abs() > 0.05));
        assert!(!ear.iter().any(|sample| sample.is_subnormal()));
        assert_eq!(ear[ear.len() - 1_000..], [0.0; 1_000]);
    }
}

#[test]
fn a_source_next_to_zero_is_silence() {
    let head = sphere(RATE);
    let mut endpoint = endpoint(&head, noise(4_801, NEXT_TO_ZERO, 3));
    let mut out = vec![StereoFrame::SILENCE; RATE as usize];
    out.chunks_mut(BLOCK).for_each(|block| endpoint.fill(block));
    assert!(out.iter().all(|frame| *frame == StereoFrame::SILENCE));
}

/// Renders one block.
type Render = Box<dyn FnMut(&mut [StereoFrame])>;

/// The least time that a tenth of a second took of each, in turns, so that what else the machine
/// does meets all of them.
fn least_times<const N: usize>(mut render: [Render; N]) -> [Duration; N] {
    let mut least = [Duration::MAX; N];
    let mut block = [StereoFrame::SILENCE; BLOCK];
    for _ in 0..40 {
        for (render, least) in render.iter_mut().zip(&mut least) {
            let began = Instant::now();
            (0..20).for_each(|_| render(&mut block));
            *least = began.elapsed().min(*least);
        }
    }
    least
}

#[test]
fn silence_and_what_is_next_to_it_cost_no_more_than_sound() {
    let head = sphere(RATE);
    let of_level = |level: f32| {
        let mut endpoint = endpoint(&head, noise(4_801, level, 3));
        Box::new(move |block: &mut [StereoFrame]| endpoint.fill(block)) as Render
    };
    let mut bare = engine(&head, noise(4_801, NEXT_TO_ZERO, 3));
    let [sound, silence, faint, next_to_zero, otherwise] = least_times([
        of_level(0.5),
        of_level(0.0),
        of_level(FAINT),
        of_level(NEXT_TO_ZERO),
        Box::new(move |block| bare.render(block)),
    ]);
    println!(
        "sound {sound:?}, silence {silence:?}, faint {faint:?}, next to zero {next_to_zero:?}, and {otherwise:?} in \
         the processor's usual mode"
    );
    // Silence is passed over, and so is what the mode takes for it. What is faint is the same work,
    // with products that would not be normal numbers: half as much again for a machine that has
    // other things to do.
    let costs = [
        ("silence", silence),
        ("faint", faint),
        ("next to zero", next_to_zero),
    ];
    for (what, time) in costs {
        assert!(
            time < sound.mul_f64(1.5),
            "{what}: {time:?}, sound: {sound:?}"
        );
    }
}
