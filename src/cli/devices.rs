//! `devices`

use clap::Args;

/// `binaurald devices`
#[derive(Args, Debug)]
pub struct DevicesArgs {
    /// Audio host: alsa, or another that this binary was built with [default: all of them].
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,

    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
