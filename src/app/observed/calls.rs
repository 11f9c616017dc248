//! What the calls of devices come to.

use std::collections::VecDeque;
use std::time::Duration;

use hdrhistogram::Histogram as Percentiles;
use tokio::time::Instant;

use crate::metrics::Histogram;
use crate::output::Call;

use crate::app::playing::Playing;

/// Bounds of the loads that are counted: 1 is all of the time that there is.
const LOADS: [f64; 12] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0,
];

/// The last minute is kept in so many pieces of this length.
const PIECES: usize = 6;
const PIECE: Duration = Duration::from_secs(10);

/// Loads are kept in millionths, to a hundredth of themselves, up to a thousand times the time
/// that there is.
const LOAD_UNIT: f64 = 1e-6;
const GREATEST_LOAD: u64 = 1_000_000_000;

/// What the calls of one stream after the other come to.
pub(super) struct Calls {
    /// Of the stream that plays: the call that is read next, and the last one that was.
    next: u64,
    last: Option<Previous>,
    sample_rate: u32,
    minute: Minute,
    /// Calls that were overwritten before they could be read.
    pub(super) unread: u64,
    /// Time of each call over what its frames play.
    pub(super) loads: Histogram,
    /// Calls that took longer than their frames play.
    pub(super) deadline_misses: u64,
    /// Calls that came when twice as much as was asked for before had been played, or later.
    pub(super) late: u64,
}

/// A call, and when what it asked for has been played.
#[derive(Clone, Copy)]
struct Previous {
    began: std::time::Instant,
    plays: Duration,
}

impl Calls {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            next: 0,
            last: None,
            sample_rate: 1,
            unread: 0,
            loads: Histogram::new(&LOADS),
            deadline_misses: 0,
            late: 0,
            minute: Minute::new(now),
        }
    }

    /// What is read from now on is of another stream, at `sample_rate` hertz.
    pub(super) fn begin_stream(&mut self, sample_rate: u32) {
        self.next = 0;
        self.last = None;
        self.sample_rate = sample_rate.max(1);
    }

    /// Reads the newest calls of the stream.
    pub(super) fn read(&mut self, playing: &Playing) {
        let is_steady = playing.is_heard();
        self.minute.turn(Instant::now());
        let mut next = self.next;
        let counters = playing.output.counters();
        let unread = counters
            .calls()
            .read(&mut next, |call| self.take(&call, is_steady));
        self.next = next;
        self.unread += unread;
        if unread > 0 {
            // What follows a gap in the reading is not late.
            self.last = None;
        }
    }

    /// Takes in one call. Before a stream is steady it fills its buffer, and pauses then.
    fn take(&mut self, call: &Call, is_steady: bool) {
        if call.frames == 0 {
            return;
        }
        let plays = Duration::from_secs_f64(call.frames as f64 / f64::from(self.sample_rate));
        let load = call.took.as_secs_f64() / plays.as_secs_f64();
        self.loads.add(load);
        self.minute.add(load);
        self.deadline_misses += u64::from(call.took > plays);
        if let Some(last) = self.last.filter(|_| is_steady) {
            let interval = call.began.saturating_duration_since(last.began);
            self.late += u64::from(interval > 2 * last.plays);
        }
        self.last = Some(Previous {
            began: call.began,
            plays,
        });
    }

    /// Loads of the last minute: the median, the 99th percentile and the highest; none without
    /// calls.
    pub(super) fn minute(&mut self) -> Option<[f64; 3]> {
        self.minute.figures()
    }
}

/// The loads of the last minute.
struct Minute {
    /// From the oldest; the last one began at `began`, and is not full.
    pieces: VecDeque<Percentiles<u64>>,
    began: Instant,
    all: Percentiles<u64>,
}

impl Minute {
    fn new(now: Instant) -> Self {
        let all = Percentiles::new_with_max(GREATEST_LOAD, 2);
        let all = all.expect("the bounds are in its range");
        Self {
            pieces: VecDeque::from([all.clone()]),
            began: now,
            all,
        }
    }

    /// Begins a piece when it is time to, and forgets the oldest.
    fn turn(&mut self, now: Instant) {
        if now - self.began < PIECE {
            return;
        }
        self.began = now;
        let recycled = if self.pieces.len() < PIECES {
            None
        } else {
            self.pieces.pop_front()
        };
        let mut piece = recycled.unwrap_or_else(|| self.all.clone());
        piece.reset();
        self.pieces.push_back(piece);
    }

    fn add(&mut self, load: f64) {
        let units = ((load / LOAD_UNIT).round() as u64).min(GREATEST_LOAD);
        if let Some(piece) = self.pieces.back_mut() {
            piece.saturating_record(units);
        }
    }

    fn figures(&mut self) -> Option<[f64; 3]> {
        self.all.reset();
        for piece in &self.pieces {
            // They are all of one kind, so that it never fails.
            let _ = self.all.add(piece);
        }
        let units = [
            self.all.value_at_quantile(0.5),
            self.all.value_at_quantile(0.99),
            self.all.max(),
        ];
        (!self.all.is_empty()).then(|| units.map(|units| units as f64 * LOAD_UNIT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn call(began: std::time::Instant, took: Duration) -> Call {
        Call {
            began,
            took,
            frames: 480,
            first_frame: 0,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn late_and_long_calls_are_counted_once_the_stream_is_steady() {
        let mut calls = Calls::new(Instant::now());
        calls.begin_stream(48_000);
        let start = std::time::Instant::now();
        // Each 10 ms; the second and the last but one come 11 ms late, the last one is too long.
        for (n, at) in [0, 21, 30, 40, 61, 70].into_iter().enumerate() {
            let took = if n == 5 { 11 * MS } else { MS };
            calls.take(&call(start + at * MS, took), n >= 3);
        }
        assert_eq!((calls.late, calls.deadline_misses), (1, 1));
        assert_eq!(calls.loads.count(), 6);
        let [median, p99, max] = calls.minute().expect("there were calls");
        assert!((median - 0.1).abs() < 0.001, "{median}");
        assert!((p99 - 1.1).abs() < 0.011 && (max - 1.1).abs() < 0.011);

        // What is between two streams is no call that came late.
        calls.begin_stream(48_000);
        calls.take(&call(start + 500 * MS, MS), true);
        assert_eq!(calls.late, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_figures_are_those_of_the_last_minute() {
        let mut minute = Minute::new(Instant::now());
        assert_eq!(minute.figures(), None);
        minute.add(50.0);
        minute.add(1e12);
        for _ in 0..PIECES {
            assert!(minute.figures().expect("there was one")[2] > 900.0);
            tokio::time::advance(PIECE).await;
            minute.turn(Instant::now());
        }
        assert_eq!(minute.figures(), None);
    }
}
