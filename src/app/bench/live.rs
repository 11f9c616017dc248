//! `bench --live`: what a device's callback really gets.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::audio::StereoFrame;
use crate::config::{HeadConfig, LiveConfig};
use crate::output::{self, Call, Heartbeat, RunningOutput};

use super::machine::About;
use super::scene::{Scene, Steering};
use crate::app::heads::LoadedHead;
use crate::app::priority::RealTime;
use crate::app::{Failure, off_runtime};
use pulse::Pulse;
use report::{Measured, Report};

mod pulse;
mod report;

/// How often the sources get new positions and the calls are read: as often as `run` polls.
const TICK: Duration = Duration::from_micros(16_667);

/// Plays to the device for as long as is measured.
///
/// # Errors
/// When the head or the device cannot be used, or the device stops.
pub(super) async fn measured(
    about: About,
    head: &HeadConfig,
    config: LiveConfig,
) -> Result<Report, Failure> {
    output::check(&config.output).map_err(Failure::output)?;
    let head = LoadedHead::load(head)?;
    let wanted = config.output.realtime;
    let LiveConfig {
        output: request,
        sources,
        seconds,
    } = config;
    let (steering, playing) = off_runtime(move || start(&head, &request, sources)).await??;
    let mut live = Live {
        pulse: Pulse::new(playing.info().sample_rate),
        next: 0,
        unread: 0,
        heartbeat: Heartbeat::new(playing.info().block_time(), Instant::now().into_std()),
        steering,
        playing,
        real_time: RealTime::default(),
    };
    live.follow(Duration::from_secs_f64(seconds)).await?;
    let Live {
        pulse,
        unread,
        playing,
        real_time,
        ..
    } = live;
    let measured = Measured {
        sources,
        unread,
        standing: real_time.standing(&playing, wanted),
    };
    let report = Report::new(about, measured, &pulse, playing.info().clone());
    off_runtime(move || playing.stop()).await?;
    Ok(report)
}

/// Opens the device and lets it play.
fn start(
    head: &LoadedHead,
    request: &output::OutputRequest,
    sources: u16,
) -> Result<(Steering, RunningOutput), Failure> {
    let output = output::open(request).map_err(Failure::output)?;
    let head = Arc::new(head.prepare(output.info().sample_rate)?);
    let (steering, mut endpoint) = Scene::new(&head, sources).split();
    let fill = move |block: &mut [StereoFrame]| endpoint.fill(block);
    let playing = output.start(fill).map_err(Failure::output)?;
    Ok((steering, playing))
}

/// A device that plays while it is measured.
struct Live {
    steering: Steering,
    playing: RunningOutput,
    real_time: RealTime,
    heartbeat: Heartbeat,
    pulse: Pulse,
    /// The call that is read next.
    next: u64,
    /// Calls that were overwritten before they were read.
    unread: u64,
}

impl Live {
    /// Measures for `time`, once the device plays and has not only filled its buffer, and the
    /// priority of its thread is settled.
    async fn follow(&mut self, time: Duration) -> Result<(), Failure> {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut end = None;
        while end.is_none_or(|end| Instant::now() < end) {
            ticks.tick().await;
            self.steering.steer();
            self.real_time.look(&self.playing).await;
            let stream = self.playing.counters().snapshot();
            let now = Instant::now();
            if let Some(silence) = self.heartbeat.look(&stream, now.into_std()) {
                return Err(Failure::runtime(format!(
                    "{} has taken no sound for {:.1} s, so nothing can be measured; is its sound \
                     server running? --output takes another device",
                    self.playing.info().device,
                    silence.as_secs_f64()
                )));
            }
            let is_measured = end.is_some();
            self.read(is_measured);
            if !is_measured && self.heartbeat.is_steady() && !self.real_time.is_asking() {
                self.pulse.begin(stream.xruns);
                end = Some(now + time);
            }
        }
        self.pulse.end(self.playing.counters().snapshot());
        if self.steering.is_whole() {
            Ok(())
        } else {
            Err(Failure::runtime(
                "the callback failed while it was measured; please report this",
            ))
        }
    }

    /// Reads the newest calls.
    fn read(&mut self, is_measured: bool) {
        let pulse = &mut self.pulse;
        let each = |call: Call| {
            if is_measured {
                pulse.call(&call);
            } else {
                pulse.before(&call);
            }
        };
        let unread = self.playing.counters().calls().read(&mut self.next, each);
        if is_measured {
            self.unread += unread;
        }
    }
}
