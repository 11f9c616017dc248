//! `binaurald render`: a source and its trajectory into a file.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use crate::audio::{Clip, StereoFrame};
use crate::cli::RenderArgs;
use crate::config::{RenderConfig, sample_rate};
use crate::dsp::QUANTUM;
use crate::render::{Edges, Engine, EngineConfig, Voice, VoiceOptions};
use crate::wav::{self, WavWriter};

use super::flight::Flight;
use super::{Failure, scene, shutdown};

/// Renders; a signal ends it without a file.
///
/// # Errors
/// When an option or the source cannot be used, or the file cannot be written.
pub async fn render(args: &RenderArgs) -> Result<(), Failure> {
    let config = RenderConfig::new(args).map_err(Failure::usage)?;
    let source = scene::load_source(&config.scene)?;
    wav::check_target(&config.output)
        .map_err(|error| Failure::usage(format!("--output {error}")))?;
    let cancel = shutdown::on_signals()?;
    let worker = tokio::task::spawn_blocking(move || render_file(&config, &source, &cancel));
    worker
        .await
        .map_err(|_| Failure::runtime("the renderer failed; please report this"))?
}

fn render_file(
    config: &RenderConfig,
    source: &Clip,
    cancel: &CancellationToken,
) -> Result<(), Failure> {
    let rate = sample_rate(config.sample_rate.unwrap_or(source.sample_rate)).map_err(|error| {
        Failure::usage(format!(
            "{error} (without --sample-rate it is the source's)"
        ))
    })?;
    let clip = scene::at_rate(source, rate, config.looped);
    let frames = match config.duration_s {
        Some(seconds) => (seconds * f64::from(rate)).round() as u64,
        None => clip.samples.len() as u64,
    };
    if frames > config.kind.max_frames() {
        let longest = config.kind.max_frames() as f64 / f64::from(rate);
        return Err(Failure::usage(format!(
            "--duration: a WAV file of this format and rate holds at most {longest:.0} seconds"
        )));
    }

    let head = Arc::new(scene::prepare_head(&config.scene, rate)?);
    let latency_ms = scene::milliseconds(head.latency_frames() as f64, rate);
    let flight = Flight::new(
        &config.trajectory,
        config.scene.view,
        config.scene.max_speed_m_s,
        rate,
    );
    let options = VoiceOptions {
        looped: config.looped,
        ..VoiceOptions::default()
    };
    let voice = Voice::new(&head, clip, flight.position_at(0.0), options);
    let mut engine = Engine::new(EngineConfig {
        head,
        distance: config.scene.distance,
        gain: config.scene.gain,
        limiter: config.limiter,
        // The flight tells the jumps itself.
        max_speed_m_s: f64::INFINITY,
        sources: 1,
        edges: Edges::default(),
    });
    engine
        .add(0, Box::new(voice))
        .map_err(|_| Failure::runtime("the engine has no place"))?;

    let output = |error| Failure::runtime(format!("--output {error}"));
    let mut writer = WavWriter::create(&config.output, rate, config.kind).map_err(output)?;
    let bar = progress_bar(frames);
    let mut block = vec![StereoFrame::SILENCE; config.buffer_frames];
    let mut left = frames;
    while left > 0 {
        if cancel.is_cancelled() {
            return Err(Failure::runtime(format!(
                "interrupted: {} was not written",
                config.output.display()
            )));
        }
        block.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        fill(&mut engine, &flight, &mut block);
        writer.write(&block).map_err(output)?;
        left -= block.len() as u64;
        bar.inc(block.len() as u64);
    }
    bar.finish_and_clear();
    let clipped = writer.clipped();
    writer.finish().map_err(output)?;

    tracing::info!(
        "wrote {}: {:.3} s, {rate} Hz, {} bit; the sound is {latency_ms:.3} ms late in all \
         directions",
        config.output.display(),
        frames as f64 / f64::from(rate),
        config.kind.bits(),
    );
    if engine.limited_frames() > 0 {
        tracing::warn!(
            "the limiter held {} of {frames} frames below -1 dBFS: a lower --gain avoids it",
            engine.limited_frames()
        );
    }
    if clipped > 0 {
        tracing::warn!("{clipped} samples were clipped: a lower --gain avoids it");
    }
    Ok(())
}

/// Renders one block, telling the engine the path before each of its quanta.
fn fill(engine: &mut Engine, flight: &Flight, block: &mut [StereoFrame]) {
    let mut rest = block;
    while !rest.is_empty() {
        if engine.frames_left() == 0 {
            flight.steer(engine, 0);
        }
        let ready = if engine.frames_left() == 0 {
            QUANTUM
        } else {
            engine.frames_left()
        };
        let (now, later) = rest.split_at_mut(ready.min(rest.len()));
        engine.render(now);
        rest = later;
    }
}

/// On a terminal; elsewhere it draws nothing.
fn progress_bar(frames: u64) -> ProgressBar {
    let bar = ProgressBar::new(frames);
    if let Ok(style) = ProgressStyle::with_template("rendering {wide_bar} {percent:>3} % {eta}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
