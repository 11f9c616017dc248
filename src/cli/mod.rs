//! What the user types: commands, options, their help. What it means is decided in [`crate::config`].

mod bench;
mod demo;
mod devices;
mod position;
mod render;
mod run;
mod scene;
mod serve;

use std::ffi::OsString;
use std::str::FromStr;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};

pub use bench::BenchArgs;
pub use demo::DemoArgs;
pub use devices::DevicesArgs;
pub use position::{
    PositionAction, PositionArgs, PositionClientArgs, PositionSetArgs, PositionWatchArgs,
};
pub use render::{Bits, RenderArgs};
pub use run::{PlayArgs, RunArgs};
pub use scene::{DistanceModelArg, SceneArgs};
pub use serve::ServeArgs;

/// Spatial audio renderer daemon: places a sound in headphones where a gRPC `PositionService`
/// says that its source is.
#[derive(Debug, Parser)]
#[command(
    name = "binaurald",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub struct Cli {
    /// Say more on standard error (-v: debug, -vv: trace).
    #[arg(short, long, global = true, action = ArgAction::Count, display_order = 100)]
    pub verbose: u8,

    /// Say less on standard error (-q: warnings and errors, -qq: errors alone).
    #[arg(
        short,
        long,
        global = true,
        action = ArgAction::Count,
        display_order = 101,
        conflicts_with = "verbose"
    )]
    pub quiet: u8,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads the command line. When it asks for help, or cannot be understood, the process ends
    /// with the text that says so.
    pub fn read() -> Self {
        Self::parse_from(std::env::args_os().map(with_leading_zero))
    }
}

/// `-.5` as `-0.5`, which the parser knows as a number.
fn with_leading_zero(argument: OsString) -> OsString {
    let is_digit = |c: char| c.is_ascii_digit();
    match argument.to_str().and_then(|text| text.strip_prefix("-.")) {
        Some(decimals) if decimals.starts_with(is_digit) => format!("-0.{decimals}").into(),
        _ => argument,
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Hear a sound walk round your head: the bundled server and the daemon in one.
    Demo(Box<DemoArgs>),
    /// The daemon: follow a `PositionService` server and play the source from where it is.
    Run(Box<RunArgs>),
    /// The bundled `PositionService` server.
    Serve(ServeArgs),
    /// Offline: source and trajectory into a WAV file.
    Render(Box<RenderArgs>),
    /// List what can be played to.
    Devices(DevicesArgs),
    /// Measure the audio callback on this machine.
    Bench(BenchArgs),
    /// Ask or tell any `PositionService` server.
    Position(PositionArgs),
}

/// A number; what it may be is checked by [`crate::config`].
fn number(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "must be a number".to_owned())
}

/// A coordinate, as the wire has it.
fn coordinate(text: &str) -> Result<f32, String> {
    text.parse().map_err(|_| "must be a number".to_owned())
}

/// A whole number; what it may be is checked by [`crate::config`].
fn whole<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| "must be a whole number, 0 or more".to_owned())
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}
