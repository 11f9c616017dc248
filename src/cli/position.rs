//! `position`

use clap::{Args, Subcommand};

use super::coordinate;
use super::server::{PollArgs, ServerArgs};

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
    /// How often.
    #[command(flatten)]
    pub poll: PollArgs,

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
