//! What the count of instructions makes of its baseline, `benches/instructions/baseline.csv`.

#[path = "../benches/instructions/baseline.rs"]
mod baseline;

use baseline::{Baseline, Row};

const BEFORE: &str = "path,head,motion,sources,frames,instructions\n\
                      old,kemar,still,1,64,10000\n\
                      old,kemar,still,16,64,100000\n";

fn rows(counts: &[(&str, u64)]) -> Vec<Row> {
    let row = |(name, count): &(&str, u64)| Row::new(name, *count).expect("a combination");
    counts.iter().map(row).collect()
}

/// Whether it holds, and what is said, of the first combination with so many instructions.
fn verdict(path: &str, count: u64) -> (bool, String) {
    let baseline = Baseline::parse(BEFORE).expect("a baseline");
    let comparison = baseline.compare(path, &rows(&[("kemar,still,1,64", count)]));
    (comparison.holds(), comparison.to_string())
}

#[test]
fn a_rise_by_more_than_5_percent_fails() {
    let (holds, said) = verdict("old", 10_501);
    assert!(!holds && said.contains("1 of these have risen"), "{said}");
    let (holds, said) = verdict("old", 10_499);
    assert!(holds && !said.contains("of these"), "{said}");
    assert!(said.contains("+5.0 %"), "{said}");
}

#[test]
fn a_fall_by_more_than_5_percent_asks_for_a_new_baseline() {
    let (holds, said) = verdict("old", 9_499);
    assert!(holds && said.contains("1 of these have fallen"), "{said}");
    assert!(said.contains("make instructions UPDATE=1"), "{said}");
    let (holds, said) = verdict("old", 9_501);
    assert!(holds && !said.contains("of these"), "{said}");
}

#[test]
fn a_path_without_a_baseline_is_reported_and_does_not_fail() {
    let (holds, said) = verdict("new", 1_000_000);
    assert!(
        holds && said.contains("1 of these have no baseline"),
        "{said}"
    );
}

#[test]
fn an_update_changes_the_rows_of_its_path_alone() {
    let mut baseline = Baseline::parse(BEFORE).expect("a baseline");
    baseline.replace("new", rows(&[("sphere,moving,1,64", 5)]));
    baseline.replace(
        "old",
        rows(&[("kemar,still,16,64", 7), ("kemar,still,1,64", 6)]),
    );
    assert_eq!(
        baseline.to_string(),
        "path,head,motion,sources,frames,instructions\n\
         new,sphere,moving,1,64,5\n\
         old,kemar,still,16,64,7\n\
         old,kemar,still,1,64,6\n"
    );
    let again = Baseline::parse(&baseline.to_string()).expect("its own text");
    assert_eq!(again.to_string(), baseline.to_string());
}

#[test]
fn a_damaged_baseline_is_refused_by_its_row() {
    for damaged in [
        "old,kemar,still,1,64",
        "old,kemar,still,1,64,x",
        "old,kemar,still,0,64,5",
    ] {
        let error = Baseline::parse(&format!("{BEFORE}{damaged}\n")).expect_err("damaged");
        assert!(error.contains("row 3"), "{damaged}: {error}");
    }
}

#[test]
fn the_baseline_in_the_source_is_whole() {
    let text = include_str!("../benches/instructions/baseline.csv");
    let baseline = Baseline::parse(text).expect("whole");
    assert_eq!(baseline.to_string(), text, "not as an update writes it");
}
