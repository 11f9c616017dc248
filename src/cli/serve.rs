//! `serve`

use clap::Args;

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
}
