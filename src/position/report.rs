//! What the log says of a server: each change of state once, bad answers at a limited rate.

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};
use std::time::Duration;

use tokio::time::Instant;

use super::address::ServerAddress;
use super::answer::Rejection;
use super::call::{CallError, ServiceName};
use super::refusal::TlsRefusal;

/// At most one line about the same kind of trouble in this time.
const LIMIT: Duration = Duration::from_secs(5);

/// Writes the log of one server.
#[derive(Debug)]
pub(super) struct Report {
    server: ServerAddress,
    failures: Limiter<Trouble>,
    rejections: Limiter<Discriminant<Rejection>>,
    /// The failure that was told since there was an answer; `None` before the first.
    told: Option<Trouble>,
    has_answered: bool,
}

/// What is told apart of failures: which of several ways to be gone it is depends on the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Trouble {
    /// Nobody is there.
    Gone,
    /// Nobody answers.
    Silent,
    /// Somebody else is there.
    Other,
    /// TLS does not let it speak, for this reason.
    Tls(Discriminant<TlsRefusal>),
    /// Its answer cannot be read.
    Unreadable,
    /// It says that it cannot tell.
    Unable,
}

impl Trouble {
    /// The one that an error stands for, on the way to a server that `has_answered` or has not yet:
    /// what is before a known server, as a proxy, closes its connections when that is gone.
    fn of(error: &CallError, has_answered: bool) -> Self {
        match error {
            CallError::Refused | CallError::Ended | CallError::Connection(_) => Self::Gone,
            CallError::Closed if has_answered => Self::Gone,
            CallError::Deadline(_) => Self::Silent,
            CallError::Closed | CallError::NotGrpc | CallError::NoService { .. } => Self::Other,
            CallError::Tls(refusal) => Self::Tls(discriminant(refusal)),
            CallError::TooLong | CallError::Malformed => Self::Unreadable,
            CallError::Server { .. } => Self::Unable,
        }
    }
}

impl Report {
    pub(super) fn new(server: ServerAddress) -> Self {
        tracing::info!("waiting for {server}");
        Self {
            server,
            failures: Limiter::default(),
            rejections: Limiter::default(),
            told: None,
            has_answered: false,
        }
    }

    /// The first answer of all.
    pub(super) fn connected(&mut self, service: ServiceName) {
        self.told = None;
        // It is another matter when it is lost now.
        self.failures = Limiter::default();
        self.has_answered = true;
        tracing::info!("connected to {} ({service})", self.server);
    }

    /// An answer after the server was `away`; said only when its loss was.
    pub(super) fn back(&mut self, service: ServiceName, away: Duration) {
        if self.told.take().is_some() {
            let seconds = away.as_secs_f64();
            tracing::info!("{} is back after {seconds:.1} s ({service})", self.server);
        }
    }

    /// A call that failed after one that did not.
    pub(super) fn lost(&mut self, error: &CallError) {
        if let Some(unsaid) = self.failures.admit(self.trouble(error)) {
            self.tell_away(error, unsaid);
        }
    }

    /// A call that failed like the one before; said when it is in another way.
    pub(super) fn still_away(&mut self, error: &CallError) {
        let trouble = self.trouble(error);
        if self.told == Some(trouble) {
            return;
        }
        if let Some(unsaid) = self.failures.admit(trouble) {
            self.tell_away(error, unsaid);
        }
    }

    fn tell_away(&mut self, error: &CallError, unsaid: u64) {
        let trouble = self.trouble(error);
        let is_news = self.told.replace(trouble).is_none();
        let hint = self.way_out(error);
        let unsaid = Unsaid(unsaid);
        let server = &self.server;
        if is_news && self.has_answered {
            tracing::warn!(
                "lost {server}: {error}{hint}; keeping the last position and trying again{unsaid}"
            );
        } else {
            tracing::warn!("no position from {server}: {error}{hint}; trying again{unsaid}");
        }
    }

    /// An answer that is no position.
    pub(super) fn rejected(&mut self, rejection: &Rejection) {
        if let Some(unsaid) = self.rejections.admit(discriminant(rejection)) {
            tracing::warn!(
                "{} gives no position: {rejection}; keeping the last one{}",
                self.server,
                Unsaid(unsaid)
            );
        }
    }

    /// A gRPC error in the place of an answer.
    pub(super) fn failed(&mut self, error: &CallError) {
        if let Some(unsaid) = self.failures.admit(self.trouble(error)) {
            let hint = self.way_out(error);
            tracing::warn!(
                "{} gives no position: {error}{hint}; keeping the last one{}",
                self.server,
                Unsaid(unsaid)
            );
        }
    }

    fn trouble(&self, error: &CallError) -> Trouble {
        Trouble::of(error, self.has_answered)
    }

    /// What may help, as an addition to the error. A server that has answered is the right one, and
    /// who it belongs to knows how to start it.
    fn way_out(&self, error: &CallError) -> String {
        if self.has_answered && self.trouble(error) == Trouble::Gone {
            return String::new();
        }
        let hint = error.way_out().map(|hint| format!(" ({hint})"));
        hint.unwrap_or_default()
    }
}

/// How many lines were left out, as the end of the next.
struct Unsaid(u64);

impl std::fmt::Display for Unsaid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            0 => Ok(()),
            count => write!(f, " ({count} more like this since the last line)"),
        }
    }
}

/// Lets one of a kind through in [`LIMIT`] and counts the others.
#[derive(Debug)]
struct Limiter<K> {
    last: HashMap<K, (Instant, u64)>,
}

impl<K> Default for Limiter<K> {
    fn default() -> Self {
        Self {
            last: HashMap::new(),
        }
    }
}

impl<K: Eq + std::hash::Hash> Limiter<K> {
    /// Whether to say it; then with how many were not said since the last one that was.
    fn admit(&mut self, kind: K) -> Option<u64> {
        let now = Instant::now();
        match self.last.get_mut(&kind) {
            None => {
                self.last.insert(kind, (now, 0));
                Some(0)
            }
            Some((said, unsaid)) if now.duration_since(*said) >= LIMIT => {
                *said = now;
                Some(std::mem::take(unsaid))
            }
            Some((_, unsaid)) => {
                *unsaid += 1;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_server_is_gone_in_whatever_way_the_connection_ends() {
        let connection = CallError::Connection("connection reset".into());
        for error in [CallError::Refused, CallError::Ended, connection] {
            assert_eq!(Trouble::of(&error, true), Trouble::Gone, "{error}");
        }
        assert_eq!(Trouble::of(&CallError::Closed, true), Trouble::Gone);
        assert_eq!(Trouble::of(&CallError::Closed, false), Trouble::Other);
        assert_eq!(Trouble::of(&CallError::NotGrpc, true), Trouble::Other);
    }

    #[test]
    fn each_refusal_of_tls_is_another_trouble() {
        let trouble = |refusal: TlsRefusal| Trouble::of(&refusal.into(), true);
        let wanted = trouble(TlsRefusal::CertificateWanted);
        assert_eq!(wanted, trouble(TlsRefusal::CertificateWanted));
        assert_ne!(wanted, trouble(TlsRefusal::CertificateRefused("revoked")));
    }

    #[tokio::test(start_paused = true)]
    async fn one_line_of_a_kind_in_five_seconds_with_the_count_of_the_others() {
        let mut limiter = Limiter::default();
        assert_eq!(limiter.admit("NaN"), Some(0));
        assert_eq!(limiter.admit("missing"), Some(0));
        for _ in 0..299 {
            tokio::time::advance(LIMIT / 300).await;
            assert_eq!(limiter.admit("NaN"), None);
        }
        tokio::time::advance(LIMIT / 300 + Duration::from_millis(1)).await;
        assert_eq!(limiter.admit("NaN"), Some(299));
        assert_eq!(limiter.admit("missing"), Some(0));
        assert_eq!(limiter.admit("NaN"), None);
    }
}
