//! What is found out of a fault, and the table of it.

use std::fmt::Write as _;

/// A line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What was seen, in short.
    pub(crate) behaviour: String,
    /// From the end of the fault until all is as it should be, in seconds.
    pub(crate) recovered_s: f64,
    /// Frames of silence that should have been sound.
    pub(crate) lost_frames: usize,
    /// The largest step from sample to sample, over the sound's own.
    pub(crate) step: f64,
}

/// The heading of the table.
pub(crate) const HEADING: &str = "\
| fault | what is heard and said | recovered in | frames lost | largest step |
| --- | --- | --- | --- | --- |
";

/// The table of named rows.
pub(crate) fn table(rows: &[(&str, Row)]) -> String {
    let mut text = HEADING.to_owned();
    for (name, row) in rows {
        let Row {
            behaviour,
            recovered_s,
            lost_frames,
            step,
        } = row;
        writeln!(
            text,
            "| {name} | {behaviour} | {recovered_s:.2} s | {lost_frames} | {step:.2} |"
        )
        .expect("a string takes all");
    }
    text
}
