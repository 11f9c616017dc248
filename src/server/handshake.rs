//! TLS at the beginning of a connection, and what the log says of those that fail there.

use std::collections::HashMap;
use std::io;
use std::mem::{Discriminant, discriminant};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{AlertDescription, Error as TlsError, ServerConfig as TlsConfig};
use tokio_rustls::server::TlsStream;

use crate::credentials::CertificateFault;

use super::notice::Notice;

/// How long a handshake may take.
const HANDSHAKE_TIME: Duration = Duration::from_secs(5);

/// How long a client that was refused may take to read why.
const LAST_WORDS_TIME: Duration = Duration::from_millis(500);

/// What is read meanwhile of what it goes on to say, in bytes: else the system would tell it that
/// the connection was reset, and not why.
const LAST_WORDS_BYTES: u64 = 16_384;

/// Makes connections into ones with TLS.
pub(super) struct Handshakes {
    acceptor: TlsAcceptor,
    notices: Mutex<HashMap<Kind, Notice>>,
}

/// Why there is no TLS with a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error("it has no certificate, which --tls-client-ca asks for")]
    NoCertificate,
    #[error("its certificate is refused: {0}")]
    Certificate(CertificateFault),
    #[error("it refuses this server's certificate ({0:?})")]
    ClientRefuses(AlertDescription),
    #[error("it does not speak TLS")]
    NotTls,
    #[error("it has no TLS in common with this server, which speaks 1.2 and 1.3")]
    Version,
    #[error("it does not speak HTTP/2")]
    NotHttp2,
    #[error("its handshake took longer than {} s", .0.as_secs())]
    Slow(Duration),
    #[error("{0}")]
    Other(String),
}

/// Which lines of the log count as the same: however many words a client makes up, the kinds are
/// few.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Certificate(Discriminant<CertificateFault>),
    ClientRefuses(Discriminant<AlertDescription>),
    Other(Discriminant<Refusal>),
}

impl Handshakes {
    pub(super) fn new(config: Arc<TlsConfig>) -> Self {
        Self {
            acceptor: config.into(),
            notices: Mutex::default(),
        }
    }

    /// Shakes hands with a client; `None` when that failed, which the log says then.
    pub(super) async fn shake(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let Ok(peer) = stream.peer_addr() else {
            return None; // It is gone.
        };
        let accepting = self.acceptor.accept(stream).into_fallible();
        let refusal = match timeout(HANDSHAKE_TIME, accepting).await {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err((error, stream))) => {
                // The client may be gone; nothing depends on what it reads.
                let _ = timeout(LAST_WORDS_TIME, let_read(stream)).await;
                Refusal::of(&error)
            }
            Err(_) => Some(Refusal::Slow(HANDSHAKE_TIME)),
        };
        if let Some(refusal) = refusal {
            self.tell(&refusal, peer);
        } else {
            tracing::debug!(%peer, "a client went before TLS had begun");
        }
        None
    }

    fn tell(&self, refusal: &Refusal, peer: SocketAddr) {
        // The table is whole between its calls: a panic elsewhere cannot have left half an entry.
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        let notice = notices.entry(refusal.kind()).or_default();
        notice.tell(format_args!("refused TLS with {peer}: {refusal}"));
    }
}

/// Ends the connection so that what was sent last can be read.
async fn let_read(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    let mut rest = stream.take(LAST_WORDS_BYTES);
    tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    Ok(())
}

impl Refusal {
    fn kind(&self) -> Kind {
        match self {
            Self::Certificate(fault) => Kind::Certificate(discriminant(fault)),
            Self::ClientRefuses(alert) => Kind::ClientRefuses(discriminant(alert)),
            other => Kind::Other(discriminant(other)),
        }
    }

    /// What the error of a handshake tells; nothing when the connection just ended.
    fn of(error: &io::Error) -> Option<Self> {
        let error = error.get_ref()?.downcast_ref::<TlsError>()?;
        Some(match error {
            TlsError::NoCertificatesPresented => Self::NoCertificate,
            TlsError::InvalidCertificate(error) => Self::Certificate(error.into()),
            TlsError::AlertReceived(alert) => Self::ClientRefuses(*alert),
            TlsError::InvalidMessage(_) => Self::NotTls,
            TlsError::PeerIncompatible(_) => Self::Version,
            TlsError::NoApplicationProtocol => Self::NotHttp2,
            other => Self::Other(other.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_a_kind_and_the_words_of_a_client_make_none() {
        let certificate = |fault| Refusal::Certificate(fault).kind();
        let named = |name: &str| certificate(CertificateFault::OtherName(name.into()));
        assert_eq!(named("a"), named("b"));
        assert_ne!(
            certificate(CertificateFault::Expired),
            certificate(CertificateFault::Untrusted)
        );
        let alert = |alert| Refusal::ClientRefuses(alert).kind();
        assert_eq!(
            alert(AlertDescription::Unknown(200)),
            alert(AlertDescription::Unknown(201))
        );
        assert_ne!(
            alert(AlertDescription::UnknownCA),
            alert(AlertDescription::CertificateExpired)
        );
        assert_ne!(Refusal::NotTls.kind(), Refusal::Version.kind());
    }
}
