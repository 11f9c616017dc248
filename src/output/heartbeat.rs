//! Whether a stream lives: judged by the blocks that it asks for.
//!
//! Not by what it reports. Healthy streams report errors by the thousand and go on, and dead ones
//! may report nothing at all. Errors only make the wait for the next block shorter.

use std::time::{Duration, Instant};

use super::counters::CounterSnapshot;

/// A stream that asks for no block for this long is dead.
const LIMIT: Duration = Duration::from_millis(500);

/// One that reports errors at the same time is dead after this long.
const LIMIT_WITH_ERRORS: Duration = Duration::from_millis(200);

/// Errors are taken seriously when they go on for this long without a block: a healthy stream reports
/// thousands within some milliseconds, when it begins and after a drop-out. A dead one may pause: its
/// thread rests between its errors, see [`super::priority`].
const STORM: Duration = Duration::from_millis(30);

/// Looks further apart than this mean that this process stood still. The stream may have done so
/// too, and gets the time that was missed.
const LOOK_LIMIT: Duration = Duration::from_millis(100);

/// Some devices fill their buffer at the start, and pause until it has been played.
const LIMIT_AT_START: Duration = Duration::from_secs(2);

/// How long the start is at most: a stream that is steady has it behind it.
const START: Duration = Duration::from_secs(3);

/// A stream that still asks for blocks after this long plays: what fills its buffer and stops does
/// not.
const STEADY: Duration = Duration::from_millis(300);

/// So many of its blocks are waited for all the same, however long they are.
const LIMIT_BLOCKS: u32 = 3;

/// Watches the counters of one stream. To be asked every 10 ms or so.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    block_time: Duration,
    started: Instant,
    last_look: Instant,
    last_beat: Instant,
    first_beat: Option<Instant>,
    callbacks: u64,
    errors: u64,
    /// When errors were found first and last since the last beat.
    storm: Option<[Instant; 2]>,
    /// Reports of loss that were made before the last beat: the stream played on.
    survived: u64,
}

impl Heartbeat {
    /// For a stream of blocks of `block_time` that starts `now`.
    pub fn new(block_time: Duration, now: Instant) -> Self {
        Self {
            block_time,
            started: now,
            last_look: now,
            last_beat: now,
            first_beat: None,
            callbacks: 0,
            errors: 0,
            storm: None,
            survived: 0,
        }
    }

    /// Looks at the counters `now`. Once the stream is dead: for how long it has asked for no block.
    pub fn look(&mut self, stream: &CounterSnapshot, now: Instant) -> Option<Duration> {
        let since_look = now.saturating_duration_since(self.last_look);
        self.last_beat += since_look.saturating_sub(LOOK_LIMIT);
        self.last_look = now;
        if stream.callbacks != self.callbacks {
            self.callbacks = stream.callbacks;
            self.last_beat = now;
            self.first_beat.get_or_insert(now);
            self.survived = stream.lost;
            self.storm = None;
        }
        let errors = stream.backend_errors + stream.lost;
        if errors != self.errors {
            self.errors = errors;
            let [first, _] = self.storm.unwrap_or([now, now]);
            self.storm = Some([first, now]);
        }

        let storms = self
            .storm
            .is_some_and(|[first, last]| last - first >= STORM);
        let limit = if storms || stream.lost > self.survived {
            LIMIT_WITH_ERRORS
        } else if now.saturating_duration_since(self.started) < START && !self.is_steady() {
            LIMIT_AT_START
        } else {
            LIMIT
        };
        let silence = now.saturating_duration_since(self.last_beat);
        (silence >= limit.max(LIMIT_BLOCKS * self.block_time)).then_some(silence)
    }

    /// Whether it plays, and has not only filled what the device holds.
    pub fn is_steady(&self) -> bool {
        let steady = STEADY.max(LIMIT_BLOCKS * self.block_time);
        self.first_beat
            .is_some_and(|first| self.last_beat - first >= steady)
    }

    /// When the last new block was seen, or the start.
    pub fn last_beat(&self) -> Instant {
        self.last_beat
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: Duration = Duration::from_millis(10);
    const TICK: Duration = Duration::from_millis(10);

    /// Looks every 10 ms for up to 4 s more, as `counters` says for each look; the first at which
    /// the stream was dead, in milliseconds.
    fn dead_after(
        heartbeat: &mut Heartbeat,
        from: Instant,
        counters: impl Fn(u64) -> CounterSnapshot,
    ) -> Option<u128> {
        (1..=400_u32)
            .find(|&n| {
                heartbeat
                    .look(&counters(u64::from(n)), from + n * TICK)
                    .is_some()
            })
            .map(|n| (n * TICK).as_millis())
    }

    fn calls(callbacks: u64) -> CounterSnapshot {
        CounterSnapshot {
            callbacks,
            ..CounterSnapshot::default()
        }
    }

    /// A stream that has played for four seconds, and the moment that it is now.
    fn settled(block_time: Duration) -> (Heartbeat, Instant) {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(block_time, start);
        assert_eq!(dead_after(&mut heartbeat, start, calls), None);
        (heartbeat, start + 400 * TICK)
    }

    #[test]
    fn a_stream_that_stands_still_is_dead_after_half_a_second() {
        let (mut heartbeat, now) = settled(BLOCK);
        assert_eq!(dead_after(&mut heartbeat, now, |_| calls(400)), Some(500));
        assert_eq!(heartbeat.last_beat(), now);
    }

    #[test]
    fn errors_alone_do_not_kill_and_make_the_end_come_sooner() {
        let storm = |n, callbacks| CounterSnapshot {
            callbacks,
            backend_errors: n * 5_000,
            ..CounterSnapshot::default()
        };
        let (mut heartbeat, now) = settled(BLOCK);
        let alive = dead_after(&mut heartbeat, now, |n| storm(n, 400 + n));
        assert_eq!(alive, None);
        let now = now + 400 * TICK;
        let dead = dead_after(&mut heartbeat, now, |n| storm(400 + n, 800));
        assert_eq!(dead, Some(200));
    }

    #[test]
    fn errors_with_rests_between_them_are_those_of_a_dead_stream() {
        let (mut heartbeat, now) = settled(BLOCK);
        // Errors for 20 ms, then none for as long, twice as long, ...
        let dead = dead_after(&mut heartbeat, now, |n| CounterSnapshot {
            callbacks: 400,
            backend_errors: [1, 2, 5, 6, 11, 12, 21, 22]
                .iter()
                .filter(|&&at| at <= n)
                .count() as u64,
            ..CounterSnapshot::default()
        });
        assert_eq!(dead, Some(200));
    }

    #[test]
    fn a_burst_of_errors_after_a_stall_is_none_of_a_dead_stream() {
        let (mut heartbeat, now) = settled(BLOCK);
        let dead = dead_after(&mut heartbeat, now, |n| CounterSnapshot {
            callbacks: 400 + n.saturating_sub(30),
            backend_errors: 1_900 * n.saturating_sub(28).min(2),
            ..CounterSnapshot::default()
        });
        assert_eq!(dead, None);
    }

    #[test]
    fn a_report_of_loss_makes_the_end_come_sooner() {
        let lost = |callbacks| CounterSnapshot {
            callbacks,
            lost: 1,
            ..CounterSnapshot::default()
        };
        let (mut heartbeat, now) = settled(BLOCK);
        assert_eq!(dead_after(&mut heartbeat, now, |_| lost(400)), Some(200));
    }

    #[test]
    fn a_stream_that_outlived_a_report_of_loss_is_as_good_as_another() {
        let (mut heartbeat, now) = settled(BLOCK);
        let lost = |callbacks| CounterSnapshot {
            callbacks,
            lost: 1,
            ..CounterSnapshot::default()
        };
        assert_eq!(dead_after(&mut heartbeat, now, |n| lost(400 + n)), None);
        let now = now + 400 * TICK;
        assert_eq!(dead_after(&mut heartbeat, now, |_| lost(800)), Some(500));
    }

    #[test]
    fn a_device_that_fills_its_buffer_and_stops_has_not_played() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(BLOCK, start);
        assert_eq!(
            dead_after(&mut heartbeat, start, |n| calls(n.min(3))),
            Some(2_030)
        );
        assert!(!heartbeat.is_steady());
        let (heartbeat, _) = settled(BLOCK);
        assert!(heartbeat.is_steady());
    }

    #[test]
    fn a_steady_stream_has_its_start_behind_it() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(BLOCK, start);
        let until = |last: u64| move |n: u64| calls(n.min(last));
        assert_eq!(dead_after(&mut heartbeat, start, until(60)), Some(1_100));
        let mut heartbeat = Heartbeat::new(BLOCK, start);
        assert_eq!(dead_after(&mut heartbeat, start, until(20)), Some(2_200));
    }

    #[test]
    fn while_this_process_stands_still_no_stream_dies() {
        let (mut heartbeat, now) = settled(BLOCK);
        let now = now + Duration::from_secs(60);
        assert_eq!(heartbeat.look(&calls(400), now), None);
        assert_eq!(dead_after(&mut heartbeat, now, |n| calls(400 + n)), None);
        let now = now + 400 * TICK;
        assert_eq!(dead_after(&mut heartbeat, now, |_| calls(800)), Some(500));
    }

    #[test]
    fn a_pause_at_the_start_and_long_blocks_are_waited_for() {
        let start = Instant::now();
        let mut young = Heartbeat::new(BLOCK, start);
        assert_eq!(dead_after(&mut young, start, |_| calls(1)), Some(2_010));
        let (mut slow, now) = settled(Duration::from_secs(1));
        assert_eq!(dead_after(&mut slow, now, |_| calls(400)), Some(3_000));
    }
}
