//! What proves who somebody is, read from the files that the options name: certificates, keys and
//! tokens. Both ends of the wire use it.

mod certificates;
mod fault;
mod identity;
mod read;
mod token;

use std::path::PathBuf;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, ring};

pub use certificates::Certificates;
pub use fault::CertificateFault;
pub use identity::Identity;
pub use token::Token;

/// HTTP/2, as the two ends of a TLS connection name it to each other.
pub const ALPN_H2: &[u8] = b"h2";

/// A file that cannot be used for what an option takes it for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("--{option} {}: {problem}", file.display())]
pub struct CredentialError {
    /// The option, without its hyphens.
    pub option: &'static str,
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it, and the way out where one is known.
    pub problem: String,
}

/// The algorithms of all TLS here: named, so that no other crate's choice can change them.
pub fn algorithms() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
