//! Whom the bundled server lets in: certificates, a token, and who may publish.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio_rustls::rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use tokio_rustls::rustls::{Error as TlsError, ServerConfig as TlsConfig};

use crate::credentials::{ALPN_H2, Certificates, CredentialError, Identity, Token, algorithms};

/// The files that the options name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityFiles {
    /// `--tls-cert`
    pub certificate: Option<PathBuf>,
    /// `--tls-key`
    pub key: Option<PathBuf>,
    /// `--tls-client-ca`
    pub client_authorities: Option<PathBuf>,
    /// `--token-file`
    pub token: Option<PathBuf>,
}

/// Which calls want the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenFor {
    /// Publications.
    #[default]
    Publications,
    /// All but health checks.
    All,
}

/// Why nobody can be let in with these options.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SecurityError {
    /// A file is of no use.
    #[error(transparent)]
    File(#[from] CredentialError),
    /// Certificates of clients come over TLS alone.
    #[error("--tls-client-ca: needs TLS: --tls-cert FILE and --tls-key FILE")]
    ClientsWithoutTls,
    /// Nobody can carry a token that there is not.
    #[error("--token-for all: needs a token: --token-file FILE")]
    NoToken,
    /// The authorities of the clients cannot be used.
    #[error("--tls-client-ca: {0}")]
    Clients(#[from] VerifierBuilderError),
    /// What was read does not make TLS.
    #[error("--tls-cert: {0}")]
    Tls(#[from] TlsError),
}

/// Whom the server lets in; by default everybody, without TLS.
#[derive(Clone, Debug, Default)]
pub struct Security {
    tls: Option<Arc<TlsConfig>>,
    knows_clients: bool,
    token: Option<Token>,
    /// Which calls want it.
    pub token_for: TokenFor,
    /// Whether publications are taken although nothing protects them.
    pub insecure: bool,
}

impl Security {
    /// Reads the files. The token is for publications, and nothing is insecure.
    ///
    /// # Errors
    /// When a file is of no use, or options do not go together.
    pub fn read(files: &SecurityFiles) -> Result<Self, SecurityError> {
        let token = files.token.as_deref().map(Token::read).transpose()?;
        let identity = Identity::read(files.certificate.as_deref(), files.key.as_deref())?;
        let clients = files
            .client_authorities
            .as_deref()
            .map(|file| Certificates::read_authorities("tls-client-ca", file))
            .transpose()?;
        if identity.is_none() && clients.is_some() {
            return Err(SecurityError::ClientsWithoutTls);
        }
        let tls = identity
            .map(|identity| tls_config(&identity, clients.as_ref()))
            .transpose()?;
        Ok(Self {
            tls: tls.map(Arc::new),
            knows_clients: clients.is_some(),
            token,
            token_for: TokenFor::default(),
            insecure: false,
        })
    }

    /// Whether publications are refused on `address`: nothing tells who sends them there.
    pub fn refuses_publications(&self, address: SocketAddr) -> bool {
        let is_known = self.knows_clients || self.token.is_some();
        !(is_known || self.insecure || is_local(address))
    }

    /// Whether the token that clients of `address` send can be read on the way.
    pub fn shows_token(&self, address: SocketAddr) -> bool {
        self.token.is_some() && self.tls.is_none() && !is_local(address)
    }

    /// What protects it, for the log.
    pub fn describe(&self) -> String {
        let tls = self.tls.as_ref().map(|_| "TLS");
        let clients = self.knows_clients.then_some("clients with certificates");
        let token = self.token.as_ref().map(|_| match self.token_for {
            TokenFor::Publications => "a token for publications",
            TokenFor::All => "a token for all calls",
        });
        let parts: Vec<&str> = tls.into_iter().chain(clients).chain(token).collect();
        if parts.is_empty() {
            return "none".to_owned();
        }
        parts.join(", ")
    }

    pub(super) fn tls(&self) -> Option<Arc<TlsConfig>> {
        self.tls.clone()
    }

    pub(super) fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }
}

/// Whether only this machine reaches it.
fn is_local(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

fn tls_config(
    identity: &Identity,
    clients: Option<&Certificates>,
) -> Result<TlsConfig, SecurityError> {
    let builder =
        TlsConfig::builder_with_provider(algorithms()).with_safe_default_protocol_versions()?;
    let builder = match clients {
        Some(clients) => {
            let roots = Arc::new(clients.as_roots());
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, algorithms());
            builder.with_client_cert_verifier(verifier.build()?)
        }
        None => builder.with_no_client_auth(),
    };
    let mut config = builder.with_single_cert(identity.chain(), identity.key())?;
    config.alpn_protocols = vec![ALPN_H2.to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_takes_publications_of_just_anybody() {
        let open = Security::default();
        let refuses = |security: &Security, address: &str| {
            security.refuses_publications(address.parse().unwrap())
        };
        for here in [
            "127.0.0.1:1",
            "127.1.2.3:1",
            "[::1]:1",
            "[::ffff:127.0.0.1]:1",
        ] {
            assert!(!refuses(&open, here), "{here}");
        }
        let insecure = Security {
            insecure: true,
            ..Security::default()
        };
        for elsewhere in ["0.0.0.0:1", "[::]:1", "192.168.0.7:1", "[fe80::1]:1"] {
            assert!(refuses(&open, elsewhere), "{elsewhere}");
            assert!(!refuses(&insecure, elsewhere), "{elsewhere}");
        }
    }
}
