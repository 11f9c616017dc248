//! Asking again and again.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior};
use tonic::Code;

use crate::geometry::CoordinateError;
use crate::proto::Position;

use super::ClientConfig;
use super::answer::{Rejection, check_answer};
use super::backoff::Backoff;
use super::call::{CallError, Link, ServiceName};
use super::counters::{Counter, Counters, Rejected};
use super::report::Report;

/// A connection that lasted this long was a good one: after it the waits begin short again.
const HEALTHY: Duration = Duration::from_secs(1);

/// What one poll told.
#[derive(Debug)]
pub struct Poll {
    /// Whether the service began or ceased to answer.
    pub change: Option<Change>,
    /// The answer, when it was a position.
    pub answer: Option<Answer>,
}

/// A change of the server's state.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It answers, under this name.
    Connected(ServiceName),
    /// It answers no more.
    Lost(CallError),
}

/// A good answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its coordinates: finite, within the greatest.
    pub position: [f32; 3],
    /// The server's words.
    pub msg: String,
    /// When it was asked for.
    pub asked: Instant,
    /// When it came.
    pub at: Instant,
}

/// Polls one server: at a steady rate while it answers, with growing waits while it does not.
///
/// One call is in flight at any time; one that takes longer than the interval delays the next.
#[derive(Debug)]
pub struct Poller {
    link: Link,
    interval: Interval,
    backoff: Backoff,
    counters: Arc<Counters>,
    report: Report,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Not answered yet.
    Waiting,
    /// Answers since then.
    Connected(Instant),
    /// Has answered, does not since then.
    Away(Instant),
}

impl Poller {
    /// A poller whose first poll begins at once.
    pub fn new(config: &ClientConfig, counters: Arc<Counters>) -> Self {
        let mut interval = tokio::time::interval(config.poll_interval);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            link: Link::new(config),
            interval,
            backoff: Backoff::new(),
            counters,
            report: Report::new(config.server.clone()),
            state: State::Waiting,
        }
    }

    /// Waits for the time of the next poll, asks, and tells what came of it.
    pub async fn poll(&mut self) -> Poll {
        self.interval.tick().await;
        self.counters.polls.add_one();
        let asked = Instant::now();
        match self.link.ask().await {
            Ok(answer) => {
                self.counters.answers.add_one();
                self.counters.round_trips.add(asked.elapsed());
                Poll {
                    change: self.answered(),
                    answer: self.check(answer, asked),
                }
            }
            Err(error) => Poll {
                change: self.failed(error, asked),
                answer: None,
            },
        }
    }

    fn answered(&mut self) -> Option<Change> {
        self.counters.freshness.set_connected(true);
        let service = self.link.service();
        match self.state {
            State::Connected(_) => return None,
            State::Waiting => self.report.connected(service),
            State::Away(since) => {
                self.counters.reconnects.add_one();
                self.report.back(service, since.elapsed());
            }
        }
        self.state = State::Connected(Instant::now());
        Some(Change::Connected(service))
    }

    fn check(&mut self, answer: Position, asked: Instant) -> Option<Answer> {
        match check_answer(&answer) {
            Ok(position) => {
                self.counters.freshness.renew();
                self.counters.trouble.set(None);
                Some(Answer {
                    position,
                    msg: answer.msg,
                    asked,
                    at: Instant::now(),
                })
            }
            Err(rejection) => {
                let rejected = &self.counters.rejected;
                match &rejection {
                    Rejection::Status { .. } => &rejected.status,
                    Rejection::Missing { .. } => &rejected.missing,
                    Rejection::Coordinates { error, .. } => match error {
                        CoordinateError::NotFinite { .. } => &rejected.not_finite,
                        CoordinateError::TooFar { .. } => &rejected.too_far,
                    },
                }
                .add_one();
                self.counters.trouble.set(Some(rejection.to_string()));
                self.report.rejected(&rejection);
                None
            }
        }
    }

    fn failed(&mut self, error: CallError, asked: Instant) -> Option<Change> {
        self.counters.trouble.set(Some(error.to_string()));
        match &error {
            // A server that says why it cannot tell is there; a proxy says this of one that is not.
            CallError::Server { code, .. } if *code != Code::Unavailable => {
                return self.answered_with(&error, |rejected| &rejected.failed, asked);
            }
            CallError::TooLong | CallError::Malformed => {
                return self.answered_with(&error, |rejected| &rejected.malformed, asked);
            }
            CallError::Deadline(_) => self.counters.timeouts.add_one(),
            _ => {}
        }
        let change = if let State::Connected(since) = self.state {
            if since.elapsed() >= HEALTHY {
                self.backoff.reset();
            }
            self.state = State::Away(Instant::now());
            self.counters.freshness.set_connected(false);
            self.counters.losses.add_one();
            self.report.lost(&error);
            Some(Change::Lost(error))
        } else {
            self.report.still_away(&error);
            None
        };
        // From the beginning of an attempt to that of the next: one that hung has waited already.
        let wait = self.backoff.wait().saturating_sub(asked.elapsed());
        self.interval.reset_after(wait);
        change
    }

    /// The service is there, and its answer is an error, counted as one of those.
    fn answered_with(
        &mut self,
        error: &CallError,
        counted: impl Fn(&Rejected) -> &Counter,
        asked: Instant,
    ) -> Option<Change> {
        self.counters.answers.add_one();
        self.counters.round_trips.add(asked.elapsed());
        counted(&self.counters.rejected).add_one();
        let change = self.answered();
        self.report.failed(error);
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::Pos;

    fn poller() -> Poller {
        let config = ClientConfig::new("127.0.0.1:1", 60.0, 250).unwrap();
        Poller::new(&config, Arc::default())
    }

    /// How long it waits before the next poll.
    async fn wait_of(poller: &mut Poller) -> Duration {
        let before = Instant::now();
        poller.interval.tick().await;
        before.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn the_waits_begin_short_again_only_after_a_healthy_connection() {
        let mut poller = poller();
        poller.interval.tick().await;
        let mut wait = Duration::ZERO;
        for _ in 0..6 {
            assert!(poller.answered().is_some());
            assert!(poller.failed(CallError::Refused, Instant::now()).is_some());
            wait = wait_of(&mut poller).await;
        }
        let flapping = wait;
        assert!(flapping >= Duration::from_millis(250), "{flapping:?}");

        poller.answered();
        tokio::time::advance(HEALTHY).await;
        poller.failed(CallError::Refused, Instant::now());
        let after_health = wait_of(&mut poller).await;
        assert!(
            after_health <= Duration::from_millis(22),
            "{after_health:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_equal_answer_keeps_the_position_fresh_and_a_bad_one_does_not() {
        let mut poller = poller();
        let age = |poller: &Poller| poller.counters.freshness.age();
        let second = Duration::from_secs(1);
        let good = Position {
            position: Some(Pos::default()),
            ..Position::default()
        };
        for _ in 0..3 {
            poller.check(good.clone(), Instant::now());
            assert_eq!(age(&poller), Some(Duration::ZERO));
            tokio::time::advance(second).await;
            assert_eq!(age(&poller), Some(second));
        }
        let now = Instant::now();
        poller.check(Position::default(), now);
        poller.failed(CallError::TooLong, now);
        poller.failed(CallError::Malformed, now);
        assert_eq!(age(&poller), Some(second));
        assert!(poller.counters.freshness.is_connected(), "it answers");
        assert_eq!(poller.counters.rejected.missing.get(), 1);
        assert_eq!(poller.counters.rejected.malformed.get(), 2);
        poller.failed(CallError::Refused, now);
        assert!(!poller.counters.freshness.is_connected());
        assert_eq!(poller.counters.losses.get(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_is_asked_again_within_half_a_second_although_its_calls_hang() {
        let mut poller = poller();
        let mut longest = Duration::ZERO;
        for _ in 0..100 {
            let asked = Instant::now();
            let deadline = Duration::from_millis(250);
            tokio::time::advance(deadline).await;
            poller.failed(CallError::Deadline(deadline), asked);
            poller.interval.tick().await;
            longest = longest.max(asked.elapsed());
        }
        let bound = Duration::from_millis(502);
        assert!(longest <= bound, "{longest:?} from one to the next");
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_that_the_server_answers_is_a_sign_of_life_but_unavailable_is_not() {
        let mut poller = poller();
        let error = |code| CallError::Server {
            code,
            msg: String::new(),
        };
        let connected = Some(Change::Connected(ServiceName::Contract));
        assert_eq!(
            poller.failed(error(Code::Unavailable), Instant::now()),
            None
        );
        assert_eq!(
            poller.failed(error(Code::Internal), Instant::now()),
            connected
        );
        assert_eq!(poller.failed(error(Code::Internal), Instant::now()), None);
        assert_eq!(poller.counters.rejected.failed.get(), 2);
        let lost = poller.failed(error(Code::Unavailable), Instant::now());
        assert_eq!(lost, Some(Change::Lost(error(Code::Unavailable))));
        assert_eq!(poller.answered(), connected);
        assert_eq!(poller.counters.reconnects.get(), 1);
    }
}
