//! Which value wins.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::catalogue::{Catalogue, Entry, Form};
use super::{Found, SettingsError};
use crate::cli::command::negation;

/// What was typed.
pub(super) struct Typed<'a> {
    /// The words of the command.
    pub(super) words: Vec<String>,
    /// `--config`
    pub(super) config: Option<&'a Path>,
    /// What the parser calls the options that were typed.
    ids: BTreeSet<String>,
}

impl<'a> Typed<'a> {
    pub(super) fn new(matches: &'a ArgMatches) -> Self {
        let mut words = Vec::new();
        let mut leaf = matches;
        while let Some((word, inner)) = leaf.subcommand() {
            words.push(word.to_owned());
            leaf = inner;
        }
        let is_typed = |id: &&str| leaf.value_source(id) == Some(ValueSource::CommandLine);
        let ids = leaf.ids().map(clap::Id::as_str).filter(is_typed);
        Self {
            words,
            config: leaf.get_one::<PathBuf>("config").map(PathBuf::as_path),
            ids: ids.map(str::to_owned).collect(),
        }
    }

    /// Whether the option was typed, or what takes it back.
    pub(super) fn has(&self, entry: &Entry) -> bool {
        let id = entry.id().as_str();
        self.ids.contains(id) || self.ids.contains(&negation(id))
    }

    /// Whether an option was typed that it does not go together with.
    fn has_rival_of(&self, entry: &Entry, catalogue: &Catalogue) -> bool {
        let typed = |other: &&Entry| self.ids.contains(other.id().as_str());
        let mut others = catalogue.of_command(&self.words).filter(typed);
        others.any(|other| are_rivals(entry, other))
    }
}

/// The values for the command that was typed: of each option that of the first of `layers` that has
/// it, and none of one that was typed, or that does not go together with what wins over it.
///
/// # Errors
/// When two options of one layer do not go together.
pub(super) fn effective<'a>(
    catalogue: &'a Catalogue,
    typed: &Typed,
    layers: [Vec<Found<'a>>; 2],
) -> Result<Vec<Found<'a>>, SettingsError> {
    let mut kept: Vec<Found> = Vec::new();
    for mut layer in layers {
        layer.retain(|found| found.entry.command.is_empty() || found.entry.command == typed.words);
        check_pairs(&layer)?;
        layer.retain(|found| {
            let beaten = |winner: &Found| {
                winner.entry.id() == found.entry.id() || exclude_each_other(winner, found)
            };
            let beaten_by_typed = typed.has(found.entry)
                || (is_on(found) && typed.has_rival_of(found.entry, catalogue));
            !beaten_by_typed && !kept.iter().any(beaten)
        });
        kept.extend(layer);
    }
    Ok(kept)
}

fn check_pairs(layer: &[Found]) -> Result<(), SettingsError> {
    for (at, second) in layer.iter().enumerate() {
        if let Some(first) = layer[..at]
            .iter()
            .find(|first| exclude_each_other(first, second))
        {
            let problem = format!("does not go together with {}", first.name());
            return Err(SettingsError::new(second.place(), problem));
        }
    }
    Ok(())
}

fn exclude_each_other(a: &Found, b: &Found) -> bool {
    is_on(a) && is_on(b) && are_rivals(a.entry, b.entry)
}

fn are_rivals(a: &Entry, b: &Entry) -> bool {
    a.is_rival_of(b.id()) || b.is_rival_of(a.id())
}

/// Whether it is more than a flag that is not set.
fn is_on(found: &Found) -> bool {
    match found.entry.form() {
        Form::Flag => found.value != "false",
        Form::Count => found.value.to_str().and_then(|count| count.parse().ok()) != Some(0_u8),
        _ => true,
    }
}
