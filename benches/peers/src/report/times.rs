//! The times themselves.

use std::collections::BTreeSet;
use std::iter;

use crate::measure::{Course, nanos};
use crate::peers::Kind;

/// Who they are.
pub(super) fn renderers(courses: &[Course]) -> String {
    let head = "| renderer | its filters, and what it does when a source moves |\n| --- | --- |";
    let measured = |kind: &Kind| courses.iter().any(|course| course.kind == *kind);
    let line = |kind: Kind| format!("\n| {kind} | {} |", kind.treatment());
    let lines: String = Kind::ALL.into_iter().filter(measured).map(line).collect();
    head.to_owned() + &lines
}

/// Nanoseconds for each source and frame, a column for each size of block.
pub(crate) fn times(courses: &[Course]) -> String {
    let blocks: BTreeSet<usize> = courses.iter().map(|course| course.scene.frames).collect();
    let sources: BTreeSet<usize> = courses.iter().map(|course| course.scene.sources).collect();
    let names = ["ns per source and frame, blocks of", "sources"].map(str::to_owned);
    let columns = blocks.iter().map(usize::to_string);
    let mut lines = vec![
        row(names.into_iter().chain(columns)),
        row(iter::repeat_n("---".to_owned(), 2 + blocks.len())),
    ];
    for kind in Kind::ALL {
        if !courses.iter().any(|course| course.kind == kind) {
            continue;
        }
        for &sources in &sources {
            let time = |&frames: &usize| {
                let nanos = nanos(courses, kind, sources, frames);
                nanos.map_or("-".to_owned(), |nanos| format!("{nanos:.2}"))
            };
            let names = [kind.to_string(), sources.to_string()];
            lines.push(row(names.into_iter().chain(blocks.iter().map(time))));
        }
    }
    lines.join("\n")
}

/// A row of a table.
fn row(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
}
