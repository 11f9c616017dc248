//! Holds what `--json` prints against what `docs/json.md` says of it.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

/// The table of `docs/json.md` that follows the line which has `heading`: names and types of fields.
fn table(heading: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let text = fs::read_to_string(path).expect("the documentation");
    let after = text
        .lines()
        .skip_while(|line| !line.contains(heading))
        .skip_while(|line| !line.starts_with("| --- "));
    let rows = after.skip(1).take_while(|line| line.starts_with('|'));
    let fields: Vec<_> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            (cells[1].trim_matches('`').to_owned(), cells[2].to_owned())
        })
        .collect();
    assert!(!fields.is_empty(), "docs/json.md has no table {heading:?}");
    fields
}

/// Whether a value has a type as the documentation spells it.
fn is_of(value: &Value, spelt: &str) -> bool {
    spelt.split(" or ").any(|one| match one {
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("docs/json.md has an unknown type: {other}"),
    })
}

/// The fields of `object`, which are exactly those of the table after `heading`, and
/// of its types.
///
/// # Panics
/// When they are not.
pub(crate) fn documented<'a>(object: &'a Value, heading: &str) -> &'a Map<String, Value> {
    let fields = object.as_object().expect("an object");
    let table = table(heading);
    let mut names: Vec<&String> = table.iter().map(|(name, _)| name).collect();
    names.sort();
    let mut printed: Vec<&String> = fields.keys().collect();
    printed.sort();
    assert_eq!(printed, names, "{heading}: printed and documented");
    for (name, spelt) in &table {
        let value = &fields[name];
        assert!(
            is_of(value, spelt),
            "{heading} {name}: {value} is no {spelt}"
        );
    }
    fields
}
