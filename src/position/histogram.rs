//! How long answers take, counted by duration.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Up to which duration each count but the last goes, itself included: milliseconds.
const BOUNDS_MS: [u64; 10] = [1, 2, 5, 10, 20, 50, 100, 250, 500, 1000];

/// Counts durations by how long they are. It is written and read without a lock.
#[derive(Debug, Default)]
pub struct Histogram {
    counts: [AtomicU64; BOUNDS_MS.len() + 1],
    sum_ns: AtomicU64,
}

impl Histogram {
    /// Up to which duration each but the last of [`Histogram::counts`] goes, itself included; in
    /// ascending order.
    pub fn bounds() -> impl Iterator<Item = Duration> {
        BOUNDS_MS.into_iter().map(Duration::from_millis)
    }

    /// How many there were that are longer than the bound before, in the order of
    /// [`Histogram::bounds`]; last, those beyond all of them.
    pub fn counts(&self) -> impl Iterator<Item = u64> + '_ {
        self.counts.iter().map(|n| n.load(Ordering::Relaxed))
    }

    /// All of them together, in time.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_ns.load(Ordering::Relaxed))
    }

    pub(super) fn add(&self, duration: Duration) {
        let at = Self::bounds().take_while(|bound| duration > *bound).count();
        if let Some(count) = self.counts.get(at) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        // Of 500 years of waiting the sum does not say anything useful any more.
        let ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.sum_ns.fetch_add(ns, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_is_counted_once_below_its_bound_and_summed_up() {
        let histogram = Histogram::default();
        let ms = |ms: f64| Duration::from_secs_f64(ms * 1e-3);
        for duration in [0.0, 1.0, 1.5, 240.0, 250.0, 1000.0, 1000.1, 60_000.0] {
            histogram.add(ms(duration));
        }
        let counts: Vec<u64> = histogram.counts().collect();
        assert_eq!(counts, [2, 1, 0, 0, 0, 0, 0, 2, 0, 1, 2]);
        assert_eq!(Histogram::bounds().count(), counts.len() - 1);
        assert_eq!(histogram.sum(), ms(62_492.6));
    }
}
