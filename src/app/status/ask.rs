//! Asking a daemon how it is.

use std::io;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

use crate::config::DEFAULT_METRICS;
use crate::metrics::Status;

/// From asking to the whole answer.
const LIMIT: Duration = Duration::from_secs(3);

/// No answer of a daemon is longer than this, in bytes.
const LONGEST: u64 = 1 << 20;

/// This version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where a daemon tells how it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address(String);

/// What it told.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: Status,
    /// The same as one line of JSON, with what this version does not know of.
    pub(super) json: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    /// Nobody listens there.
    #[error(
        "nothing answers there ({0}); `binaurald run --metrics ADDR` makes a daemon tell how it is, \
         and `binaurald status --metrics ADDR` asks it"
    )]
    Nobody(String),
    /// It takes too long.
    #[error("no answer within {} s; the daemon may stand still", LIMIT.as_secs())]
    Late,
    /// The daemon gives a reason.
    #[error("{0}")]
    NotYet(String),
    /// Somebody else listens there, or another version.
    #[error("what answers there is no binaurald of version {VERSION}: {0}")]
    Other(String),
}

impl Address {
    /// From the value of `--metrics`.
    ///
    /// # Errors
    /// When it is no address; the message names the option.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let port = text.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
        let is_uri = format!("http://{text}/").parse::<ureq::http::Uri>();
        let is_plain = is_uri.is_ok_and(|uri| {
            let authority = uri.authority().map(ureq::http::uri::Authority::as_str);
            uri.path() == "/" && authority == Some(text) && !text.contains('@')
        });
        if is_plain && matches!(port, Some(Ok(1..))) && !text.starts_with(':') {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "--metrics {text}: must be an address and a port of 1 to 65535, such as \
             {DEFAULT_METRICS} or [::1]:9464"
        ))
    }

    /// An error as the user reads it.
    pub(super) fn told(&self, error: &NoAnswer) -> String {
        format!("--metrics {}: {error}", self.0)
    }

    /// Asks. Takes three seconds at most.
    ///
    /// # Errors
    /// When there is no answer of a daemon.
    pub(super) fn ask(&self) -> Result<Answer, NoAnswer> {
        let agent: Agent = Agent::config_builder()
            .timeout_global(Some(LIMIT))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .build()
            .into();
        let url = format!("http://{}/status", self.0);
        let mut response = agent.get(url).call().map_err(|error| no_answer(&error))?;
        let code = response.status().as_u16();
        let body = response.body_mut().with_config().limit(LONGEST);
        let text = body.read_to_string().map_err(|error| no_answer(&error))?;
        match code {
            200 => read(&text),
            503 => Err(NoAnswer::NotYet(one_line(&text))),
            other => Err(NoAnswer::Other(format!("HTTP status {other}"))),
        }
    }
}

fn read(text: &str) -> Result<Answer, NoAnswer> {
    let other = |error: serde_json::Error| NoAnswer::Other(one_line(&error.to_string()));
    let value: Value = serde_json::from_str(text).map_err(other)?;
    let json = value.to_string();
    let status = serde_json::from_value(value).map_err(other)?;
    Ok(Answer { status, json })
}

fn no_answer(error: &ureq::Error) -> NoAnswer {
    match error {
        ureq::Error::Timeout(_) => NoAnswer::Late,
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            NoAnswer::Nobody("connection refused".to_owned())
        }
        ureq::Error::HostNotFound => NoAnswer::Nobody("there is no such host".to_owned()),
        ureq::Error::Io(error) => NoAnswer::Nobody(one_line(&error.to_string())),
        ureq::Error::ConnectionFailed => NoAnswer::Nobody("it cannot be reached".to_owned()),
        other => NoAnswer::Other(one_line(&other.to_string())),
    }
}

/// The beginning of what came from outside, such that it stays on one line.
fn one_line(text: &str) -> String {
    const LONGEST_LINE: usize = 200;
    let line: String = text.trim_end().chars().take(LONGEST_LINE).collect();
    line.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_hosts_with_ports() {
        for text in ["127.0.0.1:9464", "[::1]:1", "studio.local:65535"] {
            assert!(Address::new(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "here",
            ":9464",
            "here:",
            "here:0",
            "here:65536",
            "http://here:1",
            "here:1/status",
            "me@here:1",
            "here:1 ",
            "::1:9464",
        ] {
            let error = Address::new(text).expect_err(text);
            assert!(
                error.starts_with(&format!("--metrics {text}: must be")),
                "{error}"
            );
        }
    }

    #[test]
    fn what_comes_from_elsewhere_stays_on_one_line() {
        let line = one_line("<html>\n\x1b[31m");
        assert_eq!(line, "<html>\\n\\u{1b}[31m");
        assert_eq!(one_line(&"x".repeat(1_000)).len(), 200);
        let error = read("[1, 2]").expect_err("that is no status").to_string();
        assert!(
            error.starts_with("what answers there is no binaurald"),
            "{error}"
        );
        let long = format!("{{\"uptime_s\": \"{}\"}}", "\\n".repeat(1_000));
        let error = read(&long).expect_err("that is no status").to_string();
        assert!(error.len() < 500 && !error.contains('\n'), "{error}");
    }
}
