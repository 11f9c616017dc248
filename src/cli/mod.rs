//! What the user types: commands, options, their help. What it means is decided in [`crate::config`].

mod bench;
mod command;
mod completions;
mod demo;
mod devices;
mod head;
mod man;
mod measure;
mod position;
mod read_sofa;
mod render;
mod run;
mod scene;
mod serve;
mod server;
mod settings;
mod status;

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub use bench::{BenchArgs, BenchDeviceArgs, BenchWayArgs};
pub use completions::CompletionsArgs;
pub use demo::DemoArgs;
pub use devices::DevicesArgs;
pub use head::HeadArgs;
pub use man::{ManArgs, Page, pages as manual_pages};
pub use measure::MeasureArgs;
pub use position::{
    PositionAction, PositionArgs, PositionClientArgs, PositionSetArgs, PositionWatchArgs,
};
pub use read_sofa::ReadSofaArgs;
pub use render::{Bits, RenderArgs};
pub use run::{PlayArgs, RunArgs, WhenStale};
pub use scene::{DistanceModelArg, SceneArgs};
pub use serve::{ServeArgs, TokenForArg};
pub use server::{PollArgs, ServerArgs};
pub use settings::{Effective, Origin, Setting, Settings, Source};
pub use status::StatusArgs;

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

    /// How standard error is written: text, or json: one object a line.
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        display_order = 102
    )]
    pub log_format: LogFormat,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// How standard error is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Cli {
    /// Reads the command line, and of the environment and the file what the options are that were
    /// not typed.
    ///
    /// # Errors
    /// With the text to end with: help that was asked for, or what cannot be understood.
    pub fn read() -> Result<(Self, Settings), clap::Error> {
        Self::from_words(std::env::args_os(), std::env::vars_os())
    }

    /// Whether the command line or the environment asks for JSON on standard error, as far as it can
    /// be seen where the rest of them cannot be understood.
    pub fn asks_for_json() -> bool {
        let words: Vec<OsString> = std::env::args_os().collect();
        let typed = words
            .windows(2)
            .any(|pair| pair == ["--log-format", "json"])
            || words.iter().any(|word| word == "--log-format=json");
        typed
            || std::env::var_os(settings::variable(&[], "log-format")).is_some_and(|v| v == "json")
    }

    /// Reads them once more: the command line and the environment as they were at the start, and the
    /// file as it is now.
    ///
    /// # Errors
    /// With what cannot be used, on one line.
    pub fn read_again() -> Result<(Self, Settings), String> {
        Self::from_words(std::env::args_os(), std::env::vars_os()).map_err(|error| {
            let text = error.render().to_string();
            let reason = text.lines().next().unwrap_or_default();
            reason.strip_prefix("error: ").unwrap_or(reason).to_owned()
        })
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
        let mut settings = Settings::gather(Self::command(), &typed, variables)
            .map_err(|error| clap::Error::raw(ErrorKind::ValueValidation, format!("{error}\n")))?;
        let matches = settings.apply(command).try_get_matches_from(&words)?;
        settings.hold(Self::command(), &typed, &matches);
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
    /// How a running daemon is: what it plays, from where, and how well.
    Status(StatusArgs),
    /// Print what a shell needs to complete this command line.
    Completions(CompletionsArgs),
    /// Write the manual: a page for each command.
    Man(ManArgs),
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
