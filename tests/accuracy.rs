//! `docs/accuracy.md`: what binaurald is held to, and what it reaches. `make accuracy` runs all that
//! the document names and writes it anew; no figure in it is typed.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use rows::{HEADS, ROWS};

#[path = "accuracy/rows.rs"]
mod rows;
#[path = "accuracy/runs.rs"]
mod runs;

fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/accuracy.md")
}

const HEADING: &str = "\
# Accuracy

What binaurald is held to, what it reaches, and what others do where that is known. This file is
written by `make accuracy`, which runs every command in it (for the rows that name several rates or
motions: for each of them) and takes the worst figure; the tests hold the same limits.

The terms: *ITD* is the delay between the ears, as phase delay unless said otherwise; *ILD* the level
between them; *off the tone* all energy more than 200 Hz away from a moving tone. \"Known of others\"
is what the literature and measurements of ours say: each cell names its source.

| what | target | measured | with | known of others |
| --- | --- | --- | --- | --- |
";

const ABOUT_HEADS: &str = "
## The heads

What each holds, and what `binaurald measure --azimuth 0:355:5` says of it. The built-in `kemar` is
made from the file below by changes on purpose (its colour in all directions, its low end, its
symmetry), so it has no exact reference: of its places nothing but the latency is held.
";

#[test]
#[ignore = "writes docs/accuracy.md; takes minutes, and an audio server: make accuracy"]
fn write_the_document() {
    let mut text = HEADING.to_owned();
    for row in ROWS {
        println!("{}: {}", row.what, row.command);
        let measured = (row.figure)(row.command);
        println!("    {measured}");
        writeln!(
            text,
            "| {} | {} | {measured} | `{}` | {} |",
            row.what, row.target, row.command, row.others
        )
        .expect("a string takes all");
    }
    text += ABOUT_HEADS;
    for head in HEADS {
        write!(text, "\n```text\n{}\n```\n", runs::about(head)).expect("a string takes all");
    }
    fs::write(document(), text).expect("docs/accuracy.md can be written");
}

#[test]
fn the_document_has_every_row_with_a_figure_and_every_head() {
    let text = fs::read_to_string(document()).expect("the document: make accuracy");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| ---"))
        .skip(1)
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), ROWS.len(), "make accuracy");
    for (shown, row) in rows.iter().zip(ROWS) {
        let [what, target, measured, command, others] = shown[..] else {
            panic!("not five cells: {shown:?}");
        };
        assert_eq!([what, target, others], [row.what, row.target, row.others]);
        assert_eq!(command.trim_matches('`'), row.command, "{what}");
        assert!(!measured.is_empty(), "{what}: make accuracy");
    }
    for head in HEADS {
        assert!(
            text.contains(&format!("\nhead            {head}\n")),
            "{head}"
        );
    }
    assert!(
        !text.contains("EXCEEDED"),
        "a limit is exceeded in docs/accuracy.md"
    );
}
