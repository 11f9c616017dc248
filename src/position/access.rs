//! How a server lets this client in: by TLS and a token.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_rustls::rustls::client::ClientConfig as TlsConfig;
use tokio_rustls::rustls::{Error as TlsError, RootCertStore};
use tonic::metadata::{Ascii, MetadataValue};

use crate::credentials::{ALPN_H2, Certificates, CredentialError, Identity, Token, algorithms};

use super::address::ServerAddress;

/// The files that the options name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessFiles {
    /// `--tls-ca`
    pub authorities: Option<PathBuf>,
    /// `--tls-cert`
    pub certificate: Option<PathBuf>,
    /// `--tls-key`
    pub key: Option<PathBuf>,
    /// `--token-file`
    pub token: Option<PathBuf>,
}

impl AccessFiles {
    /// The first TLS option that is given, without its hyphens.
    fn tls_option(&self) -> Option<&'static str> {
        [
            ("tls-ca", &self.authorities),
            ("tls-cert", &self.certificate),
            ("tls-key", &self.key),
        ]
        .into_iter()
        .find_map(|(option, file)| file.is_some().then_some(option))
    }
}

/// Why the options cannot let anybody in.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AccessError {
    /// A file is of no use.
    #[error(transparent)]
    File(#[from] CredentialError),
    /// A TLS option for a server without TLS.
    #[error("--{option}: is for TLS, which {server} is without: --server https://HOST:PORT")]
    WithoutTls {
        /// The option, without its hyphens.
        option: &'static str,
        /// The server.
        server: ServerAddress,
    },
    /// Nobody's signature counts.
    #[error("{0}: this system trusts no authority: --tls-ca FILE names one")]
    NoAuthorities(ServerAddress),
    /// What was read does not make TLS.
    #[error("--tls-cert: {0}")]
    Tls(TlsError),
}

/// How a server lets this client in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Access {
    tls: Option<Tls>,
    token: Option<Token>,
}

/// TLS, and what it was made of.
#[derive(Clone, Debug)]
struct Tls {
    authorities: Option<Certificates>,
    identity: Option<Identity>,
    config: Arc<TlsConfig>,
}

impl PartialEq for Tls {
    fn eq(&self, other: &Self) -> bool {
        self.authorities == other.authorities && self.identity == other.identity
    }
}

impl Access {
    /// Reads `files` for `server`: TLS where its URL asks for that.
    ///
    /// # Errors
    /// When a file is of no use, or an option does not go with the URL.
    pub(super) fn read(server: &ServerAddress, files: &AccessFiles) -> Result<Self, AccessError> {
        let token = files.token.as_deref().map(Token::read).transpose()?;
        if !server.is_tls() {
            if let Some(option) = files.tls_option() {
                let server = server.clone();
                return Err(AccessError::WithoutTls { option, server });
            }
            if token.is_some() && !server.is_this_machine() {
                tracing::warn!(
                    "--token-file: the token goes to {server} without TLS: whoever is on the way \
                     can read it"
                );
            }
            return Ok(Self { tls: None, token });
        }
        let tls = Some(Tls::read(server, files)?);
        Ok(Self { tls, token })
    }

    pub(super) fn tls(&self) -> Option<&Arc<TlsConfig>> {
        self.tls.as_ref().map(|tls| &tls.config)
    }

    /// What each call carries.
    pub(super) fn authorization(&self) -> Option<MetadataValue<Ascii>> {
        let token = self.token.as_ref()?.reveal();
        let mut value = MetadataValue::try_from(format!("Bearer {token}"))
            .expect("a token is of visible ASCII alone");
        value.set_sensitive(true);
        Some(value)
    }
}

impl Tls {
    fn read(server: &ServerAddress, files: &AccessFiles) -> Result<Self, AccessError> {
        let authorities = files
            .authorities
            .as_deref()
            .map(|file| Certificates::read_authorities("tls-ca", file))
            .transpose()?;
        let identity = Identity::read(files.certificate.as_deref(), files.key.as_deref())?;
        let roots = match &authorities {
            Some(authorities) => authorities.as_roots(),
            None => system_roots(),
        };
        if roots.is_empty() {
            return Err(AccessError::NoAuthorities(server.clone()));
        }
        let config = Arc::new(config(roots, identity.as_ref()).map_err(AccessError::Tls)?);
        Ok(Self {
            authorities,
            identity,
            config,
        })
    }
}

/// The authorities that the system trusts.
fn system_roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::debug!(%error, "not all of the system's authorities can be read");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    roots
}

fn config(roots: RootCertStore, identity: Option<&Identity>) -> Result<TlsConfig, TlsError> {
    let builder = TlsConfig::builder_with_provider(algorithms())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let mut config = match identity {
        Some(identity) => builder.with_client_auth_cert(identity.chain(), identity.key())?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![ALPN_H2.to_vec()];
    Ok(config)
}
