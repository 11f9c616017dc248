//! The environment: `BINAURALD_`, the command and the option.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::catalogue::{Catalogue, Entry, Form, nearest};
use super::{Found, Origin, SettingsError};

/// What the names of all variables begin with.
const PREFIX: &str = "BINAURALD_";

/// The variable that names the file.
pub(super) const CONFIG: &str = "BINAURALD_CONFIG";

/// Names and values.
pub(super) type Variables = BTreeMap<String, OsString>;

/// Those whose names begin as ours do. An empty one counts as not set.
pub(super) fn ours(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Variables {
    variables
        .into_iter()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
        .filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty())
        .collect()
}

/// What they say of the options of one command; those of other commands are not looked at.
///
/// # Errors
/// When an option does not take its value.
pub(super) fn read<'a>(
    variables: &Variables,
    catalogue: &'a Catalogue,
    words: &[String],
) -> Result<Vec<Found<'a>>, SettingsError> {
    let mut found = Vec::new();
    for entry in catalogue.of_command(words) {
        let variable = entry.variable();
        if let Some(given) = variables.get(&variable) {
            let origin = Origin::Environment { variable };
            let shown = format!("{:?}", given.to_string_lossy());
            let value = value(entry, given)
                .map_err(|problem| SettingsError::new(&origin, format!("{shown}: {problem}")))?;
            let typed = Found {
                entry,
                value,
                origin,
            };
            found.push(typed.checked(&shown)?);
        }
    }
    Ok(found)
}

/// The value as it would be typed; flags are true or false.
fn value(entry: &Entry, given: &OsStr) -> Result<OsString, &'static str> {
    if entry.form() != Form::Flag {
        return Ok(given.to_owned());
    }
    match given.to_str() {
        Some("true" | "1" | "yes" | "on") => Ok("true".into()),
        Some("false" | "0" | "no" | "off") => Ok("false".into()),
        _ => Err("must be true or false"),
    }
}

/// What to say of variables that are named as ours, and that nothing reads.
pub(super) fn not_read(variables: &Variables, catalogue: &Catalogue) -> Vec<String> {
    let known: Vec<String> = catalogue
        .entries
        .iter()
        .map(Entry::variable)
        .chain([CONFIG.to_owned()])
        .collect();
    variables
        .keys()
        .filter(|name| !known.contains(name))
        .map(|name| {
            let mut typed_only = Catalogue::typed_only_variables();
            if let Some((_, reason)) = typed_only.find(|(variable, _)| variable == name) {
                return format!("{name} is not read: {reason}");
            }
            match nearest_variable(name, &known) {
                Some(other) => format!("{name} is not read; did you mean {other}?"),
                None => format!(
                    "{name} is not read: there is no such option; \"binaurald help\" shows those \
                     there are"
                ),
            }
        })
        .collect()
}

/// Without what all of them begin with, which would make all of them alike.
fn nearest_variable(name: &str, known: &[String]) -> Option<String> {
    let tail = |name: &str| name.strip_prefix(PREFIX).unwrap_or(name).to_owned();
    let other = nearest(&tail(name), known.iter().map(|other| tail(other)))?;
    Some(format!("{PREFIX}{other}"))
}
