//! The running daemon as it is seen from outside: looks at it now and then, and leaves what it saw
//! where [`crate::metrics`] tells of it.

mod calls;
mod window;

use std::io::ErrorKind;
use std::time::Duration;

use tokio::time::Instant;

use crate::geometry::Position;
use crate::metrics::{
    self, CallbackStatus, ErrorCounts, Heard, Histogram, OutputStatus, PortError, PositionStatus,
    Publisher, RejectedCounts, ReloadCounts, ServerStatus, Snapshot, Status, XrunCounts,
};
use crate::output::StreamInfo;
use crate::position;

use super::playing::Playing;
use super::reload::Tally;
use super::stage::Stage;
use super::totals::Totals;
use super::{Failure, listen};
use calls::Calls;
use window::{Means, Peaks};

/// How often it is published.
const EVERY: Duration = Duration::from_millis(100);

/// What there is to see.
pub(super) struct Scene<'a> {
    pub(super) stage: &'a Stage,
    /// None: there is no device.
    pub(super) playing: Option<&'a Playing>,
    /// The newest position, as the listener has it.
    pub(super) position: Position,
    pub(super) positions: &'a position::Counters,
    pub(super) heard: Heard,
    pub(super) reloads: Tally,
}

/// What was seen so far.
pub(super) struct Observed {
    publisher: Publisher,
    began: Instant,
    due: Instant,
    /// Of the streams that ended.
    past: Totals,
    rebuilds: u64,
    /// The stream that plays, or the one that was last there.
    stream: Option<StreamInfo>,
    /// It has ended, and no other has begun.
    ended: bool,
    latency: Option<Duration>,
    calls: Calls,
    peaks: Peaks,
    round_trips: Means,
}

impl Observed {
    /// Opens the port at `address`, as `--metrics` has it.
    ///
    /// # Errors
    /// When that is no address, or cannot be listened on.
    pub(super) async fn open(address: &str) -> Result<Self, Failure> {
        let address = listen::address("metrics", address, crate::config::DEFAULT_METRICS).await?;
        let bound = metrics::bind(address)
            .await
            .map_err(|error| refuse(&error))?;
        let address = bound.local_addr();
        tracing::info!("metrics on http://{address}/metrics");
        let now = Instant::now();
        Ok(Self {
            publisher: bound.serve(),
            began: now,
            due: now,
            past: Totals::default(),
            rebuilds: 0,
            stream: None,
            ended: false,
            latency: None,
            calls: Calls::new(now),
            peaks: Peaks::default(),
            round_trips: Means::new(now),
        })
    }

    /// Looks at the daemon, and publishes it when that is due. To be called every 10 ms or so.
    pub(super) fn look(&mut self, scene: &Scene<'_>) {
        if let Some(playing) = scene.playing {
            self.see(playing);
        }
        let now = Instant::now();
        if now < self.due {
            return;
        }
        self.due = now + EVERY;
        if let Some(playing) = scene.playing {
            self.calls.read(playing);
            self.peaks.add(playing.controller.counters().take_peaks());
            self.latency = playing.output.counters().snapshot().latency;
        } else {
            self.peaks.add([0.0, 0.0]);
        }
        let round_trips = &scene.positions.round_trips;
        self.round_trips
            .look(now, round_trips.counts().sum(), round_trips.sum());
        if let Some(snapshot) = self.snapshot(scene) {
            self.publisher.publish(snapshot);
        }
    }

    /// The last look at a stream.
    pub(super) fn stream_ended(&mut self, playing: &Playing) {
        self.see(playing);
        self.calls.read(playing);
        self.past = self.past.plus(Totals::of(playing));
        self.ended = true;
    }

    /// Notices a stream that is another than the last one.
    fn see(&mut self, playing: &Playing) {
        if self.stream.is_some() && !self.ended {
            return;
        }
        self.rebuilds += u64::from(self.ended);
        self.ended = false;
        self.stream = Some(playing.info().clone());
        self.calls.begin_stream(playing.info().sample_rate);
    }

    fn snapshot(&mut self, scene: &Scene<'_>) -> Option<Snapshot> {
        let positions = scene.positions;
        let totals = match scene.playing {
            Some(playing) => self.past.plus(Totals::of(playing)),
            None => self.past,
        };
        let server = self.server(scene);
        let position = place(scene);
        let output = self.output(scene, &totals)?;
        let status = Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_s: self.began.elapsed().as_secs_f64(),
            not_ready: not_ready(&server, &position, &output),
            head: scene.stage.head_summary(),
            source: scene.stage.source_summary(),
            server,
            position,
            output,
            callback: self.callback(&totals),
            reloads: ReloadCounts {
                applied: scene.reloads.applied,
                refused: scene.reloads.refused,
            },
        };
        Some(Snapshot {
            status,
            round_trips: round_trips(&positions.round_trips),
            callback_loads: self.calls.loads.clone(),
        })
    }

    fn server(&self, scene: &Scene<'_>) -> ServerStatus {
        let position::Counters {
            polls,
            answers,
            positions,
            rejected,
            timeouts,
            losses,
            reconnects,
            freshness,
            ..
        } = scene.positions;
        ServerStatus {
            address: scene.stage.config.client.server.to_string(),
            connected: freshness.is_connected(),
            polls: polls.get(),
            answers: answers.get(),
            positions: positions.get(),
            rejected: RejectedCounts {
                status: rejected.status.get(),
                missing: rejected.missing.get(),
                not_finite: rejected.not_finite.get(),
                too_far: rejected.too_far.get(),
                failed: rejected.failed.get(),
                malformed: rejected.malformed.get(),
            },
            timeouts: timeouts.get(),
            losses: losses.get(),
            reconnects: reconnects.get(),
            round_trip_ms: self.round_trips.mean_s().map(|seconds| 1e3 * seconds),
            trouble: scene.positions.trouble.get(),
        }
    }

    fn callback(&mut self, totals: &Totals) -> CallbackStatus {
        let minute = self.calls.minute();
        let share = |n: usize| minute.map(|shares| shares[n]);
        CallbackStatus {
            calls: totals.callbacks,
            frames: totals.frames,
            calls_unread: self.calls.unread,
            load_median_share: share(0),
            load_p99_share: share(1),
            load_max_share: share(2),
            deadline_misses: self.calls.deadline_misses,
            xruns: XrunCounts {
                reported: totals.xruns,
                late: self.calls.late,
            },
            stream_errors: ErrorCounts {
                xrun: totals.xruns,
                lost: totals.lost,
                backend: totals.backend_errors,
                notice: totals.notices,
            },
            renderer_panics: totals.panics,
        }
    }

    fn output(&self, scene: &Scene<'_>, totals: &Totals) -> Option<OutputStatus> {
        let info = self.stream.clone()?;
        let [left_peak, right_peak] = self.peaks.highest();
        Some(OutputStatus {
            up: scene.playing.is_some_and(Playing::is_heard),
            host: info.host,
            device: info.device,
            device_id: info.device_id,
            sample_rate_hz: info.sample_rate,
            channels: info.channels,
            sample_format: info.sample_format,
            buffer_frames: info.buffer_frames,
            latency_ms: self.latency.map(|latency| 1e3 * latency.as_secs_f64()),
            rebuilds: self.rebuilds,
            left_peak,
            right_peak,
            limited_frames: totals.limited_frames,
        })
    }
}

fn place(scene: &Scene<'_>) -> PositionStatus {
    let position = scene.position;
    let freshness = &scene.positions.freshness;
    PositionStatus {
        x_m: position.x,
        y_m: position.y,
        z_m: position.z,
        azimuth_degrees: position.azimuth_degrees(),
        elevation_degrees: position.elevation_degrees(),
        distance_m: position.distance(),
        age_s: freshness.age().map(|age| age.as_secs_f64()),
        stale: freshness.is_stale(),
        times_stale: scene.positions.stale.get(),
        heard: scene.heard,
    }
}

/// What is missing until it is heard where the server says.
fn not_ready(
    server: &ServerStatus,
    position: &PositionStatus,
    output: &OutputStatus,
) -> Option<String> {
    let (device, address) = (&output.device, &server.address);
    match position.age_s {
        _ if !output.up => Some(format!("{device} asks for no sound")),
        None => Some(match &server.trouble {
            Some(trouble) => format!("no position has come yet from {address}: {trouble}"),
            None => format!("no position has come yet from {address}"),
        }),
        Some(age_s) if position.stale => Some(format!(
            "the position is stale: the last one of {address} came {age_s:.1} s ago"
        )),
        Some(_) => None,
    }
}

fn round_trips(counted: &position::Histogram) -> Histogram {
    let bounds = position::Histogram::bounds().map(|bound| bound.as_secs_f64());
    Histogram::counted(
        bounds.collect(),
        counted.counts().collect(),
        counted.sum().as_secs_f64(),
    )
}

fn refuse(error: &PortError) -> Failure {
    let PortError { address, source } = error;
    Failure::runtime(match source.kind() {
        ErrorKind::AddrInUse => format!(
            "--metrics {address}: the address is in use, maybe by another daemon; end that one, or \
             take another port (0 takes a free one)"
        ),
        _ => format!(
            "--metrics {address}: cannot listen there: {source}; 127.0.0.1:0 takes a free port of \
             this machine"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_from_the_device_to_the_position() {
        let server = ServerStatus {
            address: "http://there:1".to_owned(),
            connected: false,
            polls: 0,
            answers: 0,
            positions: 0,
            rejected: RejectedCounts::default(),
            timeouts: 0,
            losses: 0,
            reconnects: 0,
            round_trip_ms: None,
            trouble: None,
        };
        let mut output = OutputStatus {
            up: false,
            host: "null".to_owned(),
            device: "null".to_owned(),
            device_id: "null".to_owned(),
            sample_rate_hz: 48_000,
            channels: 2,
            sample_format: "f32".to_owned(),
            buffer_frames: 512,
            latency_ms: None,
            rebuilds: 0,
            left_peak: 0.0,
            right_peak: 0.0,
            limited_frames: 0,
        };
        let mut position = PositionStatus {
            x_m: 1.0,
            y_m: 0.0,
            z_m: 0.0,
            azimuth_degrees: 0.0,
            elevation_degrees: 0.0,
            distance_m: 1.0,
            age_s: None,
            stale: false,
            times_stale: 0,
            heard: Heard::default(),
        };
        let missing = not_ready(&server, &position, &output);
        assert_eq!(missing.as_deref(), Some("null asks for no sound"));
        output.up = true;
        let missing = not_ready(&server, &position, &output);
        let expected = "no position has come yet from http://there:1";
        assert_eq!(missing.as_deref(), Some(expected));
        position.age_s = Some(7.26);
        position.stale = true;
        let missing = not_ready(&server, &position, &output);
        let expected = "the position is stale: the last one of http://there:1 came 7.3 s ago";
        assert_eq!(missing.as_deref(), Some(expected));
        position.stale = false;
        assert_eq!(not_ready(&server, &position, &output), None);
    }
}
