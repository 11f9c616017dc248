//! The settings that hold for a command in the end, and where each comes from.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;

use clap::ArgMatches;

use super::catalogue::{Catalogue, Entry, Form};
use super::layers::Typed;
use super::{Origin, Setting};

/// Where in a line the source of a value begins, if the value is not longer: characters.
const SOURCE_AT: usize = 32;

/// Floats that are whole and less than this are written without a point or an exponent.
const GREATEST_WHOLE: f64 = 1e15;

/// Where the value of an option comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It was typed.
    CommandLine,
    /// A file or the environment.
    Given(Origin),
    /// It is what holds where nothing is said.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => f.write_str("command line"),
            Self::Given(Origin::Environment { variable }) => {
                write!(f, "environment variable {variable}")
            }
            Self::Given(Origin::File { path, line }) => {
                write!(f, "{}:{line}", path.to_string_lossy().escape_debug())
            }
            Self::Default => f.write_str("default"),
        }
    }
}

/// An option of the command that runs, as it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// Its long name.
    pub option: String,
    /// Its value as it would be typed, `true` or `false` for a flag; none: it is not set, and has no
    /// default.
    pub text: Option<String>,
    /// Where the value comes from.
    pub source: Source,
    /// The value as a file has it.
    value: Option<String>,
    /// The words of its command; none: it is one of all commands.
    command: Vec<String>,
}

impl Effective {
    /// All options of the command that was typed, those of all commands first, each in the order of
    /// the help. `matches` holds what was typed, and `values` in place of the defaults.
    pub(super) fn all(
        catalogue: &Catalogue,
        typed: &Typed,
        values: &[Setting],
        matches: &ArgMatches,
    ) -> Vec<Self> {
        let mut leaf = matches;
        while let Some((_, inner)) = leaf.subcommand() {
            leaf = inner;
        }
        let of_entry = |entry: &Entry| {
            let mut given = values.iter();
            let given = given.find(|s| s.id == *entry.id() && s.command == entry.command);
            let items = items(entry, leaf);
            Self {
                option: entry.key.clone(),
                text: items.as_ref().map(|items| items.join(",")),
                value: items.map(|items| value(entry, &items)),
                source: match given {
                    _ if typed.has(entry) => Source::CommandLine,
                    Some(setting) => Source::Given(setting.origin.clone()),
                    None => Source::Default,
                },
                command: entry.command.clone(),
            }
        };
        catalogue.of_command(&typed.words).map(of_entry).collect()
    }

    /// Whether the option has the same value.
    pub fn is_same(&self, other: &Self) -> bool {
        self.value == other.value
    }

    /// All of them as a file that says the same, with where each comes from.
    pub(super) fn file(all: &[Self]) -> String {
        let mut lines = Vec::new();
        let mut table: &[String] = &[];
        for setting in all {
            if setting.command != table {
                table = &setting.command;
                lines.extend([String::new(), format!("[{}]", table.join("."))]);
            }
            lines.push(setting.line());
        }
        lines.push(String::new());
        lines.join("\n")
    }

    fn line(&self) -> String {
        match &self.value {
            Some(value) => {
                let assignment = format!("{} = {value}", self.option);
                format!("{assignment:SOURCE_AT$} # {}", self.source)
            }
            None => format!("# {} is not set", self.option),
        }
    }
}

/// The values of an option as they would be typed: one, but of a list.
fn items(entry: &Entry, matches: &ArgMatches) -> Option<Vec<String>> {
    let id = entry.id().as_str();
    match entry.form() {
        Form::Flag => Some(vec![matches.get_flag(id).to_string()]),
        Form::Count => Some(vec![matches.get_count(id).to_string()]),
        _ => {
            let items = matches.get_raw(id)?.map(OsStr::to_string_lossy);
            Some(items.map(Cow::into_owned).collect())
        }
    }
}

/// The value of an option, as a file has it.
fn value(entry: &Entry, items: &[String]) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|item| single(entry.form(), item))
        .collect();
    match entry.delimiter() {
        Some(_) => format!("[{}]", items.join(", ")),
        None => items.concat(),
    }
}

/// A value that is no list.
fn single(form: Form, text: &str) -> String {
    match form {
        Form::Flag | Form::Count => text.to_owned(),
        Form::Number => number(text).unwrap_or_else(|| quoted(text)),
        Form::Switch | Form::Path | Form::Text => quoted(text),
    }
}

/// A number, the same however it was typed.
fn number(text: &str) -> Option<String> {
    if let Ok(whole) = text.parse::<i128>() {
        return Some(whole.to_string());
    }
    // The zero added takes the sign of another one away.
    let number = text.parse::<f64>().ok()? + 0.0;
    let is_short = number.fract() == 0.0 && number.abs() < GREATEST_WHOLE;
    Some(if is_short {
        format!("{number:.0}")
    } else {
        format!("{number:?}")
    })
}

/// Text in quotes.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let code = format!("\\u{:04X}", u32::from(c));
                quoted.push_str(&code);
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}
