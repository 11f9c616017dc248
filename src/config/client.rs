//! Which server is asked, how often, and how it lets this client in.

use crate::cli::ServerArgs;
use crate::position::{AccessFiles, ClientConfig, ClientConfigError};

/// Checks what was typed, and reads the files that it names.
///
/// # Errors
/// When an option or a file cannot be used; the message names it.
pub fn client(args: &ServerArgs, poll_hz: f64) -> Result<ClientConfig, ClientConfigError> {
    let files = AccessFiles {
        authorities: args.tls_ca.clone(),
        certificate: args.tls_cert.clone(),
        key: args.tls_key.clone(),
        token: args.token_file.clone(),
    };
    ClientConfig::with_files(&args.server, poll_hz, args.timeout, &files)
}
