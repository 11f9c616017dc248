//! `bench`

use clap::Args;

/// `binaurald bench`
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
