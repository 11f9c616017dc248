//! The client of a `PositionService`: asks where the source is, through restarts, silence and
//! wrong answers of the server.
//!
//! [`follow`] is the daemon's: it sends the changes. [`Poller`] tells every answer. [`Link`] is one
//! call at a time.

mod access;
mod address;
mod answer;
mod backoff;
mod call;
mod connect;
mod counters;
mod follow;
mod freshness;
mod histogram;
mod poller;
mod refusal;
mod report;
mod staleness;

use std::time::Duration;

pub use access::{Access, AccessError, AccessFiles};
pub use address::{AddressError, ServerAddress};
pub use answer::{Rejection, check_answer};
pub(crate) use answer::{line_of, quoted_after};
pub use call::{CallError, Link, ServiceName};
pub use counters::{Counter, Counters, Rejected, Trouble};
pub use follow::{Event, follow};
pub use freshness::Freshness;
pub use histogram::Histogram;
pub use poller::{Answer, Change, Poll, Poller};
pub use refusal::TlsRefusal;
pub use staleness::{Staleness, Turn};

/// Which server to ask, how often, and how long to wait for it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientConfig {
    /// The server.
    pub server: ServerAddress,
    /// Time from one poll to the next; default 1/60 s, 1 ms to 1 s.
    pub poll_interval: Duration,
    /// How long one call may take, connecting included; default 250 ms, 1 ms to 60 s.
    pub deadline: Duration,
    /// How the server lets this client in; default: without TLS and token.
    pub access: Access,
}

/// Why the options of the client cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClientConfigError {
    /// `--server` is no address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// `--poll-hz` is out of range.
    #[error("--poll-hz {0}: must be 1 to 1000 polls a second")]
    PollHz(f64),
    /// `--timeout` is out of range.
    #[error("--timeout {0}: must be 1 to 60000 milliseconds")]
    Timeout(u64),
    /// What is to let this client in cannot.
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl ClientConfig {
    /// From the values of `--server`, `--poll-hz` (polls a second) and `--timeout` (milliseconds),
    /// without files.
    ///
    /// # Errors
    /// When one of them cannot be used; the message names the option.
    pub fn new(server: &str, poll_hz: f64, timeout_ms: u64) -> Result<Self, ClientConfigError> {
        Self::with_files(server, poll_hz, timeout_ms, &AccessFiles::default())
    }

    /// The same, with what the files of `--tls-ca`, `--tls-cert`, `--tls-key` and `--token-file`
    /// hold. Without `--tls-ca` the authorities count that the system trusts.
    ///
    /// # Errors
    /// When an option or a file cannot be used; the message names it.
    pub fn with_files(
        server: &str,
        poll_hz: f64,
        timeout_ms: u64,
        files: &AccessFiles,
    ) -> Result<Self, ClientConfigError> {
        let server: ServerAddress = server.parse()?;
        if !(1.0..=1000.0).contains(&poll_hz) {
            return Err(ClientConfigError::PollHz(poll_hz));
        }
        if !(1..=60_000).contains(&timeout_ms) {
            return Err(ClientConfigError::Timeout(timeout_ms));
        }
        Ok(Self {
            access: Access::read(&server, files)?,
            server,
            poll_interval: Duration::from_secs_f64(1.0 / poll_hz),
            deadline: Duration::from_millis(timeout_ms),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_out_of_range_are_refused_by_name() {
        for (poll_hz, timeout, option) in [
            (0.9, 250, "--poll-hz"),
            (1000.1, 250, "--poll-hz"),
            (f64::NAN, 250, "--poll-hz"),
            (60.0, 0, "--timeout"),
            (60.0, 60_001, "--timeout"),
        ] {
            let error = ClientConfig::new("localhost:1", poll_hz, timeout).unwrap_err();
            assert!(error.to_string().starts_with(option), "{error}");
        }
        let error = ClientConfig::new("localhost", 60.0, 250).unwrap_err();
        assert!(error.to_string().starts_with("--server"), "{error}");
        let config = ClientConfig::new("localhost:1", 1000.0, 60_000).unwrap();
        assert_eq!(config.poll_interval, Duration::from_millis(1));
    }
}
