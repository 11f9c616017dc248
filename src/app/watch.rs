//! Looks after the running daemon: says what changes, at a limited rate, and notices when the
//! device takes no more sound.

use std::time::Duration;

use tokio::time::Instant;

use crate::bridge::Controller;
use crate::output::{CounterSnapshot, Recorder, RunningOutput, StreamInfo};
use crate::position::Counters;
use crate::render::Timing;

use super::{Failure, scene};

/// A device that takes no block for this long is lost.
const DEVICE_LIMIT: Duration = Duration::from_secs(2);

/// So many of its blocks are waited for all the same, however long they are.
const LIMIT_BLOCKS: u32 = 3;

/// Least time between two lines about the same thing.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// A motion delay is told again when it has changed by more than this part: more than a server that
/// sends at a steady rate seems to vary because it is polled at another one.
const DELAY_CHANGE: f64 = 0.25;

/// `limit`, or the time of some blocks where that is more.
pub(super) fn at_least_blocks(limit: Duration, info: &StreamInfo) -> Duration {
    limit.max(LIMIT_BLOCKS * info.block_time())
}

/// What was last seen, and last said.
pub(super) struct Watch {
    sample_rate: u32,
    callbacks: u64,
    alive: Instant,
    xruns: Told,
    limited: Told,
    delay_ms: f64,
    delay_told: Option<(Instant, f64)>,
}

/// A counter, and what was said of it.
struct Told {
    count: u64,
    next_line: Instant,
}

impl Told {
    fn new() -> Self {
        Self {
            count: 0,
            next_line: Instant::now(),
        }
    }

    /// How much the counter rose since it was last spoken of, when it is time to.
    fn news(&mut self, count: u64) -> Option<u64> {
        let news = count.saturating_sub(self.count);
        if news == 0 || Instant::now() < self.next_line {
            return None;
        }
        self.count = count;
        self.next_line = Instant::now() + LINE_EVERY;
        Some(news)
    }
}

impl Watch {
    pub(super) fn new(sample_rate: u32) -> Self {
        Self {
            sample_rate,
            callbacks: 0,
            alive: Instant::now(),
            xruns: Told::new(),
            limited: Told::new(),
            delay_ms: 0.0,
            delay_told: None,
        }
    }

    /// One look at everything.
    ///
    /// # Errors
    /// When the device is lost, or the renderer failed.
    pub(super) fn look(
        &mut self,
        controller: &Controller,
        output: &RunningOutput,
        recorder: Option<&Recorder>,
    ) -> Result<(), Failure> {
        let stream = output.counters().snapshot();
        if let Some(news) = self.xruns.news(stream.xruns) {
            tracing::warn!(
                "{news} drop-outs: the device did not get its blocks in time; a larger \
                 --buffer-frames avoids it"
            );
        }
        if let Some(news) = self.limited.news(controller.counters().limited_frames()) {
            tracing::warn!(
                "{news} frames were too loud and were limited to -1 dBFS; a lower --gain avoids it"
            );
        }
        if let Some(news) = recorder.and_then(Recorder::take_news) {
            tracing::error!("--record {news}; playing goes on");
        }
        self.tell_delay();
        if controller.counters().panics() > 0 {
            return Err(Failure::runtime("the renderer failed; please report this"));
        }
        self.look_at_device(&stream, output)
    }

    fn look_at_device(
        &mut self,
        stream: &CounterSnapshot,
        output: &RunningOutput,
    ) -> Result<(), Failure> {
        if stream.callbacks > self.callbacks {
            self.callbacks = stream.callbacks;
            self.alive = Instant::now();
        }
        let limit = at_least_blocks(DEVICE_LIMIT, output.info());
        if self.alive.elapsed() < limit {
            return Ok(());
        }
        let info = output.info();
        Err(Failure::runtime(if info.is_null() {
            format!(
                "--output null has taken no sound for {:.0} s: the machine is too busy",
                limit.as_secs_f64()
            )
        } else {
            format!(
                "{} has taken no sound for {:.0} s: it is gone, or its server is; start again when \
                 it is back, or play to another --output",
                info.device,
                limit.as_secs_f64()
            )
        }))
    }

    /// Notes how the path is played.
    pub(super) fn note_timing(&mut self, timing: Timing) {
        self.delay_ms = scene::milliseconds(timing.delay_frames, self.sample_rate);
    }

    fn tell_delay(&mut self) {
        let now = Instant::now();
        let due = match self.delay_told {
            // The first intervals say how often positions come; wait for them.
            None if self.delay_ms > 0.0 => {
                self.delay_told = Some((now - LINE_EVERY + Duration::from_secs(1), 0.0));
                false
            }
            Some((at, told)) => {
                now.duration_since(at) >= LINE_EVERY
                    && (self.delay_ms - told).abs() > DELAY_CHANGE * told
            }
            None => false,
        };
        if due {
            tracing::info!(
                "motion delay {:.1} ms: so far behind the positions the sound moves, to move \
                 smoothly",
                self.delay_ms
            );
            self.delay_told = Some((now, self.delay_ms));
        }
    }

    /// The last line: what all came to.
    pub(super) fn summary(
        &self,
        controller: &Controller,
        output: &RunningOutput,
        positions: &Counters,
    ) {
        let audio = controller.counters();
        let rejected = &positions.rejected;
        let bad = [
            &rejected.status,
            &rejected.missing,
            &rejected.not_finite,
            &rejected.too_far,
            &rejected.failed,
        ];
        tracing::info!(
            "played {:.1} s; {} positions, {} bad answers, {} reconnects; {} drop-outs; {} \
             frames limited",
            audio.playhead() as f64 / f64::from(self.sample_rate),
            positions.positions.get(),
            bad.into_iter()
                .map(crate::position::Counter::get)
                .sum::<u64>(),
            positions.reconnects.get(),
            output.counters().snapshot().xruns,
            audio.limited_frames(),
        );
    }
}
