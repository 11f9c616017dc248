//! Whom `binaurald serve` lets in.

use crate::cli::{ServeArgs, TokenForArg};
use crate::server::{Security, SecurityError, SecurityFiles, TokenFor};

/// Checks what was typed, and reads the files that it names.
///
/// # Errors
/// When an option or a file cannot be used; the message names it.
pub fn security(args: &ServeArgs) -> Result<Security, SecurityError> {
    let files = SecurityFiles {
        certificate: args.tls_cert.clone(),
        key: args.tls_key.clone(),
        client_authorities: args.tls_client_ca.clone(),
        token: args.token_file.clone(),
    };
    let mut security = Security::read(&files)?;
    security.insecure = args.insecure;
    security.token_for = match args.token_for {
        TokenForArg::Pub => TokenFor::Publications,
        TokenForArg::All if files.token.is_some() => TokenFor::All,
        TokenForArg::All => return Err(SecurityError::NoToken),
    };
    Ok(security)
}
