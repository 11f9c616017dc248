//! A control side that does anything at any time.

#![allow(unreachable_pub, reason = "each test includes this file")]

use std::sync::Arc;

use binaurald::bridge::{Controller, EngineRefused, MotionDelay};
use binaurald::dsp::air::Air;
use binaurald::geometry::Position;
use binaurald::head::Head;
use binaurald::render::{Engine, EngineConfig, Medium, MediumConfig, Paths, Voice, VoiceOptions};

use super::measure::noise;
use super::stage::{clip, config};

/// Nothing, and air in which sound takes its time.
pub fn media(sample_rate: u32) -> [Arc<Medium>; 2] {
    let config = MediumConfig {
        air: Some(Air::default()),
        doppler: true,
        speed_of_sound_m_s: 343.0,
        max_m: 30.0,
    };
    [Arc::default(), Arc::new(Medium::new(&config, sample_rate))]
}

/// One random thing that a control side may do at frame `now`, with one of `sources` sources or one
/// that there is not.
pub fn one_command(
    controller: &mut Controller,
    sources: u16,
    medium: &Arc<Medium>,
    rng: &mut fastrand::Rng,
    now: u64,
) {
    let source = rng.u16(..=sources);
    let mut coordinate = || (rng.f64() - 0.5) * 10.0_f64.powi(rng.i32(-2..3));
    let position = Position::new(coordinate(), coordinate(), coordinate());
    match rng.u8(..10) {
        0 => {
            let options = VoiceOptions {
                looped: rng.bool(),
                playhead: rng.u64(..500),
                fade_in: rng.bool(),
            };
            let head = &Arc::clone(controller.head());
            let sound = clip(head, noise(rng.usize(..2000), 0.5, 3));
            // A full ring gives the voice back, which is freed here, on the control side.
            let voice = Voice::in_medium(head, medium, sound, position, options);
            let _ = controller.add(source, Box::new(voice), now);
        }
        1 => {
            let _ = controller.remove(source, now + rng.u64(..300));
        }
        2 => {
            controller.free_retired();
        }
        3 => controller.fade(source, rng.f32(), rng.u32(..3000)),
        _ => controller.place(source, position, now as f64),
    }
}

/// Another engine for up to `sources` sources takes the place of the one that plays: with another
/// head, level, limiter and sounds, before the present or after it. Returns whether there was room.
pub fn another_engine(
    controller: &mut Controller,
    head: &Arc<Head>,
    sources: u16,
    rng: &mut fastrand::Rng,
) -> bool {
    let mut engine = Box::new(Engine::new(EngineConfig {
        gain: 4.0 * rng.f32(),
        limiter: rng.bool(),
        ..config(head, sources)
    }));
    let media = media(head.sample_rate());
    for source in 0..rng.u16(..=sources) {
        let options = VoiceOptions {
            looped: rng.bool(),
            playhead: rng.u64(..500),
            fade_in: rng.bool(),
        };
        let sound = clip(head, noise(rng.usize(..2000), 0.5, 3));
        let medium = &media[rng.usize(..media.len())];
        let voice = Voice::in_medium(head, medium, sound, Position::FRONT, options);
        assert!(engine.add(source, Box::new(voice)).is_ok(), "it is free");
    }
    let now = controller.counters().playhead();
    engine.skip_to(now.saturating_sub(rng.u64(..100_000)) + rng.u64(..1_000));
    let paths = [Paths::GoOn, Paths::Anew][rng.usize(..2)];
    match controller.replace(engine, MotionDelay::Auto, paths) {
        Ok(()) => true,
        Err(EngineRefused::Full(_)) => false,
        Err(unlike @ EngineRefused::Unlike(_)) => panic!("{unlike}"),
    }
}
