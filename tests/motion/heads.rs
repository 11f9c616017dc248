//! Heads that are switched while the sound goes on.

use std::sync::Arc;

use binaurald::audio::StereoFrame;
use binaurald::bridge::{HeadRefused, VoiceRefused};
use binaurald::dsp::QUANTUM;
use binaurald::dsp::air::Air;
use binaurald::geometry::Position;
use binaurald::head::{Head, HeadShape};
use binaurald::render::{Medium, MediumConfig, Unfit, Voice, VoiceOptions};

use super::rig::{RATE, TONES_HZ, assert_no_click, heads, on_orbit, sphere_of, tone};
use super::stage::{bridged, clip, engine, kemar, sphere, voice};

/// Heads to switch to from each of [`heads`]: of other sizes, and a measured one.
fn others() -> Vec<Arc<Head>> {
    vec![sphere_of(0.07), sphere_of(0.2), kemar(RATE)]
}

/// Nothing, and air in which sound takes its time.
pub(crate) fn media() -> [Arc<Medium>; 2] {
    let config = MediumConfig {
        air: Some(Air::default()),
        doppler: true,
        speed_of_sound_m_s: 343.0,
        max_m: 100.0,
    };
    [Arc::default(), Arc::new(Medium::new(&config, RATE))]
}

/// `samples` in `medium` along `path` (seconds to position), heard with `head` first and with `next`
/// from the frame `at` on.
fn render_switched(
    [head, next]: [&Arc<Head>; 2],
    medium: &Arc<Medium>,
    samples: &[f32],
    path: impl Fn(f64) -> Position,
    at: u64,
) -> Vec<StereoFrame> {
    let (mut controller, mut endpoint) = bridged(engine(head, 1));
    let clip = clip(head, samples.to_vec());
    let voice = Voice::in_medium(head, medium, clip, path(0.0), VoiceOptions::default());
    controller
        .add(0, Box::new(voice), 0)
        .expect("the ring is empty");
    let mut out = vec![StereoFrame::SILENCE; samples.len()];
    for (block, start) in out.chunks_mut(480).zip((0_u32..).step_by(480)) {
        let t = f64::from(start) / f64::from(RATE);
        if start % 960 == 0 {
            controller.place(0, path(t), f64::from(start));
        }
        let is_due = (u64::from(start)..u64::from(start) + 480).contains(&at);
        if is_due && !Arc::ptr_eq(head, next) {
            controller.switch_head(next, at).expect("it fits");
        }
        endpoint.fill(block);
        controller.free_retired();
    }
    assert!(
        Arc::ptr_eq(controller.head(), next),
        "another head rendered"
    );
    assert_eq!(controller.counters().panics(), 0);
    out
}

#[test]
fn a_head_is_switched_at_any_moment_without_a_click() {
    for (name, head) in heads() {
        for next in others() {
            for tone_hz in TONES_HZ {
                for turns_per_s in [0.0, 0.5] {
                    for phase in 0..10 {
                        let samples = tone(24_000, tone_hz);
                        let at = 12_000 + 37 * phase;
                        let path = |t: f64| on_orbit(0.1 + turns_per_s * t);
                        let heads = [&head, &next];
                        let out = render_switched(heads, &media()[0], &samples, path, at);
                        let to = format!("{} of {} m", next.name(), next.shape().radius_m);
                        let what = format!("{name} to {to}, {tone_hz} Hz, {turns_per_s}");
                        // The tone begins at full level, which is a click of its own.
                        assert_no_click(&out[1000..], tone_hz, &what);
                    }
                }
            }
        }
    }
}

#[test]
fn after_the_fade_it_sounds_as_if_the_new_head_had_been_there_from_the_beginning() {
    for (name, head) in heads() {
        for next in others() {
            if Arc::ptr_eq(&head, &next) {
                continue;
            }
            // Standing, turning, and coming from far away through air in which sound takes its time.
            let [nothing, air] = media();
            let standing = |_: f64| on_orbit(0.1);
            let turning = |t: f64| on_orbit(0.1 + 0.5 * t);
            let coming = |t: f64| Position::new(30.0 - 25.0 * t, 4.0, 1.0);
            let paths: [(_, &dyn Fn(f64) -> Position); 3] =
                [(&nothing, &standing), (&nothing, &turning), (&air, &coming)];
            for (medium, path) in paths {
                let samples = super::measure::noise(24_000, 0.5, 6);
                let pairs = [[&head, &next], [&next, &next], [&head, &head]];
                let [switched, new, old] =
                    pairs.map(|heads| render_switched(heads, medium, &samples, path, 12_000));
                let differs = |a: &[StereoFrame], b: &[StereoFrame]| {
                    let far = |(a, b): (&StereoFrame, &StereoFrame)| {
                        (a.left - b.left).abs().max((a.right - b.right).abs())
                    };
                    a.iter().zip(b).map(far).fold(0.0, f32::max)
                };
                // Up to the switch the old head, bit for bit; 20 ms after it, and as long as a
                // filter remembers, the new one.
                assert!(switched[..12_000] == old[..12_000], "it began too early");
                let settled = 20 * QUANTUM;
                let tail = next.tail_frames() + medium.tail_frames();
                let after = 12_000 + 960 + 32 + settled.max(tail.min(4000));
                let error = differs(&switched[after..], &new[after..]);
                println!("{name} to {}: {error:e}", next.name());
                assert!(error < 1e-5, "{error}");
                assert!(differs(&switched[after..], &old[after..]) > 10.0 * error.max(1e-4));
            }
        }
    }
}

#[test]
fn an_old_head_comes_home_whole() {
    let (old, next) = (sphere(RATE), sphere_of(0.2));
    let (mut controller, mut endpoint) = bridged(engine(&old, 1));
    let source = voice(&old, tone(RATE as usize, 440.0), Position::FRONT);
    controller.add(0, source, 0).expect("room");
    let mut block = vec![StereoFrame::SILENCE; 480];
    endpoint.fill(&mut block);
    controller.switch_head(&next, 0).expect("it fits");
    assert!(Arc::strong_count(&old) > 1, "it is heard during the fade");
    for _ in 0..4 {
        endpoint.fill(&mut block);
        controller.free_retired();
    }
    assert_eq!(Arc::strong_count(&old), 1, "nobody else has it");
}

#[test]
fn a_source_that_was_made_for_the_old_head_is_refused_and_comes_back() {
    let (old, next) = (sphere(RATE), sphere_of(0.07));
    let (mut controller, mut endpoint) = bridged(engine(&old, 1));
    let late = voice(&old, tone(480, 440.0), Position::FRONT);
    controller.switch_head(&next, 0).expect("it fits");
    let Err(VoiceRefused::OtherHead(back)) = controller.add(0, late, 0) else {
        panic!("it was taken");
    };
    assert!(Arc::ptr_eq(back.head(), &old));
    let anew = voice(controller.head(), tone(480, 440.0), Position::FRONT);
    controller.add(0, anew, 0).expect("it fits");
    let mut block = vec![StereoFrame::SILENCE; 480];
    endpoint.fill(&mut block);
    assert!(block.iter().any(|frame| frame.left != 0.0), "it is heard");
}

#[test]
fn a_head_that_does_not_fit_is_refused_and_says_why() {
    let (mut controller, _endpoint) = bridged(engine(&sphere(RATE), 1));
    assert_eq!(
        controller.switch_head(&sphere(44_100), 0),
        Err(HeadRefused::Unfit(Unfit::SampleRate {
            head: 44_100,
            engine: RATE
        }))
    );
    let slow = HeadShape {
        radius_m: 0.2,
        speed_of_sound_m_s: 200.0,
    };
    let longest = Arc::new(Head::sphere(slow, RATE).expect("a possible head"));
    assert_eq!(
        controller.switch_head(&longest, 0),
        Ok(()),
        "as long as can be"
    );
    while controller.switch_head(&longest, 0).is_ok() {}
    assert_eq!(controller.switch_head(&longest, 0), Err(HeadRefused::Full));
}
