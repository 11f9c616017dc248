//! The times of many blocks and their percentiles, in constant memory.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Longer times than this, in nanoseconds, count as this: an hour.
const LONGEST_NS: u64 = 3_600_000_000_000;
/// Digits to which sizes are kept: exactly, up to 16384 frames.
const SIZE_DIGITS: u8 = 4;
/// Longer blocks than this, in frames, count as this.
const LONGEST_BLOCK: u64 = 1 << 24;
/// Digits to which times are kept: to 0.1 %.
const DIGITS: u8 = 3;

/// Times, each rounded up by 0.1 % at most.
#[derive(Clone, Debug)]
pub(super) struct Times(Histogram<u64>);

impl Times {
    pub(super) fn new() -> Self {
        let histogram = Histogram::new_with_max(LONGEST_NS, DIGITS);
        Self(histogram.expect("the bounds are in its range"))
    }

    pub(super) fn record(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(LONGEST_NS);
        self.0.saturating_record(nanos);
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time that a share of the blocks, `past` out of `of`, is above; in microseconds. None when
    /// there are so few that not one would be.
    fn above(&self, past: u64, of: u64) -> Option<f64> {
        let quantile = 1.0 - past as f64 / of as f64;
        (self.count() * past >= of).then(|| self.0.value_at_quantile(quantile) as f64 / 1000.0)
    }

    /// The median, in microseconds.
    pub(super) fn median_us(&self) -> f64 {
        self.0.value_at_quantile(0.5) as f64 / 1000.0
    }

    /// What 1 in 100 takes longer than, in microseconds; none of fewer than 100.
    pub(super) fn p99_us(&self) -> Option<f64> {
        self.above(1, 100)
    }

    /// What 1 in 1000 takes longer than, in microseconds; none of fewer than 1000.
    pub(super) fn p99_9_us(&self) -> Option<f64> {
        self.above(1, 1000)
    }

    /// The longest, in microseconds.
    pub(super) fn max_us(&self) -> f64 {
        self.0.max() as f64 / 1000.0
    }
}

/// Sizes of blocks, in frames.
#[derive(Clone, Debug)]
pub(super) struct Sizes {
    histogram: Histogram<u64>,
    sum: u64,
}

impl Sizes {
    pub(super) fn new() -> Self {
        let histogram = Histogram::new_with_max(LONGEST_BLOCK, SIZE_DIGITS);
        Self {
            histogram: histogram.expect("the bounds are in its range"),
            sum: 0,
        }
    }

    pub(super) fn record(&mut self, frames: u64) {
        self.histogram.saturating_record(frames);
        self.sum += frames;
    }

    /// All of them together.
    pub(super) fn sum(&self) -> f64 {
        self.sum as f64
    }

    pub(super) fn min(&self) -> u64 {
        self.histogram.min()
    }

    pub(super) fn median(&self) -> u64 {
        self.histogram.value_at_quantile(0.5)
    }

    pub(super) fn max(&self) -> u64 {
        self.histogram.max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1, 2, 3, ... microseconds, in a mixed order.
    fn times(count: u64) -> Times {
        let mut times = Times::new();
        // 7919 is a prime: it visits each once.
        for n in 0..count {
            times.record(Duration::from_micros(n * 7919 % count + 1));
        }
        times
    }

    fn is_near(found: f64, expected: f64) {
        let high = expected * 1.001;
        assert!(
            (expected..=high).contains(&found),
            "{found} is not {expected}"
        );
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_times() {
        let times = times(10_000);
        assert_eq!(times.count(), 10_000);
        is_near(times.median_us(), 5_000.0);
        is_near(times.p99_us().expect("enough"), 9_900.0);
        is_near(times.p99_9_us().expect("enough"), 9_990.0);
        is_near(times.max_us(), 10_000.0);
    }

    #[test]
    fn a_percentile_needs_a_block_beyond_it() {
        assert_eq!(times(99).p99_us(), None);
        is_near(times(100).p99_us().expect("enough"), 99.0);
        assert_eq!(times(999).p99_9_us(), None);
        is_near(times(1000).p99_9_us().expect("enough"), 999.0);
    }

    #[test]
    fn one_late_block_is_the_greatest_time_and_no_percentile() {
        let mut times = Times::new();
        for _ in 0..1999 {
            times.record(Duration::from_micros(10));
        }
        times.record(Duration::from_millis(7));
        is_near(times.median_us(), 10.0);
        is_near(times.p99_9_us().expect("enough"), 10.0);
        is_near(times.max_us(), 7000.0);
    }

    #[test]
    fn times_out_of_range_count_as_the_last_within() {
        let mut times = Times::new();
        times.record(Duration::ZERO);
        times.record(Duration::MAX);
        assert_eq!(times.count(), 2);
        is_near(times.max_us(), 3.6e9);
    }
}
