//! All options that a file and the environment can set, as the command line has them.

use std::any::TypeId;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::ArgAction;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Id};

/// Options that neither can set: the words of the command, the option, and why.
const TYPED_ONLY: [(&[&str], &str, &str); 3] = [
    (
        &["render"],
        "output",
        "which file to write is said on the command line alone: --output FILE.wav",
    ),
    (
        &["run"],
        "print-config",
        "it is asked for on the command line alone: --print-config",
    ),
    (&[], "config", "a file cannot name another one"),
];

/// What a value of an option is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// True or false.
    Flag,
    /// How often an option stands there.
    Count,
    /// A number.
    Number,
    /// On or off.
    Switch,
    /// The name of a file.
    Path,
    /// Something else.
    Text,
}

/// An option.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The words of its command; none: it is one of all commands.
    pub(super) command: Vec<String>,
    /// Its long name.
    pub(super) key: String,
    /// The options that it does not go together with.
    rivals: Vec<Id>,
    arg: Arg,
}

impl Entry {
    fn new(command: &Command, words: &[String], arg: &Arg) -> Option<Self> {
        let about_itself = matches!(
            arg.get_action(),
            ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
        );
        let of_another = arg.is_global_set() && !words.is_empty();
        let key = arg.get_long()?;
        if about_itself || of_another || arg.is_hide_set() || typed_only(words, key).is_some() {
            return None;
        }
        let rivals = command.get_arg_conflicts_with(arg);
        Some(Self {
            command: words.to_vec(),
            key: key.to_owned(),
            rivals: rivals.iter().map(|rival| rival.get_id().clone()).collect(),
            arg: arg.clone(),
        })
    }

    /// What the parser calls it.
    pub(super) fn id(&self) -> &Id {
        self.arg.get_id()
    }

    /// Its name in a file: `run.poll-hz`.
    pub(super) fn name(&self) -> String {
        dotted(&self.command, &self.key)
    }

    /// Its variable: `BINAURALD_RUN_POLL_HZ`.
    pub(super) fn variable(&self) -> String {
        variable(&self.command, &self.key)
    }

    /// Whether it does not go together with `other`.
    pub(super) fn is_rival_of(&self, other: &Id) -> bool {
        self.rivals.contains(other)
    }

    /// Between the values of a list, where it takes one.
    pub(super) fn delimiter(&self) -> Option<char> {
        self.arg.get_value_delimiter()
    }

    /// What its value is; of a list, each.
    pub(super) fn form(&self) -> Form {
        let value = self.arg.get_value_parser().type_id();
        let is = |types: &[TypeId]| types.iter().any(|known| value == *known);
        let numbers = [
            TypeId::of::<f32>(),
            TypeId::of::<f64>(),
            TypeId::of::<u8>(),
            TypeId::of::<u16>(),
            TypeId::of::<u32>(),
            TypeId::of::<u64>(),
            TypeId::of::<usize>(),
            TypeId::of::<i64>(),
        ];
        let words: Vec<_> = self.arg.get_possible_values();
        let is_switch =
            words.len() == 2 && words.iter().all(|w| ["on", "off"].contains(&w.get_name()));
        match self.arg.get_action() {
            ArgAction::SetTrue => Form::Flag,
            ArgAction::Count => Form::Count,
            _ if is(&numbers) => Form::Number,
            _ if is(&[TypeId::of::<PathBuf>()]) => Form::Path,
            _ if is_switch => Form::Switch,
            _ => Form::Text,
        }
    }

    /// Checks a value as the command line does.
    ///
    /// # Errors
    /// With what it must be.
    pub(super) fn check(&self, value: &OsStr) -> Result<(), String> {
        let mut probe = Arg::new("value")
            .long("value")
            .value_parser(self.arg.get_value_parser().clone());
        if let Some(delimiter) = self.delimiter() {
            probe = probe.value_delimiter(delimiter).action(ArgAction::Append);
        }
        let mut typed = OsString::from("--value=");
        typed.push(value);
        let parsed = Command::new("probe")
            .no_binary_name(true)
            .arg(probe)
            .try_get_matches_from([typed]);
        match parsed {
            Ok(_) => Ok(()),
            Err(_) if self.form() == Form::Count => Err("must be a whole number, 0 to 255".into()),
            Err(error) => Err(reason(&error)),
        }
    }
}

/// What the parser has against a value, in a few words.
fn reason(error: &clap::Error) -> String {
    if let Some(source) = std::error::Error::source(error) {
        return source.to_string();
    }
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(known)) if !known.is_empty() => {
            format!("must be one of {}", known.join(", "))
        }
        _ if error.kind() == ErrorKind::InvalidUtf8 => "must be text in UTF-8".into(),
        _ => "must not be empty".into(),
    }
}

/// Why this option is not taken from a file or the environment, if it is one of those.
pub(super) fn typed_only(words: &[String], key: &str) -> Option<&'static str> {
    TYPED_ONLY
        .iter()
        .find(|(command, option, _)| words == *command && key == *option)
        .map(|(_, _, reason)| *reason)
}

/// `run.poll-hz`
pub(super) fn dotted(words: &[String], key: &str) -> String {
    [words, &[key.to_owned()]].concat().join(".")
}

/// Whether an option is not taken from a file or the environment.
pub(in crate::cli) fn is_typed_only(words: &[String], key: &str) -> bool {
    typed_only(words, key).is_some()
}

/// `BINAURALD_RUN_POLL_HZ`
pub(in crate::cli) fn variable(words: &[String], key: &str) -> String {
    format!("binaurald.{}", dotted(words, key))
        .replace(['.', '-'], "_")
        .to_uppercase()
}

/// The options and commands.
#[derive(Debug)]
pub(super) struct Catalogue {
    /// The options, in the order of the help.
    pub(super) entries: Vec<Entry>,
    /// The words of each command and of each group of commands.
    commands: Vec<Vec<String>>,
}

impl Catalogue {
    /// What `command` has, and all commands in it. Options that the help hides are left out.
    pub(super) fn new(mut command: Command) -> Self {
        command.build();
        let mut catalogue = Self {
            entries: Vec::new(),
            commands: Vec::new(),
        };
        catalogue.add(&command, &[]);
        catalogue
    }

    fn add(&mut self, command: &Command, words: &[String]) {
        let options = command.get_arguments();
        self.entries
            .extend(options.filter_map(|arg| Entry::new(command, words, arg)));
        for inner in command.get_subcommands() {
            if inner.get_name() != "help" {
                let words = [words, &[inner.get_name().to_owned()]].concat();
                self.add(inner, &words);
                self.commands.push(words);
            }
        }
    }

    /// The option of this name in the table of these words.
    pub(super) fn find(&self, words: &[String], key: &str) -> Option<&Entry> {
        self.in_table(words).find(|entry| entry.key == key)
    }

    /// Whether there is such a command, or such a group of commands.
    pub(super) fn has_table(&self, words: &[String]) -> bool {
        self.commands.iter().any(|known| known == words)
    }

    /// The options of one table.
    pub(super) fn in_table<'a>(&'a self, words: &[String]) -> impl Iterator<Item = &'a Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.command == words)
    }

    /// The options that a command takes: its own, and those of all commands.
    pub(super) fn of_command<'a>(&'a self, words: &[String]) -> impl Iterator<Item = &'a Entry> {
        self.in_table(&[]).chain(self.in_table(words))
    }

    /// The tables that have this key.
    pub(super) fn tables_with(&self, key: &str) -> Vec<String> {
        let found = self.entries.iter().filter(|entry| entry.key == key);
        found
            .filter(|entry| !entry.command.is_empty())
            .map(|entry| format!("[{}]", entry.command.join(".")))
            .collect()
    }

    /// What can stand in the table of these words: keys, and the names of tables.
    pub(super) fn names_in(&self, words: &[String]) -> Vec<String> {
        let keys = self.in_table(words).map(|entry| entry.key.clone());
        let tables = self
            .commands
            .iter()
            .filter_map(|command| match &command[..] {
                [group @ .., last] if group == words => Some(last.clone()),
                _ => None,
            });
        keys.chain(tables).collect()
    }

    /// The variables of options that are not read, and why.
    pub(super) fn typed_only_variables() -> impl Iterator<Item = (String, &'static str)> {
        TYPED_ONLY
            .iter()
            .filter(|(command, _, _)| !command.is_empty())
            .map(|(command, key, reason)| {
                let words: Vec<String> = command.iter().map(ToString::to_string).collect();
                (variable(&words, key), *reason)
            })
    }
}

/// The one of `known` that is most like `name`, if any is like it.
pub(super) fn nearest(name: &str, known: impl IntoIterator<Item = String>) -> Option<String> {
    /// Half of the letters are others.
    const NOTHING_IN_COMMON: f64 = 0.5;
    known
        .into_iter()
        .map(|other| (strsim::normalized_damerau_levenshtein(name, &other), other))
        .filter(|(likeness, _)| *likeness > NOTHING_IN_COMMON)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn no_two_options_have_one_variable() {
        let catalogue = Catalogue::new(Cli::command());
        let variables: BTreeSet<String> = catalogue.entries.iter().map(Entry::variable).collect();
        assert_eq!(variables.len(), catalogue.entries.len());
        assert!(variables.contains("BINAURALD_POSITION_GET_SERVER"));
        assert!(!variables.contains("BINAURALD_CONFIG"));
        for (never, _) in Catalogue::typed_only_variables() {
            assert!(!variables.contains(&never), "{never}");
        }
    }

    #[test]
    fn options_that_are_always_typed_are_there() {
        let mut command = Cli::command();
        command.build();
        for (words, key, _) in TYPED_ONLY {
            let inner = words
                .iter()
                .try_fold(&command, |c, word| c.find_subcommand(word));
            let mut options = inner.expect("the command").get_arguments();
            assert!(
                options.any(|arg| arg.get_long() == Some(key)),
                "{words:?} --{key}"
            );
        }
    }

    #[test]
    fn the_nearest_name_is_one_that_has_most_letters_in_common() {
        let known = || ["run", "render", "poll-hz", "once"].map(str::to_owned);
        for (name, expected) in [
            ("rnu", Some("run")),
            ("pol_hz", Some("poll-hz")),
            ("no-once", Some("once")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known()).as_deref(), expected, "{name}");
        }
    }
}
