//! The priority of the audio thread: real time, where the system lets this process have it.
//!
//! The thread asks for itself, once, before its first block: audio systems start their threads where
//! nobody else can reach them, and what a thread asks for itself cannot hit another that took its
//! number meanwhile. What the limits of the user refuse can still be lent from outside
//! ([`ThreadPriority::lent`]), for which the thread says its number.
//!
//! A thread of this priority that never waits keeps all others off its core, and is killed with the
//! whole process where a limit is set for that (`RLIMIT_RTTIME`; `RealtimeKit` asks for one of
//! 200 ms). Both happen where a sound server goes away: some hosts then report errors without end.
//! So while there are errors the thread looks at its own processor time, and rests when it has not
//! waited for 20 ms, each time for twice as long: that keeps it alive, and leaves others nearly all of
//! its core until the stream is left. It keeps its priority: streams that play on have such moments
//! too, after a drop-out.
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

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;

/// The real-time priority that the audio thread gets, of 1 to 99: above all that has none, below
/// what systems keep for themselves, and within the 20 that `RealtimeKit` lends.
pub const REALTIME_PRIORITY: u8 = 10;

/// Over so much time it is judged whether the thread ever waits.
const WINDOW: Duration = Duration::from_millis(20);

/// How long a thread rests at first that does not wait, and how often it rests for twice as long as
/// before. The kernel begins to count anew after each.
const REST: Duration = WINDOW;
const DOUBLINGS: u32 = 4;

/// What takes more than this part of a core does not wait.
const RESTLESS: f64 = 0.95;

/// The priority of a stream's audio thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Nothing was asked for: not wanted, not needed, or no block has come yet.
    Ordinary,
    /// The real-time priority [`REALTIME_PRIORITY`], or one that it had before.
    RealTime,
    /// The limits of this user refuse it.
    Refused {
        /// The kernel's number of the thread, for whoever may lend it.
        thread: i32,
    },
}

const UNWANTED: u8 = 0;
const WANTED: u8 = 1;
const REAL_TIME: u8 = 2;
const REFUSED: u8 = 3;
const ORDINARY: u8 = 4;

/// The priority of one audio thread, as that thread and its control side see it. Lock-free.
#[derive(Debug)]
pub(super) struct ThreadPriority {
    state: AtomicU8,
    /// The kernel's number of the thread; 0: no block has come yet.
    thread: AtomicI32,
    began: Instant,
    /// When the window began, since then; 0: none has.
    window_nanos: AtomicU64,
    /// The thread's processor time at that moment.
    worked_nanos: AtomicU64,
    /// Windows without a wait since the last one with one.
    restless: AtomicU32,
}

impl ThreadPriority {
    /// For a thread that is to ask for it, or not; where the system cannot be asked, it never does.
    pub(super) fn new(wanted: bool) -> Self {
        let asks = wanted && system::CAN_BE_ASKED;
        Self {
            state: AtomicU8::new(if asks { WANTED } else { UNWANTED }),
            thread: AtomicI32::new(0),
            began: Instant::now(),
            window_nanos: AtomicU64::new(0),
            worked_nanos: AtomicU64::new(0),
            restless: AtomicU32::new(0),
        }
    }

    /// How it stands.
    pub(super) fn get(&self) -> Priority {
        match self.state.load(Relaxed) {
            REAL_TIME => Priority::RealTime,
            REFUSED => Priority::Refused {
                thread: self.thread.load(Relaxed),
            },
            _ => Priority::Ordinary,
        }
    }

    /// The real-time priority that the thread has, as the system tells it; none: an ordinary one, or
    /// it is not told. Control thread.
    pub(super) fn level(&self) -> Option<u8> {
        match self.thread.load(Relaxed) {
            0 => None,
            thread => system::level(thread),
        }
    }

    /// Somebody else has given it to the thread that was refused it.
    pub(super) fn lent(&self) {
        self.state.store(REAL_TIME, Relaxed);
    }

    /// To be called before each block. Audio thread.
    ///
    /// Asks the system in the first call, before anything plays; from then on it reads an atomic.
    pub(super) fn before_first_block(&self) {
        let state = match self.state.load(Relaxed) {
            UNWANTED => ORDINARY,
            WANTED if system::is_real_time() || system::ask() => REAL_TIME,
            WANTED => REFUSED,
            _ => return,
        };
        self.thread.store(system::thread(), Relaxed);
        self.state.store(state, Relaxed);
    }

    /// Rests when the thread does not wait any more. To be called with each error, up to a million
    /// times a second, on whichever thread that is.
    pub(super) fn watch(&self) {
        if let Some(rest) = self.needed_rest() {
            // Nothing plays while there are errors without end.
            thread::sleep(rest);
            self.window_nanos.store(self.now(), Relaxed);
        }
    }

    /// How long the thread that calls is to rest, if it is the audio thread, has the priority and does
    /// not wait.
    fn needed_rest(&self) -> Option<Duration> {
        if self.state.load(Relaxed) != REAL_TIME {
            return None;
        }
        let now = self.now();
        let window = now.saturating_sub(self.window_nanos.load(Relaxed));
        if u128::from(window) < WINDOW.as_nanos() || system::thread() != self.thread.load(Relaxed) {
            return None;
        }
        if self.is_restless(now, system::worked_nanos()) {
            let doublings = self.restless.fetch_add(1, Relaxed).min(DOUBLINGS);
            Some(REST * (1 << doublings))
        } else {
            self.restless.store(0, Relaxed);
            None
        }
    }

    /// Nanoseconds since it began.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Ends the window `now`, when the thread has worked for so long in all; in nanoseconds. Whether
    /// it did not wait in it.
    fn is_restless(&self, now: u64, worked: u64) -> bool {
        let before = self.window_nanos.swap(now, Relaxed);
        let window = now.saturating_sub(before);
        let work = worked.saturating_sub(self.worked_nanos.swap(worked, Relaxed));
        before > 0 && work as f64 > RESTLESS * window as f64
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use super::*;

    /// A thread that has it, as far as this tells.
    fn lent() -> ThreadPriority {
        let priority = ThreadPriority::new(false);
        priority.thread.store(system::thread(), Relaxed);
        priority.lent();
        priority
    }

    #[test]
    fn a_thread_asks_once_and_only_when_it_is_wanted() {
        let priority = ThreadPriority::new(false);
        priority.before_first_block();
        assert_eq!(priority.get(), Priority::Ordinary);

        // On a thread of its own: it may be granted.
        thread::spawn(|| {
            let priority = ThreadPriority::new(true);
            assert_eq!(priority.get(), Priority::Ordinary);
            priority.before_first_block();
            let expected = if system::is_real_time() {
                Priority::RealTime
            } else {
                let thread = system::thread();
                Priority::Refused { thread }
            };
            assert_eq!(priority.get(), expected);
        })
        .join()
        .expect("no assertion failed");
    }

    #[test]
    fn a_thread_with_errors_has_to_rest_only_when_it_does_not_wait() {
        let priority = lent();
        for _ in 0..30 {
            priority.before_first_block();
            assert_eq!(priority.needed_rest(), None);
            thread::sleep(Duration::from_millis(5));
        }
        // Other programs may have the core meanwhile, but not for ever.
        let rest = loop {
            if let Some(rest) = priority.needed_rest() {
                break rest;
            }
        };
        assert_eq!(rest, REST);
        assert_eq!(priority.get(), Priority::RealTime);
        priority.watch();
        // Twice as long, unless others had the core in between.
        priority.restless.store(1, Relaxed);
        let rest = loop {
            if let Some(rest) = priority.needed_rest() {
                break rest;
            }
            priority.restless.store(1, Relaxed);
        };
        assert_eq!(rest, 2 * REST);
    }

    #[test]
    fn a_thread_that_works_for_all_of_a_window_does_not_wait() {
        const MS: u64 = 1_000_000;
        let priority = lent();
        // What was before the first window is not known.
        assert!(!priority.is_restless(60 * MS, 60 * MS));
        assert!(!priority.is_restless(110 * MS, 107 * MS));
        assert!(priority.is_restless(160 * MS, 155 * MS));
        assert!(!priority.is_restless(260 * MS, 165 * MS));
    }

    #[test]
    fn another_thread_is_not_taken_for_it() {
        let priority = lent();
        thread::scope(|scope| {
            scope.spawn(|| {
                let began = Instant::now();
                while began.elapsed() < 4 * WINDOW {
                    assert_eq!(priority.needed_rest(), None);
                }
            });
        });
    }
}
