//! Engines that take the place of others while the sound goes on, as a reload asks for.

use std::sync::Arc;

use binaurald::audio::{Clip, StereoFrame};
use binaurald::bridge::{Controller, EngineRefused, MotionDelay};
use binaurald::dsp::QUANTUM;
use binaurald::dsp::limiter::CEILING;
use binaurald::geometry::Position;
use binaurald::head::Head;
use binaurald::render::{Engine, EngineConfig, Medium, Paths, Voice, VoiceOptions};

use super::heads::media;
use super::measure::{db, ears, noise, peak};
use super::rig::{RATE, TONES_HZ, assert_no_click, heads, on_orbit, sphere_of, tone};
use super::stage::{bridged, clip, config, engine, kemar, sphere};

/// The crossfade, in frames, up to a whole quantum.
const CROSSFADE: usize = (960 / QUANTUM + 1) * QUANTUM;

/// Frames of a device's block.
const BLOCK: usize = 480;

/// All that an engine is made of.
#[derive(Clone)]
struct Scene {
    head: Arc<Head>,
    medium: Arc<Medium>,
    sound: Clip,
    gain: f32,
    limiter: bool,
}

impl Scene {
    fn new(head: &Arc<Head>, sound: Vec<f32>) -> Self {
        Self {
            head: Arc::clone(head),
            medium: Arc::default(),
            sound: clip(head, sound),
            gain: 1.0,
            limiter: false,
        }
    }

    /// An engine of it from frame 0 on, as the daemon sets it up.
    fn engine(&self, position: Position) -> Engine {
        let mut engine = Engine::new(EngineConfig {
            gain: self.gain,
            limiter: self.limiter,
            ..config(&self.head, 1)
        });
        let options = VoiceOptions {
            looped: true,
            ..VoiceOptions::default()
        };
        let sound = self.sound.clone();
        let voice = Voice::in_medium(&self.head, &self.medium, sound, position, options);
        engine.add(0, Box::new(voice)).expect("the place is free");
        engine
    }

    /// One that takes up the sound where it is.
    fn successor(&self, controller: &Controller, position: Position) -> Box<Engine> {
        let mut engine = Box::new(self.engine(position));
        engine.skip_to(controller.counters().playhead());
        engine
    }
}

fn replace(controller: &mut Controller, engine: Box<Engine>, paths: Paths) {
    let replaced = controller.replace(engine, MotionDelay::Auto, paths);
    replaced.expect("there is room, and it fits");
}

/// A second of `first` along `path` (seconds to position), with `next` in its place from half of it on
/// if there is one, after so many frames more.
fn render_replaced(
    first: &Scene,
    next: Option<&Scene>,
    path: impl Fn(f64) -> Position,
    later: usize,
) -> Vec<StereoFrame> {
    let (mut controller, mut endpoint) = bridged(first.engine(path(0.0)));
    let mut out = vec![StereoFrame::SILENCE; RATE as usize];
    let at = 24_000 + later;
    let (before, after) = out.split_at_mut(at);
    let mut fill = |controller: &mut Controller, out: &mut [StereoFrame], begin: usize| {
        for (n, block) in out.chunks_mut(BLOCK).enumerate() {
            let frame = begin + n * BLOCK;
            if n % 4 == 0 {
                let position = path(frame as f64 / f64::from(RATE));
                controller.place(0, position, frame as f64);
            }
            endpoint.fill(block);
            controller.free_retired();
        }
    };
    fill(&mut controller, before, 0);
    if let Some(next) = next {
        let newest = controller.position(0).expect("it was placed");
        let engine = next.successor(&controller, newest);
        replace(&mut controller, engine, Paths::GoOn);
        assert!(Arc::ptr_eq(controller.head(), &next.head));
    }
    fill(&mut controller, after, at);
    assert_eq!(controller.counters().panics(), 0);
    out
}

/// The greatest difference between two sounds.
fn difference(a: &[StereoFrame], b: &[StereoFrame]) -> f32 {
    assert_eq!(a.len(), b.len());
    let far = |(a, b): (&StereoFrame, &StereoFrame)| {
        (a.left - b.left).abs().max((a.right - b.right).abs())
    };
    a.iter().zip(b).map(far).fold(0.0, f32::max)
}

#[test]
fn an_engine_with_the_same_settings_changes_nothing_that_is_heard() {
    // Standing, turning, and coming from far away through air in which sound takes its time.
    let [nothing, air] = media();
    let standing = |_: f64| on_orbit(0.1);
    let turning = |t: f64| on_orbit(0.1 + 0.3 * t);
    let coming = |t: f64| Position::new(30.0 - 5.0 * t, 4.0, 1.0);
    // What moves was elsewhere a few milliseconds ago: the filters of the next engine begin as if it
    // had stood, while they are not heard yet.
    let paths: [(_, _, &dyn Fn(f64) -> Position, f64); 3] = [
        ("standing", &nothing, &standing, -120.0),
        ("turning", &nothing, &turning, -100.0),
        ("coming", &air, &coming, -65.0),
    ];
    for (name, head) in heads() {
        for (moving, medium, path, most_db) in paths {
            let scene = Scene {
                medium: Arc::clone(medium),
                ..Scene::new(&head, noise(7_000, 0.5, 6))
            };
            for later in [0, 77, 128, 311] {
                let expected = render_replaced(&scene, None, path, later);
                let out = render_replaced(&scene, Some(&scene), path, later);
                let error = difference(&out, &expected) / peak(&ears(&expected)[0]);
                let error_db = db(f64::from(error));
                println!("{name}, {moving}, {later} frames later: {error_db:.1} dB");
                assert!(error_db < most_db, "{name}, {moving}: {error_db:.1} dB");
            }
        }
    }
}

#[test]
fn an_engine_with_other_settings_takes_over_at_any_phase_without_a_click() {
    for (name, head) in heads() {
        for tone_hz in TONES_HZ {
            let scene = Scene::new(&head, tone(RATE as usize, tone_hz));
            let quieter = Scene {
                gain: 0.5,
                ..scene.clone()
            };
            // The same tone in another phase.
            let mut shifted = tone(RATE as usize, tone_hz);
            shifted.rotate_left(29);
            let other_sound = Scene {
                sound: clip(&head, shifted),
                ..scene.clone()
            };
            let other_heads = [sphere_of(0.07), sphere_of(0.2), kemar(RATE)].map(|head| Scene {
                head,
                ..scene.clone()
            });
            let others = [vec![quieter, other_sound], other_heads.to_vec()].concat();
            for (number, next) in others.iter().enumerate() {
                for later in (0..10).map(|phase| 37 * phase) {
                    let path = |t: f64| on_orbit(0.1 + 0.5 * t);
                    let out = render_replaced(&scene, Some(next), path, later);
                    let what = format!("{name} to scene {number}, {tone_hz} Hz, {later}");
                    // The tone begins at full level, which is a click of its own.
                    assert_no_click(&out[1000..], tone_hz, &what);
                }
            }
        }
    }
}

#[test]
fn what_is_heard_afterwards_is_the_new_scene_in_the_phase_of_the_old_one() {
    let head = sphere(RATE);
    let scene = Scene::new(&head, noise(7_000, 0.25, 6));
    let [_, air] = media();
    let louder = Scene {
        gain: 2.0,
        ..scene.clone()
    };
    let far = Scene {
        medium: air,
        ..scene.clone()
    };
    let other = Scene {
        sound: clip(&head, noise(5_100, 0.25, 7)),
        ..scene.clone()
    };
    let path = |_: f64| Position::new(20.0, 5.0, 0.0);
    let before = render_replaced(&scene, None, path, 0);
    for (name, next) in [("gain", &louder), ("medium", &far), ("source", &other)] {
        let expected = render_replaced(next, None, path, 0);
        let out = render_replaced(&scene, Some(next), path, 0);
        assert!(out[..24_000] == before[..24_000], "{name}: too early");
        let after = 24_000 + QUANTUM + CROSSFADE;
        let error = difference(&out[after..], &expected[after..]);
        assert!(error < 1e-6, "{name}: {error:e}");
        let changed = difference(&expected[after..], &before[after..]);
        assert!(changed > 1e-3, "{name}: {changed:e}");
    }
}

#[test]
fn with_other_coordinates_the_source_is_at_its_new_place_and_the_next_position_is_a_jump() {
    let head = sphere(RATE);
    let scene = Scene::new(&head, noise(7_000, 0.25, 6));
    let (mut controller, mut endpoint) = bridged(scene.engine(Position::FRONT));
    let mut out = vec![StereoFrame::SILENCE; RATE as usize];
    let (left, right) = (Position::new(0.0, 1.0, 0.0), Position::new(0.0, -1.0, 0.0));
    for (n, block) in out.chunks_mut(BLOCK).enumerate() {
        if n < 50 {
            controller.place(0, left, (n * BLOCK) as f64);
        } else if n == 50 {
            let engine = scene.successor(&controller, right);
            replace(&mut controller, engine, Paths::Anew);
            assert_eq!(controller.position(0), None);
        }
        endpoint.fill(block);
    }
    let still = |at| render_replaced(&scene, None, move |_| at, 0);
    // The first position was a jump from the front.
    assert!(difference(&out[12_000..24_000], &still(left)[12_000..24_000]) < 1e-5);
    let after = 24_000 + 2 * CROSSFADE;
    assert!(difference(&out[after..], &still(right)[after..]) < 1e-5);
}

#[test]
fn the_limiter_holds_through_the_crossfade_and_its_frames_are_counted_on() {
    let head = sphere(RATE);
    let loud = Scene {
        gain: 30.0,
        limiter: true,
        ..Scene::new(&head, noise(7_000, 0.5, 6))
    };
    let (mut controller, mut endpoint) = bridged(loud.engine(Position::FRONT));
    let mut counted = 0;
    let mut half_way = 0;
    for n in 0..200 {
        let mut block = [StereoFrame::SILENCE; BLOCK];
        if n % 20 == 10 {
            let gain = [10.0, 50.0][n / 20 % 2];
            let next = Scene {
                gain,
                ..loud.clone()
            };
            let engine = next.successor(&controller, Position::FRONT);
            replace(&mut controller, engine, Paths::GoOn);
        }
        endpoint.fill(&mut block);
        controller.free_retired();
        let loudest = ears(&block).iter().map(|ear| peak(ear)).fold(0.0, f32::max);
        assert!(loudest <= CEILING, "{loudest}");
        let limited = controller.counters().limited_frames();
        assert!(limited >= counted, "block {n}: {limited} after {counted}");
        counted = limited;
        if n == 100 {
            half_way = counted;
        }
    }
    assert!(0 < half_way && half_way < counted, "{half_way}, {counted}");
}

#[test]
fn the_engine_before_comes_home_whole_and_one_after_the_other() {
    let scenes: Vec<Scene> = [0.07, 0.1, 0.2]
        .map(|radius| Scene::new(&sphere_of(radius), tone(4_800, 440.0)))
        .into();
    let first = Scene::new(&sphere_of(0.08), tone(4_800, 440.0));
    let (mut controller, mut endpoint) = bridged(first.engine(Position::FRONT));
    for scene in &scenes {
        let engine = scene.successor(&controller, Position::FRONT);
        replace(&mut controller, engine, Paths::GoOn);
    }
    let held = |scene: &Scene| Arc::strong_count(&scene.head) > 1;
    for _ in 0..4 * CROSSFADE / BLOCK {
        endpoint.fill(&mut [StereoFrame::SILENCE; BLOCK]);
        controller.free_retired();
    }
    assert!(!held(&first) && !held(&scenes[0]) && !held(&scenes[1]));
    assert!(held(&scenes[2]), "the last one plays");
}

#[test]
fn an_engine_that_cannot_go_on_with_what_plays_is_refused_and_comes_back() {
    let head = sphere(RATE);
    let (mut controller, _endpoint) = bridged(engine(&head, 1));
    for unlike in [engine(&sphere(44_100), 1), engine(&head, 2)] {
        let refused = controller.replace(Box::new(unlike), MotionDelay::Auto, Paths::GoOn);
        assert!(
            matches!(refused, Err(EngineRefused::Unlike(_))),
            "{refused:?}"
        );
    }
    // While nobody takes commands, the ring fills up.
    let refused = loop {
        let next = Box::new(engine(&head, 1));
        if let Err(refused) = controller.replace(next, MotionDelay::Auto, Paths::GoOn) {
            break refused;
        }
    };
    assert!(matches!(refused, EngineRefused::Full(_)), "{refused:?}");
}
