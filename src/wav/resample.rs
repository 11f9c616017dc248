//! Changing the sample rate of a clip.
//!
//! Method: band-limited interpolation with a windowed sinc (J. O. Smith, "Digital Audio Resampling
//! Home Page", 2002), by `rubato`'s asynchronous resampler, which takes any ratio. The clip is
//! treated as a circle: a loop is one, and a clip that is not becomes one by silence after it, long
//! enough that the filter never reaches round. On a circle there are no edges to treat, and the
//! filter's delay is a rotation that is taken out exactly.

use std::sync::Arc;

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{
    Async, FixedAsync, Resampler, SincInterpolationParameters, SincInterpolationType,
    WindowFunction,
};

use crate::audio::Clip;

/// Taps of the filter at the lower of the two rates: the passband (0.01 dB) reaches to 0.9 of its
/// half, and what lies beyond the half is down by 90 dB or more.
const FILTER_TAPS: f64 = 384.0;
/// Tabulated filter positions between two samples; between those it is interpolated cubically.
const OVERSAMPLING: f64 = 128.0;
/// Frames that are computed at once.
const CHUNK_FRAMES: usize = 1024;

/// The clip at another rate: level and alignment kept, silence before and after it.
///
/// The length is the clip's length times the ratio, rounded, and at least 1. At the same rate it is
/// the same clip, without a copy. The same clip and rate give the same samples.
///
/// # Panics
/// When `sample_rate` or the clip's own is 0.
pub fn resample(clip: &Clip, sample_rate: u32) -> Clip {
    convert(clip, sample_rate, |samples| {
        let step = u64::from(clip.sample_rate / gcd(clip.sample_rate, sample_rate)) as usize;
        let filter = filter_taps(f64::from(sample_rate) / f64::from(clip.sample_rate));
        let circle_in = (samples.len() + filter).next_multiple_of(step);
        let circle_out =
            (circle_in as u64 * u64::from(sample_rate) / u64::from(clip.sample_rate)) as usize;
        circular(samples, circle_in, circle_out)
    })
}

/// The clip at another rate, for playing it in a loop: its end runs into its beginning without a
/// step. Length and level are as with [`resample`]; so that a whole number of frames is one turn,
/// the pitch may be off by half a frame a turn.
///
/// # Panics
/// When `sample_rate` or the clip's own is 0.
pub fn resample_looped(clip: &Clip, sample_rate: u32) -> Clip {
    convert(clip, sample_rate, |samples| {
        let circle_out = length_at(samples.len(), clip.sample_rate, sample_rate);
        circular(samples, samples.len(), circle_out)
    })
}

fn convert(clip: &Clip, sample_rate: u32, compute: impl Fn(&[f32]) -> Vec<f32>) -> Clip {
    assert!(
        sample_rate > 0 && clip.sample_rate > 0,
        "a sample rate of 0"
    );
    if sample_rate == clip.sample_rate || clip.samples.is_empty() {
        return Clip {
            samples: Arc::clone(&clip.samples),
            sample_rate,
        };
    }
    let mut samples = compute(&clip.samples);
    samples.truncate(length_at(clip.samples.len(), clip.sample_rate, sample_rate));
    Clip {
        samples: samples.into(),
        sample_rate,
    }
}

/// Frames that `frames` at one rate are at another: rounded, at least 1.
///
/// # Panics
/// When `from` is 0.
pub fn length_at(frames: usize, from: u32, to: u32) -> usize {
    let scaled = frames as u128 * u128::from(to);
    let from = u128::from(from);
    (((scaled + from / 2) / from) as usize).max(1)
}

/// Taps of the filter at the input's rate.
fn filter_taps(ratio: f64) -> usize {
    ((FILTER_TAPS / ratio.min(1.0)).ceil() as usize).next_multiple_of(8)
}

/// The filter for a ratio of output to input.
pub(super) fn filter_parameters(ratio: f64) -> SincInterpolationParameters {
    let taps = filter_taps(ratio);
    SincInterpolationParameters {
        sinc_len: taps,
        f_cutoff: None,
        // A longer filter of a lower cutoff is smoother: the table keeps its size.
        oversampling_factor: (OVERSAMPLING * FILTER_TAPS / taps as f64).ceil().max(4.0) as usize,
        interpolation: SincInterpolationType::Cubic,
        window: WindowFunction::BlackmanHarris2,
    }
}

/// Resamples one turn of a circle of `circle_in` frames (silent beyond `samples`) to `circle_out`
/// frames.
fn circular(samples: &[f32], circle_in: usize, circle_out: usize) -> Vec<f32> {
    let ratio = circle_out as f64 / circle_in as f64;
    let parameters = filter_parameters(ratio);
    let taps = parameters.sinc_len;
    let mut resampler =
        Async::<f32>::new_sinc(ratio, 1.0, &parameters, CHUNK_FRAMES, 1, FixedAsync::Output)
            .expect("ratio, filter and chunk are positive");

    // Frame k of what comes out stands for the circle at `first + (k + 1) / ratio - delay`, of which
    // the delay is half the filter: so it begins that late, and frame 0 is the circle's frame 1. The
    // first frames saw no past yet and are left out; their place comes round again at the end.
    let mut read_at = (taps / 2) % circle_in;
    let warm_up = (taps as f64 * ratio).ceil() as usize + 1;
    let mut turn = vec![0.0; circle_out];
    let mut input = vec![0.0; resampler.input_frames_max()];
    let mut output = vec![0.0; CHUNK_FRAMES];
    let mut frame = 0;
    while frame < warm_up + circle_out {
        let needed = resampler.input_frames_next();
        for slot in &mut input[..needed] {
            *slot = samples.get(read_at).copied().unwrap_or(0.0);
            read_at = (read_at + 1) % circle_in;
        }
        let from =
            SequentialSlice::new(&input[..], 1, needed).expect("the input holds what is needed");
        let mut into = SequentialSlice::new_mut(&mut output[..], 1, CHUNK_FRAMES)
            .expect("one chunk of output");
        resampler
            .process_into_buffer(&from, &mut into, None)
            .expect("the buffers have the sizes that were asked for");
        for &sample in &output {
            if (warm_up..warm_up + circle_out).contains(&frame) {
                turn[(frame + 1) % circle_out] = sample;
            }
            frame += 1;
        }
    }
    turn
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    const RATES: [(u32, u32); 7] = [
        (44_100, 48_000),
        (48_000, 44_100),
        (48_000, 96_000),
        (8_000, 48_000),
        (192_000, 44_100),
        (44_100, 47_999),
        (768_000, 8_000),
    ];

    fn sine(hz: f64, frames: usize, sample_rate: u32) -> Clip {
        let step = TAU * hz / f64::from(sample_rate);
        Clip {
            samples: (0..frames)
                .map(|n| (step * n as f64).sin() as f32)
                .collect(),
            sample_rate,
        }
    }

    /// Amplitude, and lead in frames, of a sine in the middle half of a clip.
    fn measure(clip: &Clip, hz: f64) -> (f64, f64) {
        let step = TAU * hz / f64::from(clip.sample_rate);
        let middle = clip.samples.len() / 4..clip.samples.len() * 3 / 4;
        let (mut sin, mut cos, mut window_sum) = (0.0, 0.0, 0.0);
        for n in middle.clone() {
            let at = (n - middle.start) as f64 / middle.len() as f64;
            let window = 0.5 - 0.5 * (TAU * at).cos();
            let sample = window * f64::from(clip.samples[n]);
            sin += sample * (step * n as f64).sin();
            cos += sample * (step * n as f64).cos();
            window_sum += window;
        }
        (2.0 * sin.hypot(cos) / window_sum, cos.atan2(sin) / step)
    }

    #[test]
    fn level_and_alignment_are_kept_at_every_rate() {
        for (from, to) in RATES {
            for share in [0.02, 0.3, 0.9] {
                let hz = f64::from(from.min(to)) / 2.0 * share;
                let out = resample(&sine(hz, from as usize, from), to);
                let (amplitude, lead) = measure(&out, hz);
                let db = 20.0 * amplitude.log10();
                assert!(db.abs() < 0.01, "{from} -> {to}, {hz} Hz: {db} dB");
                assert!(
                    lead.abs() < 0.06,
                    "{from} -> {to}, {hz} Hz: {lead} frames early"
                );
            }
        }
    }

    #[test]
    fn what_the_new_rate_cannot_hold_is_removed() {
        for (from, to, hz) in [(48_000, 44_100, 22_700.0), (96_000, 48_000, 30_000.0)] {
            let out = resample(&sine(hz, from as usize, from), to);
            let middle = &out.samples[1_000..out.samples.len() - 1_000];
            let peak = middle.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
            assert!(peak < 3e-5, "{from} -> {to}, {hz} Hz: peak {peak}");
        }
    }

    #[test]
    fn images_of_the_old_rate_are_not_heard() {
        let out = resample(&sine(3_000.0, 8_000, 8_000), 48_000);
        let (image, _) = measure(&out, 5_000.0);
        assert!(image < 1e-5, "the image at 5 kHz has amplitude {image}");
    }

    #[test]
    fn an_impulse_stays_where_it_was() {
        let mut samples = vec![0.0; 4_410];
        samples[1_470] = 1.0;
        let clip = Clip {
            samples: samples.into(),
            sample_rate: 44_100,
        };
        let out = resample(&clip, 48_000);
        let loudest = (0..out.samples.len())
            .max_by(|&a, &b| out.samples[a].total_cmp(&out.samples[b]))
            .expect("there are samples");
        assert_eq!(loudest, 1_600);
        let sum: f64 = out.samples.iter().map(|&s| f64::from(s)).sum();
        assert!((sum - 48_000.0 / 44_100.0).abs() < 1e-4, "sum {sum}");
    }

    #[test]
    fn the_length_is_the_ratio_rounded_and_at_least_one_frame() {
        for (frames, from, to, expected) in [
            (1, 48_000, 44_100, 1),
            (1, 192_000, 8_000, 1),
            (1, 8_000, 48_000, 6),
            (147, 44_100, 48_000, 160),
            (1_000, 44_100, 48_000, 1_088),
            (999, 48_000, 44_100, 918),
        ] {
            let clip = sine(1_000.0, frames, from);
            assert_eq!(resample(&clip, to).samples.len(), expected);
            assert_eq!(resample_looped(&clip, to).samples.len(), expected);
        }
    }

    #[test]
    fn a_single_frame_becomes_one_pulse() {
        let clip = Clip {
            samples: vec![0.5].into(),
            sample_rate: 24_000,
        };
        let out = resample(&clip, 48_000);
        assert!((out.samples[0] - 0.5).abs() < 0.03, "{:?}", out.samples);
    }

    #[test]
    fn a_constant_loop_of_a_single_frame_stays_constant() {
        let clip = Clip {
            samples: vec![0.25].into(),
            sample_rate: 44_100,
        };
        for sample in resample_looped(&clip, 96_000).samples.iter() {
            assert!((sample - 0.25).abs() < 1e-5, "{sample}");
        }
    }

    #[test]
    fn a_loop_goes_on_over_its_seam() {
        // 37 turns in a number of frames that no common rate divides: the seam falls within a frame.
        let frames = 10_007;
        let cycles = 370.0;
        let clip = sine(cycles * 44_100.0 / frames as f64, frames, 44_100);
        let out = resample_looped(&clip, 48_000);
        let step = TAU * cycles / out.samples.len() as f64;
        for (n, &sample) in out.samples.iter().enumerate() {
            // 1/128 of an input frame is the resampler's own shift: 0.002 of this sine.
            let expected = (step * n as f64).sin();
            let error = (f64::from(sample) - expected).abs();
            assert!(error < 3e-3, "frame {n}: {sample}, expected {expected}");
        }
        let plain = resample(&clip, 48_000);
        let edge = f64::from(plain.samples[plain.samples.len() - 1]);
        let expected = -step.sin();
        assert!(
            (edge - expected).abs() > 0.01,
            "the plain conversion would have done: {edge}, expected {expected}"
        );
    }

    #[test]
    fn the_same_rate_is_the_same_clip_and_every_run_is_the_same() {
        let clip = sine(440.0, 2_000, 44_100);
        assert!(Arc::ptr_eq(&resample(&clip, 44_100).samples, &clip.samples));
        assert!(Arc::ptr_eq(
            &resample_looped(&clip, 44_100).samples,
            &clip.samples
        ));
        assert_eq!(
            resample(&clip, 48_000).samples,
            resample(&clip, 48_000).samples
        );
    }

    #[test]
    fn silence_stays_silence() {
        let clip = Clip {
            samples: vec![0.0; 500].into(),
            sample_rate: 22_050,
        };
        assert!(resample(&clip, 48_000).samples.iter().all(|&s| s == 0.0));
    }
}
