//! What `run` and `render` prepare alike: the sound and the head.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use crate::audio::Clip;
use crate::config::SceneConfig;
use crate::files;
use crate::render::{Medium, MediumConfig};
use crate::wav;

use super::Failure;

/// The built-in sample.
const SAMPLE: &[u8] = include_bytes!("../../samples/steps.wav");

/// How much of the source beyond the end of the sound is prepared, in seconds: more than a filter of
/// the resampler reaches.
const MARGIN_S: f64 = 1.0;

/// Loads the source, at its own rate.
///
/// # Errors
/// When the file cannot be played.
pub(super) fn load_source(scene: &SceneConfig) -> Result<Clip, Failure> {
    let Some(path) = &scene.source else {
        let built_in = wav::read_clip(Cursor::new(SAMPLE)).map_err(Failure::runtime)?;
        return Ok(built_in.clip);
    };
    let loaded =
        files::load_clip(path).map_err(|error| Failure::usage(format!("--source {error}")))?;
    if let Some(cut) = loaded.cut_short {
        tracing::warn!("--source {}: {cut}", path.display());
    }
    Ok(loaded.clip)
}

/// Checks a file that is to be written: that it can be, and that it is none of those to be read.
///
/// # Errors
/// With the option that names the file.
pub(super) fn check_output(option: &str, path: &Path, read: &[&Path]) -> Result<(), Failure> {
    if let Some(input) = read.iter().find(|input| files::is_same_file(path, input)) {
        return Err(Failure::usage(format!(
            "{option} {}: is {}, which is read; name another file",
            path.display(),
            input.display()
        )));
    }
    files::check_target(path).map_err(|error| Failure::usage(format!("{option} {error}")))?;
    if !path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("wav"))
    {
        tracing::warn!(
            "{option} {}: it will be a WAV file all the same",
            path.display()
        );
    }
    Ok(())
}

/// The source at the engine's rate; `looped`: such that its end goes over into its beginning.
///
/// # Errors
/// When it would be too long there.
pub(super) fn at_rate(source: &Clip, sample_rate: u32, looped: bool) -> Result<Clip, Failure> {
    let frames = frames_at(source, sample_rate);
    if frames > wav::MAX_FRAMES {
        return Err(Failure::usage(format!(
            "--source: at {sample_rate} Hz it is {frames} frames, and at most {} are held; a lower \
             --sample-rate or a shorter source fits",
            wav::MAX_FRAMES
        )));
    }
    Ok(if looped {
        wav::resample_looped(source, sample_rate)
    } else {
        wav::resample(source, sample_rate)
    })
}

/// The frames that the source has at another rate.
pub(super) fn frames_at(source: &Clip, sample_rate: u32) -> u64 {
    wav::length_at(source.samples.len(), source.sample_rate, sample_rate) as u64
}

/// What is heard of `source` when the sound lasts `duration_s` seconds, or for ever: what never is
/// need not be computed.
pub(super) fn heard_of(source: Clip, duration_s: Option<f64>, looped: bool) -> Clip {
    let Some(seconds) = duration_s.filter(|_| !looped) else {
        return source;
    };
    let frames = ((seconds + MARGIN_S) * f64::from(source.sample_rate)).ceil() as usize;
    match source.samples.get(..frames) {
        Some(beginning) => Clip {
            samples: beginning.into(),
            ..source
        },
        None => source,
    }
}

/// Prepares what lies between the source and the head for a rate that was checked.
pub(super) fn prepare_medium(config: &MediumConfig, sample_rate: u32) -> Arc<Medium> {
    Arc::new(Medium::new(config, sample_rate))
}

/// What is said behind the latency, which is the same for all directions and distances.
pub(super) fn travel_note(config: &MediumConfig) -> &'static str {
    if config.doppler {
        ", and travel time comes on top (--doppler)"
    } else {
        ""
    }
}

/// `frames` as milliseconds at `sample_rate`.
pub(super) fn milliseconds(frames: f64, sample_rate: u32) -> f64 {
    frames * 1000.0 / f64::from(sample_rate)
}
