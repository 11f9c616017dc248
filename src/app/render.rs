//! `binaurald render`: a source and its trajectory into a file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use crate::audio::{Clip, StereoFrame};
use crate::bridge::without_denormals;
use crate::cli::RenderArgs;
use crate::config::{RenderConfig, SAMPLE_RATES};
use crate::files::WavWriter;
use crate::render::{Edges, Engine, EngineConfig, Voice, VoiceOptions};

use super::flight::Flight;
use super::heads::LoadedHead;
use super::{Failure, off_runtime, scene, shutdown};

/// Renders; a signal ends it without a file.
///
/// # Errors
/// When an option or the source cannot be used, or the file cannot be written.
pub async fn render(args: &RenderArgs) -> Result<(), Failure> {
    let config = RenderConfig::new(args).map_err(Failure::usage)?;
    let cancel = shutdown::on_signals()?;
    let trajectory = Path::new(&args.trajectory);
    to_file(config, "--output", &[trajectory], &cancel).await
}

/// Renders to the file of `config`, which messages call `named`; `read` is what was read beside the
/// source, which is not to be written over.
///
/// # Errors
/// When the source cannot be used, or the file cannot be written.
pub(super) async fn to_file(
    config: RenderConfig,
    named: &'static str,
    read: &[&Path],
    cancel: &CancellationToken,
) -> Result<(), Failure> {
    let scene = config.scene.clone();
    let loading = off_runtime(move || {
        let source = scene::load_source(&scene)?;
        LoadedHead::load(&scene.head).map(|head| (source, head))
    });
    let (source, head) = tokio::select! {
        loaded = loading => loaded??,
        () = cancel.cancelled() => return Err(interrupted(&config)),
    };
    let source_file = config.scene.source.as_deref();
    let read: Vec<&Path> = source_file
        .into_iter()
        .chain(read.iter().copied())
        .collect();
    scene::check_output(named, &config.output, &read)?;
    let cancel = cancel.clone();
    off_runtime(move || render_file(&config, named, source, &head, &cancel)).await?
}

fn interrupted(config: &RenderConfig) -> Failure {
    let file = config.output.display();
    Failure::runtime(format!("interrupted: {file} was not written"))
}

fn render_file(
    config: &RenderConfig,
    named: &str,
    source: Clip,
    head: &LoadedHead,
    cancel: &CancellationToken,
) -> Result<(), Failure> {
    let rate = rate(config, &source)?;
    let frames = length(config, scene::frames_at(&source, rate), rate)?;
    let source = scene::heard_of(source, config.duration_s, config.looped);
    let clip = scene::at_rate(&source, rate, config.looped)?;
    let head = Arc::new(head.prepare(rate)?);
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
    let medium = scene::prepare_medium(&config.scene.medium, rate);
    let voice = Voice::in_medium(&head, &medium, clip, flight.position_at(0.0), options);
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

    let target = Target {
        config,
        named,
        rate,
        frames,
    };
    let written = target.write(&mut engine, &flight, cancel)?;
    target.tell(latency_ms, engine.limited_frames(), &written);
    Ok(())
}

/// The file that is written.
struct Target<'a> {
    config: &'a RenderConfig,
    /// What messages call it.
    named: &'a str,
    /// Hertz.
    rate: u32,
    frames: u64,
}

/// What is in the file.
struct Written {
    /// The greatest sample: 1 is full scale.
    peak: f32,
    /// Samples that were cut to full scale.
    clipped: u64,
}

impl Target<'_> {
    /// Renders all frames into the file.
    fn write(
        &self,
        engine: &mut Engine,
        flight: &Flight,
        cancel: &CancellationToken,
    ) -> Result<Written, Failure> {
        let config = self.config;
        let failed = |error| Failure::runtime(format!("{} {error}", self.named));
        let mut writer =
            WavWriter::create(&config.output, self.rate, config.kind).map_err(failed)?;
        let bar = progress_bar(self.frames);
        let mut block = vec![StereoFrame::SILENCE; config.buffer_frames];
        let mut left = self.frames;
        let mut peak = 0.0_f32;
        while left > 0 {
            if cancel.is_cancelled() {
                return Err(interrupted(config));
            }
            block.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            // As the audio callback does, to the bit.
            without_denormals(|| {
                engine.render_with(&mut block, |engine| flight.steer(engine, 0));
            });
            writer.write(&block).map_err(failed)?;
            peak = block.iter().fold(peak, |peak, frame| {
                peak.max(frame.left.abs()).max(frame.right.abs())
            });
            left -= block.len() as u64;
            bar.inc(block.len() as u64);
        }
        bar.finish_and_clear();
        let clipped = writer.clipped();
        writer.finish().map_err(failed)?;
        Ok(Written { peak, clipped })
    }

    /// Says what was written.
    fn tell(&self, latency_ms: f64, limited: u64, written: &Written) {
        let Self { rate, frames, .. } = *self;
        let peak_dbfs = 20.0 * written.peak.max(1e-10).log10();
        tracing::info!(
            "wrote {}: {:.3} s, {rate} Hz, {} bit, peak {peak_dbfs:.1} dBFS; the sound is \
             {latency_ms:.3} ms late in all directions{}",
            self.config.output.display(),
            frames as f64 / f64::from(rate),
            self.config.kind.bits(),
            scene::travel_note(&self.config.scene.medium),
        );
        if limited > 0 {
            tracing::warn!(
                "the limiter held {limited} of {frames} frames below -1 dBFS: a lower --gain \
                 avoids it"
            );
        }
        if written.clipped > 0 {
            let clipped = written.clipped;
            tracing::warn!("{clipped} samples were clipped: a lower --gain avoids it");
        } else if written.peak > 1.0 {
            tracing::warn!(
                "the file is whole, but players clip what is above 0 dBFS: a lower --gain or \
                 --limiter on avoids it"
            );
        }
    }
}

/// The rate of the file, in hertz.
fn rate(config: &RenderConfig, source: &Clip) -> Result<u32, Failure> {
    let of_source = source.sample_rate;
    match config.sample_rate {
        Some(rate) => Ok(rate),
        None if SAMPLE_RATES.contains(&of_source) => Ok(of_source),
        None => Err(Failure::usage(format!(
            "--source: its sample rate is {of_source} Hz, and files of {} to {} Hz are rendered; \
             --sample-rate HZ makes it one of them",
            SAMPLE_RATES.start(),
            SAMPLE_RATES.end(),
        ))),
    }
}

/// The length of the file, in frames, for a source of `source_frames` at its rate.
fn length(config: &RenderConfig, source_frames: u64, rate: u32) -> Result<u64, Failure> {
    let rate = f64::from(rate);
    let longest = config.kind.max_frames();
    let frames = match config.duration_s {
        Some(seconds) => (seconds * rate).round() as u64,
        None => source_frames,
    };
    let asked = match config.duration_s {
        Some(seconds) => format!("--duration {seconds}"),
        None => format!("--source: {:.0} seconds", frames as f64 / rate),
    };
    if frames == 0 {
        return Err(Failure::usage(format!(
            "{asked}: is less than a frame at {rate} Hz"
        )));
    }
    if frames > longest {
        return Err(Failure::usage(format!(
            "{asked}: a WAV file of {} bit at {rate} Hz holds at most {:.0} seconds; a shorter \
             --duration fits",
            config.kind.bits(),
            longest as f64 / rate,
        )));
    }
    Ok(frames)
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
