//! Which frame of a stream is at which moment: evenly, although its blocks come when they like.

use std::time::{Duration, Instant};

/// So far to both sides of a moment the mean is taken: seconds.
const REACH_S: f64 = 0.5;

/// A stream of frames in time.
#[derive(Debug)]
pub(super) struct Pace {
    epoch: Instant,
    rate: f64,
    /// First frames of blocks and when they were, in seconds since the epoch, in order.
    blocks: Vec<(f64, f64)>,
}

impl Pace {
    /// Of a stream at `rate` hertz, from the first frames of its blocks and when they were.
    pub(super) fn new(
        epoch: Instant,
        rate: u32,
        blocks: impl Iterator<Item = (u64, Instant)>,
    ) -> Self {
        let blocks = blocks.map(|(frame, at)| (frame as f64, seconds_between(epoch, at)));
        Self {
            epoch,
            rate: f64::from(rate),
            blocks: blocks.collect(),
        }
    }

    /// When a frame was, in seconds since the epoch: by the blocks around it, the median of what
    /// each of them says. None where there are none.
    pub(super) fn at(&self, frame: f64) -> Option<f64> {
        let reach = REACH_S * self.rate;
        let from = self
            .blocks
            .partition_point(|(first, _)| *first < frame - reach);
        let to = self
            .blocks
            .partition_point(|(first, _)| *first <= frame + reach);
        let around = self.blocks.get(from..to)?;
        let mut says: Vec<f64> = around
            .iter()
            .map(|(first, at)| at + (frame - first) / self.rate)
            .collect();
        says.sort_by(f64::total_cmp);
        says.get(says.len() / 2).copied()
    }

    /// Which frame there was at a moment, in seconds since the epoch.
    pub(super) fn frame(&self, at: f64) -> Option<f64> {
        let near = self.blocks.partition_point(|(_, then)| *then < at);
        let (first, then) = self
            .blocks
            .get(near.min(self.blocks.len().checked_sub(1)?))?;
        let guess = first + (at - then) * self.rate;
        Some(guess - (self.at(guess)? - at) * self.rate)
    }

    /// A moment in seconds since the epoch.
    pub(super) fn seconds(&self, at: Instant) -> f64 {
        seconds_between(self.epoch, at)
    }
}

/// From one moment to another, which may be the earlier one.
fn seconds_between(from: Instant, to: Instant) -> f64 {
    let later = to.saturating_duration_since(from);
    let earlier = from.saturating_duration_since(to);
    later.as_secs_f64() - earlier.as_secs_f64()
}

/// The middle one of some durations.
pub(super) fn median(durations: impl Iterator<Item = Duration>) -> Option<Duration> {
    let mut sorted: Vec<Duration> = durations.collect();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_even_although_some_blocks_come_late() {
        let epoch = Instant::now();
        let blocks = (0..1000_u64).map(|n| {
            let late = if n % 7 == 0 { 4000 } else { n % 3 };
            let at = epoch + Duration::from_micros(5000 * n + 100_000 + late);
            (240 * n, at)
        });
        let pace = Pace::new(epoch, 48_000, blocks);
        for frame in [0.0, 4801.5, 100_000.0] {
            let at = pace.at(frame).expect("there are blocks");
            assert!((at - (frame / 48_000.0 + 0.1)).abs() < 5e-6, "{at}");
            let back = pace.frame(at).expect("there are blocks");
            assert!((back - frame).abs() < 0.5, "{back}");
        }
        assert_eq!(pace.at(1e9), None);
        assert_eq!(
            Pace::new(epoch, 48_000, std::iter::empty()).frame(1.0),
            None
        );
    }
}
