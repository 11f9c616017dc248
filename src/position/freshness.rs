//! Whether the server answers, and how old its newest good answer is.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// What is known of the followed position at present. It is written and read without a lock.
#[derive(Debug)]
pub struct Freshness {
    began: Instant,
    /// When the newest good answer came: nanoseconds after `began`, and 1; 0 before the first.
    newest: AtomicU64,
    connected: AtomicBool,
    stale: AtomicBool,
}

impl Default for Freshness {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            newest: AtomicU64::new(0),
            connected: AtomicBool::new(false),
            stale: AtomicBool::new(false),
        }
    }
}

impl Freshness {
    /// Time since the newest answer that was a position, an equal one too; `None` before the first.
    pub fn age(&self) -> Option<Duration> {
        let newest = self.newest.load(Ordering::Relaxed).checked_sub(1)?;
        let now = self.began.elapsed();
        Some(now.saturating_sub(Duration::from_nanos(newest)))
    }

    /// Whether the service answered the newest poll, with whatever.
    pub fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    /// Whether the position is too old to go by.
    pub fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Relaxed)
    }

    /// Another server is asked from now on, and has not answered yet. The position stays as old as it
    /// is.
    pub(crate) fn begin_anew(&self) {
        self.set_connected(false);
    }

    pub(super) fn renew(&self) {
        // The clock runs for 500 years before this ends.
        let ns = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.newest.store(ns.saturating_add(1), Ordering::Relaxed);
    }

    pub(super) fn set_connected(&self, connected: bool) {
        self.connected.store(connected, Ordering::Relaxed);
    }

    pub(super) fn set_stale(&self, stale: bool) {
        self.stale.store(stale, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_position_has_no_age_before_the_first_and_grows_older_until_the_next() {
        let freshness = Freshness::default();
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(freshness.age(), None);
        freshness.renew();
        assert_eq!(freshness.age(), Some(Duration::ZERO));
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!(freshness.age(), Some(Duration::from_secs(7)));
        freshness.renew();
        assert_eq!(freshness.age(), Some(Duration::ZERO));
    }
}
