//! The daemon: positions come from the client, cross the bridge, and are heard, for as long as it
//! runs. Devices may come and go meanwhile: time goes on, and so does the sound.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::geometry::Position;
use crate::output::{OpenOutput, StreamInfo};
use crate::position::{self, Event};
use crate::render::Paths;

use super::following::Following;
use super::observed::{Observed, Scene};
use super::outage::{Outage, Patience};
use super::playing::{Playing, Vital};
use super::presence::{Presence, Step};
use super::priority::RealTime;
use super::recording::Recording;
use super::reload::{Change, Reload};
use super::service::Service;
use super::situation::Situation;
use super::stage::{Prepared, SOURCE, Stage};
use super::takes::Take;
use super::watch::Watch;
use super::{Failure, off_runtime, scene};

/// How often the daemon looks after what nobody tells it: unsent positions, the device, the end.
const TICK: Duration = Duration::from_millis(10);

/// In pieces of this length silence is recorded while there is no device: seconds.
const RECORD_SILENCE_S: f64 = 1.0;

/// All that is needed to play.
pub(super) struct Ready {
    pub(super) stage: Stage,
    pub(super) prepared: Prepared,
    pub(super) output: OpenOutput,
    /// Who tells of it, where somebody wants to know.
    pub(super) observed: Option<Box<Observed>>,
}

/// Plays until the sound is over or `shutdown` is cancelled. `narrator` hears of every new position,
/// as the listener has it. `reload` says when the configuration has changed.
///
/// # Errors
/// When the device refuses at the start, or something cannot be recorded.
pub(super) async fn run(
    ready: Ready,
    reload: Reload,
    narrator: impl FnMut(Position),
    shutdown: &CancellationToken,
) -> Result<(), Failure> {
    let positions = Arc::new(position::Counters::default());
    let daemon = Daemon {
        presence: Presence::new(&ready.stage.config.stale, &positions),
        positions,
        stage: Arc::new(ready.stage),
        prepared: ready.prepared,
        coordinates: None,
        position: Position::FRONT,
        observed: ready.observed,
        renewal: None,
        recording: None,
        watch: Watch::default(),
        patience: Patience::default(),
        real_time: RealTime::default(),
        silent_since: None,
        service: Service::from_environment(),
        situation: Situation::default(),
        reloads: 0,
        narrator,
    };
    daemon.run(ready.output, reload, shutdown).await
}

/// The daemon between its parts.
struct Daemon<N> {
    stage: Arc<Stage>,
    prepared: Prepared,
    /// The newest position, as it came.
    coordinates: Option<[f64; 3]>,
    /// The same, as the listener has it.
    position: Position,
    /// What its client counts.
    positions: Arc<position::Counters>,
    observed: Option<Box<Observed>>,
    /// The engine that plays is to make room for one of the present stage.
    renewal: Option<Paths>,
    presence: Presence,
    recording: Option<Recording>,
    watch: Watch,
    patience: Patience,
    real_time: RealTime,
    /// Since when nothing has been heard for want of a device.
    silent_since: Option<Instant>,
    service: Service,
    situation: Situation,
    /// Reloads that the service manager has heard of.
    reloads: u64,
    /// Hears of every new position.
    narrator: N,
}

/// What the daemon hears from outside.
struct Outside {
    following: Following,
    events: mpsc::Receiver<Event>,
    reload: Reload,
    ticks: Interval,
    shutdown: CancellationToken,
}

/// Why a stream plays no more.
enum Stop {
    /// It is to end.
    End,
    /// The stream is lost.
    Lost,
}

impl<N: FnMut(Position)> Daemon<N> {
    /// Plays to `output` until the sound is over or `shutdown` is cancelled.
    async fn run(
        mut self,
        output: OpenOutput,
        reload: Reload,
        shutdown: &CancellationToken,
    ) -> Result<(), Failure> {
        let (mut playing, take) = self.start(output, 0.0).await?;
        self.tell_start(playing.info());
        // Now that it plays: what waited until here is in the tap. Begun before, a file of nothing
        // would be left behind by a device that refuses.
        if let Some(path) = &self.stage.config.record {
            let rate = playing.info().sample_rate;
            self.recording = Some(Recording::start(path, take, rate)?);
        }
        self.service.ready();

        let (following, events) =
            Following::start(&self.stage.config.client, &self.positions, shutdown);
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut outside = Outside {
            following,
            events,
            reload,
            ticks,
            shutdown: shutdown.clone(),
        };
        loop {
            if let Stop::End = self.play(&mut playing, &mut outside).await {
                self.service.stopping();
                playing.fade_out().await;
                return self.finish(Some(playing), &outside.reload).await;
            }
            match self.wait_for_device(playing, &mut outside).await {
                Ok(Some(again)) => playing = again,
                Ok(None) => return self.finish(None, &outside.reload).await,
                Err(failure) => return self.finish(None, &outside.reload).await.and(Err(failure)),
            }
        }
    }

    /// Sets the engine up for `output` and lets it play.
    async fn start(
        &mut self,
        output: OpenOutput,
        begin_s: f64,
    ) -> Result<(Playing, Take), Failure> {
        let position = self.presence.position(self.position);
        let mut set = self
            .stage
            .set_up(&self.prepared, output.info(), begin_s, position);
        if self.presence.is_silent() {
            set.controller.fade(SOURCE, 0.0, 0);
        }
        self.renewal = None;
        Playing::start(set, output, begin_s).await
    }

    fn tell_start(&self, info: &StreamInfo) {
        let config = &self.stage.config;
        tracing::info!(
            "binaurald {}: playing to {info}; adds {:.3} ms to the device's latency{}; server {}; \
             head {}",
            env!("CARGO_PKG_VERSION"),
            self.prepared.latency_ms(),
            scene::travel_note(&config.scene.medium),
            config.client.server,
            self.stage.head_summary(),
        );
        warn_of(info);
        tracing::info!("until the first position comes, the sound is 1 m in front");
    }

    /// Follows the server until the sound is over, the shutdown comes or the stream is lost.
    async fn play(&mut self, playing: &mut Playing, outside: &mut Outside) -> Stop {
        self.real_time.begin();
        loop {
            tokio::select! {
                Some(event) = outside.events.recv() => if let Some(at) = self.note(&event)
                    && !self.present(playing)
                    && self.presence.follows()
                {
                    playing.place(self.position, at);
                },
                _ = outside.ticks.tick() => {
                    self.renew(playing);
                    let vital = playing.look_after();
                    self.look(Some(playing), &outside.reload);
                    self.present(playing);
                    self.real_time.look(&playing.output).await;
                    match vital {
                        Vital::Alive => self.tell_again(playing),
                        Vital::Over => return Stop::End,
                        lost @ (Vital::Silent(_) | Vital::Broken) => {
                            // Else it has never been back.
                            if self.silent_since.is_none() {
                                tell_lost(playing.info(), &lost);
                            }
                            return Stop::Lost;
                        }
                    }
                }
                change = outside.reload.next(&self.stage, &self.prepared) => {
                    self.take_over(change, outside).await;
                }
                () = outside.shutdown.cancelled() => return Stop::End,
            }
        }
    }

    /// Goes by another configuration from now on.
    async fn take_over(&mut self, change: Change, outside: &mut Outside) {
        let stage = Arc::clone(&change.stage);
        let rate = self.prepared.sample_rate();
        self.prepared = if change.prepared.sample_rate() == rate {
            change.prepared.clone()
        } else {
            // Another device has come while it was read.
            match off_runtime(move || stage.prepare(rate))
                .await
                .and_then(|p| p)
            {
                Ok(prepared) => prepared,
                Err(reason) => return outside.reload.is_refused(&reason),
            }
        };
        if let Some(paths) = change.paths(&self.stage) {
            let anew = paths == Paths::Anew || self.renewal == Some(Paths::Anew);
            self.renewal = Some(if anew { Paths::Anew } else { Paths::GoOn });
        }
        self.stage = Arc::clone(&change.stage);
        let config = &self.stage.config;
        self.presence.go_by(&config.stale);
        if let Some(coordinates) = self.coordinates {
            self.position = config.scene.view.place(coordinates);
        }
        if change.changes.renews_client() {
            outside.events = outside.following.turn_to(&config.client).await;
            self.situation.begin_anew();
        }
        outside.reload.applied(change);
    }

    /// Lets another engine play, where there is a new stage.
    fn renew(&mut self, playing: &mut Playing) {
        let position = self.presence.position(self.position);
        if let Some(paths) = self.renewal
            && playing.go_over(&self.stage, &self.prepared, position, paths)
        {
            self.renewal = None;
        }
    }

    /// Waits for a device, and plays to it; none when the end comes before it.
    async fn wait_for_device(
        &mut self,
        dead: Playing,
        outside: &mut Outside,
    ) -> Result<Option<Playing>, Failure> {
        self.watch.stream_ended(&dead);
        if let Some(observed) = &mut self.observed {
            observed.stream_ended(&dead);
        }
        if self.silent_since.is_none() {
            self.silent_since = Some(dead.played().1);
            self.watch.outage_began();
        }
        let pause = self.patience.after(dead.age());
        let mut outage = Outage::begin(&self.stage, &self.prepared, dead, pause);
        let mut recorded_s = outage.now_s();
        loop {
            tokio::select! {
                Some(event) = outside.events.recv() => { self.note(&event); }
                _ = outside.ticks.tick() => {
                    self.look(None, &outside.reload);
                    // What comes of it is heard from the beginning of the next stream.
                    self.presence.look();
                    let now_s = outage.now_s();
                    if let Some(end_s) = self.stage.end_s(&self.prepared)
                        && now_s >= end_s
                    {
                        self.record_silence(end_s);
                        return Ok(None);
                    }
                    // Not hours of it at once, when the sound is back.
                    if now_s >= recorded_s + RECORD_SILENCE_S {
                        self.record_silence(now_s);
                        recorded_s = now_s;
                    }
                }
                () = outside.shutdown.cancelled() => {
                    self.record_silence(outage.now_s());
                    return Ok(None);
                }
                change = outside.reload.next(&self.stage, &self.prepared) => {
                    self.take_over(change, outside).await;
                    outage.change(&self.stage, &self.prepared);
                }
                opened = outage.over(&mut self.patience) => {
                    let (prepared, output) = opened?;
                    self.prepared = prepared;
                    match self.resume(output, &outage).await {
                        Ok(playing) => return Ok(Some(playing)),
                        Err(refused) => outage.refused(refused, &mut self.patience),
                    }
                }
            }
        }
    }

    /// Plays on after an outage, at the time that it is.
    async fn resume(&mut self, output: OpenOutput, outage: &Outage) -> Result<Playing, Failure> {
        let (playing, take) = self.start(output, outage.now_s()).await?;
        if let Some(recording) = &self.recording {
            recording.go_on(take);
        }
        Ok(playing)
    }

    /// Says that the sound is back, once it is heard.
    fn tell_again(&mut self, playing: &Playing) {
        if !playing.is_heard() {
            return;
        }
        if let Some(since) = self.silent_since.take() {
            let silence = since.elapsed().saturating_sub(playing.age());
            self.watch.outage_ended(silence);
            tracing::info!(
                "playing again to {}, after {:.1} s without a device",
                playing.info(),
                silence.as_secs_f64()
            );
            warn_of(playing.info());
        }
    }

    /// Takes in what the client says; when a position was seen, if it is one.
    fn note(&mut self, event: &Event) -> Option<Instant> {
        self.situation.note(event);
        let Event::Position {
            coordinates, at, ..
        } = event
        else {
            return None;
        };
        self.coordinates = Some(*coordinates);
        self.position = self.stage.config.scene.view.place(*coordinates);
        (self.narrator)(self.position);
        Some(*at)
    }

    /// Lets the source be heard as far as something is known of it. Returns whether it has begun to
    /// be, at its newest position.
    fn present(&mut self, playing: &mut Playing) -> bool {
        match self.presence.look() {
            Some(Step::Vanish(seconds)) => playing.fade(0.0, seconds),
            Some(Step::Appear(seconds)) => {
                playing.jump(self.presence.position(self.position));
                playing.fade(1.0, seconds);
                return true;
            }
            None => {}
        }
        false
    }

    fn look(&mut self, playing: Option<&Playing>, reload: &Reload) {
        if let Some(recording) = &self.recording {
            recording.tell_news();
        }
        if let Some(playing) = playing {
            self.watch.look(playing);
        }
        if let Some(observed) = &mut self.observed {
            observed.look(&Scene {
                stage: &self.stage,
                playing,
                position: self.position,
                positions: &self.positions,
                heard: self.presence.heard(),
                reloads: reload.tally(),
            });
        }
        let (situation, server) = (self.situation, &self.stage.config.client.server);
        let is_stale = self.positions.freshness.is_stale();
        let line = || situation.line(playing.map(Playing::info), server, is_stale);
        if reload.has_begun(&mut self.reloads) {
            self.service.reloading();
            self.service.look(line);
        }
        if !reload.is_at_work() {
            self.service.ready();
        }
        self.service.look(line);
    }

    /// From the last stream until `end_s` the recording is silent.
    fn record_silence(&self, end_s: f64) {
        if let Some(recording) = &self.recording {
            recording.go_on(Take {
                begin_s: end_s,
                played: None,
            });
        }
    }

    /// Stops what plays, completes the recording and says what all came to.
    async fn finish(mut self, playing: Option<Playing>, reload: &Reload) -> Result<(), Failure> {
        self.service.stopping();
        if let Some(since) = self.silent_since {
            self.watch.outage_ended(since.elapsed());
        }
        if let Some(playing) = playing {
            self.watch.stream_ended(&playing);
            off_runtime(move || drop(playing)).await?;
        }
        self.watch.summary(&self.positions);
        reload.tell_tally();
        match self.recording {
            Some(recording) => recording.finish().await,
            None => Ok(()),
        }
    }
}

/// A new stream, for those who listen to it.
fn warn_of(info: &StreamInfo) {
    if let Some(warning) = info.warning() {
        tracing::warn!("{warning}");
    }
}

fn tell_lost(info: &StreamInfo, vital: &Vital) {
    let Vital::Silent(silence) = vital else {
        tracing::error!("the renderer failed, and is started anew; please report this");
        return;
    };
    let seconds = silence.as_secs_f64();
    if info.is_null() {
        tracing::warn!(
            "--output null has taken no sound for {seconds:.1} s: the machine is too busy; \
             starting it again"
        );
    } else {
        tracing::warn!(
            "{} has taken no sound for {seconds:.1} s: it is unplugged or suspended, or its sound \
             server is gone; time goes on, and it is tried again until it is back",
            info.device
        );
    }
}
