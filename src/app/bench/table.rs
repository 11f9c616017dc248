//! What was measured of the callback alone, as a table or JSON.

use std::fmt;

use serde::Serialize;

use crate::dsp::QUANTUM;

use super::machine::About;
use super::measure::Course;
use super::one_decimal;
use super::times::Times;

/// The share of the deadline that the median may take when a core carries all that it can; the rest
/// is for the slow blocks.
const FULL_SHARE: f64 = 0.5;
/// How many times as many sources as were measured are still told of.
const MAX_EXTRAPOLATION: f64 = 4.0;
/// Fewer blocks than this say nothing of how many sources a core carries.
const MIN_BLOCKS: u64 = 100;

/// All of it. Its fields are those of the JSON, which `docs/json.md` tells of.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    #[serde(flatten)]
    pub(super) about: About,
    pub(super) sample_rate_hz: u32,
    pub(super) seconds: f64,
    pub(super) results: Vec<Row>,
}

/// One combination.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    sources: u16,
    frames: u32,
    blocks: u64,
    median_us: f64,
    p99_us: Option<f64>,
    p99_9_us: Option<f64>,
    max_us: f64,
    deadline_us: f64,
    median_share: f64,
    p99_share: Option<f64>,
    sources_per_core: Option<u64>,
    sources_per_core_is_at_least: Option<bool>,
    positions_per_block: f64,
}

impl Row {
    pub(super) fn new(course: &Course, sample_rate: u32) -> Self {
        let Course {
            sources,
            frames,
            times,
            ..
        } = course;
        let deadline_us = f64::from(*frames) * 1e6 / f64::from(sample_rate);
        let median_share = times.median_us() / deadline_us;
        let carried = carried(times, *sources, *frames, median_share);
        Self {
            sources: *sources,
            frames: *frames,
            blocks: times.count(),
            median_us: times.median_us(),
            p99_us: times.p99_us(),
            p99_9_us: times.p99_9_us(),
            max_us: times.max_us(),
            deadline_us,
            median_share,
            p99_share: times.p99_us().map(|p99| p99 / deadline_us),
            sources_per_core: carried.map(|(sources, _)| sources),
            sources_per_core_is_at_least: carried.map(|(_, at_least)| at_least),
            positions_per_block: course.positions as f64 / times.count() as f64,
        }
    }

    /// Whether some sources had no new position in some blocks that were long enough for one.
    fn has_fewer_positions(&self) -> bool {
        // Of blocks shorter than a quantum only some have one, and take positions.
        let quanta = (f64::from(self.frames) / QUANTUM as f64).min(1.0);
        self.positions_per_block < 0.99 * quanta * f64::from(self.sources)
    }
}

/// How many sources one core carries, and whether that is a lower bound: as many as let the median
/// fill [`FULL_SHARE`] of the deadline if the time grows with them, but no more than
/// [`MAX_EXTRAPOLATION`] times those that were measured. None of blocks shorter than a quantum: most
/// of those do nothing, and the median is theirs.
///
/// The median, as p99 tells on a busy machine what other programs took, which does not grow with
/// the sources.
pub(super) fn carried(
    times: &Times,
    sources: u16,
    frames: u32,
    median_share: f64,
) -> Option<(u64, bool)> {
    if times.count() < MIN_BLOCKS || (frames as usize) < QUANTUM {
        return None;
    }
    let times_as_many = FULL_SHARE / median_share;
    let sources = f64::from(sources);
    Some(if times_as_many > MAX_EXTRAPOLATION {
        ((sources * MAX_EXTRAPOLATION) as u64, true)
    } else {
        ((sources * times_as_many) as u64, false)
    })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.about.write(f, self.sample_rate_hz)?;
        f.write_str("\ntime of the audio callback for one block, in microseconds\n\n")?;
        f.write_str(
            "sources frames   blocks   median      p99    p99.9      max deadline median%   p99%  a core",
        )?;
        for row in &self.results {
            write!(f, "\n{row}")?;
        }
        if self
            .results
            .iter()
            .any(|row| (row.frames as usize) < QUANTUM)
        {
            write!(
                f,
                "\n\nof blocks below {QUANTUM} frames only some have work to do: p99 is theirs, the \
                 median is not"
            )?;
        }
        if let Some(row) = self.results.iter().find(|row| row.has_fewer_positions()) {
            write!(
                f,
                "\n\nnew positions a block are bounded: {} sources in blocks of {} got {:.1} of them",
                row.sources, row.frames, row.positions_per_block
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| 100.0 * share;
        let carried = match (self.sources_per_core, self.sources_per_core_is_at_least) {
            (Some(sources), Some(true)) => format!(">={sources}"),
            (Some(sources), _) => sources.to_string(),
            (None, _) => "-".to_owned(),
        };
        write!(
            f,
            "{:>7} {:>6} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7} {:>6} {carried:>7}",
            self.sources,
            self.frames,
            self.blocks,
            one_decimal(Some(self.median_us)),
            one_decimal(self.p99_us),
            one_decimal(self.p99_9_us),
            one_decimal(Some(self.max_us)),
            one_decimal(Some(self.deadline_us)),
            one_decimal(Some(percent(self.median_share))),
            one_decimal(self.p99_share.map(percent)),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// 64 sources in blocks of 480 frames, which play in 10 ms.
    fn row(blocks: u64, time: Duration) -> Row {
        let mut course = Course::new(0, 64, 480);
        for _ in 0..blocks {
            course.times.record(time);
            course.positions += 64;
        }
        Row::new(&course, 48_000)
    }

    #[test]
    fn as_many_sources_are_carried_as_fill_half_of_the_deadline() {
        let row = row(1000, Duration::from_millis(2));
        assert!((row.deadline_us - 10_000.0).abs() < 1e-9);
        assert!((row.p99_share.expect("enough") - 0.2).abs() < 1e-3);
        // 160, less what the times are rounded up by.
        assert_eq!(row.sources_per_core, Some(159));
        assert_eq!(row.sources_per_core_is_at_least, Some(false));
    }

    #[test]
    fn nothing_is_told_beyond_what_the_measurement_supports() {
        let fast = row(1000, Duration::from_micros(3));
        assert_eq!(fast.sources_per_core, Some(256));
        assert_eq!(fast.sources_per_core_is_at_least, Some(true));
        assert!(fast.to_string().ends_with(" >=256"), "{fast}");
        let few = row(99, Duration::from_micros(3));
        assert_eq!(few.sources_per_core, None);
        assert!(few.to_string().ends_with(" -"), "{few}");
        let late = row(1000, Duration::from_millis(20));
        assert_eq!(late.sources_per_core, Some(15));
        let mut short = Course::new(0, 64, 31);
        for _ in 0..1000 {
            short.times.record(Duration::from_micros(1));
        }
        assert_eq!(Row::new(&short, 48_000).sources_per_core, None);
    }

    #[test]
    fn sources_without_a_position_in_every_block_are_told_of() {
        let mut report = Report {
            about: About::new("sphere"),
            sample_rate_hz: 48_000,
            seconds: 1.0,
            results: vec![row(1000, Duration::from_micros(3))],
        };
        assert!(!report.to_string().contains("new positions"), "{report}");
        report.results[0].positions_per_block = 32.0;
        let told = report.to_string();
        assert!(
            told.ends_with("64 sources in blocks of 480 got 32.0 of them"),
            "{told}"
        );
    }
}
