//! `position`

use clap::{Args, Subcommand};

use super::server::ServerArgs;
use super::{coordinate, number};
use crate::config as defaults;

/// `binaurald position`
#[derive(Args, Debug)]
pub struct PositionArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: PositionAction,
}

/// The actions of `binaurald position`.
#[derive(Debug, Subcommand)]
pub enum PositionAction {
    /// Print the position once: X Y Z as they came over the wire.
    Get(PositionClientArgs),
    /// Print the position again and again until interrupted, one line an answer.
    Watch(PositionWatchArgs),
    /// Publish a position.
    Set(PositionSetArgs),
}

/// How to reach the server.
#[derive(Args, Debug)]
pub struct PositionClientArgs {
    /// Which server.
    #[command(flatten)]
    pub server: ServerArgs,

    /// Print JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

/// `binaurald position watch`
#[derive(Args, Debug)]
pub struct PositionWatchArgs {
    /// How often to ask, in polls a second (1 to 1000).
    #[arg(
        long,
        value_name = "HZ",
        default_value_t = defaults::DEFAULT_POLL_HZ,
        value_parser = number,
        allow_negative_numbers = true
    )]
    pub poll_hz: f64,

    /// How to reach the server.
    #[command(flatten)]
    pub client: PositionClientArgs,
}

/// `binaurald position set`
#[derive(Args, Debug)]
pub struct PositionSetArgs {
    /// First coordinate, as the server takes it.
    #[arg(value_name = "X", value_parser = coordinate, allow_negative_numbers = true)]
    pub x: f32,

    /// Second coordinate.
    #[arg(value_name = "Y", value_parser = coordinate, allow_negative_numbers = true)]
    pub y: f32,

    /// Third coordinate.
    #[arg(value_name = "Z", value_parser = coordinate, allow_negative_numbers = true)]
    pub z: f32,

    /// How to reach the server.
    #[command(flatten)]
    pub client: PositionClientArgs,
}
