//! A source that fades out and in while it plays: no step larger than such a fade makes, wherever it
//! is then, and nothing of it while it is gone.

use std::sync::Arc;

use binaurald::audio::StereoFrame;
use binaurald::geometry::Position;
use binaurald::head::Head;
use binaurald::render::{Voice, VoiceOptions};

use super::heads::media;
use super::measure::noise;
use super::rig::{RATE, TONES_HZ, assert_no_click, heads, on_orbit, tone};
use super::stage::{bridged, clip, engine, render_still, voice};

const SILENT: fn(&StereoFrame) -> bool = |frame| *frame == StereoFrame::SILENCE;

#[test]
fn a_fade_at_any_phase_and_one_that_turns_back_do_not_click() {
    // Of 5 ms, and of 50 ms that others come into.
    for (name, head) in heads() {
        for tone_hz in TONES_HZ {
            for phase in 0..12 {
                for (length, next) in [(480, 4800), (2400, 1000)] {
                    let (mut controller, mut endpoint) = bridged(engine(&head, 1));
                    let options = VoiceOptions {
                        playhead: 13 * phase,
                        fade_in: true,
                        ..VoiceOptions::default()
                    };
                    let sound = clip(&head, tone(RATE as usize, tone_hz));
                    let voice = Voice::new(&head, sound, on_orbit(0.0), options);
                    controller.add(0, Box::new(voice), 0).expect("room");
                    let mut out = vec![StereoFrame::SILENCE; 24_000];
                    for (n, block) in out.chunks_mut(40).enumerate() {
                        let now = n * 40;
                        controller.place(0, on_orbit(now as f64 * 2e-5), now as f64);
                        if now >= 4800 && now % next == 0 {
                            let gain = if now / next % 2 == 1 { 0.0 } else { 1.0 };
                            controller.fade(0, gain, length);
                        }
                        endpoint.fill(block);
                    }
                    let what = format!("{name}, {tone_hz} Hz, {length} frames, {phase}");
                    assert_no_click(&out, tone_hz, &what);
                }
            }
        }
    }
}

/// Noise from `from`, gone from frame 24,000 to 48,000 but for its fades; it jumps to `to` meanwhile.
fn gone_for_a_while(
    head: &Arc<Head>,
    medium: usize,
    (from, to): (Position, Position),
    block_frames: usize,
) -> Vec<StereoFrame> {
    let (mut controller, mut endpoint) = bridged(engine(head, 1));
    let sound = clip(head, noise(2 * RATE as usize, 0.3, 11));
    let options = VoiceOptions::default();
    let voice = Voice::in_medium(head, &media()[medium], sound, from, options);
    controller.add(0, Box::new(voice), 0).expect("room");
    let mut out = vec![StereoFrame::SILENCE; 72_000];
    for (n, part) in out.chunks_mut(12_000).enumerate() {
        match n {
            2 => controller.fade(0, 0.0, 9600),
            3 => {
                controller.interrupt(0);
                controller.place(0, to, 36_000.0);
            }
            4 => controller.fade(0, 1.0, 9600),
            _ => {}
        }
        for block in part.chunks_mut(block_frames) {
            endpoint.fill(block);
        }
    }
    out
}

#[test]
fn what_has_faded_out_is_silent_and_is_heard_where_it_jumped_to_when_it_comes_in() {
    let places = (Position::new(0.3, 1.0, 0.0), Position::new(0.5, -1.0, 0.2));
    for (name, head) in heads() {
        for medium in 0..media().len() {
            let out = gone_for_a_while(&head, medium, places, 480);
            let there = gone_for_a_while(&head, medium, (places.1, places.1), 480);
            assert!(out[12_000..33_000].iter().any(|frame| !SILENT(frame)));
            assert!(out[34_000..48_000].iter().all(SILENT), "{name}");
            assert!(!out[60_000..].iter().all(SILENT));
            assert!(out[20_000..24_000] != there[20_000..24_000]);
            assert_eq!(out[48_000..], there[48_000..], "{name}, medium {medium}");
        }
    }
}

#[test]
fn the_blocks_of_the_device_do_not_change_a_bit_of_a_fade() {
    let places = (Position::new(0.3, 1.0, 0.0), Position::new(0.5, -1.0, 0.2));
    let (_, head) = heads().remove(0);
    let expected = gone_for_a_while(&head, 0, places, 12_000);
    for block_frames in [1, 7, 64, 480, 5000] {
        let out = gone_for_a_while(&head, 0, places, block_frames);
        assert!(out == expected, "blocks of {block_frames} sound different");
    }
}

#[test]
fn a_source_at_its_full_level_again_sounds_as_if_it_had_never_faded() {
    for (name, head) in heads() {
        let samples = noise(RATE as usize, 0.3, 12);
        let at = Position::new(0.5, -1.0, 0.2);
        let (mut controller, mut endpoint) = bridged(engine(&head, 1));
        controller
            .add(0, voice(&head, samples.clone(), at), 0)
            .expect("room");
        let mut out = vec![StereoFrame::SILENCE; samples.len()];
        let (before, after) = out.split_at_mut(12_800);
        endpoint.fill(before);
        controller.fade(0, 0.25, 1280);
        let (during, after) = after.split_at_mut(12_800);
        endpoint.fill(during);
        controller.fade(0, 1.0, 1280);
        endpoint.fill(after);
        let whole = render_still(&head, samples, at, out.len());
        let off = |frames: std::ops::Range<usize>, gain: f32| {
            let pairs = out[frames.clone()].iter().zip(&whole[frames]);
            let off = pairs.map(|(a, b)| (a.left - gain * b.left).abs());
            off.fold(0.0, f32::max)
        };
        assert_eq!(out[..12_800], whole[..12_800], "{name}");
        assert!(off(14_080..25_600, 0.25) < 1e-6, "{name}");
        assert!(off(26_880..out.len(), 1.0) < 1e-6, "{name}");
        assert!(off(12_800..14_080, 1.0) > 0.01, "{name}: it does not fade");
    }
}
