//! The bar: what was measured beside what must be and what is wanted.

use crate::bar::tail::{self, Tail};
use crate::measure::{Course, nanos};
use crate::peers::Kind;
use crate::scene::SAMPLE_RATE;

use super::Others;

/// Sizes of blocks that the bar speaks of, in frames.
pub(crate) const BLOCKS: [usize; 3] = [128, 256, 512];

/// A row of ratios, one for each of [`BLOCKS`].
struct Row {
    what: String,
    ratios: [Option<f64>; 3],
    must: [f64; 3],
    want: Option<f64>,
}

/// Ours by theirs, for each number of sources.
fn against(
    courses: &[Course],
    (ours, theirs): (Kind, Kind),
    all_sources: &[usize],
    must: [f64; 3],
    want: Option<f64>,
) -> Vec<Row> {
    let row = |&sources: &usize| {
        let ratio = |frames| {
            let time = |kind| nanos(courses, kind, sources, frames);
            Some(time(ours)? / time(theirs)?)
        };
        let plural = if sources == 1 { "" } else { "s" };
        Row {
            what: format!("{ours} / {theirs}, {sources} source{plural}"),
            ratios: BLOCKS.map(ratio),
            must,
            want,
        }
    };
    all_sources.iter().map(row).collect()
}

fn growth(courses: &[Course], kind: Kind) -> Row {
    let ratio = |frames| {
        let time = |sources| nanos(courses, kind, sources, frames);
        Some(time(256)? / time(16)?)
    };
    Row {
        what: format!("{kind}, time per source, 256 sources / 16"),
        ratios: BLOCKS.map(ratio),
        must: [1.15; 3],
        want: None,
    }
}

/// Times per source: ours by theirs.
pub(super) fn ratios(courses: &[Course]) -> String {
    const MANY: [usize; 3] = [16, 64, 256];
    let measured = |theirs, sources: &[usize], must, want| {
        against(courses, (Kind::Measured, theirs), sources, must, want)
    };
    let rows = [
        measured(Kind::OpenAl, &[1], [0.5; 3], None),
        measured(Kind::OpenAl, &MANY, [0.65, 0.75, 0.85], Some(0.5)),
        measured(Kind::SofarCrossfaded, &MANY, [0.35; 3], None),
        measured(Kind::Hrtf, &MANY, [0.1; 3], None),
        against(
            courses,
            (Kind::Sphere, Kind::Oddio),
            &MANY,
            [2.0; 3],
            Some(1.0),
        ),
        vec![
            growth(courses, Kind::Measured),
            growth(courses, Kind::Sphere),
        ],
    ];
    let head = "| times per source, blocks of | 128 | 256 | 512 | must be at most | wanted | met |\n\
                | --- | --- | --- | --- | --- | --- | --- |";
    let lines = rows.iter().flatten().map(Row::line);
    [head.to_owned()]
        .into_iter()
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n")
}

impl Row {
    fn line(&self) -> String {
        let cell = |ratio: Option<f64>| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
        let [short, middle, long] = self.ratios.map(cell);
        let must = if self.must.iter().all(|must| *must == self.must[0]) {
            format!("{}", self.must[0])
        } else {
            self.must.map(|must| must.to_string()).join(" / ")
        };
        let want = self.want.map_or("-".to_owned(), |want| want.to_string());
        let met = self.met();
        format!(
            "| {} | {short} | {middle} | {long} | {must} | {want} | {met} |",
            self.what
        )
    }

    /// In all blocks.
    fn met(&self) -> &'static str {
        let mut musts = self.ratios.iter().zip(self.must);
        let within = |limit: f64| {
            self.ratios
                .iter()
                .all(|ratio| ratio.is_some_and(|ratio| ratio <= limit))
        };
        if self.ratios.contains(&None) {
            "not measured"
        } else if !musts.all(|(ratio, must)| ratio.is_some_and(|ratio| ratio <= must)) {
            met(false, None)
        } else {
            met(true, self.want.map(within))
        }
    }
}

/// Whether what must be is, and what is wanted, if anything is.
fn met(must: bool, want: Option<bool>) -> &'static str {
    match (must, want) {
        (false, _) => "**no**",
        (true, Some(false)) => "must, not want",
        (true, None | Some(true)) => "yes",
    }
}

/// What has no peer.
pub(super) fn others(others: &Others) -> String {
    let Others {
        latency: [kemar, sphere],
        bytes_a_source: bytes,
        rates,
        ..
    } = others;
    let head = "| what | measured | must be | wanted | met |\n| --- | --- | --- | --- | --- |";
    let share = rates.bundled / rates.bare;
    let kibibytes = bytes.map(|bytes| bytes / 1024.0);
    let (cells, flood) = (
        format!("{} sources, blocks of {}", tail::SOURCES, tail::FRAMES),
        "while a gRPC client floods the server and the ring",
    );
    let latency_met = [kemar, sphere]
        .iter()
        .all(|(added, says)| (added - *says as f64).abs() < 1.0);
    let lines = [
        tail_line(&format!("p99.9 of the block time, {cells}"), &others.quiet),
        tail_line(&format!("the same {flood}"), &others.flooded),
        format!(
            "| latency added to the sound | kemar {:.1}, sphere {:.1} frames | the constant, {} and {} frames \
             ({:.2} ms), within a frame | - | {} |",
            kemar.0,
            sphere.0,
            kemar.1,
            sphere.1,
            kemar.1 as f64 * 1000.0 / f64::from(SAMPLE_RATE),
            met(latency_met, None)
        ),
        format!(
            "| memory per source | kemar {:.1}, sphere {:.1} KiB | below 64 KiB | - | {} |",
            kibibytes[0],
            kibibytes[1],
            met(kibibytes.iter().all(|size| *size < 64.0), None)
        ),
        format!(
            "| bundled server / bare tonic, requests a second, 64 in flight | {share:.2} ({:.0} / {:.0}) | \
             0.9 or more | 1.0 | {} |",
            rates.bundled,
            rates.bare,
            met(share >= 0.9, Some(share >= 1.0))
        ),
    ];
    format!("{head}\n{}", lines.join("\n"))
}

fn tail_line(what: &str, tail: &Tail) -> String {
    let requests = if tail.requests > 0.0 {
        format!("; {:.0} requests/s", tail.requests)
    } else {
        String::new()
    };
    let met = if tail.is_known() {
        met(tail.p99_9 <= tail.limit(), None)
    } else {
        "too few blocks"
    };
    format!(
        "| {what} | {:.0} us (median {:.0}, longest {:.0}; {} blocks, {} more left out; {:.0} \
         positions/s{requests}) | median x 1.3 + 30 us = {:.0} us | - | {} |",
        tail.p99_9,
        tail.median,
        tail.max,
        tail.blocks,
        tail.left_out,
        tail.positions,
        tail.limit(),
        met
    )
}
