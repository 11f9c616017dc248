//! `demo`

use clap::Args;

use super::run::PlayArgs;

/// `binaurald demo`
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// Where and how it is played.
    #[command(flatten)]
    pub play: PlayArgs,
}
