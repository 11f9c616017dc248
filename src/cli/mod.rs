//! What the user types: commands, options, their help. What it means is decided in [`crate::config`].

mod bench;
mod command;
mod demo;
mod devices;
mod head;
mod measure;
mod position;
mod read_sofa;
mod render;
mod run;
mod scene;
mod serve;
mod server;
mod settings;

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub use bench::{BenchArgs, BenchDeviceArgs, BenchWayArgs};
pub use demo::DemoArgs;
pub use devices::DevicesArgs;
pub use head::HeadArgs;
pub use measure::MeasureArgs;
pub use position::{
    PositionAction, PositionArgs, PositionClientArgs, PositionSetArgs, PositionWatchArgs,
};
pub use read_sofa::ReadSofaArgs;
pub use render::{Bits, RenderArgs};
pub use run::{PlayArgs, RunArgs};
pub use scene::{DistanceModelArg, SceneArgs};
pub use serve::ServeArgs;
pub use server::{PollArgs, ServerArgs};
pub use settings::{Origin, Setting, Settings};

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
    /// File to read options from, those that are not typed: TOML, one table for each command.
    #[arg(long, global = true, value_name = "FILE.toml", display_order = 99)]
    pub config: Option<PathBuf>,

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
    /// Reads the command line, and of the environment and the file what the options are that were
    /// not typed. When it asks for help, or cannot be understood, the process ends with the text
    /// that says so.
    pub fn read() -> (Self, Settings) {
        Self::from_words(std::env::args_os(), std::env::vars_os()).unwrap_or_else(|end| end.exit())
    }

    /// Reads a command line whose first word is the program, in an environment of `variables`.
    ///
    /// # Errors
    /// With the text to end with: help that was asked for, or what cannot be understood.
    pub fn from_words(
        words: impl IntoIterator<Item = OsString>,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<(Self, Settings), clap::Error> {
        let words: Vec<OsString> = words.into_iter().map(with_leading_zero).collect();
        let command = command::command();
        let typed = command.clone().try_get_matches_from(&words)?;
        let settings = Settings::gather(Self::command(), &typed, variables)
            .map_err(|error| clap::Error::raw(ErrorKind::ValueValidation, format!("{error}\n")))?;
        let matches = settings.apply(command).try_get_matches_from(&words)?;
        Ok((Self::from_arg_matches(&matches)?, settings))
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
    /// What a head holds, and what is unusual about it.
    Head(HeadArgs),
    /// Measure what a head makes of sound: delay and level at both ears, and the purity of motion.
    Measure(Box<MeasureArgs>),
    /// Ask or tell any `PositionService` server.
    Position(PositionArgs),
    /// Read a SOFA file for another process of this program, which survives what it may do here.
    #[command(hide = true)]
    ReadSofa(ReadSofaArgs),
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
