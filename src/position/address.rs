//! The server's address.

use std::fmt;
use std::str::FromStr;

use tonic::transport::Uri;

/// Where a `PositionService` listens: `http://HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress(Uri);

/// Why a text is no server's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("--server {text}: {problem}")]
pub struct AddressError {
    text: String,
    problem: &'static str,
}

impl ServerAddress {
    pub(super) fn uri(&self) -> &Uri {
        &self.0
    }
}

impl FromStr for ServerAddress {
    type Err = AddressError;

    /// Reads `http://HOST:PORT` or `HOST:PORT`; an IPv6 address stands in brackets.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let refuse = |problem| AddressError {
            text: text.into(),
            problem,
        };
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        match scheme.to_ascii_lowercase().as_str() {
            "http" => {}
            "https" => return Err(refuse("TLS is not supported yet: use http://")),
            _ => return Err(refuse("only http:// is supported")),
        }
        let uri: Uri = format!("http://{rest}").parse().map_err(|_| {
            refuse("must be HOST:PORT or http://HOST:PORT (an IPv6 address as in [::1]:50051)")
        })?;
        if uri.host().is_none_or(str::is_empty) {
            return Err(refuse("names no host"));
        }
        if uri.authority().is_some_and(|a| a.as_str().contains('@')) {
            return Err(refuse("a user name is not supported"));
        }
        if !matches!(uri.port_u16(), Some(1..)) {
            return Err(refuse("names no port from 1 to 65535, as in HOST:50051"));
        }
        if uri
            .path_and_query()
            .is_some_and(|path| path.as_str() != "/")
        {
            return Err(refuse("must end after the port"));
        }
        Ok(Self(uri))
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_string().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_and_without_a_scheme_are_the_same() {
        for (text, shown) in [
            ("http://127.0.0.1:50051", "http://127.0.0.1:50051"),
            ("http://127.0.0.1:50051/", "http://127.0.0.1:50051"),
            ("localhost:50051", "http://localhost:50051"),
            ("avatar.local:1", "http://avatar.local:1"),
            ("[::1]:50051", "http://[::1]:50051"),
            ("http://[fe80::1]:65535", "http://[fe80::1]:65535"),
        ] {
            let address: ServerAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_option_and_the_reason() {
        for (text, reason) in [
            ("", "HOST:PORT"),
            ("localhost", "no port"),
            ("http://localhost", "no port"),
            ("localhost:0", "no port"),
            ("localhost:65536", ""),
            ("localhost:port", ""),
            (":50051", ""),
            ("::1:50051", ""),
            ("https://localhost:50051", "TLS is not supported yet"),
            ("unix:///run/positions", "only http://"),
            ("me@localhost:50051", "user name"),
            ("http://localhost:50051/positions", "after the port"),
            ("two words:1", "HOST:PORT"),
        ] {
            let error = text.parse::<ServerAddress>().expect_err(text).to_string();
            assert!(error.starts_with(&format!("--server {text}: ")), "{error}");
            assert!(error.contains(reason), "{error}");
        }
    }
}
