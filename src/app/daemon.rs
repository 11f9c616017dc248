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

use super::outage::{Outage, Patience};
use super::playing::{Playing, Vital};
use super::priority::RealTime;
use super::recording::Recording;
use super::stage::{Prepared, Stage};
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
}

/// Plays until the sound is over or `shutdown` is cancelled. `narrator` hears of every new position,
/// as the listener has it.
///
/// # Errors
/// When the device refuses at the start, or something cannot be recorded.
pub(super) async fn run(
    ready: Ready,
    narrator: impl FnMut(Position),
    shutdown: &CancellationToken,
) -> Result<(), Failure> {
    let daemon = Daemon {
        stage: Arc::new(ready.stage),
        prepared: ready.prepared,
        position: Position::FRONT,
        recording: None,
        watch: Watch::default(),
        patience: Patience::default(),
        real_time: RealTime::default(),
        silent_since: None,
        narrator,
    };
    daemon.run(ready.output, shutdown).await
}

/// The daemon between its parts.
struct Daemon<N> {
    stage: Arc<Stage>,
    prepared: Prepared,
    /// The newest position, as the listener has it.
    position: Position,
    recording: Option<Recording>,
    watch: Watch,
    patience: Patience,
    real_time: RealTime,
    /// Since when nothing has been heard for want of a device.
    silent_since: Option<Instant>,
    /// Hears of every new position.
    narrator: N,
}

/// What the daemon hears from outside.
struct Outside {
    events: mpsc::Receiver<Event>,
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

        let (sender, events) = mpsc::channel(64);
        let positions = Arc::new(position::Counters::default());
        let client = tokio::spawn(position::follow(
            self.stage.config.client.clone(),
            Arc::clone(&positions),
            sender,
            shutdown.clone(),
        ));
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut outside = Outside {
            events,
            ticks,
            shutdown: shutdown.clone(),
        };
        let result = loop {
            if let Stop::End = self.play(&mut playing, &mut outside).await {
                playing.fade_out().await;
                break self.finish(Some(playing), &positions).await;
            }
            match self.wait_for_device(playing, &mut outside).await {
                Ok(Some(again)) => playing = again,
                Ok(None) => break self.finish(None, &positions).await,
                Err(failure) => break self.finish(None, &positions).await.and(Err(failure)),
            }
        };
        client.abort();
        result
    }

    /// Sets the engine up for `output` and lets it play.
    async fn start(&self, output: OpenOutput, begin_s: f64) -> Result<(Playing, Take), Failure> {
        let set = self
            .stage
            .set_up(&self.prepared, output.info(), begin_s, self.position);
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
                Some(event) = outside.events.recv() => if let Some(at) = self.note(&event) {
                    playing.place(self.position, at);
                },
                _ = outside.ticks.tick() => {
                    let vital = playing.look_after();
                    self.look(Some(playing));
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
                () = outside.shutdown.cancelled() => return Stop::End,
            }
        }
    }

    /// Waits for a device, and plays to it; none when the end comes before it.
    async fn wait_for_device(
        &mut self,
        dead: Playing,
        outside: &mut Outside,
    ) -> Result<Option<Playing>, Failure> {
        self.watch.stream_ended(&dead);
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
                    self.look(None);
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
    async fn resume(&self, output: OpenOutput, outage: &Outage) -> Result<Playing, Failure> {
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
        let Event::Position {
            coordinates, at, ..
        } = event
        else {
            return None;
        };
        self.position = self.stage.config.scene.view.place(*coordinates);
        (self.narrator)(self.position);
        Some(*at)
    }

    fn look(&mut self, playing: Option<&Playing>) {
        if let Some(recording) = &self.recording {
            recording.tell_news();
        }
        if let Some(playing) = playing {
            self.watch.look(playing);
        }
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
    async fn finish(
        mut self,
        playing: Option<Playing>,
        positions: &position::Counters,
    ) -> Result<(), Failure> {
        if let Some(since) = self.silent_since {
            self.watch.outage_ended(since.elapsed());
        }
        if let Some(playing) = playing {
            self.watch.stream_ended(&playing);
            off_runtime(move || drop(playing)).await?;
        }
        self.watch.summary(positions);
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
