//! A control side that does anything at any time.

#![allow(unreachable_pub, reason = "each test includes this file")]

use std::sync::Arc;

use binaurald::bridge::Controller;
use binaurald::dsp::air::Air;
use binaurald::geometry::Position;
use binaurald::render::{Medium, MediumConfig, Voice, VoiceOptions};

use super::measure::noise;
use super::stage::clip;

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
        _ => controller.place(source, position, now as f64),
    }
}
