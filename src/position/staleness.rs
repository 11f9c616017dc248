//! When a position is too old to go by.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::counters::Counters;

/// Tells when the position becomes stale, and when it is fresh again: by the good answers of the
/// server, equal ones too. Before the first one it is never stale.
#[derive(Debug)]
pub struct Staleness {
    after: Duration,
    counters: Arc<Counters>,
    /// When the last good answer came before it was stale.
    newest: Instant,
}

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The newest good answer is so old, and that is too old.
    Stale(Duration),
    /// There is a good answer again, so long after the one before it.
    Fresh(Duration),
}

impl Staleness {
    /// A position without a good answer for `after` is stale. Notes it in `counters`, and learns of
    /// the answers there.
    pub fn new(after: Duration, counters: Arc<Counters>) -> Self {
        Self {
            after,
            counters,
            newest: Instant::now(),
        }
    }

    /// Judges by another age from now on.
    pub fn set_limit(&mut self, after: Duration) {
        self.after = after;
    }

    /// Whether the position was stale at the last look.
    pub fn is_stale(&self) -> bool {
        self.counters.freshness.is_stale()
    }

    /// What has changed since the last look. To be called often.
    pub fn look(&mut self) -> Option<Turn> {
        let Counters {
            freshness, stale, ..
        } = &*self.counters;
        let age = freshness.age()?;
        let now = Instant::now();
        let newest = now.checked_sub(age).unwrap_or(now);
        let is_stale = age >= self.after;
        if is_stale == freshness.is_stale() {
            return None;
        }
        freshness.set_stale(is_stale);
        if is_stale {
            stale.add_one();
            self.newest = newest;
            Some(Turn::Stale(age))
        } else {
            let gap = newest.saturating_duration_since(self.newest);
            Some(Turn::Fresh(gap))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: Duration = Duration::from_secs(5);
    const TICK: Duration = Duration::from_millis(10);
    const ALMOST: Duration = Duration::from_millis(4990);

    fn staleness() -> (Staleness, Arc<Counters>) {
        let counters = Arc::<Counters>::default();
        (Staleness::new(AFTER, Arc::clone(&counters)), counters)
    }

    #[tokio::test(start_paused = true)]
    async fn before_the_first_answer_nothing_is_stale() {
        let (mut staleness, counters) = staleness();
        tokio::time::advance(100 * AFTER).await;
        assert_eq!(staleness.look(), None);
        assert!(!counters.freshness.is_stale());
    }

    #[tokio::test(start_paused = true)]
    async fn it_turns_once_when_the_time_is_over_and_once_with_the_next_answer() {
        let (mut staleness, counters) = staleness();
        for round in 1..=3 {
            counters.freshness.renew();
            tokio::time::advance(ALMOST).await;
            assert_eq!(staleness.look(), None);
            tokio::time::advance(TICK).await;
            assert_eq!(staleness.look(), Some(Turn::Stale(AFTER)));
            assert_eq!(staleness.look(), None);
            assert!(counters.freshness.is_stale());
            tokio::time::advance(AFTER).await;
            assert_eq!(staleness.look(), None);
            counters.freshness.renew();
            // Seen a little later than it came.
            tokio::time::advance(TICK).await;
            assert_eq!(staleness.look(), Some(Turn::Fresh(2 * AFTER)));
            assert_eq!(staleness.look(), None);
            assert!(!counters.freshness.is_stale());
            assert_eq!(counters.stale.get(), round);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn as_long_as_answers_come_it_is_fresh() {
        let (mut staleness, counters) = staleness();
        for _ in 0..1000 {
            counters.freshness.renew();
            tokio::time::advance(ALMOST).await;
            assert_eq!(staleness.look(), None);
        }
        assert_eq!(counters.stale.get(), 0);
    }
}
