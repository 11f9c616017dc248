//! What a file and the environment say of the options, and where each value comes from.
//!
//! The command line wins over the environment, and that over the file. Values of both are checked
//! as the command line checks them.

mod catalogue;
mod effective;
mod environment;
mod file;
mod layers;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use clap::{ArgMatches, Command, Id};

use catalogue::{Catalogue, Entry};
pub(super) use catalogue::{is_typed_only, variable};
pub use effective::{Effective, Source};
use layers::Typed;

/// Where a value comes from that was not typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    File {
        /// Its name, as it was given.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// The environment.
    Environment {
        /// The name of the variable.
        variable: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::Environment { variable } => f.write_str(variable),
        }
    }
}

/// What a file or the environment holds that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub(super) struct SettingsError {
    /// The file and its line, or the variable.
    place: String,
    problem: String,
}

impl SettingsError {
    fn new(place: impl fmt::Display, problem: impl Into<String>) -> Self {
        Self {
            place: place.to_string(),
            problem: problem.into(),
        }
    }
}

/// The value of an option that a file or the environment gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The long name of the option.
    pub option: String,
    /// As it would be typed; `true` or `false` for a flag.
    pub value: OsString,
    /// Where it comes from.
    pub origin: Origin,
    /// What the parser calls the option.
    id: Id,
    /// The words of its command; none: it is one of all commands.
    command: Vec<String>,
}

impl From<Found<'_>> for Setting {
    fn from(found: Found) -> Self {
        Self {
            option: found.entry.key.clone(),
            value: found.value,
            origin: found.origin,
            id: found.entry.id().clone(),
            command: found.entry.command.clone(),
        }
    }
}

/// A value that was found for an option.
#[derive(Debug)]
struct Found<'a> {
    entry: &'a Entry,
    value: OsString,
    origin: Origin,
}

impl Found<'_> {
    /// The place and the option, as an error names them.
    fn place(&self) -> String {
        place(&self.origin, &self.entry.name())
    }

    /// What the option is called where it was found.
    fn name(&self) -> String {
        match &self.origin {
            Origin::File { .. } => self.entry.name(),
            Origin::Environment { variable } => variable.clone(),
        }
    }

    /// Checks the value, which stands there as `shown`.
    fn checked(self, shown: &str) -> Result<Self, SettingsError> {
        match self.entry.check(&self.value) {
            Ok(()) => Ok(self),
            Err(problem) => Err(SettingsError::new(
                self.place(),
                format!("{shown}: {problem}"),
            )),
        }
    }
}

/// The place and the name of a key in it, as an error names them.
fn place(origin: &Origin, name: &str) -> String {
    match origin {
        Origin::File { .. } => format!("{origin}: {name}"),
        Origin::Environment { .. } => origin.to_string(),
    }
}

/// What a file and the environment give to the command that runs, as far as nothing that was typed
/// wins over it.
#[derive(Debug, Default)]
pub struct Settings {
    values: Vec<Setting>,
    warnings: Vec<String>,
    effective: Vec<Effective>,
    file: Option<PathBuf>,
}

impl Settings {
    /// Reads the file, and of the environment's `variables` those that are ours, for what was typed.
    ///
    /// # Errors
    /// When the file or a value cannot be used.
    pub(super) fn gather(
        command: Command,
        typed: &ArgMatches,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, SettingsError> {
        let catalogue = Catalogue::new(command);
        let typed = Typed::new(typed);
        let variables = environment::ours(variables);
        let from_environment = environment::read(&variables, &catalogue, &typed.words)?;
        let from_file = match config_file(&typed, &variables) {
            Some((path, named)) => file::read(path, &named, &catalogue)?,
            None => Vec::new(),
        };
        let values = layers::effective(&catalogue, &typed, [from_environment, from_file])?;
        Ok(Self {
            values: values.into_iter().map(Setting::from).collect(),
            warnings: environment::not_read(&variables, &catalogue),
            effective: Vec::new(),
            file: config_file(&typed, &variables).map(|(path, _)| path.to_owned()),
        })
    }

    /// Takes note of what holds in the end: `matches` are of what was `typed`, with the values that
    /// were [applied](Self::apply).
    pub(super) fn hold(&mut self, command: Command, typed: &ArgMatches, matches: &ArgMatches) {
        let catalogue = Catalogue::new(command);
        self.effective = Effective::all(&catalogue, &Typed::new(typed), &self.values, matches);
    }

    /// Gives the values to `command` in place of its defaults.
    pub(super) fn apply(&self, command: Command) -> Command {
        let give = |command, setting: &Setting| with_default(command, &setting.command, setting);
        self.values.iter().fold(command, give)
    }

    /// What the file and the environment give.
    pub fn values(&self) -> &[Setting] {
        &self.values
    }

    /// The file that was read.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// All options of the command, as they hold, in the order of the help.
    pub fn effective(&self) -> &[Effective] {
        &self.effective
    }

    /// The same as a file that says it, with a comment on each line: where the value comes from.
    pub fn as_file(&self) -> String {
        Effective::file(&self.effective)
    }

    /// What in the environment is not read, though it seems to be meant for this program.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Adds to an error where the options come from that it names, as far as they were not typed.
    #[must_use]
    pub fn explain(&self, message: &str) -> String {
        let mut places: Vec<String> = Vec::new();
        for word in message.split_whitespace() {
            let option = word.trim_end_matches(|c: char| !c.is_alphanumeric());
            let named = option.strip_prefix("--").unwrap_or_default();
            let Some(setting) = self.values.iter().find(|known| known.option == named) else {
                continue;
            };
            let place = match &setting.origin {
                Origin::File { .. } => format!("{option} is set in {}", setting.origin),
                Origin::Environment { .. } => format!("{option} is set by {}", setting.origin),
            };
            if !places.contains(&place) {
                places.push(place);
            }
        }
        match &places[..] {
            [] => message.to_owned(),
            places => format!("{message} ({})", places.join("; ")),
        }
    }
}

/// The file, and how an error names it.
fn config_file<'a>(
    typed: &'a Typed,
    variables: &'a environment::Variables,
) -> Option<(&'a Path, String)> {
    if let Some(path) = typed.config {
        return Some((path, format!("--config {}", path.display())));
    }
    let path = Path::new(variables.get(environment::CONFIG)?);
    Some((path, format!("{} {}", environment::CONFIG, path.display())))
}

fn with_default(command: Command, words: &[String], setting: &Setting) -> Command {
    match words {
        [] => command.mut_arg(&setting.id, |arg| {
            let value: &OsStr = &setting.value;
            arg.default_value(value.to_owned())
        }),
        [first, rest @ ..] => {
            command.mut_subcommand(first, |inner| with_default(inner, rest, setting))
        }
    }
}
