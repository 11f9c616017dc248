//! The server's address.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use tokio_rustls::rustls::pki_types::ServerName;
use tonic::transport::Uri;

/// Where a `PositionService` listens: `http://HOST:PORT`, or `https://HOST:PORT` with TLS.
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

    /// Whether it is spoken to with TLS.
    pub fn is_tls(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// Whether what is sent there cannot leave this machine.
    pub(super) fn is_this_machine(&self) -> bool {
        let host = self.host();
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        match host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => name == "localhost" || name.ends_with(".localhost"),
        }
    }

    /// The name that its certificate must be for.
    pub(super) fn certificate_name(&self) -> Option<ServerName<'static>> {
        ServerName::try_from(self.host().to_owned()).ok()
    }

    /// The host, an IPv6 address without its brackets.
    fn host(&self) -> &str {
        let host = self.0.host().unwrap_or_default();
        let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        inner.unwrap_or(host)
    }
}

impl FromStr for ServerAddress {
    type Err = AddressError;

    /// Reads `http://HOST:PORT`, `https://HOST:PORT` or `HOST:PORT`, which is without TLS; an IPv6
    /// address stands in brackets.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let refuse = |problem| AddressError {
            text: text.into(),
            problem,
        };
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "http" | "https") {
            return Err(refuse("only http:// and https:// are supported"));
        }
        let uri: Uri = format!("{scheme}://{rest}").parse().map_err(|_| {
            refuse(
                "must be HOST:PORT, http://HOST:PORT or https://HOST:PORT (an IPv6 address as in \
                 [::1]:50051)",
            )
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
        let address = Self(uri);
        if address.is_tls() && address.certificate_name().is_none() {
            return Err(refuse("no certificate can be for this host's name"));
        }
        Ok(address)
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
            ("HTTPS://avatar.local:443", "https://avatar.local:443"),
            ("https://[::1]:50051/", "https://[::1]:50051"),
        ] {
            let address: ServerAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), shown);
        }
    }

    #[test]
    fn only_loopback_is_this_machine() {
        let is_here = |text: &str| text.parse::<ServerAddress>().unwrap().is_this_machine();
        for here in [
            "127.0.0.1:1",
            "127.9.9.9:1",
            "[::1]:1",
            "[::ffff:127.0.0.1]:1",
            "localhost:1",
            "LOCALHOST.:1",
            "a.localhost:1",
        ] {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in ["0.0.0.0:1", "192.168.1.2:1", "[::]:1", "localhost.org:1"] {
            assert!(!is_here(elsewhere), "{elsewhere}");
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
            ("https://localhost", "no port"),
            ("https://under_score-.:1", "no certificate"),
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
