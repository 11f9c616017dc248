//! The command line as the parser takes it: what is derived from the types, and on top of it the
//! flags that take back others, and what the help says of the file and the environment.

use clap::{Arg, ArgAction, Command, CommandFactory};

use super::{Cli, settings};

/// All commands and options.
pub(super) fn command() -> Command {
    complete(Cli::command(), &[]).after_help(
        "Options can stand in the environment and in a file too: the help of each command says how.",
    )
}

/// What the parser calls the flag that takes back the one of this name.
pub(super) fn negation(id: &str) -> String {
    format!("no-{id}")
}

/// What the help shows, for others that tell of it: without hidden commands.
pub(super) fn shown() -> Command {
    let all = Cli::command();
    let commands = all.get_subcommands().filter(|inner| !inner.is_hide_set());
    Command::new("binaurald")
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
        .about(all.get_about().cloned().unwrap_or_default())
        .subcommand_required(true)
        .args(all.get_arguments())
        .subcommands(commands)
}

fn complete(command: Command, words: &[String]) -> Command {
    let negations: Vec<Arg> = command.get_arguments().filter_map(taking_back).collect();
    let hint = hint(&command, words, &negations);
    let command = hint.iter().fold(command, with_hint);
    command.args(negations).mut_subcommands(|inner| {
        let words = [words, &[inner.get_name().to_owned()]].concat();
        complete(inner, &words)
    })
}

/// The flag that takes back `flag`, where a file or the environment sets it.
fn taking_back(flag: &Arg) -> Option<Arg> {
    if !matches!(flag.get_action(), ArgAction::SetTrue) {
        return None;
    }
    let negation = Arg::new(negation(flag.get_id().as_str()))
        .long(negation(flag.get_long()?))
        .action(ArgAction::SetTrue)
        .overrides_with(flag.get_id())
        .hide(true);
    Some(negation)
}

/// Puts `hint` under the help, behind what is there.
fn with_hint(command: Command, hint: &String) -> Command {
    let own = command.get_after_long_help().map(ToString::to_string);
    let command = command.after_help(hint);
    match own {
        Some(own) => command.after_long_help(format!("{own}\n\n{hint}")),
        None => command,
    }
}

/// How the options of a command are set without being typed.
fn hint(command: &Command, words: &[String], negations: &[Arg]) -> Option<String> {
    let mut options = command.get_arguments().filter_map(Arg::get_long);
    let variable = settings::variable(words, options.find(|_| !words.is_empty())?);
    let table = words.join(".");
    let mut hint = format!(
        "What is not typed is taken from the environment ({variable} and so on), then from [{table}] \
         in the file that `--config` or BINAURALD_CONFIG names: binaurald.example.toml shows all of \
         it.",
    );
    if let Some(negation) = negations.first().and_then(Arg::get_long) {
        hint.extend([" `--", negation, "` takes back a flag that was set there."]);
    }
    if settings::is_typed_only(words, "output") {
        hint += " `--output` is always typed.";
    }
    Some(hint)
}
