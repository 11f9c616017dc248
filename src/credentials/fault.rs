//! What is wrong with the other end's certificate.

use tokio_rustls::rustls::CertificateError;

/// How much of what a certificate says of itself is shown, in characters.
const MAX_QUOTED_CHARS: usize = 200;

/// Why a certificate does not prove who somebody is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// No authority that is trusted has signed it.
    #[error("no authority that is trusted here has signed it")]
    Untrusted,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its time is still to come.
    #[error("it is not valid yet (is the clock right?)")]
    NotYetValid,
    /// It is somebody else's.
    #[error("it is for {0}")]
    OtherName(String),
    /// It is an authority's, where the one of a server or client is wanted.
    #[error("it is one that signs others (CA:TRUE), not one of a server or client")]
    Authority,
    /// Something else.
    #[error("{0}")]
    Other(String),
}

impl From<&CertificateError> for CertificateFault {
    fn from(error: &CertificateError) -> Self {
        match error {
            // The other: an authority of a trusted one's name, with another key, has signed it.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::Untrusted,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYetValid
            }
            CertificateError::NotValidForName => Self::OtherName("another name".into()),
            CertificateError::NotValidForNameContext { presented, .. } => {
                Self::OtherName(names(presented))
            }
            other => {
                let text = other.to_string();
                if text.contains("CaUsedAsEndEntity") {
                    Self::Authority
                } else {
                    Self::Other(quoted(&text))
                }
            }
        }
    }
}

/// The names that a certificate is for; they come as `DnsName("localhost")` and the like.
fn names(presented: &[String]) -> String {
    if presented.is_empty() {
        return "no name at all (it has no subjectAltName)".into();
    }
    let names: Vec<&str> = presented
        .iter()
        .map(|name| {
            let inner = name.split_once('(').map_or(name.as_str(), |(_, rest)| rest);
            inner.trim_end_matches(')').trim_matches('"')
        })
        .collect();
    quoted(&names.join(", "))
}

/// Words of the other end: what could steer a terminal is escaped, and what is long is cut.
fn quoted(words: &str) -> String {
    let mut rest = words.chars();
    let start: String = rest.by_ref().take(MAX_QUOTED_CHARS).collect();
    let more = if rest.next().is_some() { "..." } else { "" };
    format!("{}{more}", start.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_only_the_name_of_an_authority_is_none() {
        for error in [
            CertificateError::UnknownIssuer,
            CertificateError::BadSignature,
        ] {
            assert_eq!(CertificateFault::from(&error), CertificateFault::Untrusted);
        }
    }

    #[test]
    fn the_names_of_a_certificate_are_escaped_and_cut() {
        let presented = ["DnsName(\"a\x1b[2J\")".to_owned(), "x".repeat(1_000)];
        let said = names(&presented);
        assert!(said.starts_with("a\\u{1b}[2J, xxx"), "{said}");
        assert!(said.ends_with("..."), "{said}");
        assert!(said.len() < 250, "{}", said.len());
        assert!(names(&[]).starts_with("no name"));
    }
}
