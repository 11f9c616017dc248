//! What the audio thread says of itself: atomics, written there and read anywhere. And the one
//! thing that it is told: to be silent.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::calls::{Call, CallLog};

/// Kinds of errors that a stream reports while it plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum StreamErrorKind {
    /// The device ran dry: a gap was heard.
    Xrun = 1,
    /// The stream or its device is gone and has to be opened anew.
    Lost = 2,
    /// The backend said something; healthy streams do so too, up to a million times a second once
    /// their server is gone. Judge by the callbacks whether the stream lives.
    Backend = 3,
    /// Something else, which does no harm.
    Notice = 4,
}

/// Counters of one stream. All of it is lock-free.
#[derive(Debug, Default)]
pub struct StreamCounters {
    callbacks: AtomicU64,
    frames: AtomicU64,
    xruns: AtomicU64,
    lost: AtomicU64,
    backend_errors: AtomicU64,
    notices: AtomicU64,
    last_error: AtomicU8,
    ahead_nanos: AtomicU64,
    given_up: AtomicBool,
    calls: CallLog,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CounterSnapshot {
    /// Blocks that were asked for. When it stands still for some hundred milliseconds, the stream is
    /// dead, whatever else it says.
    pub callbacks: u64,
    /// Frames that were asked for.
    pub frames: u64,
    /// Reports of [`StreamErrorKind::Xrun`].
    pub xruns: u64,
    /// Reports of [`StreamErrorKind::Lost`].
    pub lost: u64,
    /// Reports of [`StreamErrorKind::Backend`].
    pub backend_errors: u64,
    /// Reports of [`StreamErrorKind::Notice`].
    pub notices: u64,
    /// The last error's kind.
    pub last_error: Option<StreamErrorKind>,
    /// How long after a block was asked for it is heard, where the device says so.
    pub latency: Option<Duration>,
}

impl StreamCounters {
    /// The counters now; each for itself, they may be a block apart.
    pub fn snapshot(&self) -> CounterSnapshot {
        let ahead = self.ahead_nanos.load(Relaxed);
        CounterSnapshot {
            callbacks: self.callbacks.load(Relaxed),
            frames: self.frames.load(Relaxed),
            xruns: self.xruns.load(Relaxed),
            lost: self.lost.load(Relaxed),
            backend_errors: self.backend_errors.load(Relaxed),
            notices: self.notices.load(Relaxed),
            last_error: match self.last_error.load(Relaxed) {
                1 => Some(StreamErrorKind::Xrun),
                2 => Some(StreamErrorKind::Lost),
                3 => Some(StreamErrorKind::Backend),
                4 => Some(StreamErrorKind::Notice),
                _ => None,
            },
            latency: (ahead > 0).then(|| Duration::from_nanos(ahead)),
        }
    }

    /// The stream is to be silent from its next block on, should it still ask for one.
    pub(super) fn give_up(&self) {
        self.given_up.store(true, Relaxed);
    }

    /// Whether it was given up. Audio thread.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Relaxed)
    }

    /// The newest calls, one by one.
    pub fn calls(&self) -> &CallLog {
        &self.calls
    }

    /// A block of `frames` was filled, in a call that `began` then and ends now. Audio thread.
    pub(super) fn block(&self, frames: usize, began: Instant) {
        let frames = frames as u64;
        let first_frame = self.frames.fetch_add(frames, Relaxed);
        self.callbacks.fetch_add(1, Relaxed);
        self.calls.write(&Call {
            began,
            took: began.elapsed(),
            frames,
            first_frame,
        });
    }

    /// The block that is asked for now will be heard after `ahead`. Audio thread.
    pub(super) fn heard_after(&self, ahead: Duration) {
        let nanos = u64::try_from(ahead.as_nanos()).unwrap_or(u64::MAX);
        self.ahead_nanos.store(nanos, Relaxed);
    }

    /// The stream reported an error. Audio thread, up to a million times a second.
    pub(super) fn error(&self, kind: StreamErrorKind) {
        let counter = match kind {
            StreamErrorKind::Xrun => &self.xruns,
            StreamErrorKind::Lost => &self.lost,
            StreamErrorKind::Backend => &self.backend_errors,
            StreamErrorKind::Notice => &self.notices,
        };
        counter.fetch_add(1, Relaxed);
        self.last_error.store(kind as u8, Relaxed);
    }
}
