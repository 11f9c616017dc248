//! The instructions that were counted before, and what has become of them.

use std::fmt;

/// What may come on top of the baseline: 5 %.
const TOLERANCE: f64 = 0.05;

const HEADER: &str = "path,head,motion,sources,frames,instructions";

/// One combination of the matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// `head,motion,sources,frames`.
    name: String,
    /// Of a block, in the mean.
    instructions: u64,
}

impl Row {
    /// None: `name` is not `head,motion,sources,frames`.
    pub(crate) fn new(name: &str, instructions: u64) -> Option<Self> {
        let [_, _, sources, frames] = name.split(',').collect::<Vec<_>>()[..] else {
            return None;
        };
        let numbers = sources.parse::<u64>().ok()? > 0 && frames.parse::<u64>().ok()? > 0;
        numbers.then(|| Self {
            name: name.to_owned(),
            instructions,
        })
    }

    /// Instructions for one source and one frame.
    fn each(&self) -> f64 {
        let numbers = self
            .name
            .split(',')
            .skip(2)
            .filter_map(|n| n.parse::<f64>().ok());
        self.instructions as f64 / numbers.product::<f64>()
    }
}

/// What was counted before, by the path that the program takes on a processor.
#[derive(Debug, Default)]
pub(crate) struct Baseline(Vec<(String, Row)>);

impl Baseline {
    /// Reads a file, which may be empty.
    ///
    /// # Errors
    /// With the line that cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && *line != HEADER);
        let rows = lines.map(|line| {
            let (path, rest) = line.split_once(',')?;
            let (name, count) = rest.rsplit_once(',')?;
            Some((path.to_owned(), Row::new(name, count.parse().ok()?)?))
        });
        let read = rows
            .zip(1..)
            .map(|(row, n)| row.ok_or_else(|| format!("the baseline's row {n} is not {HEADER}")));
        Ok(Self(read.collect::<Result<_, _>>()?))
    }

    /// Takes `rows` in place of those that there are of a path.
    pub(crate) fn replace(&mut self, path: &str, rows: Vec<Row>) {
        self.0.retain(|(other, _)| other != path);
        self.0
            .extend(rows.into_iter().map(|row| (path.to_owned(), row)));
        // Stable: the rows of a path stay in their order.
        self.0.sort_by(|(one, _), (other, _)| one.cmp(other));
    }

    /// Compares what was counted on a path.
    pub(crate) fn compare(&self, path: &str, counted: &[Row]) -> Comparison {
        let before = |row: &Row| {
            let of_path = self.0.iter().filter(|(other, _)| other == path);
            let mut same = of_path.filter(|(_, before)| before.name == row.name);
            same.next().map(|(_, before)| before.instructions)
        };
        Comparison {
            path: path.to_owned(),
            rows: counted
                .iter()
                .map(|row| (row.clone(), before(row)))
                .collect(),
        }
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        for (path, row) in &self.0 {
            writeln!(f, "{path},{},{}", row.name, row.instructions)?;
        }
        Ok(())
    }
}

/// What was counted beside what was counted before.
#[derive(Debug)]
pub(crate) struct Comparison {
    path: String,
    rows: Vec<(Row, Option<u64>)>,
}

impl Comparison {
    /// Whether nothing has risen.
    pub(crate) fn holds(&self) -> bool {
        self.count(|change| change > TOLERANCE) == 0
    }

    fn count(&self, is: impl Fn(f64) -> bool) -> usize {
        let changes = self
            .rows
            .iter()
            .filter_map(|(row, before)| change(row, *before));
        changes.filter(|change| is(*change)).count()
    }
}

/// By what part of what it was before it has changed.
fn change(row: &Row, before: Option<u64>) -> Option<f64> {
    before.map(|before| row.instructions as f64 / before as f64 - 1.0)
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "instructions of the audio callback for one block, on the path {}",
            self.path
        )?;
        writeln!(
            f,
            "{:<30} {:>12} {:>17} {:>8}",
            "head,motion,sources,frames", "instructions", "source and frame", "change"
        )?;
        for (row, before) in &self.rows {
            let change = change(row, *before)
                .map_or_else(|| "new".to_owned(), |c| format!("{:+.1} %", 100.0 * c));
            let (name, count, each) = (&row.name, row.instructions, row.each());
            writeln!(f, "{name:<30} {count:>12} {each:>17.1} {change:>8}")?;
        }
        let unknown = self
            .rows
            .iter()
            .filter(|(_, before)| before.is_none())
            .count();
        if unknown > 0 {
            writeln!(
                f,
                "{unknown} of these have no baseline on this path; `make instructions UPDATE=1` \
                 gives them one"
            )?;
        }
        let fallen = self.count(|change| change < -TOLERANCE);
        if fallen > 0 {
            writeln!(
                f,
                "{fallen} of these have fallen by more than 5 %: keep that by `make instructions \
                 UPDATE=1`, and commit the baseline"
            )?;
        }
        let risen = self.count(|change| change > TOLERANCE);
        if risen > 0 {
            writeln!(
                f,
                "{risen} of these have risen by more than 5 %: find out why. Where it has to be so, \
                 `make instructions UPDATE=1`, and say why in the commit"
            )?;
        }
        Ok(())
    }
}
