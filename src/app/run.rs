//! `binaurald run`: the daemon. Positions come from the client, cross the bridge, and are heard.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::audio::{Clip, StereoFrame};
use crate::bridge::{BridgeConfig, Controller, Endpoint, RecordTap, bridge};
use crate::cli::RunArgs;
use crate::config::RunConfig;
use crate::geometry::Position;
use crate::head::Head;
use crate::output::{self, OpenOutput, OutputError, Recorder, RunningOutput, StreamInfo};
use crate::position::{self, Event};
use crate::render::{Edges, Engine, EngineConfig, SourceId, Voice, VoiceOptions};

use super::frame_clock::FrameClock;
use super::recording::{self, TapSource};
use super::watch::{Watch, at_least_blocks};
use super::{Failure, scene, shutdown};

/// The one source.
const SOURCE: SourceId = 0;

/// Fades at the beginning and the end, in seconds.
const EDGE_S: f64 = 0.01;

/// How often the daemon looks after what nobody tells it: unsent positions, the device, the end.
const TICK: Duration = Duration::from_millis(10);

/// How much sound may wait to be recorded, in seconds: a disk that stalls this long loses nothing.
const RECORD_BUFFER_S: f64 = 5.0;

/// How long the fade at the end may take before the device is taken for dead.
const END_LIMIT: Duration = Duration::from_secs(1);

/// Runs until the sound is over or a signal ends it.
///
/// # Errors
/// When an option, the source or the device cannot be used, or the device is lost.
pub async fn run(args: &RunArgs) -> Result<(), Failure> {
    let config = RunConfig::new(args).map_err(Failure::usage)?;
    output::check(&config.output).map_err(explain)?;
    let shutdown = shutdown::on_signals()?;
    if let Some(path) = &config.record {
        let read: Vec<&Path> = config.scene.source.as_deref().into_iter().collect();
        scene::check_output("--record", path, &read)?;
    }
    let preparing = config.clone();
    let prepared = off_runtime(move || {
        let source = scene::load_source(&preparing.scene)?;
        let output = output::open(&preparing.output).map_err(explain)?;
        let stage = Stage::build(&preparing, source, output.info())?;
        Ok((stage, output))
    });
    let (stage, output) = tokio::select! {
        prepared = prepared => prepared??,
        // What is being prepared is silent, and has left nothing anywhere.
        () = shutdown.cancelled() => return Ok(()),
    };
    Daemon::start(&config, stage, output)
        .await?
        .play(&config, &shutdown)
        .await
}

/// All that is built for a device's rate before anything sounds.
struct Stage {
    controller: Controller,
    endpoint: Endpoint,
    record: Option<RecordTap>,
    latency_ms: f64,
}

impl Stage {
    fn build(config: &RunConfig, source: Clip, info: &StreamInfo) -> Result<Self, Failure> {
        let rate = info.sample_rate;
        let head = Arc::new(scene::prepare_head(&config.scene, rate)?);
        let latency_ms = scene::milliseconds(head.latency_frames() as f64, rate);
        let source = match config.duration_s {
            // What is heard is the same; what never is need not be computed.
            Some(seconds) if config.once => scene::cut(source, seconds + 1.0),
            _ => source,
        };
        let clip = scene::at_rate(&source, rate, !config.once)?;
        let engine = Engine::new(EngineConfig {
            head: Arc::clone(&head),
            distance: config.scene.distance,
            gain: config.scene.gain,
            limiter: config.limiter,
            max_speed_m_s: config.scene.max_speed_m_s,
            sources: 1,
            edges: edges(config, &clip, &head),
        });
        let bridge_config = BridgeConfig {
            sources: 1,
            motion_delay: config.motion_delay,
            record_frames: config.record.as_ref().map(|_| record_frames(info)),
        };
        let (mut controller, endpoint, record) = bridge(engine, bridge_config);
        let options = VoiceOptions {
            looped: !config.once,
            ..VoiceOptions::default()
        };
        let voice = Box::new(Voice::new(&head, clip, Position::FRONT, options));
        controller
            .add(SOURCE, voice, 0)
            .map_err(|full| Failure::runtime(full.to_string()))?;
        Ok(Self {
            controller,
            endpoint,
            record,
            latency_ms,
        })
    }
}

/// How many frames may wait to be recorded: those of some seconds, or of a few blocks.
fn record_frames(info: &StreamInfo) -> usize {
    let seconds = (RECORD_BUFFER_S * f64::from(info.sample_rate)) as usize;
    seconds.max(3 * info.buffer_frames as usize)
}

/// Where the sound begins and ends, as far as it is known beforehand.
fn edges(config: &RunConfig, clip: &Clip, head: &Head) -> Edges {
    let rate = f64::from(clip.sample_rate);
    let by_duration = config.duration_s.map(|s| (s * rate).round() as u64);
    let fade = (EDGE_S * rate) as u32;
    // The fade comes after the last of the source, and takes nothing of it.
    let tail = (head.max_delay_frames() + head.taps()) as u64 + u64::from(fade);
    let by_source = config.once.then_some(clip.samples.len() as u64 + tail);
    let end = by_duration
        .into_iter()
        .chain(by_source)
        .min()
        .unwrap_or(u64::MAX);
    Edges {
        begin: 0,
        end,
        fade,
    }
}

/// The daemon while it plays.
struct Daemon {
    controller: Controller,
    output: RunningOutput,
    recorder: Option<Recorder>,
    clock: FrameClock,
    watch: Watch,
}

impl Daemon {
    async fn start(config: &RunConfig, stage: Stage, output: OpenOutput) -> Result<Self, Failure> {
        let Stage {
            controller,
            mut endpoint,
            record,
            latency_ms,
        } = stage;
        let rate = output.info().sample_rate;
        let fill = move |block: &mut [StereoFrame]| endpoint.fill(block);
        let output = off_runtime(move || output.start(fill))
            .await?
            .map_err(explain)?;
        // Now that it plays: what waited until here is in the tap. Begun before, a file of nothing
        // would be left behind by a device that refuses.
        let recorder = match (&config.record, record) {
            (Some(path), Some(tap)) => {
                let source = TapSource::new(tap, Arc::clone(controller.counters()));
                let recorder = Recorder::start(path, rate, Box::new(source));
                Some(recorder.map_err(|error| Failure::runtime(format!("--record {error}")))?)
            }
            _ => None,
        };
        tracing::info!(
            "binaurald {}: playing to {}; adds {latency_ms:.3} ms to the device's latency; \
             server {}; head sphere, radius {} m",
            env!("CARGO_PKG_VERSION"),
            output.info(),
            config.client.server,
            config.scene.shape.radius_m,
        );
        if let Some(warning) = output.info().warning() {
            tracing::warn!("{warning}");
        }
        tracing::info!("until the first position comes, the sound is 1 m in front");
        let watch = Watch::new(rate);
        let clock = FrameClock::new(rate, output.info().buffer_frames);
        Ok(Self {
            controller,
            output,
            recorder,
            clock,
            watch,
        })
    }

    /// Follows the server until the sound is over, the signal comes or the device is lost.
    async fn play(
        mut self,
        config: &RunConfig,
        shutdown: &CancellationToken,
    ) -> Result<(), Failure> {
        let (sender, mut events) = mpsc::channel(64);
        let counters = Arc::new(position::Counters::default());
        let client = tokio::spawn(position::follow(
            config.client.clone(),
            Arc::clone(&counters),
            sender,
            shutdown.clone(),
        ));
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let lost = loop {
            tokio::select! {
                Some(event) = events.recv() => self.follow(config, &event),
                _ = ticks.tick() => {
                    self.controller.flush();
                    self.controller.free_retired();
                    let playing = self.watch.look(&self.controller, &self.output, self.recorder.as_ref());
                    if let Err(lost) = playing {
                        break Some(lost);
                    }
                }
                () = shutdown.cancelled() => break None,
            }
            if self.controller.counters().is_over() {
                break None;
            }
        };
        client.abort();
        self.watch
            .summary(&self.controller, &self.output, &counters);
        let finished = self.finish(config, lost.is_some()).await;
        lost.map_or(finished, Err)
    }

    /// A position on its way: from the wire to the listener's coordinates and over the bridge.
    fn follow(&mut self, config: &RunConfig, event: &Event) {
        if let Event::Position { coordinates, at } = event {
            let playhead = self.controller.counters().playhead();
            let (frame, anew) = self.clock.frame_at(*at, playhead);
            if anew {
                self.controller.interrupt(SOURCE);
            }
            self.controller
                .place(SOURCE, config.scene.view.place(*coordinates), frame);
            self.watch.note_timing(self.controller.timing(SOURCE));
        }
    }

    /// Fades out, lets the device play what it holds, and completes the recording.
    async fn finish(mut self, config: &RunConfig, device_is_lost: bool) -> Result<(), Failure> {
        if !device_is_lost {
            let fade = (EDGE_S * f64::from(self.output.info().sample_rate)) as u32;
            let end_limit = at_least_blocks(END_LIMIT, self.output.info());
            let limit = Instant::now() + end_limit;
            let mut told = false;
            while !self.controller.counters().is_over() && Instant::now() < limit {
                told = told || self.controller.end(fade, 0).is_ok();
                tokio::time::sleep(TICK).await;
            }
            tokio::time::sleep(self.output.drain_time().min(end_limit)).await;
        }
        let Self {
            output, recorder, ..
        } = self;
        let rate = output.info().sample_rate;
        off_runtime(move || output.stop()).await?;
        let (Some(recorder), Some(path)) = (recorder, &config.record) else {
            return Ok(());
        };
        match off_runtime(move || recorder.finish()).await? {
            Ok(summary) => {
                recording::tell(&summary, path, rate);
                Ok(())
            }
            Err(error) => Err(Failure::runtime(format!("--record {error}"))),
        }
    }
}

/// Does what may take its time on a thread where that holds up nobody.
async fn off_runtime<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let worker: JoinHandle<T> = tokio::task::spawn_blocking(work);
    worker
        .await
        .map_err(|_| Failure::runtime("a helper thread failed; please report this"))
}

fn explain(error: OutputError) -> Failure {
    if error.is_usage() {
        Failure::usage(error)
    } else {
        Failure::runtime(error)
    }
}
