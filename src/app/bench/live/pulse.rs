//! What a device's calls come to.

use std::time::{Duration, Instant};

use crate::app::bench::times::{Sizes, Times};
use crate::output::{Call, CounterSnapshot};

/// The calls of a device, in constant memory.
pub(super) struct Pulse {
    sample_rate: u32,
    /// When the last call began, and how long its frames play.
    last: Option<(Instant, Duration)>,
    pub(super) frames: Sizes,
    /// How long calls took.
    pub(super) took: Times,
    /// How much sooner or later each came than when what was asked for before it had been played.
    pub(super) jitter: Times,
    /// Calls that took longer than their frames play.
    pub(super) late_by_time: u64,
    /// Calls that came later than when twice as much as was asked for before had been played.
    pub(super) late_by_interval: u64,
    /// Reports of the device while it was measured.
    pub(super) xruns: u64,
    /// What the device said last.
    pub(super) stated_latency: Option<Duration>,
}

impl Pulse {
    /// Of a device at `sample_rate` hertz.
    pub(super) fn new(sample_rate: u32) -> Self {
        Self {
            sample_rate,
            last: None,
            frames: Sizes::new(),
            took: Times::new(),
            jitter: Times::new(),
            late_by_time: 0,
            late_by_interval: 0,
            xruns: 0,
            stated_latency: None,
        }
    }

    /// From now on it is measured: so many drop-outs there were before.
    pub(super) fn begin(&mut self, xruns: u64) {
        self.xruns = xruns;
    }

    /// It is measured no longer: this is what the device says.
    pub(super) fn end(&mut self, stream: CounterSnapshot) {
        self.xruns = stream.xruns.saturating_sub(self.xruns);
        self.stated_latency = stream.latency;
    }

    /// A call that is not measured, but that the next is measured from.
    pub(super) fn before(&mut self, call: &Call) {
        self.last = Some((call.began, self.played_in(call.frames)));
    }

    /// A call.
    pub(super) fn call(&mut self, call: &Call) {
        let deadline = self.played_in(call.frames);
        self.frames.record(call.frames);
        self.took.record(call.took);
        self.late_by_time += u64::from(call.took > deadline);
        if let Some((began, nominal)) = self.last {
            let interval = call.began.saturating_duration_since(began);
            self.jitter.record(interval.abs_diff(nominal));
            self.late_by_interval += u64::from(interval > 2 * nominal);
        }
        self.last = Some((call.began, deadline));
    }

    /// How long so many frames play.
    fn played_in(&self, frames: u64) -> Duration {
        Duration::from_secs_f64(frames as f64 / f64::from(self.sample_rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_late_call_is_counted_and_the_short_wait_after_it_is_jitter_alone() {
        let start = Instant::now();
        let mut pulse = Pulse::new(48_000);
        // Each 10 ms; the sixth 11 ms late, the one after it as soon as it would have been, and
        // the last takes longer than it plays.
        let began = [0, 10, 20, 30, 40, 61, 70, 80];
        for (n, at) in began.into_iter().enumerate() {
            let call = Call {
                began: start + at * MS,
                took: if n == 7 { 11 * MS } else { MS },
                frames: 480,
                first_frame: 480 * n as u64,
            };
            if n == 0 {
                pulse.before(&call);
            } else {
                pulse.call(&call);
            }
        }
        assert_eq!((pulse.late_by_interval, pulse.late_by_time), (1, 1));
        assert_eq!((pulse.took.count(), pulse.jitter.count()), (7, 7));
        assert!((pulse.jitter.max_us() - 11_000.0).abs() < 20.0);
        assert!(pulse.jitter.median_us() < 0.1);
        assert!((pulse.took.max_us() - 11_000.0).abs() < 20.0);
    }

    #[test]
    fn drop_outs_before_the_measurement_are_left_out() {
        let mut pulse = Pulse::new(48_000);
        pulse.begin(3);
        pulse.end(CounterSnapshot {
            xruns: 5,
            latency: Some(MS),
            ..CounterSnapshot::default()
        });
        assert_eq!((pulse.xruns, pulse.stated_latency), (2, Some(MS)));
    }

    #[test]
    fn blocks_of_different_sizes_are_each_held_to_their_own_time() {
        let start = Instant::now();
        let mut pulse = Pulse::new(48_000);
        let mut at = Duration::ZERO;
        for (n, frames) in [960, 480, 480, 12_000, 480].into_iter().enumerate() {
            pulse.call(&Call {
                began: start + at,
                took: 15 * MS,
                frames,
                first_frame: n as u64,
            });
            at += Duration::from_secs_f64(frames as f64 / 48_000.0);
        }
        assert_eq!((pulse.late_by_interval, pulse.late_by_time), (0, 3));
        assert!(pulse.jitter.max_us() < 0.1);
        assert_eq!(
            (
                pulse.frames.min(),
                pulse.frames.median(),
                pulse.frames.max()
            ),
            (480, 480, 12_000)
        );
    }
}
