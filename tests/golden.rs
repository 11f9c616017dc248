//! A short render of each head, kept: `tests/golden/README.md` says how the files are made.

use std::f64::consts::TAU;
use std::path::PathBuf;
use std::sync::Arc;

use binaurald::dsp::air::Air;
use binaurald::geometry::Position;
use binaurald::head::{Head, HeadShape};
use binaurald::render::{Medium, MediumConfig, Voice, VoiceOptions};
use measure::{Sound, ears, peak, read_wav};
use stage::{clip, engine, kemar, sphere, steered};

#[path = "support/measure.rs"]
mod measure;
#[path = "support/stage.rs"]
mod stage;

const RATE: u32 = 48_000;

/// 0.2 s.
const FRAMES: usize = 9600;

/// How far a sample may be off, of a full scale of 1. Half a step of 16 bits is 0.000015. Sines,
/// exponentials and roots differ in the last bits between the libraries of two systems, and through
/// the fit of the filters by up to 0.00001. A tenth of a decibel or 1 us of delay is 0.002.
const TOLERANCE: f32 = 0.000_1;

/// The heads, each with what lies before it and how far away its source is.
fn takes() -> Vec<(&'static str, Arc<Head>, Arc<Medium>, f64)> {
    let nothing = Arc::<Medium>::default;
    vec![
        ("sphere", sphere(RATE), nothing(), 0.0),
        ("kemar", kemar(RATE), nothing(), 0.0),
        ("sphere-in-air", sphere(RATE), air(), 20.0),
    ]
}

fn air() -> Arc<Medium> {
    let config = MediumConfig {
        air: Some(Air::default()),
        doppler: true,
        speed_of_sound_m_s: 343.0,
        max_m: 100.0,
    };
    Arc::new(Medium::new(&config, RATE))
}

/// White noise that no crate's next version changes: the linear congruential generator of Knuth's
/// MMIX.
fn noise() -> Vec<f32> {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    };
    (0..FRAMES).map(|_| 0.1 * next()).collect()
}

/// Once round, away and back, up and down.
fn place(turn: f64, offset_m: f64) -> Position {
    let (sin, cos) = (TAU * turn).sin_cos();
    let elevation = 40.0_f64.to_radians() * (2.0 * TAU * turn).sin();
    let distance = 1.3 - cos;
    let (up, along) = (distance * elevation.sin(), distance * elevation.cos());
    Position::new(along * cos + offset_m, along * sin, up)
}

/// Both ears of the render.
fn render(head: &Arc<Head>, medium: &Arc<Medium>, offset_m: f64) -> [Vec<f32>; 2] {
    let mut engine = engine(head, 1);
    let options = VoiceOptions {
        // In the middle of its sound, once it has arrived.
        looped: true,
        ..VoiceOptions::default()
    };
    let sound = clip(head, noise());
    let voice = Voice::in_medium(head, medium, sound, place(0.0, offset_m), options);
    engine.add(0, Box::new(voice)).expect("the place is free");
    let out = steered(&mut engine, FRAMES, |frame| {
        (place(frame as f64 / FRAMES as f64, offset_m), false)
    });
    ears(&out)
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.wav"))
}

fn write(name: &str, ears: &[Vec<f32>; 2]) {
    let format = hound::WavSpec {
        channels: 2,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(file(name), format).expect("a writable file");
    for (left, right) in ears[0].iter().zip(&ears[1]) {
        for sample in [left, right] {
            let steps = (sample * 32_768.0).round() as i16;
            writer.write_sample(steps).expect("a writable file");
        }
    }
    writer.finalize().expect("a writable file");
}

/// The greatest difference of a sample.
fn difference(got: &[Vec<f32>; 2], golden: &Sound) -> f32 {
    assert_eq!((golden.sample_rate, golden.channels.len()), (RATE, 2));
    let pairs = got.iter().zip(&golden.channels).flat_map(|(a, b)| {
        assert_eq!(a.len(), b.len(), "the length");
        a.iter().zip(b)
    });
    pairs.fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

#[test]
fn each_head_sounds_as_it_did() {
    for (name, head, medium, offset_m) in takes() {
        let got = render(&head, &medium, offset_m);
        for ear in &got {
            assert!((0.005..1.0).contains(&peak(ear)), "{name}: {}", peak(ear));
        }
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            write(name, &got);
        }
        let off = difference(&got, &read_wav(&file(name)));
        println!("{name}: {off:.7}");
        assert!(
            off <= TOLERANCE,
            "{name}: a sample is off by {off}; tests/golden/README.md says how to make it again"
        );
    }
}

#[test]
fn another_head_place_or_medium_is_told_apart() {
    let golden = read_wav(&file("sphere"));
    let larger = HeadShape {
        radius_m: 0.0885,
        ..HeadShape::default()
    };
    let larger = Arc::new(Head::sphere(larger, RATE).expect("a possible head"));
    let nothing = Arc::<Medium>::default();
    for (what, got) in [
        ("1 mm more of radius", render(&larger, &nothing, 0.0)),
        (
            "1 cm further in front",
            render(&sphere(RATE), &nothing, 0.01),
        ),
        ("2 m of air", render(&sphere(RATE), &dry(), 0.0)),
    ] {
        let off = difference(&got, &golden);
        println!("{what}: {off:.5}");
        assert!(off > 3.0 * TOLERANCE, "{what} is off by {off} alone");
    }
}

/// Air alone.
fn dry() -> Arc<Medium> {
    let config = MediumConfig {
        air: Some(Air::default()),
        doppler: false,
        speed_of_sound_m_s: 343.0,
        max_m: 100.0,
    };
    Arc::new(Medium::new(&config, RATE))
}
