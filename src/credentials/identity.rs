//! A certificate and its key: what one end of a TLS connection shows to the other.

use std::path::Path;

use tokio_rustls::rustls::Error as TlsError;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::certificates::chain;
use super::read::Named;
use super::{CredentialError, algorithms};

/// The option of the certificate.
const CERTIFICATE: &str = "tls-cert";

/// The option of its key.
const KEY: &str = "tls-key";

/// A certificate, those between it and its authority, and its key.
#[derive(Debug, PartialEq, Eq)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self {
            chain: self.chain.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl Identity {
    /// Reads the files of `--tls-cert` and `--tls-key`: both or neither.
    ///
    /// # Errors
    /// When one of the two is missing or of no use, or the key does not fit the certificate.
    pub fn read(
        certificate: Option<&Path>,
        key: Option<&Path>,
    ) -> Result<Option<Self>, CredentialError> {
        let alone = |option, file: &Path, problem: &str| CredentialError {
            option,
            file: file.to_owned(),
            problem: problem.to_owned(),
        };
        match (certificate, key) {
            (None, None) => Ok(None),
            (Some(file), None) => Err(alone(CERTIFICATE, file, "needs its key: --tls-key FILE")),
            (None, Some(file)) => Err(alone(KEY, file, "needs its certificate: --tls-cert FILE")),
            (Some(certificate), Some(key)) => Self::read_both(certificate, key).map(Some),
        }
    }

    fn read_both(certificate: &Path, key: &Path) -> Result<Self, CredentialError> {
        let chain = chain(&Named::read(CERTIFICATE, certificate)?)?;
        let named = Named::read_secret(KEY, key)?;
        let key = PrivateKeyDer::from_pem_slice(&named.content)
            .map_err(|_| named.refuse(no_key(&named.content)))?;
        let identity = Self { chain, key };
        CertifiedKey::from_der(
            identity.chain.clone(),
            identity.key.clone_key(),
            &algorithms(),
        )
        .map_err(|error| {
            named.refuse(match error {
                TlsError::InconsistentKeys(_) => format!(
                    "is not the key of the first certificate in --tls-cert {}",
                    certificate.display()
                ),
                other => format!("cannot be used: {other}"),
            })
        })?;
        Ok(identity)
    }

    /// The certificate, and those between it and its authority.
    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain.clone()
    }

    /// The key of the first certificate.
    pub fn key(&self) -> PrivateKeyDer<'static> {
        self.key.clone_key()
    }
}

/// Why a file has no key that can be read.
fn no_key(content: &[u8]) -> &'static str {
    if String::from_utf8_lossy(content).contains("ENCRYPTED") {
        "the key is encrypted, which is not supported: `openssl pkey -in FILE -out PLAIN` \
         decrypts it"
    } else {
        "holds no private key in PEM, the text that begins with -----BEGIN PRIVATE KEY-----"
    }
}
