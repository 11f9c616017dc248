//! What the client counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::freshness::Freshness;
use super::histogram::Histogram;

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
    /// Times that the service was lost: it had answered, and did so no more.
    pub losses: Counter,
    /// Times that the service answered again after it had been lost.
    pub reconnects: Counter,
    /// Times that the position became too old to go by.
    pub stale: Counter,
    /// Time from each poll to its answer, whatever that was.
    pub round_trips: Histogram,
    /// What is known of the position at present.
    pub freshness: Freshness,
    /// Why the newest poll told no position.
    pub trouble: Trouble,
}

/// Why the newest poll told no position, in words: what comes from the server is escaped and cut.
#[derive(Debug, Default)]
pub struct Trouble(Mutex<Option<String>>);

impl Trouble {
    /// The words; `None` when it told one, and before the first.
    pub fn get(&self) -> Option<String> {
        self.lock().clone()
    }

    pub(super) fn set(&self, trouble: Option<String>) {
        *self.lock() = trouble;
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        // It is put in whole: a panic elsewhere cannot have left half of it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    /// Bytes that are no message of the contract, or a message longer than is read.
    pub malformed: Counter,
}

impl Rejected {
    /// All of them together.
    pub fn sum(&self) -> u64 {
        let Self {
            status,
            missing,
            not_finite,
            too_far,
            failed,
            malformed,
        } = self;
        let all = [status, missing, not_finite, too_far, failed, malformed];
        all.into_iter().map(Counter::get).sum()
    }
}
