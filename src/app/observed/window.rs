//! Figures of the last second and of the last minute.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Looks whose peaks make up a second.
const PEAKS: usize = 10;

/// How far back a mean goes, and how often what it is taken from is kept.
const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

/// The highest samples of the last looks: left and right.
#[derive(Debug, Default)]
pub(super) struct Peaks(VecDeque<[f32; 2]>);

impl Peaks {
    /// Takes in what was highest since the last look.
    pub(super) fn add(&mut self, peaks: [f32; 2]) {
        if self.0.len() == PEAKS {
            self.0.pop_front();
        }
        self.0.push_back(peaks);
    }

    /// The highest of all; finite.
    pub(super) fn highest(&self) -> [f64; 2] {
        let highest = |ear: usize| {
            let peaks = self.0.iter().map(|peaks| peaks[ear]);
            f64::from(peaks.fold(0.0, f32::max).min(f32::MAX))
        };
        [highest(0), highest(1)]
    }
}

/// The mean of durations in the last minute, from their count and sum since the beginning.
#[derive(Debug)]
pub(super) struct Means {
    kept: VecDeque<(Instant, u64, Duration)>,
    newest: (u64, Duration),
}

impl Means {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            kept: VecDeque::from([(now, 0, Duration::ZERO)]),
            newest: (0, Duration::ZERO),
        }
    }

    /// So many there were until now, and that is their sum.
    pub(super) fn look(&mut self, now: Instant, count: u64, sum: Duration) {
        self.newest = (count, sum);
        let last = self.kept.back().map(|(at, ..)| *at);
        if last.is_none_or(|last| now - last >= SECOND) {
            self.kept.push_back((now, count, sum));
        }
        while self.kept.len() > 1 && self.kept.front().is_some_and(|(at, ..)| now - *at > MINUTE) {
            self.kept.pop_front();
        }
    }

    /// In seconds; none without any.
    pub(super) fn mean_s(&self) -> Option<f64> {
        let (_, count, sum) = self.kept.front()?;
        let count = self.newest.0.saturating_sub(*count);
        let sum = self.newest.1.saturating_sub(*sum);
        (count > 0).then(|| sum.as_secs_f64() / count as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_told_for_a_second() {
        let mut peaks = Peaks::default();
        assert_eq!(peaks.highest(), [0.0, 0.0]);
        peaks.add([0.5, 0.25]);
        for _ in 1..PEAKS {
            peaks.add([0.125, f32::INFINITY]);
            assert_eq!(peaks.highest(), [0.5, f64::from(f32::MAX)]);
        }
        peaks.add([0.125, 0.0]);
        assert_eq!(peaks.highest()[0], 0.125);
    }

    #[tokio::test(start_paused = true)]
    async fn a_mean_forgets_what_is_older_than_a_minute() {
        let mut means = Means::new(Instant::now());
        assert_eq!(means.mean_s(), None);
        // One of 4 s in the first second, then one of 1 s in each.
        for second in 1..=61 {
            tokio::time::advance(SECOND).await;
            let sum = Duration::from_secs(second + 3);
            means.look(Instant::now(), second, sum);
        }
        assert_eq!(means.mean_s(), Some(1.0));
        for _ in 0..61 {
            tokio::time::advance(SECOND).await;
            means.look(Instant::now(), 61, Duration::from_secs(64));
        }
        assert_eq!(means.mean_s(), None);
    }
}
