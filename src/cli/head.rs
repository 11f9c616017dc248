//! `head`

use std::path::PathBuf;

use clap::Args;

/// `binaurald head`
#[derive(Args, Debug)]
pub struct HeadArgs {
    /// Whose head: sphere, kemar, or a SOFA file.
    #[arg(value_name = "HEAD")]
    pub head: String,

    /// Draw the interaural delay and level difference over the azimuth, beside those of the sphere.
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,

    /// Print JSON: one object (docs/json.md has its fields).
    #[arg(long)]
    pub json: bool,
}
