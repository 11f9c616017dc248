//! The file: TOML, one table for each command.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeInteger, DeString, DeTable, DeValue};

use super::catalogue::{Catalogue, Entry, Form, dotted, nearest, typed_only};
use super::{Found, Origin, SettingsError, place};
use crate::files;

/// A greater file is a mistake.
const MAX_BYTES: u64 = 1 << 20;

/// As much of a value as an error shows, in characters.
const SHOWN: usize = 60;

/// What the file says of the options of all commands; `named` is what errors call it while it is not
/// read.
///
/// # Errors
/// With the line of the first thing that cannot be used.
pub(super) fn read<'a>(
    path: &Path,
    named: &str,
    catalogue: &'a Catalogue,
) -> Result<Vec<Found<'a>>, SettingsError> {
    let text = files::load_text(path, MAX_BYTES)
        .map_err(|error| SettingsError::new(named, error.to_string()))?;
    Reading {
        path,
        text: &text,
        catalogue,
    }
    .all()
}

/// A file while it is read.
struct Reading<'t, 'a> {
    path: &'t Path,
    text: &'t str,
    catalogue: &'a Catalogue,
}

/// A key of a table with its value.
type Item<'t> = (&'t Spanned<DeString<'t>>, &'t Spanned<DeValue<'t>>);

impl<'a> Reading<'_, 'a> {
    fn all(&self) -> Result<Vec<Found<'a>>, SettingsError> {
        let document = DeTable::parse(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            SettingsError::new(self.origin(at), format!("not TOML: {}", error.message()))
        })?;
        let mut found = Vec::new();
        self.table(document.get_ref(), &[], &mut found)?;
        Ok(found)
    }

    /// Where in the file an offset is.
    fn origin(&self, offset: usize) -> Origin {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        Origin::File {
            path: self.path.to_owned(),
            line: before.split(|byte| *byte == b'\n').count(),
        }
    }

    /// The table of these words, from its first line to its last.
    fn table(
        &self,
        table: &DeTable,
        words: &[String],
        found: &mut Vec<Found<'a>>,
    ) -> Result<(), SettingsError> {
        let mut items: Vec<Item> = table.iter().collect();
        items.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in items {
            let origin = self.origin(key.span().start);
            let key = key.get_ref().as_ref();
            let inner = [words, &[key.to_owned()]].concat();
            if let Some(entry) = self.catalogue.find(words, key) {
                found.push(self.option(entry, value, origin)?);
            } else if !self.catalogue.has_table(&inner) {
                let problem = self.unknown(words, key);
                return Err(SettingsError::new(
                    place(&origin, &dotted(words, key)),
                    problem,
                ));
            } else if let DeValue::Table(table) = value.get_ref() {
                self.table(table, &inner, found)?;
            } else {
                let name = inner.join(".");
                let problem = format!("must be one table, which begins with the line [{name}]");
                return Err(SettingsError::new(place(&origin, &name), problem));
            }
        }
        Ok(())
    }

    fn option(
        &self,
        entry: &'a Entry,
        value: &Spanned<DeValue>,
        origin: Origin,
    ) -> Result<Found<'a>, SettingsError> {
        let shown = self.shown(value.span());
        let typed = typed(entry, value.get_ref()).map_err(|problem| {
            SettingsError::new(place(&origin, &entry.name()), format!("{shown}: {problem}"))
        })?;
        let found = Found {
            entry,
            value: typed.into(),
            origin,
        };
        found.checked(&shown)
    }

    /// A value as it stands in the file; the beginning of a long one.
    fn shown(&self, span: Range<usize>) -> String {
        let line = self.text.get(span).unwrap_or_default();
        let line = line.lines().next().unwrap_or_default();
        match line.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}...", &line[..end]),
            None => line.to_owned(),
        }
    }

    /// What to say of a name that is not known in the table of these words.
    fn unknown(&self, words: &[String], key: &str) -> String {
        if let Some(reason) = typed_only(words, key) {
            return format!("cannot be set here: {reason}");
        }
        if self.catalogue.find(&[], key).is_some() {
            return "is not known here; it belongs at the beginning, above all tables".to_owned();
        }
        let elsewhere = self.catalogue.tables_with(key);
        if !elsewhere.is_empty() {
            return format!("is not known here; it belongs in {}", elsewhere.join(", "));
        }
        if let Some(other) = nearest(key, self.catalogue.names_in(words)) {
            return format!("is not known; did you mean {}?", dotted(words, &other));
        }
        let help = [&["binaurald", "help"].map(str::to_owned), words].concat();
        format!("is not known; \"{}\" shows what there is", help.join(" "))
    }
}

/// A value as it would be typed.
///
/// # Errors
/// With what it must be.
fn typed(entry: &Entry, value: &DeValue) -> Result<String, &'static str> {
    match (entry.delimiter(), value) {
        (Some(delimiter), DeValue::Array(items)) => {
            let items: Result<Vec<String>, _> = items
                .iter()
                .map(|item| single(entry.form(), item.get_ref()))
                .collect();
            Ok(items?.join(&delimiter.to_string()))
        }
        _ => single(entry.form(), value),
    }
}

/// A value that is no list.
fn single(form: Form, value: &DeValue) -> Result<String, &'static str> {
    match (form, value) {
        (Form::Flag, DeValue::Boolean(is_set)) => Ok(is_set.to_string()),
        (Form::Switch, DeValue::Boolean(true)) => Ok("on".into()),
        (Form::Switch, DeValue::Boolean(false)) => Ok("off".into()),
        (Form::Number | Form::Text, DeValue::Float(number)) => Ok(number.as_str().to_owned()),
        (Form::Number | Form::Text | Form::Count, DeValue::Integer(number)) => whole(number),
        (Form::Text | Form::Path | Form::Switch, DeValue::String(text)) => Ok(text.to_string()),
        (Form::Flag, _) => Err("must be true or false"),
        (Form::Count, _) => Err("must be a whole number, 0 to 255"),
        (Form::Number, _) => Err("must be a number, without quotes"),
        (Form::Switch, _) => Err("must be \"on\" or \"off\""),
        (Form::Text | Form::Path, _) => Err("must be text in quotes"),
    }
}

/// In decimal digits.
fn whole(number: &DeInteger) -> Result<String, &'static str> {
    i128::from_str_radix(number.as_str(), number.radix())
        .map(|number| number.to_string())
        .map_err(|_| "is too great a number")
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction, Command, value_parser};

    use super::*;

    /// What a file of this text gives to a command that takes lists.
    fn listed(text: &str) -> Result<Vec<String>, String> {
        let list = |name: &'static str| {
            let list = Arg::new(name).long(name).value_delimiter(',');
            list.action(ArgAction::Append)
        };
        let bench = Command::new("bench")
            .arg(list("frames").value_parser(value_parser!(u32)))
            .arg(list("heads"));
        let catalogue = Catalogue::new(Command::new("program").subcommand(bench));
        let reading = Reading {
            path: Path::new("lists.toml"),
            text,
            catalogue: &catalogue,
        };
        let found = reading.all().map_err(|error| error.to_string())?;
        let text = |found: &Found| found.value.to_string_lossy().into_owned();
        Ok(found.iter().map(text).collect())
    }

    #[test]
    fn lists_are_arrays_or_one_value() {
        let both = "[bench]\nframes = [1, 0x10,\n 64]\nheads = [\"sphere\", \"kemar\"]\n";
        assert_eq!(listed(both).unwrap(), ["1,16,64", "sphere,kemar"]);
        let single = "[bench]\nframes = 128\nheads = \"sphere\"\n";
        assert_eq!(listed(single).unwrap(), ["128", "sphere"]);
    }

    #[test]
    fn what_is_no_list_of_its_kind_is_refused() {
        for (value, must) in [
            ("[1, \"2\"]", "must be a number, without quotes"),
            ("[1, -2]", "-2 is not in 0..=4294967295"),
            ("\"1,2\"", "must be a number, without quotes"),
            ("[[1]]", "must be a number, without quotes"),
        ] {
            let error = listed(&format!("[bench]\nframes = {value}\n")).unwrap_err();
            let expected = format!("lists.toml, line 2: bench.frames: {value}: {must}");
            assert_eq!(error, expected);
        }
    }
}
