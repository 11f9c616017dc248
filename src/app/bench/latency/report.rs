//! How long positions took to the ear, for people or as JSON.

use std::fmt;

use serde::Serialize;

use super::pace::median;
use super::perform::Performance;
use super::way::Way;
use crate::app::bench::machine::About;
use crate::app::priority::Standing;

/// All of it. Its fields are those of the JSON, which `docs/json.md` tells of.
#[derive(Debug, Serialize)]
pub(in crate::app::bench) struct Report {
    #[serde(flatten)]
    about: About,
    host: String,
    device: String,
    device_id: String,
    capture: String,
    sample_rate_hz: u32,
    buffer_frames: u32,
    frames_median: u64,
    #[serde(flatten)]
    standing: Standing,
    polls_hz: f64,
    positions_hz: f64,
    motion_delay_ms: f64,
    steps: usize,
    steps_lost: usize,
    xruns: u64,
    whole: Spread,
    poll: Spread,
    call: Spread,
    block: Spread,
    motion: Spread,
    device_buffer: Spread,
    rest: Spread,
    output_stated_ms: Option<f64>,
    capture_stated_ms: Option<f64>,
}

/// Some times in milliseconds: the mean adds up, the others do not.
#[derive(Clone, Copy, Debug, Serialize)]
struct Spread {
    #[serde(rename = "mean_ms")]
    mean: f64,
    #[serde(rename = "median_ms")]
    median: f64,
    #[serde(rename = "min_ms")]
    min: f64,
    #[serde(rename = "max_ms")]
    max: f64,
}

impl Spread {
    /// Of one or more times, in seconds.
    fn of(times_s: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = times_s.map(|seconds| 1e3 * seconds).collect();
        sorted.sort_by(f64::total_cmp);
        let at = |n: usize| sorted.get(n).copied().unwrap_or(f64::NAN);
        let count = sorted.len();
        Self {
            mean: sorted.iter().sum::<f64>() / count as f64,
            median: 0.5 * (at(count.saturating_sub(1) / 2) + at(count / 2)),
            min: at(0),
            max: at(count.saturating_sub(1)),
        }
    }
}

impl Report {
    pub(super) fn new(
        about: About,
        polls_hz: f64,
        performance: &Performance,
        ways: &[Way],
    ) -> Self {
        let info = performance.info.clone();
        let rate = f64::from(info.sample_rate);
        let milliseconds = |frames: f64| 1e3 * frames / rate;
        let timing = performance.seen.last().map(|seen| seen.timing);
        let timing = timing.unwrap_or_default();
        let of = |part: fn(&Way) -> f64| Spread::of(ways.iter().map(part));
        let mut frames: Vec<u64> = performance.calls.iter().map(|call| call.frames).collect();
        frames.sort_unstable();
        let captured = &performance.captured.blocks;
        let as_ms = |time: std::time::Duration| 1e3 * time.as_secs_f64();
        Self {
            about,
            host: info.host,
            device: info.device,
            device_id: info.device_id,
            capture: performance.capture_device.clone(),
            sample_rate_hz: info.sample_rate,
            buffer_frames: info.buffer_frames,
            frames_median: frames.get(frames.len() / 2).copied().unwrap_or_default(),
            standing: performance.standing.clone(),
            polls_hz,
            positions_hz: rate / timing.interval_frames,
            motion_delay_ms: milliseconds(timing.delay_frames),
            steps: ways.len(),
            steps_lost: performance.steps.times_s.len() - ways.len(),
            xruns: performance.xruns,
            whole: of(|way| way.whole),
            poll: of(|way| way.poll),
            call: of(|way| way.call),
            block: of(|way| way.block),
            motion: of(|way| way.motion),
            device_buffer: of(|way| way.device),
            rest: of(Way::rest),
            output_stated_ms: performance.stated_latency.map(as_ms),
            capture_stated_ms: median(captured.iter().map(|block| block.ago))
                .filter(|ago| !ago.is_zero())
                .map(as_ms),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.about.write(f, self.sample_rate_hz)?;
        write!(
            f,
            "\n{} ({}, {}), blocks of {} frames, recorded from {}\n{:.0} polls a second, {:.1} new \
             positions a second, motion delay {:.1} ms\naudio thread: {}\n",
            self.device,
            self.host,
            self.device_id,
            self.frames_median,
            self.capture,
            self.polls_hz,
            self.positions_hz,
            self.motion_delay_ms,
            self.standing
        )?;
        write!(
            f,
            "\nfrom a step of the position at the server to the ear, {} steps, in milliseconds\n\n",
            self.steps
        )?;
        f.write_str("                  mean   median      min      max")?;
        for (name, spread) in [
            ("poll", &self.poll),
            ("call", &self.call),
            ("block", &self.block),
            ("motion", &self.motion),
            ("device buffer", &self.device_buffer),
            ("not explained", &self.rest),
            ("position to ear", &self.whole),
        ] {
            write!(
                f,
                "\n{name:<15} {:>6.1} {:>8.1} {:>8.1} {:>8.1}",
                spread.mean, spread.median, spread.min, spread.max
            )?;
        }
        let stated = |ms: Option<f64>| ms.map_or("nothing".to_owned(), |ms| format!("{ms:.1} ms"));
        write!(
            f,
            "\n\nthe output states {} of latency, what records it {}; {} by the output",
            stated(self.output_stated_ms),
            stated(self.capture_stated_ms),
            match self.xruns {
                0 => "no drop-out was told".to_owned(),
                count => format!("{count} drop-outs were told"),
            }
        )?;
        if self.steps_lost > 0 {
            write!(
                f,
                "\n{} more steps are not in the recording",
                self.steps_lost
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_has_the_middle_of_an_even_number_of_times() {
        let spread = Spread::of([0.004, 0.001, 0.002, 0.009].into_iter());
        assert!((spread.mean - 4.0).abs() < 1e-9);
        assert!((spread.median - 3.0).abs() < 1e-9);
        assert!((spread.min - 1.0).abs() < 1e-9 && (spread.max - 9.0).abs() < 1e-9);
    }
}
