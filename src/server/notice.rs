//! What peers make happen as often as they like, and the log says now and then.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Least time between two lines of the same notice.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// A line of the log that comes at a limited rate, with the count of those that were left out.
#[derive(Debug, Default)]
pub(super) struct Notice {
    last: Mutex<Option<(Instant, u64)>>,
}

impl Notice {
    /// Says `what`, unless it was said a moment ago.
    pub(super) fn tell(&self, what: impl Display) {
        match self.admit() {
            Some(0) => tracing::warn!("{what}"),
            Some(unsaid) => {
                tracing::warn!("{what} ({unsaid} more like this since the last line)");
            }
            None => {}
        }
    }

    /// Whether to say it; then with how many were not said since the last one that was.
    fn admit(&self) -> Option<u64> {
        let now = Instant::now();
        // Each change of the value is one assignment: a panic elsewhere cannot have left half of
        // it.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match last.as_mut() {
            Some((said, unsaid)) if now.duration_since(*said) < LINE_EVERY => {
                *unsaid += 1;
                None
            }
            told => {
                let unsaid = told.map_or(0, |(_, unsaid)| *unsaid);
                *last = Some((now, 0));
                Some(unsaid)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_line_in_five_seconds_with_the_count_of_the_others() {
        let notice = Notice::default();
        assert_eq!(notice.admit(), Some(0));
        for _ in 0..299 {
            tokio::time::advance(LINE_EVERY / 300).await;
            assert_eq!(notice.admit(), None);
        }
        tokio::time::advance(LINE_EVERY / 300 + Duration::from_millis(1)).await;
        assert_eq!(notice.admit(), Some(299));
        assert_eq!(notice.admit(), None);
        tokio::time::advance(2 * LINE_EVERY).await;
        assert_eq!(notice.admit(), Some(1));
    }
}
