//! Looks after the running daemon: says what changes, at a limited rate, and what all came to.

use std::time::Duration;

use tokio::time::Instant;

use crate::position::Counters;

use super::playing::Playing;
use super::scene;
use super::stage::SOURCE;
use super::totals::Totals;

/// Least time between two lines about the same thing.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// A motion delay is told again when it has changed by more than this part: more than a server that
/// sends at a steady rate seems to vary because it is polled at another one.
const DELAY_CHANGE: f64 = 0.25;

/// How long a stream plays until enough positions have come to tell how often they do.
const SETTLED: Duration = Duration::from_secs(2);

/// What was last seen, and last said.
#[derive(Default)]
pub(super) struct Watch {
    /// Of the streams that ended.
    past: Totals,
    outages: u64,
    without_device: Duration,
    played_s: f64,
    xruns: Told,
    limited: Told,
    delay_told: Option<(Instant, f64)>,
}

/// A counter, and what was said of it.
#[derive(Default)]
struct Told {
    count: u64,
    last_line: Option<Instant>,
}

impl Told {
    /// How much the counter rose since it was last spoken of, when it is time to.
    fn news(&mut self, count: u64) -> Option<u64> {
        let news = count.saturating_sub(self.count);
        if news == 0
            || self
                .last_line
                .is_some_and(|last| last.elapsed() < LINE_EVERY)
        {
            return None;
        }
        self.count = count;
        self.last_line = Some(Instant::now());
        Some(news)
    }
}

impl Watch {
    /// One look at the stream that plays.
    pub(super) fn look(&mut self, playing: &Playing) {
        let all = self.past.plus(Totals::of(playing));
        if let Some(news) = self.xruns.news(all.xruns) {
            tracing::warn!(
                "{}: the device did not get its blocks in time; a larger --buffer-frames avoids it",
                counted(news, "drop-out")
            );
        }
        if let Some(news) = self.limited.news(all.limited_frames) {
            tracing::warn!(
                "{} too loud, and limited to -1 dBFS; a lower --gain avoids it",
                counted(news, "frame")
            );
        }
        if playing.age() > SETTLED {
            let delay = playing.controller.timing(SOURCE).delay_frames;
            self.tell_delay(scene::milliseconds(delay, playing.info().sample_rate));
        }
    }

    /// There is nothing to play to any more.
    pub(super) fn outage_began(&mut self) {
        self.outages += 1;
    }

    /// It took so long until there was something again, or the end.
    pub(super) fn outage_ended(&mut self, silence: Duration) {
        self.without_device += silence;
    }

    /// The last look at a stream.
    pub(super) fn stream_ended(&mut self, playing: &Playing) {
        self.past = self.past.plus(Totals::of(playing));
        self.played_s += playing.heard_s();
    }

    fn tell_delay(&mut self, delay_ms: f64) {
        let due = self.delay_told.is_none_or(|(at, told)| {
            at.elapsed() >= LINE_EVERY && (delay_ms - told).abs() > DELAY_CHANGE * told
        });
        if due && delay_ms > 0.0 {
            tracing::info!(
                "motion delay {delay_ms:.1} ms: so far behind the positions the sound moves, to \
                 move smoothly"
            );
            self.delay_told = Some((Instant::now(), delay_ms));
        }
    }

    /// The last line: what all came to, when the last stream has ended.
    pub(super) fn summary(&self, positions: &Counters) {
        tracing::info!(
            "played {:.1} s, {:.1} s without a device ({}); {}, {}, {}; {}; {} limited",
            self.played_s,
            self.without_device.as_secs_f64(),
            counted(self.outages, "outage"),
            counted(positions.positions.get(), "position"),
            counted(positions.rejected.sum(), "bad answer"),
            counted(positions.reconnects.get(), "reconnect"),
            counted(self.past.xruns, "drop-out"),
            counted(self.past.limited_frames, "frame"),
        );
    }
}

/// A number of things.
fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
