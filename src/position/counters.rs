//! What the client counts.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Its value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What the client has counted since it began.
#[derive(Debug, Default)]
pub struct Counters {
    /// Calls begun.
    pub polls: Counter,
    /// Calls that the service answered, with whatever.
    pub answers: Counter,
    /// Answers that were positions other than the one before.
    pub positions: Counter,
    /// Answers that were no positions.
    pub rejected: Rejected,
    /// Calls that were not answered within their deadline.
    pub timeouts: Counter,
    /// Times that the service answered again after it had been lost.
    pub reconnects: Counter,
}

/// Answers that were no positions, by the reason.
#[derive(Debug, Default)]
pub struct Rejected {
    /// A status other than 0.
    pub status: Counter,
    /// No position in it.
    pub missing: Counter,
    /// A coordinate that is NaN or infinite.
    pub not_finite: Counter,
    /// A coordinate beyond the greatest.
    pub too_far: Counter,
    /// A gRPC error in the place of an answer.
    pub failed: Counter,
}
