//! Certificates in PEM.

use std::path::Path;

use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

use super::CredentialError;
use super::read::Named;

/// Authorities whose signature on a certificate counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificates(Vec<CertificateDer<'static>>);

impl Certificates {
    /// Reads the file of `--option`: one certificate or more, in PEM.
    ///
    /// # Errors
    /// When it cannot be read, or holds none, or one that no authority can have.
    pub fn read_authorities(option: &'static str, file: &Path) -> Result<Self, CredentialError> {
        let named = Named::read(option, file)?;
        let certificates = Self(chain(&named)?);
        for (place, certificate) in certificates.0.iter().enumerate() {
            let usable = RootCertStore::empty().add(certificate.clone());
            usable.map_err(|error| {
                let place = place + 1;
                named.refuse(format!(
                    "its certificate number {place} is of no use: {error}"
                ))
            })?;
        }
        Ok(certificates)
    }

    /// They, as what is trusted.
    pub fn as_roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        // Each has been accepted when it was read.
        roots.add_parsable_certificates(self.0.iter().cloned());
        roots
    }
}

/// All certificates of a file, in their order; at least one.
pub(super) fn chain(named: &Named<'_>) -> Result<Vec<CertificateDer<'static>>, CredentialError> {
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&named.content).collect();
    match parsed {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(named.refuse(
            "holds no certificate in PEM, the text that begins with -----BEGIN CERTIFICATE-----",
        )),
    }
}
