//! `binaurald bench`: its table, its JSON, and what it refuses. Nothing here says how fast the
//! machine is.

use std::process::Output;

use serde_json::Value;
use support::json_doc::documented;
use support::program::{Running, binaurald, stderr, stdout};

mod support {
    pub(crate) mod json_doc;
    pub(crate) mod program;
    pub(crate) mod signal;
}

fn run(args: &[&str]) -> Output {
    Running::start(&mut binaurald(&[&["bench"], args].concat())).end()
}

/// The JSON of a measurement that works.
fn measured(args: &[&str]) -> Value {
    let output = run(&[&["--json"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output).lines().count(), 1, "{}", stdout(&output));
    serde_json::from_str(stdout(&output)).expect("JSON")
}

/// The measurement that people see, at 44.1 kHz.
const SMALL: [&str; 4] = [
    "--seconds=0.1",
    "--sources=1,2",
    "--frames=64,128",
    "--sample-rate=44100",
];

#[test]
fn the_json_has_each_combination_in_order_with_figures_that_agree() {
    let report = measured(&SMALL);
    let fields = documented(&report, "`binaurald bench --json`");
    assert_eq!(fields["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(fields["head"], "kemar");
    assert_eq!(fields["sample_rate_hz"], 44_100);
    assert_eq!(fields["seconds"], 0.1);
    assert_eq!(fields["debug_build"], cfg!(debug_assertions));
    let rows = fields["results"].as_array().expect("an array");
    let mut combinations = Vec::new();
    for row in rows {
        let row = documented(row, "Each of `results`");
        let number = |name: &str| row[name].as_f64();
        let sources = number("sources").expect("a number");
        let frames = number("frames").expect("a number");
        combinations.push((sources, frames));
        let deadline = number("deadline_us").expect("a number");
        assert!((deadline - frames / 44_100.0 * 1e6).abs() < 1e-6, "{row:?}");

        let median = number("median_us").expect("a number");
        let max = number("max_us").expect("a number");
        assert!(median > 0.0 && median <= max, "{row:?}");
        let p99 = number("p99_us").unwrap_or(median);
        let p99_9 = number("p99_9_us").unwrap_or(max);
        assert!(median <= p99 && p99 <= p99_9 && p99_9 <= max, "{row:?}");
        let blocks = number("blocks").expect("a number");
        assert_eq!(row["p99_us"].is_null(), blocks < 100.0, "{row:?}");
        assert_eq!(row["p99_9_us"].is_null(), blocks < 1000.0, "{row:?}");

        let median_share = number("median_share").expect("a number");
        assert!((median_share - median / deadline).abs() < 1e-9, "{row:?}");
        if let Some(share) = number("p99_share") {
            assert!((share - p99 / deadline).abs() < 1e-9, "{row:?}");
            let carried = sources * 0.5 / median_share;
            // Of blocks shorter than a quantum most have nothing to do.
            let told = (deadline > 2000.0).then(|| carried.min(4.0 * sources).floor());
            assert_eq!(number("sources_per_core"), told, "{row:?}");
            let at_least = told.map(|_| carried > 4.0 * sources);
            assert_eq!(
                row["sources_per_core_is_at_least"].as_bool(),
                at_least,
                "{row:?}"
            );
        }
        // The engine takes positions once in 128 frames.
        let positions = number("positions_per_block").expect("a number");
        let expected = sources * (row["frames"].as_f64().expect("a number") / 128.0).min(1.0);
        assert!((positions - expected).abs() < 0.02 * sources, "{row:?}");
    }
    let expected = [(1.0, 64.0), (1.0, 128.0), (2.0, 64.0), (2.0, 128.0)];
    assert_eq!(combinations, expected);
}

#[test]
fn the_table_has_the_same_rows_and_says_what_was_measured_on_what() {
    let output = run(&SMALL);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines: Vec<&str> = stdout(&output).lines().collect();
    let about = format!(
        "binaurald {}, head kemar, 44100 Hz, ",
        env!("CARGO_PKG_VERSION")
    );
    assert!(lines[0].starts_with(&about), "{}", lines[0]);
    assert!(lines[0].contains(" cores"), "{}", lines[0]);
    assert_eq!(lines[0].contains("DEBUG BUILD"), cfg!(debug_assertions));
    assert_eq!(
        stderr(&output).contains("debug build"),
        cfg!(debug_assertions)
    );

    let heading = lines
        .iter()
        .position(|line| line.starts_with("sources "))
        .expect("a heading");
    let table = lines[heading + 1..]
        .iter()
        .take_while(|line| !line.is_empty());
    let rows: Vec<Vec<&str>> = table
        .map(|line| line.split_whitespace().collect())
        .collect();
    let note = lines
        .iter()
        .any(|line| line.starts_with("of blocks below 128 frames"));
    assert!(note, "{lines:?}");
    let combinations: Vec<&[&str]> = rows.iter().map(|row| &row[..2]).collect();
    assert_eq!(
        combinations,
        [["1", "64"], ["1", "128"], ["2", "64"], ["2", "128"]]
    );
    for row in &rows {
        let deadline = if row[1] == "64" { "1451.2" } else { "2902.5" };
        assert_eq!(row.len(), 11, "{row:?}");
        assert_eq!(row[7], deadline, "{row:?}");
    }
    for line in &lines[1..] {
        assert!(line.len() <= 100, "{line}");
    }
    for line in &lines[heading..=heading + rows.len()] {
        assert_eq!(
            line.len(),
            lines[heading].len(),
            "not below each other: {line}"
        );
    }
}

#[test]
fn too_few_blocks_have_no_percentiles() {
    let report = measured(&["--seconds=0.1", "--sources=30", "--frames=65536"]);
    let row = documented(&report["results"][0], "Each of `results`");
    for field in [
        "p99_us",
        "p99_9_us",
        "p99_share",
        "sources_per_core",
        "sources_per_core_is_at_least",
    ] {
        assert!(row[field].is_null(), "{field}: {row:?}");
    }
}

#[test]
fn more_sources_than_a_block_takes_positions_for_are_told_of() {
    let args = ["--seconds=0.1", "--sources=300", "--frames=32"];
    let report = measured(&args);
    let positions = report["results"][0]["positions_per_block"].as_f64();
    assert!(positions.is_some_and(|n| n > 0.0 && n < 300.0), "{report}");
    let output = run(&args);
    let last = stdout(&output).lines().last().expect("lines");
    assert!(last.contains("300 sources in blocks of 32 got "), "{last}");
}

#[test]
fn what_cannot_be_measured_is_refused_with_the_option_and_its_range() {
    let many = format!("--frames=64{}", ",64".repeat(16));
    for (option, said) in [
        ("--frames=0", "--frames 0: must be 1 to 65536 frames"),
        (
            "--frames=64,65537",
            "--frames 65537: must be 1 to 65536 frames",
        ),
        (
            "--frames=-1",
            "--frames <N,..>': must be a whole number, 0 or more",
        ),
        ("--sources=0", "--sources 0: must be 1 to 4096 sources"),
        (
            "--sources=4097",
            "--sources 4097: must be 1 to 4096 sources",
        ),
        (
            "--sources=1,,2",
            "--sources <N,..>': must be a whole number",
        ),
        (
            "--sources=many",
            "--sources <N,..>': must be a whole number",
        ),
        ("--sources=", "--sources <N,..>': must be a whole number"),
        ("--seconds=0", "--seconds 0: must be 0.1 to 3600 seconds"),
        (
            "--seconds=3601",
            "--seconds 3601: must be 0.1 to 3600 seconds",
        ),
        (
            "--seconds=NaN",
            "--seconds NaN: must be 0.1 to 3600 seconds",
        ),
        ("--seconds=soon", "--seconds <S>': must be a number"),
        (
            "--head=x",
            "--head x: there is no such file; kemar and sphere are built in",
        ),
        ("--head=", "--head : must be sphere, kemar or a SOFA file"),
        ("--head=--json", "--head --json: there is no such file"),
        ("--sample-rate=7999", "--sample-rate 7999: must be 8000 to "),
        (&many, "must be a list of at most 16 numbers"),
        ("--bogus", "unexpected argument"),
    ] {
        let output = run(&[option]);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{option}: {text}");
        assert_eq!(text.matches("error: ").count(), 1, "{option}: {text}");
        assert!(text.contains(said), "{option}: no {said:?} in {text}");
        assert_eq!(stdout(&output), "", "{option}");
    }
}

#[test]
fn a_closed_standard_output_is_a_clean_end() {
    let mut bench = binaurald(&[&["bench"], &SMALL[..]].concat());
    let mut running = Running::start(&mut bench);
    drop(running.child().stdout.take());
    let output = running.end();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stderr(&output).contains("error"), "{}", stderr(&output));
}
