//! How fast a connection is read.

use std::time::Duration;

use tokio::time::Instant;

/// What a connection may send at once, in bytes, when it was quiet before.
const BURST_BYTES: u32 = 65_536;

/// Whoever sends more than its rate is read later, and thereby sends later: what one connection can
/// ask of the server has an end, whatever it sends.
#[derive(Debug)]
pub(super) struct Pace {
    bytes_per_second: u32,
    /// When all that was read so far would have come at the rate.
    due: Instant,
}

impl Pace {
    /// So many `bytes_per_second`, which is more than 0.
    pub(super) fn new(bytes_per_second: u32) -> Self {
        Self {
            bytes_per_second,
            due: Instant::now(),
        }
    }

    /// Counts `bytes` that were read; until when no more are to be.
    pub(super) fn spend(&mut self, bytes: usize) -> Option<Instant> {
        let now = Instant::now();
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.due = self.due.max(now) + self.time_of(bytes);
        let until = self.due.checked_sub(self.time_of(BURST_BYTES))?;
        (until > now).then_some(until)
    }

    fn time_of(&self, bytes: u32) -> Duration {
        Duration::from_secs_f64(f64::from(bytes) / f64::from(self.bytes_per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_comes_at_the_rate_is_never_held_up() {
        let mut pace = Pace::new(100_000);
        for _ in 0..1_000 {
            assert_eq!(pace.spend(1_000), None);
            tokio::time::advance(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn beyond_a_burst_it_comes_at_the_rate_and_no_faster() {
        let mut pace = Pace::new(100_000);
        let began = Instant::now();
        let mut bytes = 0;
        while began.elapsed() < Duration::from_secs(10) {
            bytes += 1_000;
            if let Some(until) = pace.spend(1_000) {
                tokio::time::advance(until - Instant::now()).await;
            }
        }
        let expected = 1_000_000 + BURST_BYTES;
        assert!((expected..=expected + 2_000).contains(&bytes), "{bytes}");
    }
}
