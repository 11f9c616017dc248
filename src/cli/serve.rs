//! `serve`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::number;
use crate::config as defaults;

/// `binaurald serve`
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// Address to listen on; port 0 takes a free one. The address is printed.
    #[arg(long, value_name = "ADDR", default_value = defaults::DEFAULT_LISTEN)]
    pub listen: String,

    /// The motion: `orbit[:RADIUS,PERIOD[,HEIGHT]]`, `static:X,Y,Z`, or a CSV file with the header
    /// `t,x,y,z` (seconds and metres).
    #[arg(long, value_name = "SPEC", default_value = "orbit")]
    pub trajectory: String,

    /// How long a published position stands in place of the motion, in seconds
    /// [default: for ever].
    #[arg(long, value_name = "S", value_parser = number, allow_negative_numbers = true)]
    pub pub_hold: Option<f64>,

    /// Certificate of this server, and those between it and its authority, in PEM: speaks TLS
    /// alone; goes with --tls-key.
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// Key of that certificate, in PEM.
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Certificates of authorities, in PEM: only clients are let in whose certificate one of them
    /// signed.
    #[arg(long, value_name = "FILE")]
    pub tls_client_ca: Option<PathBuf>,

    /// File with the token that calls must carry: one line.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// Calls that must carry it: publications, or all but health checks.
    #[arg(long, value_name = "CALLS", default_value = "pub")]
    pub token_for: TokenForArg,

    /// Take publications although anybody who reaches the address can send them.
    #[arg(long)]
    pub insecure: bool,
}

/// Calls that want the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TokenForArg {
    /// Publications.
    Pub,
    /// All but health checks.
    All,
}
