//! What is heard of the source while nothing is known of it any more: `--stale`.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::cli::WhenStale;
use crate::config::StaleConfig;
use crate::geometry::Position;
use crate::metrics::Heard;
use crate::position::{Counters, Staleness, Turn};

/// Time in which the source fades out when its position is stale, in seconds.
const OUT_S: f64 = 1.0;

/// Time in which it fades in, wherever that is, and out of the front again: seconds.
const IN_S: f64 = 0.25;

/// So much later than a fade was asked for and should be over, it is: devices take blocks ahead.
const MARGIN: Duration = Duration::from_millis(100);

/// At most one line about a stale position in this time.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Where the source is to be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Where the server says, or said.
    Server,
    /// 1 m in front.
    Front,
}

/// What is to be done with the source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    /// It fades out, in so many seconds.
    Vanish(f64),
    /// It fades in at the place where it is now, in so many seconds.
    Appear(f64),
}

/// The source as it is heard: followed, silent, or in front in place of that.
pub(super) struct Presence {
    staleness: Staleness,
    when_stale: WhenStale,
    place: Place,
    is_silent: bool,
    /// When the fade is over that makes it so.
    silent_at: Instant,
    told: Option<Instant>,
    /// Whether the last thing that was said is that the position is stale.
    is_open: bool,
}

impl Presence {
    /// Judges by what is counted in `counters`.
    pub(super) fn new(config: &StaleConfig, counters: &Arc<Counters>) -> Self {
        Self {
            staleness: Staleness::new(config.after, Arc::clone(counters)),
            when_stale: config.then,
            place: Place::Server,
            is_silent: false,
            silent_at: Instant::now(),
            told: None,
            is_open: false,
        }
    }

    /// Goes by other settings from now on.
    pub(super) fn go_by(&mut self, config: &StaleConfig) {
        self.staleness.set_limit(config.after);
        self.when_stale = config.then;
    }

    /// Whether the source is to go where the server says now.
    pub(super) fn follows(&self) -> bool {
        self.place == Place::Server && !self.is_silent
    }

    /// Whether nothing is heard of it, or will be when it has faded out.
    pub(super) fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// What is heard of the source.
    pub(super) fn heard(&self) -> Heard {
        match self.place {
            _ if self.is_silent => Heard::Silent,
            Place::Front => Heard::Front,
            Place::Server if self.staleness.is_stale() => Heard::Held,
            Place::Server => Heard::Followed,
        }
    }

    /// Where the source is, when `followed` is the newest position of the server.
    pub(super) fn position(&self, followed: Position) -> Position {
        match self.place {
            Place::Server => followed,
            Place::Front => Position::FRONT,
        }
    }

    /// What is to be done now. To be called often, and at each new position.
    pub(super) fn look(&mut self) -> Option<Step> {
        let turn = self.staleness.look();
        if let Some(turn) = turn {
            self.tell(turn);
        }
        self.step(self.staleness.is_stale())
    }

    fn step(&mut self, is_stale: bool) -> Option<Step> {
        let wanted = match self.when_stale {
            WhenStale::Fade if is_stale => None,
            WhenStale::Front if is_stale => Some(Place::Front),
            _ => Some(Place::Server),
        };
        let is_there = wanted == Some(self.place);
        match (self.is_silent, wanted) {
            (false, _) if is_there => None,
            (false, _) => {
                let seconds = match self.place {
                    Place::Server => OUT_S,
                    Place::Front => IN_S,
                };
                self.is_silent = true;
                self.silent_at = Instant::now() + Duration::from_secs_f64(seconds) + MARGIN;
                Some(Step::Vanish(seconds))
            }
            (true, Some(wanted)) if is_there || Instant::now() >= self.silent_at => {
                self.place = wanted;
                self.is_silent = false;
                Some(Step::Appear(IN_S))
            }
            (true, _) => None,
        }
    }

    fn tell(&mut self, turn: Turn) {
        match turn {
            Turn::Stale(age) => {
                if self.told.is_some_and(|told| told.elapsed() < LINE_EVERY) {
                    return;
                }
                self.told = Some(Instant::now());
                self.is_open = true;
                let heard = match self.when_stale {
                    WhenStale::Hold => "the source stays where it was",
                    WhenStale::Fade => "the source fades out",
                    WhenStale::Front => "the source goes 1 m in front",
                };
                let seconds = age.as_secs_f64();
                tracing::warn!(
                    "the position is stale: there has been no good answer for {seconds:.1} s; \
                     {heard} until there is one (--stale, --stale-after)"
                );
            }
            Turn::Fresh(gap) => {
                if std::mem::take(&mut self.is_open) {
                    tracing::info!(
                        "the position is fresh again, {:.1} s after the last one",
                        gap.as_secs_f64()
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: Duration = Duration::from_secs(5);

    /// What is to be done by steps, when the position is stale (or fresh) for so many seconds each, as
    /// a line with the time of each.
    async fn steps(then: WhenStale, spells: &[(bool, f64)]) -> String {
        let config = StaleConfig { after: AFTER, then };
        let mut presence = Presence::new(&config, &Arc::default());
        let begin = Instant::now();
        let mut steps = Vec::new();
        let mut end = begin;
        for (is_stale, seconds) in spells {
            end += Duration::from_secs_f64(*seconds);
            while Instant::now() < end {
                if let Some(step) = presence.step(*is_stale) {
                    let what = match step {
                        Step::Vanish(seconds) => format!("out in {seconds}"),
                        Step::Appear(_) => format!("in at {:?}", presence.place),
                    };
                    let at = begin.elapsed().as_secs_f64();
                    steps.push(format!("{at:.1}: {what}"));
                }
                assert_eq!(
                    presence.follows(),
                    !presence.is_silent() && presence.place == Place::Server
                );
                tokio::time::advance(Duration::from_millis(10)).await;
            }
        }
        steps.join(", ")
    }

    #[tokio::test(start_paused = true)]
    async fn held_it_stays_as_it_is() {
        let spells = [(false, 5.0), (true, 60.0), (false, 5.0)];
        assert_eq!(steps(WhenStale::Hold, &spells).await, "");
    }

    #[tokio::test(start_paused = true)]
    async fn faded_it_is_silent_until_the_next_answer_and_comes_back_at_once() {
        let spells = [(false, 5.0), (true, 60.0), (false, 5.0)];
        let expected = "5.0: out in 1, 65.0: in at Server";
        assert_eq!(steps(WhenStale::Fade, &spells).await, expected);
        let spells = [(true, 0.5), (false, 5.0)];
        let expected = "0.0: out in 1, 0.5: in at Server";
        assert_eq!(steps(WhenStale::Fade, &spells).await, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn put_in_front_it_changes_its_place_while_it_is_silent() {
        let spells = [(false, 5.0), (true, 60.0), (false, 5.0)];
        let expected = "5.0: out in 1, 6.1: in at Front, 65.0: out in 0.25, 65.3: in at Server";
        assert_eq!(steps(WhenStale::Front, &spells).await, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_or_its_end_on_the_way_turns_it_back_where_it_is() {
        let spells = [(true, 0.5), (false, 5.0)];
        let expected = "0.0: out in 1, 0.5: in at Server";
        assert_eq!(steps(WhenStale::Front, &spells).await, expected);
        let spells = [(true, 10.0), (false, 0.2), (true, 5.0)];
        let expected = "0.0: out in 1, 1.1: in at Front, 10.0: out in 0.25, 10.2: in at Front";
        assert_eq!(steps(WhenStale::Front, &spells).await, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_in_front_only_after_it_was_moved_there() {
        let config = StaleConfig {
            after: AFTER,
            then: WhenStale::Front,
        };
        let mut presence = Presence::new(&config, &Arc::default());
        let left = Position::new(0.0, 1.0, 0.0);
        presence.step(true);
        assert_eq!(presence.position(left), left);
        assert!(presence.is_silent());
        tokio::time::advance(Duration::from_secs(2)).await;
        presence.step(true);
        assert_eq!(presence.position(left), Position::FRONT);
        assert!(!presence.is_silent());
    }
}
