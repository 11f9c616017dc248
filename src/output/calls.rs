//! When the device called, for how much, and how long each call took: written by the audio thread,
//! read by anybody, without either ever waiting for the other.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::unreachable
    )
)]

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU64, fence};
use std::time::{Duration, Instant};

/// Calls that are kept: those of some seconds, whatever the size of block.
const KEPT: usize = 8192;

/// One call of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it began.
    pub began: Instant,
    /// How long it took: rendering, and writing as the device wants it.
    pub took: Duration,
    /// Frames that were asked for.
    pub frames: u64,
    /// Frames that were asked for before it.
    pub first_frame: u64,
}

/// The newest calls of one stream, in constant memory.
///
/// Real-time: writing is four plain stores. Reading never holds it up: what was overwritten before it
/// could be read is told as lost.
#[derive(Debug)]
pub struct CallLog {
    epoch: Instant,
    slots: Box<[Slot]>,
    /// Calls that were written; the audio thread alone changes it.
    written: AtomicU64,
}

#[derive(Debug, Default)]
struct Slot {
    began_nanos: AtomicU64,
    took_nanos: AtomicU64,
    frames: AtomicU64,
    first_frame: AtomicU64,
}

impl Default for CallLog {
    fn default() -> Self {
        Self {
            epoch: Instant::now(),
            slots: (0..KEPT).map(|_| Slot::default()).collect(),
            written: AtomicU64::new(0),
        }
    }
}

impl CallLog {
    /// Keeps a call. Audio thread alone.
    pub(super) fn write(&self, call: &Call) {
        let number = self.written.load(Relaxed);
        if let Some(slot) = self.slots.get(number as usize % KEPT) {
            // Who reads this slot sees that it is being written.
            fence(Release);
            let began = call.began.saturating_duration_since(self.epoch);
            slot.began_nanos.store(nanos(began), Relaxed);
            slot.took_nanos.store(nanos(call.took), Relaxed);
            slot.frames.store(call.frames, Relaxed);
            slot.first_frame.store(call.first_frame, Relaxed);
        }
        self.written.store(number + 1, Release);
    }

    /// Reads what was written since call number `next`, and moves that on. Returns how many were
    /// overwritten before they could be read.
    pub fn read(&self, next: &mut u64, mut each: impl FnMut(Call)) -> u64 {
        let mut lost = 0;
        while *next < self.written.load(Acquire) {
            let call = self.call(*next);
            fence(Acquire);
            // The slot of the call that is written next may be half new already.
            if self.written.load(Relaxed) < *next + KEPT as u64 {
                call.into_iter().for_each(&mut each);
            } else {
                lost += 1;
            }
            *next += 1;
        }
        lost
    }

    fn call(&self, number: u64) -> Option<Call> {
        let slot = self.slots.get(number as usize % KEPT)?;
        Some(Call {
            began: self.epoch + Duration::from_nanos(slot.began_nanos.load(Relaxed)),
            took: Duration::from_nanos(slot.took_nanos.load(Relaxed)),
            frames: slot.frames.load(Relaxed),
            first_frame: slot.first_frame.load(Relaxed),
        })
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    fn call(log: &CallLog, number: u64) -> Call {
        Call {
            began: log.epoch + Duration::from_nanos(number),
            took: Duration::from_nanos(2 * number),
            frames: 3 * number,
            first_frame: 4 * number,
        }
    }

    #[test]
    fn calls_are_read_once_and_in_order() {
        let log = CallLog::default();
        let mut next = 0;
        let mut read = Vec::new();
        for number in 0..10 {
            log.write(&call(&log, number));
            if number % 3 == 0 {
                assert_eq!(log.read(&mut next, |call| read.push(call)), 0);
            }
        }
        let expected: Vec<Call> = (0..10).map(|number| call(&log, number)).collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn what_was_overwritten_is_told_as_lost() {
        let log = CallLog::default();
        for number in 0..KEPT as u64 + 7 {
            log.write(&call(&log, number));
        }
        let mut read = Vec::new();
        // One more than seven: the oldest that is kept is the one that is written next.
        assert_eq!(log.read(&mut 0, |call| read.push(call)), 8);
        assert_eq!(read.first(), Some(&call(&log, 8)));
        assert_eq!(read.len(), KEPT - 1);
    }

    #[test]
    fn no_call_is_read_half_while_it_is_overwritten() {
        let log = Arc::new(CallLog::default());
        let writing = Arc::clone(&log);
        let total = 50 * KEPT as u64;
        let writer = thread::spawn(move || {
            for number in 0..total {
                writing.write(&call(&writing, number));
            }
        });
        let (mut next, mut lost, mut read) = (0, 0, 0);
        while next < total {
            lost += log.read(&mut next, |found| {
                let number = found.first_frame / 4;
                assert_eq!(found, call(&log, number));
                read += 1;
            });
        }
        writer.join().expect("it only writes");
        assert_eq!(read + lost, total);
    }
}
