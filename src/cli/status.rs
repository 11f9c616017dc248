//! `status`

use clap::Args;

use crate::config as defaults;

/// `binaurald status`
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// Where the daemon tells how it is: what its own `--metrics` is.
    #[arg(long, value_name = "ADDR", default_value = defaults::DEFAULT_METRICS)]
    pub metrics: String,

    /// Renew it in place until interrupted; follow the daemon when it goes and comes back.
    #[arg(long)]
    pub watch: bool,

    /// Print JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}
