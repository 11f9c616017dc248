//! Plays, follows the server, and records all that can be known of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::replay::replay;
use super::steps::Steps;
use super::test_sound;
use crate::app::playing::{Playing, Vital};
use crate::app::priority::{RealTime, Standing};
use crate::app::stage::{Prepared, SOURCE, Stage};
use crate::app::{Failure, off_runtime, shutdown};
use crate::audio::StereoFrame;
use crate::config::LatencyConfig;
use crate::geometry::Position;
use crate::output::{
    self, Call, Capture, CaptureError, CaptureRequest, Captured, OpenOutput, StreamInfo,
};
use crate::position::{self, Event};
use crate::render::Timing;
use crate::server::{self, ServerConfig};

/// How often the stream is looked after, as in the daemon.
const TICK: Duration = Duration::from_millis(10);

/// How long it may take until the recording hears anything: time enough to connect it by hand.
const HEARD_LIMIT: Duration = Duration::from_secs(15);

/// More than the recording needs: seconds.
const SPARE_S: f64 = 5.0;

/// A new position, as the client and the controller saw it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) asked: Instant,
    pub(super) at: Instant,
    /// The frame of the engine that it stands for.
    pub(super) frame: f64,
    /// The frame that the device was to ask for next.
    pub(super) playhead: u64,
    pub(super) position: Position,
    /// How the path is played from then on.
    pub(super) timing: Timing,
}

/// What is known of it all.
pub(super) struct Performance {
    pub(super) info: StreamInfo,
    pub(super) capture_device: String,
    pub(super) steps: Steps,
    /// When the server's time began.
    pub(super) server_began: Instant,
    pub(super) seen: Vec<Seen>,
    pub(super) calls: Vec<Call>,
    pub(super) captured: Captured,
    /// What the engine makes of the positions without a device, from its frame 0 on.
    pub(super) replayed: Vec<StereoFrame>,
    /// How late all sound is by being rendered: frames.
    pub(super) render_frames: f64,
    pub(super) standing: Standing,
    pub(super) xruns: u64,
    pub(super) stated_latency: Option<Duration>,
}

/// Plays as long as the steps take.
///
/// # Errors
/// When the device or what records it cannot be used.
pub(super) async fn perform(config: LatencyConfig) -> Result<Performance, Failure> {
    output::check(&config.run.output).map_err(Failure::output)?;
    let shutdown = shutdown::on_signals()?;
    let steps = Steps::new(config.steps, &config.run);
    let frames_s = HEARD_LIMIT.as_secs_f64() + steps.end_s() + SPARE_S;
    let opened = off_runtime(move || open(config, frames_s)).await??;
    let Opened {
        mut stage,
        prepared,
        output,
        capture,
    } = opened;

    let bound = server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .map_err(Failure::runtime)?;
    let address = bound.local_addr().to_string();
    stage.config.client.server = address.parse().map_err(Failure::runtime)?;
    let set = stage.set_up(&prepared, output.info(), 0.0, Position::FRONT);
    let (playing, _) = Playing::start(set, output, 0.0).await?;
    let mut show = Show {
        playing,
        real_time: RealTime::default(),
        calls: Vec::new(),
        next_call: 0,
        seen: Vec::new(),
        stage,
        shutdown: shutdown.clone(),
    };
    show.until_heard(&capture).await?;

    let over = shutdown.child_token();
    let _over_at_the_end = over.clone().drop_guard();
    let server = ServerConfig::new(steps.trajectory().map_err(Failure::runtime)?);
    let (begin, began) = oneshot::channel();
    tokio::spawn({
        let over = over.clone();
        async move {
            // The first thing that the server does is to look at the clock too.
            let _ = begin.send(Instant::now());
            bound.serve(server, over).await
        }
    });
    let server_began = began.await.map_err(|_| Failure::helper_thread())?;
    show.follow(server_began + Duration::from_secs_f64(steps.end_s()), &over)
        .await?;
    show.finish(capture, prepared, steps, server_began).await
}

/// What is ready to play and records.
struct Opened {
    stage: Stage,
    prepared: Prepared,
    output: OpenOutput,
    capture: Capture,
}

fn open(config: LatencyConfig, frames_s: f64) -> Result<Opened, Failure> {
    let LatencyConfig { run, capture, .. } = config;
    let output = output::open(&run.output).map_err(Failure::output)?;
    let info = output.info().clone();
    let rate = info.sample_rate;
    let stage = Stage::with_source(run, test_sound::clip(rate))?;
    let prepared = stage.prepare(rate)?;
    let capture = Capture::start(CaptureRequest {
        device: capture,
        host: stage.config.output.host.clone(),
        output: info,
        frames: (frames_s * f64::from(rate)) as usize,
    });
    Ok(Opened {
        stage,
        prepared,
        output,
        capture: capture.map_err(failure)?,
    })
}

/// What was asked for by name must be there; anything else is found out only now.
fn failure(error: CaptureError) -> Failure {
    match error {
        CaptureError::Unknown { .. } => Failure::usage(error),
        CaptureError::System(error) => Failure::output(error),
        error => Failure::runtime(error),
    }
}

/// The daemon's part, and what is noted of it.
struct Show {
    stage: Stage,
    playing: Playing,
    real_time: RealTime,
    calls: Vec<Call>,
    next_call: u64,
    seen: Vec<Seen>,
    shutdown: CancellationToken,
}

impl Show {
    /// Plays on until the recording hears something, and the priority of the audio thread is settled.
    async fn until_heard(&mut self, capture: &Capture) -> Result<(), Failure> {
        let limit = Instant::now() + HEARD_LIMIT;
        let mut ticks = interval(TICK);
        let hint = Instant::now() + HEARD_LIMIT / 10;
        let mut hinted = false;
        while !(capture.hears() && self.playing.is_heard()) || self.real_time.is_asking() {
            tokio::select! {
                _ = ticks.tick() => self.look().await?,
                () = self.shutdown.cancelled() => return Err(interrupted()),
            }
            if !hinted && Instant::now() > hint {
                hinted = true;
                tracing::info!(
                    "waiting for {} to hear what is played (connect them, if nobody does that)",
                    capture.device()
                );
            }
            if Instant::now() > limit {
                return Err(Failure::runtime(format!(
                    "{} hears nothing of what is played to {}; --capture names what does, such as \
                     the monitor of the output; is the output muted?",
                    capture.device(),
                    self.playing.info().device
                )));
            }
        }
        Ok(())
    }

    /// Follows the server until `end`, as the daemon does.
    async fn follow(&mut self, end: Instant, over: &CancellationToken) -> Result<(), Failure> {
        let (sender, mut events) = mpsc::channel(64);
        tokio::spawn(position::follow(
            self.stage.config.client.clone(),
            Arc::default(),
            sender,
            over.clone(),
        ));
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let ended = tokio::time::sleep_until(end);
        tokio::pin!(ended);
        loop {
            tokio::select! {
                Some(event) = events.recv() => self.note(&event),
                _ = ticks.tick() => self.look().await?,
                () = &mut ended => return Ok(()),
                () = self.shutdown.cancelled() => return Err(interrupted()),
            }
        }
    }

    /// A position goes the way that it goes in the daemon.
    fn note(&mut self, event: &Event) {
        if let Event::Position {
            coordinates,
            asked,
            at,
        } = *event
        {
            let position = self.stage.config.scene.view.place(coordinates);
            let frame = self.playing.place(position, at);
            self.seen.push(Seen {
                asked,
                at,
                frame,
                playhead: self.playing.controller.counters().playhead(),
                position,
                timing: self.playing.controller.timing(SOURCE),
            });
        }
    }

    /// Looks after the stream.
    async fn look(&mut self) -> Result<(), Failure> {
        self.real_time.look(&self.playing.output).await;
        let calls = &mut self.calls;
        let log = self.playing.output.counters().calls();
        log.read(&mut self.next_call, |call| calls.push(call));
        match self.playing.look_after() {
            Vital::Alive | Vital::Over => Ok(()),
            Vital::Broken => Err(Failure::runtime("the renderer failed; please report this")),
            Vital::Silent(silence) => Err(Failure::runtime(format!(
                "{} has taken no sound for {:.1} s, so nothing can be measured; is its sound \
                 server running? --output takes another device",
                self.playing.info().device,
                silence.as_secs_f64()
            ))),
        }
    }

    /// Stops all.
    async fn finish(
        mut self,
        capture: Capture,
        prepared: Prepared,
        steps: Steps,
        server_began: Instant,
    ) -> Result<Performance, Failure> {
        self.look().await?;
        let wanted = self.stage.config.output.realtime;
        let standing = self.real_time.standing(&self.playing.output, wanted);
        let stream = self.playing.output.counters().snapshot();
        let capture_device = capture.device().to_owned();
        let captured = off_runtime(move || capture.stop())
            .await?
            .map_err(failure)?;
        let info = self.playing.info().clone();
        self.playing.fade_out().await;
        let playing = self.playing;
        let (stage, seen) = (self.stage, self.seen);
        off_runtime(move || {
            drop(playing);
            let rate = f64::from(info.sample_rate);
            let rest = (steps.apart_s * rate) as usize;
            let replayed = replay(&stage, &prepared, &info, &seen, rest)?;
            Ok(Performance {
                info,
                capture_device,
                steps,
                server_began,
                seen,
                calls: self.calls,
                captured,
                replayed,
                render_frames: prepared.latency_ms() * rate / 1000.0,
                standing,
                xruns: stream.xruns,
                stated_latency: stream.latency,
            })
        })
        .await?
    }
}

fn interrupted() -> Failure {
    Failure::runtime("interrupted before all steps were measured")
}
