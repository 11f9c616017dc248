//! Which server: the same for all who ask one.

use std::path::PathBuf;

use clap::Args;

use super::{number, whole};
use crate::config as defaults;

/// Which server to ask.
#[derive(Args, Clone, Debug)]
pub struct ServerArgs {
    /// The `PositionService` server: host:port, `http://host:port`, or `https://host:port` with TLS.
    #[arg(long, value_name = "URL", default_value = defaults::DEFAULT_SERVER)]
    pub server: String,

    /// How long one call may take, in milliseconds (1 to 60000).
    #[arg(
        long,
        value_name = "MS",
        default_value_t = defaults::DEFAULT_TIMEOUT_MS,
        value_parser = whole::<u64>,
        allow_negative_numbers = true
    )]
    pub timeout: u64,

    /// Certificates of the authorities that the server's must be signed by, in PEM
    /// [default: those that the system trusts].
    #[arg(long, value_name = "FILE")]
    pub tls_ca: Option<PathBuf>,

    /// With --tls-key: the certificate to show to a server that wants one, in PEM.
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// Key of that certificate, in PEM.
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// File with the token that goes with each call.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// How often to ask it.
#[derive(Args, Clone, Debug)]
pub struct PollArgs {
    /// How often to ask, in polls a second (1 to 1000).
    #[arg(
        long,
        value_name = "HZ",
        default_value_t = defaults::DEFAULT_POLL_HZ,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub poll_hz: f64,
}
