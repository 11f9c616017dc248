//! Why TLS does not come about, or ends, on the client's side.

use std::io;

use tokio_rustls::rustls::{AlertDescription, Error as TlsError};

use crate::credentials::CertificateFault;

/// Why there is no TLS with the server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsRefusal {
    /// The server's certificate does not prove that it is the one asked for.
    #[error("its certificate is refused: {0}")]
    Certificate(CertificateFault),
    /// It wants a certificate, and was shown none.
    #[error("it wants a certificate of the client")]
    CertificateWanted,
    /// It refuses the one that it was shown.
    #[error("it refuses the client's certificate: {0}")]
    CertificateRefused(&'static str),
    /// It speaks TLS, and was spoken to without.
    #[error("it expects TLS")]
    TlsExpected,
    /// It does not speak TLS.
    #[error("it does not speak TLS")]
    NotTls,
    /// It ended the handshake, and did not say why.
    #[error("it ends the connection when TLS is to begin")]
    Ended,
    /// It speaks only versions or ciphers that are not safe any more.
    #[error("it has no TLS in common with this client, which speaks 1.2 and 1.3")]
    Version,
    /// It does not speak HTTP/2.
    #[error("it does not speak HTTP/2 over TLS")]
    NotHttp2,
    /// Something else.
    #[error("TLS failed: {0}")]
    Other(String),
}

impl TlsRefusal {
    /// What may help, where something is known to.
    pub fn way_out(&self) -> Option<&'static str> {
        match self {
            Self::Certificate(CertificateFault::Untrusted) => {
                Some("--tls-ca FILE names the authority that signed it")
            }
            Self::Certificate(CertificateFault::OtherName(_)) => {
                Some("--server must have a name or address that the certificate is for")
            }
            Self::Certificate(_) => Some("the server needs another one"),
            Self::CertificateWanted => Some("--tls-cert FILE and --tls-key FILE show one"),
            Self::CertificateRefused(_) => {
                Some("--tls-cert FILE must be signed by an authority that the server trusts")
            }
            Self::TlsExpected => Some("--server https://HOST:PORT speaks it"),
            Self::NotTls | Self::Ended => {
                Some("--server http://HOST:PORT asks it without; is the port right?")
            }
            Self::NotHttp2 => Some("is --server right?"),
            Self::Version | Self::Other(_) => None,
        }
    }

    /// What an error of a TLS connection tells, when it is of TLS at all.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        let error = error.get_ref()?.downcast_ref::<TlsError>()?;
        Some(match error {
            TlsError::InvalidCertificate(error) => Self::Certificate(error.into()),
            TlsError::AlertReceived(alert) => Self::of_alert(*alert),
            TlsError::InvalidMessage(_) => Self::NotTls,
            TlsError::PeerIncompatible(_) => Self::Version,
            TlsError::NoApplicationProtocol => Self::NotHttp2,
            other => Self::Other(other.to_string()),
        })
    }

    /// What the server says with an alert.
    fn of_alert(alert: AlertDescription) -> Self {
        use AlertDescription as Alert;
        match alert {
            Alert::CertificateRequired | Alert::NoCertificate => Self::CertificateWanted,
            // The second: by another authority of the same name.
            Alert::UnknownCA | Alert::DecryptError => {
                Self::CertificateRefused("no authority that the server trusts has signed it")
            }
            Alert::CertificateExpired => {
                Self::CertificateRefused("it has expired, or is not valid yet")
            }
            Alert::CertificateRevoked => Self::CertificateRefused("it has been revoked"),
            Alert::BadCertificate | Alert::CertificateUnknown | Alert::AccessDenied => {
                Self::CertificateRefused("the server does not say why")
            }
            Alert::UnsupportedCertificate => Self::CertificateRefused("it is not one for clients"),
            Alert::ProtocolVersion => Self::Version,
            Alert::NoApplicationProtocol => Self::NotHttp2,
            other => Self::Other(format!("the server says {other:?}")),
        }
    }
}
