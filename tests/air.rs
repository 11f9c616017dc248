//! What lies between a source and the head: air that takes away treble, and the time that sound
//! takes to come.

use std::f64::consts::TAU;
use std::sync::Arc;

use binaurald::audio::StereoFrame;
use binaurald::dsp::air::Air;
use binaurald::dsp::distance::{DistanceLaw, DistanceModel};
use binaurald::dsp::{QUANTUM, STEP, STEPS};
use binaurald::geometry::Position;
use binaurald::head::Head;
use binaurald::render::{
    Engine, EngineConfig, Medium, MediumConfig, Placement, Timing, Voice, VoiceOptions,
};
use support::measure::{
    Sound, db, ears, impulse, largest_step, noise, off_tone, peak, phase_delay_s, read_wav,
    response_at, sine, write_wav,
};
use support::program::{Desk, binaurald, stderr};
use support::sphere_oracle::{Source, Sphere};
use support::stage::{self, clip, sphere};

mod support {
    pub mod measure;
    pub(crate) mod program;
    pub(crate) mod signal;
    pub mod sphere_oracle;
    pub mod stage;
}

const RATE: u32 = 48_000;

const SOUND_M_S: f64 = 343.0;

/// Neither air nor travel time; each test adds what it is about.
const NOTHING: MediumConfig = MediumConfig {
    air: None,
    doppler: false,
    speed_of_sound_m_s: SOUND_M_S,
    max_m: 200.0,
};

const DOPPLER: MediumConfig = MediumConfig {
    doppler: true,
    ..NOTHING
};

fn airy(config: MediumConfig) -> MediumConfig {
    MediumConfig {
        air: Some(Air::default()),
        ..config
    }
}

/// A flight: what plays, and how it is heard.
struct Take {
    head: Arc<Head>,
    medium: Arc<Medium>,
    model: DistanceModel,
}

impl Take {
    /// With the same level at any distance, so that nothing but the medium is heard of it.
    fn new(config: &MediumConfig, rate: u32) -> Self {
        Self {
            head: sphere(rate),
            medium: Arc::new(Medium::new(config, rate)),
            model: DistanceModel::None,
        }
    }

    fn engine(&self, samples: &[f32], begin: Position, options: VoiceOptions) -> Engine {
        let mut engine = Engine::new(EngineConfig {
            distance: DistanceLaw {
                model: self.model,
                ..stage::LAW
            },
            ..stage::config(&self.head, 1)
        });
        let sound = clip(&self.head, samples.to_vec());
        let voice = Voice::in_medium(&self.head, &self.medium, sound, begin, options);
        engine.add(0, Box::new(voice)).expect("the place is free");
        engine
    }

    /// Plays `samples` along `path` (seconds to position), which jumps where `jumps` says so
    /// of a quantum's number.
    fn fly(
        &self,
        samples: &[f32],
        options: VoiceOptions,
        path: impl Fn(f64) -> Position,
        jumps: impl Fn(usize) -> bool,
    ) -> Vec<StereoFrame> {
        let rate = f64::from(self.head.sample_rate());
        let mut engine = self.engine(samples, path(0.0), options);
        let mut out = vec![StereoFrame::SILENCE; samples.len()];
        for (n, block) in out.chunks_mut(QUANTUM).enumerate() {
            let begin = (n * QUANTUM) as f64;
            if jumps(n) {
                place(&mut engine, begin, path(begin / rate), true);
            }
            for step in 1..=STEPS {
                let end = begin + (step * STEP) as f64;
                // What lies behind a jump is not flown to.
                let at = if step == STEPS && jumps(n + 1) {
                    path((end / rate).next_down())
                } else {
                    path(end / rate)
                };
                place(&mut engine, end, at, false);
            }
            engine.render(block);
        }
        out
    }

    /// `frames` frames of `samples` from one place.
    fn stand(&self, samples: &[f32], at: Position, frames: usize) -> [Vec<f32>; 2] {
        let mut engine = self.engine(samples, at, VoiceOptions::default());
        let mut out = vec![StereoFrame::SILENCE; frames];
        engine.render(&mut out);
        ears(&out)
    }
}

fn place(engine: &mut Engine, frame: f64, position: Position, jump: bool) {
    let placement = Placement {
        frame,
        position,
        timing: Timing::default(),
        jump,
    };
    engine.place(0, &placement);
}

#[test]
fn air_takes_away_what_its_formula_says_at_each_ear_distance_and_rate() {
    let dry_desert = Air {
        temperature_c: 35.0,
        humidity_percent: 10.0,
    };
    let mut worst = 0.0_f64;
    for rate in [44_100, 48_000, 96_000] {
        let plain = Take::new(&NOTHING, rate);
        for air in [Air::default(), dry_desert] {
            let config = MediumConfig {
                air: Some(air),
                ..NOTHING
            };
            let take = Take::new(&config, rate);
            for distance in [1.0, 7.3, 30.0, 100.0, 171.0] {
                let at = Position::new(0.0, 0.6 * distance, 0.8 * distance);
                let [with, without] =
                    [&take, &plain].map(|take| take.stand(&impulse(1024), at, 1024));
                for (ear, (with, without)) in with.iter().zip(&without).enumerate() {
                    for third in 0..=21_u8 {
                        let hz = 125.0 * 2.0_f64.powf(f64::from(third) / 3.0);
                        let level = |ear: &[f32]| db(response_at(ear, rate, hz).norm());
                        let (got, exact) =
                            (level(with) - level(without), -distance * air.db_per_m(hz));
                        if exact < -40.0 {
                            continue;
                        }
                        worst = worst.max((got - exact).abs());
                        assert!(
                            (got - exact).abs() < 0.5,
                            "{got:.3} dB, not {exact:.3}: {air:?}, {distance} m, {hz:.0} Hz, \
                             rate {rate}, ear {ear}"
                        );
                    }
                }
            }
        }
    }
    println!("worst error {worst:.3} dB");
}

#[test]
fn air_beyond_the_greatest_distance_takes_away_no_more() {
    let config = MediumConfig {
        max_m: 50.0,
        ..airy(NOTHING)
    };
    let take = Take::new(&config, RATE);
    let treble = |distance: f64| {
        let [left, _] = take.stand(&impulse(1024), Position::new(distance, 0.0, 0.0), 1024);
        db(response_at(&left, RATE, 8000.0).norm())
    };
    let at_limit = treble(50.0);
    let nearer = treble(40.0) - at_limit;
    let expected = 10.0 * Air::default().db_per_m(8000.0);
    assert!(
        (nearer - expected).abs() < 0.1,
        "{nearer}, not {expected} dB"
    );
    for distance in [51.0, 1000.0] {
        let beyond = treble(distance);
        // The head itself is heard a little differently from further away.
        assert!((beyond - at_limit).abs() < 0.05, "{beyond}, {at_limit} dB");
    }
}

#[test]
fn a_tone_that_moves_through_air_stays_a_tone_with_and_without_travel_time() {
    // Once round a second and round a circle off the head, nearer and further by 5 m.
    let path = |t: f64| {
        let (sin, cos) = (TAU * t).sin_cos();
        let (slow_sin, slow_cos) = (TAU * t / 8.0).sin_cos();
        Position::new(12.0 + 5.0 * slow_cos + cos, 5.0 * slow_sin + sin, 0.3)
    };
    for config in [airy(NOTHING), DOPPLER, airy(DOPPLER)] {
        let take = Take::new(&config, RATE);
        let tone = sine(4 * RATE as usize, RATE, 4000.0, 0.5);
        let out = take.fly(&tone, VoiceOptions::default(), path, |_| false);
        for ear in ears(&out) {
            // From when on the beginning of the tone, which clicks by itself, is past.
            let off = off_tone(&ear[RATE as usize / 2..], RATE, 4000.0, 200.0);
            println!("{config:?}: {off:?}");
            assert!(off.whole_db < -70.0, "{off:?}, {config:?}");
        }
    }
}

#[test]
fn a_flight_past_the_head_is_heard_between_its_two_pitches_and_nowhere_else() {
    let (speed, past_m) = (60.0, 2.0);
    let take = Take::new(&airy(DOPPLER), RATE);
    let path = |t: f64| Position::new(past_m, speed * (t - 2.0), 0.0);
    let tone = sine(4 * RATE as usize, RATE, 4000.0, 0.5);
    let out = take.fly(&tone, VoiceOptions::default(), path, |_| false);
    let pitch = |direction: f64| 4000.0 / (1.0 - direction * speed / SOUND_M_S);
    let middle = 0.5 * (pitch(1.0) + pitch(-1.0));
    // A delay that went in straight lines would leave -59 dB 1500 Hz off, once a step.
    let half = 0.5 * (pitch(1.0) - pitch(-1.0)) + 700.0;
    for ear in ears(&out) {
        let off = off_tone(&ear[RATE as usize / 2..], RATE, middle, half);
        println!("{half:.0} Hz off {middle:.0} Hz: {off:?}");
        assert!(off.worst_db < -70.0, "{off:?}");
    }
}

/// The frequency of a tone near `hz`, from the phases of two stretches `apart` frames apart.
fn frequency(signal: &[f32], rate: u32, hz: f64) -> f64 {
    let length = 8192.min(signal.len() / 2);
    let apart = signal.len() - length;
    let phase = |start: usize| {
        let windowed: Vec<f32> = signal[start..start + length]
            .iter()
            .enumerate()
            .map(|(n, x)| x * (std::f64::consts::PI * n as f64 / length as f64).sin() as f32)
            .collect();
        response_at(&windowed, rate, hz).arg()
    };
    let between = apart as f64 / f64::from(rate);
    let turns = (phase(apart) - phase(0)) / TAU - hz * between;
    hz + (turns - turns.round()) / between
}

#[test]
fn a_source_that_comes_or_goes_has_the_pitch_of_its_speed() {
    let begin_m = 90.0;
    for rate in [44_100, 48_000, 96_000] {
        let take = Take::new(&DOPPLER, rate);
        for (speed, factor) in [
            (34.3, 1.0 / 0.9),
            (-34.3, 1.0 / 1.1),
            (3.43, 1.0 / 0.99),
            (-85.75, 0.8),
        ] {
            let begin = if speed > 0.0 { begin_m } else { 1.0 };
            let path = |t: f64| {
                let distance = begin - speed * t;
                Position::new(0.6 * distance, 0.8 * distance, 0.0)
            };
            let frames = rate as usize;
            let tone = sine(frames, rate, 1000.0, 0.5);
            let out = take.fly(&tone, VoiceOptions::default(), path, |_| false);
            for ear in ears(&out) {
                let settled = &ear[frames * 2 / 5..];
                let got = frequency(settled, rate, 1000.0 * factor) / 1000.0;
                println!("{speed} m/s at {rate} Hz: {got:.6}, formula {factor:.6}");
                assert!(
                    (got / factor - 1.0).abs() < 0.0005,
                    "{got}, not {factor}: {speed} m/s at {rate} Hz"
                );
            }
        }
    }
}

#[test]
fn each_ear_hears_as_late_as_its_way_is_long() {
    let oracle = Sphere::default();
    for rate in [44_100, 48_000, 96_000] {
        let take = Take::new(&DOPPLER, rate);
        let latency_s = take.head.latency_frames() as f64 / f64::from(rate);
        for (distance, azimuth) in [(1.0, 90.0), (5.0, -30.0), (40.0, 90.0), (100.0, 0.0)] {
            let source = Source::horizontal(distance, azimuth);
            let [x, y, z] = source.position();
            let frames = rate as usize / 2;
            let both = take.stand(&impulse(frames), Position::new(x, y, z), frames);
            let cosines = source.incidence_cosines();
            for (ear, cosine) in both.iter().zip(cosines) {
                let around = oracle.delay_s(3000.0, distance, cosine);
                let expected = distance / SOUND_M_S + around;
                let response = response_at(ear, rate, 3000.0);
                let got = phase_delay_s(response, 3000.0, latency_s + expected) - latency_s;
                assert!(
                    (got - expected).abs() < 5e-6,
                    "{:.2} us off at {distance} m, {azimuth} degrees, rate {rate}",
                    (got - expected) * 1e6
                );
                // Not a period of the tone off, either: nothing comes before its time, and most
                // within 0.3 ms after it.
                let whole: f64 = ear.iter().map(|x| f64::from(x * x)).sum();
                let first = ((latency_s + expected - 0.0003) * f64::from(rate)) as usize;
                let window = &ear[first..first + (0.0006 * f64::from(rate)) as usize];
                let there: f64 = window.iter().map(|x| f64::from(x * x)).sum();
                assert!(there > 0.9 * whole, "{there} of {whole} at {distance} m");
            }
        }
    }
    // At the side, the near ear is nearer by the radius: its sound is there that much earlier.
    let take = Take::new(&DOPPLER, RATE);
    let [left, _] = take.stand(&impulse(4800), Position::new(0.0, 5.0, 0.0), 4800);
    let onset = left.iter().position(|x| x.abs() > 0.5 * peak(&left));
    let way = (5.0 - 0.0875) / SOUND_M_S * f64::from(RATE);
    let expected = take.head.latency_frames() as f64 + way;
    let onset = onset.expect("it was heard") as f64;
    assert!((onset - expected).abs() < 1.5, "{onset}, not {expected}");
}

/// The largest step between two frames that a fade of 5 ms makes of a tone of this amplitude, and
/// which the tone by itself makes too.
fn step_of_a_fade(amplitude: f32, tone_hz: f64) -> f32 {
    let slope = TAU * tone_hz / f64::from(RATE);
    amplitude * (slope + 1.0 / (0.005 * f64::from(RATE))) as f32
}

#[test]
fn no_start_jump_or_end_clicks_in_air_with_travel_time() {
    let take = Take::new(&airy(DOPPLER), RATE);
    // Every 50 ms somewhere else, 1 to 80 m away, and moving in between.
    let jump_quanta = 19;
    let path = |t: f64| {
        let leg = (t / (f64::from(jump_quanta) * QUANTUM as f64 / f64::from(RATE))).floor();
        let mut rng = fastrand::Rng::with_seed(leg as u64);
        let (sin, cos) = (TAU * rng.f64()).sin_cos();
        let distance = 1.0 + 79.0 * rng.f64() + 3.0 * t.fract();
        Position::new(cos * distance, sin * distance, 0.2)
    };
    let options = VoiceOptions {
        fade_in: true,
        // A sine at its height: without the fade it begins with a step.
        playhead: 27,
        ..VoiceOptions::default()
    };
    let mut tone = sine(3 * RATE as usize, RATE, 440.0, 0.5);
    // It ends with a fade of its own, so that all that clicks would be ours.
    let fade = 480;
    let last = 2 * RATE as usize;
    for (n, sample) in tone[last - fade..].iter_mut().enumerate() {
        *sample *= 1.0 - (n as f32 / fade as f32).min(1.0);
    }
    let out = take.fly(&tone, options, path, |n| {
        n > 0 && n % jump_quanta as usize == 0
    });
    assert!(
        out[..100]
            .iter()
            .all(|frame| *frame == StereoFrame::SILENCE)
    );
    for ear in ears(&out) {
        assert!(peak(&ear[RATE as usize..]) > 0.2, "nothing was heard");
        let (step, allowed) = (largest_step(&ear), step_of_a_fade(peak(&ear), 440.0));
        println!("largest step {step}, a fade of 5 ms makes {allowed}");
        assert!(step < allowed, "{step}, a fade of 5 ms makes {allowed}");
        let silent = ear[last + RATE as usize / 2..].iter().all(|x| *x == 0.0);
        assert!(silent, "the sound did not end");
    }
}

#[test]
fn the_same_bits_come_out_whatever_the_block() {
    let take = Take::new(&airy(DOPPLER), RATE);
    let samples = noise(20_000, 0.5, 8);
    let render = |frames: usize| {
        let mut engine = take.engine(&samples, Position::FRONT, VoiceOptions::default());
        let mut out = vec![StereoFrame::SILENCE; 20_000];
        for block in out.chunks_mut(frames) {
            engine.render_with(block, |engine| {
                let end = (engine.next_quantum() + QUANTUM as u64) as f64;
                let t = end / f64::from(RATE);
                place(engine, end, Position::new(1.0 + 30.0 * t, 2.0, 0.0), false);
            });
        }
        out
    };
    let expected = render(512);
    assert!(expected.iter().any(|frame| frame.left.abs() > 0.1));
    for frames in [1, 7, 64, 480, 20_000] {
        assert!(render(frames) == expected, "blocks of {frames} frames");
    }
}

#[test]
fn without_both_not_a_bit_is_other_than_without_a_medium() {
    let (head, samples) = (sphere(RATE), noise(4800, 0.5, 9));
    let at = Position::new(30.0, -20.0, 1.0);
    let expected = ears(&stage::render_still(&head, samples.clone(), at, 9600));
    let mut take = Take::new(&NOTHING, RATE);
    take.model = DistanceModel::Inverse;
    assert!(take.stand(&samples, at, 9600) == expected);
    for config in [airy(NOTHING), DOPPLER] {
        let mut take = Take::new(&config, RATE);
        take.model = DistanceModel::Inverse;
        assert!(take.stand(&samples, at, 9600) != expected, "{config:?}");
    }
}

/// What `render` makes of an impulse from a place, left ear, and what it says.
fn from_program(place: &str, options: &[&str]) -> (Vec<f32>, String) {
    let desk = Desk::new();
    let sound = Sound {
        sample_rate: RATE,
        channels: vec![impulse(24_000)],
    };
    write_wav(&desk.path("impulse.wav"), &sound);
    let (source, output) = (desk.arg("impulse.wav"), desk.arg("out.wav"));
    let trajectory = format!("static:{place}");
    let render = ["render", "--source", &source, "--output", &output];
    let arguments = [&render[..], &["--trajectory", &trajectory], options].concat();
    let done = binaurald(&arguments).output().expect("the program starts");
    assert!(done.status.success(), "{options:?}: {}", stderr(&done));
    let left = read_wav(&desk.path("out.wav")).channels.swap_remove(0);
    (left, stderr(&done).to_owned())
}

#[test]
fn the_options_reach_the_sound_and_travel_time_is_said_to_come_on_top() {
    let place = "100,0,0";
    let treble = |left: &[f32]| db(response_at(left, RATE, 8000.0).norm());
    let (plain, said) = from_program(place, &[]);
    assert!(!said.contains("travel time"), "{said}");
    let (dry, _) = from_program(
        place,
        &["--air-absorption", "--temperature", "30", "--humidity=70"],
    );
    let lost = treble(&plain) - treble(&dry);
    // 59.95 dB a kilometre (ISO 9613-1).
    assert!((lost - 5.995).abs() < 0.2, "{lost} dB");

    let (late, said) = from_program(place, &["--doppler"]);
    assert!(
        said.contains("travel time comes on top (--doppler)"),
        "{said}"
    );
    let onset = |left: &[f32]| left.iter().position(|x| x.abs() > 0.5 * peak(left));
    let travel = onset(&late).expect("heard") - onset(&plain).expect("heard");
    let expected = 100.0 / SOUND_M_S * f64::from(RATE);
    assert!((travel as f64 - expected).abs() < 2.0, "{travel} frames");
    // The farthest that counts, and a little beyond: --max-distance.
    let (nearer, _) = from_program(place, &["--doppler", "--max-distance", "10"]);
    let travel = onset(&nearer).expect("heard") - onset(&plain).expect("heard");
    assert!(
        (travel as f64 - 0.11 * expected).abs() < 2.0,
        "{travel} frames"
    );
}

#[test]
fn climates_without_air_absorption_are_warned_of() {
    let options = ["--temperature", "-10", "--humidity", "30"];
    let (without, said) = from_program("1,0,0", &options);
    for option in ["--temperature", "--humidity"] {
        let warning = format!("{option} does nothing without --air-absorption");
        assert!(said.contains(&warning), "{said}");
    }
    assert_eq!(without, from_program("1,0,0", &[]).0);
    let (_, said) = from_program("1,0,0", &[&options[..], &["--air-absorption"]].concat());
    assert!(!said.contains("does nothing"), "{said}");
}
