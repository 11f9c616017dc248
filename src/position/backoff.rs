//! How long to wait between the beginnings of two attempts.

use std::time::Duration;

/// The first wait, in full.
const FIRST: Duration = Duration::from_millis(20);

/// The longest wait: a server that is back is asked within this, or within the deadline of a call if
/// that is longer.
const LONGEST: Duration = Duration::from_millis(500);

/// Waits that double up to half a second, each shortened by up to a half at random, so that many
/// clients of one server do not come back all at once.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self { next: FIRST }
    }

    /// The wait until the next attempt, from the beginning of this one.
    pub(super) fn wait(&mut self) -> Duration {
        let full = self.next;
        self.next = (full * 2).min(LONGEST);
        full.mul_f64(1.0 - 0.5 * fastrand::f64())
    }

    /// Begins again with the short waits.
    pub(super) fn reset(&mut self) {
        self.next = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_the_longest_and_vary() {
        let mut backoff = Backoff::new();
        let mut full = FIRST;
        for attempt in 0..100 {
            let wait = backoff.wait();
            assert!(
                wait >= full / 2 && wait <= full,
                "attempt {attempt}: {wait:?} is not {full:?} or up to half less"
            );
            full = (full * 2).min(LONGEST);
        }
        assert_eq!(full, LONGEST);
        let waits: std::collections::HashSet<_> = (0..100).map(|_| backoff.wait()).collect();
        assert!(waits.len() > 50, "only {} different waits", waits.len());
        backoff.reset();
        assert!(backoff.wait() <= FIRST);
    }
}
