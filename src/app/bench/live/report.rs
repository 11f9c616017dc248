//! What was measured of a device, for people or as JSON.

use std::fmt;

use serde::Serialize;

use super::pulse::Pulse;
use crate::app::bench::machine::About;
use crate::app::bench::one_decimal;
use crate::app::bench::table::carried;
use crate::app::priority::Standing;
use crate::output::StreamInfo;

/// What was played, and how.
pub(super) struct Measured {
    pub(super) sources: u16,
    /// Calls that are left out.
    pub(super) unread: u64,
    pub(super) standing: Standing,
}

/// All of it. Its fields are those of the JSON, which `docs/json.md` tells of.
#[derive(Debug, Serialize)]
pub(in crate::app::bench) struct Report {
    #[serde(flatten)]
    about: About,
    host: String,
    device: String,
    device_id: String,
    sample_rate_hz: u32,
    channels: u16,
    sample_format: String,
    buffer_frames: u32,
    #[serde(flatten)]
    standing: Standing,
    sources: u16,
    seconds: f64,
    calls: u64,
    calls_unread: u64,
    frames_min: u64,
    frames_median: u64,
    frames_max: u64,
    jitter_median_us: f64,
    jitter_p99_us: Option<f64>,
    jitter_max_us: f64,
    time_median_us: f64,
    time_p99_us: Option<f64>,
    time_p99_9_us: Option<f64>,
    time_max_us: f64,
    deadline_us: f64,
    late_by_time: u64,
    late_by_interval: u64,
    xruns: u64,
    stated_latency_ms: Option<f64>,
    sources_carried: Option<u64>,
    sources_carried_is_at_least: Option<bool>,
}

impl Report {
    pub(super) fn new(about: About, measured: Measured, pulse: &Pulse, info: StreamInfo) -> Self {
        let Measured {
            sources,
            unread,
            standing,
        } = measured;
        let rate = f64::from(info.sample_rate);
        let frames = pulse.frames.median();
        let deadline_us = frames as f64 * 1e6 / rate;
        let median_share = pulse.took.median_us() / deadline_us;
        let carried = carried(&pulse.took, sources, frames as u32, median_share);
        Self {
            about,
            host: info.host,
            device: info.device,
            device_id: info.device_id,
            sample_rate_hz: info.sample_rate,
            channels: info.channels,
            sample_format: info.sample_format,
            buffer_frames: info.buffer_frames,
            standing,
            sources,
            seconds: pulse.frames.sum() / rate,
            calls: pulse.took.count(),
            calls_unread: unread,
            frames_min: pulse.frames.min(),
            frames_median: frames,
            frames_max: pulse.frames.max(),
            jitter_median_us: pulse.jitter.median_us(),
            jitter_p99_us: pulse.jitter.p99_us(),
            jitter_max_us: pulse.jitter.max_us(),
            time_median_us: pulse.took.median_us(),
            time_p99_us: pulse.took.p99_us(),
            time_p99_9_us: pulse.took.p99_9_us(),
            time_max_us: pulse.took.max_us(),
            deadline_us,
            late_by_time: pulse.late_by_time,
            late_by_interval: pulse.late_by_interval,
            xruns: pulse.xruns,
            stated_latency_ms: pulse.stated_latency.map(|time| 1e3 * time.as_secs_f64()),
            sources_carried: carried.map(|(sources, _)| sources),
            sources_carried_is_at_least: carried.map(|(_, at_least)| at_least),
        }
    }

    fn carried_text(&self) -> String {
        match (self.sources_carried, self.sources_carried_is_at_least) {
            (Some(sources), Some(true)) => format!("{sources} or more"),
            (Some(sources), _) => sources.to_string(),
            (None, _) => "- (too few blocks to tell)".to_owned(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |us: f64| 100.0 * us / self.deadline_us;
        self.about.write(f, self.sample_rate_hz)?;
        write!(
            f,
            "\n{} ({}, {}), {} channels, {}, blocks of {} frames\n{}, measured for {:.1} s\naudio thread: {}\n",
            self.device,
            self.host,
            self.device_id,
            self.channels,
            self.sample_format,
            self.buffer_frames,
            counted(u64::from(self.sources), "source"),
            self.seconds,
            self.standing
        )?;
        write!(
            f,
            "\nblocks      {}, of {} frames (shortest {}, longest {})",
            self.calls, self.frames_median, self.frames_min, self.frames_max
        )?;
        write!(
            f,
            "\njitter      median {:.1} us, p99 {} us, max {:.1} us",
            self.jitter_median_us,
            one_decimal(self.jitter_p99_us),
            self.jitter_max_us
        )?;
        write!(
            f,
            "\ntime used   median {:.1} us, p99 {} us, p99.9 {} us, max {:.1} us",
            self.time_median_us,
            one_decimal(self.time_p99_us),
            one_decimal(self.time_p99_9_us),
            self.time_max_us
        )?;
        write!(
            f,
            "\ndeadline    {:.1} us: median {:.1} %, max {:.1} % of it",
            self.deadline_us,
            percent(self.time_median_us),
            percent(self.time_max_us)
        )?;
        write!(
            f,
            "\nlate        {} took longer than its deadline, {} came a whole block late",
            self.late_by_time, self.late_by_interval
        )?;
        write!(f, "\ndrop-outs   {}, as the device tells them", self.xruns)?;
        match self.stated_latency_ms {
            Some(ms) => write!(f, "\nlatency     {ms:.1} ms, as the device states it")?,
            None => f.write_str("\nlatency     the device does not state it")?,
        }
        write!(
            f,
            "\ncarries     {} such sources at this size of block",
            self.carried_text()
        )?;
        if self.calls_unread > 0 {
            write!(
                f,
                "\n{} left out: this process did not get to read them in time",
                counted(self.calls_unread, "block")
            )?;
        }
        Ok(())
    }
}

/// A number of things.
fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
