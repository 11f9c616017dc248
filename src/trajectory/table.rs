//! Rows of times and places, and their CSV form.

use std::io::{self, BufRead, Read};

use crate::geometry::{Position, check_coordinates};

/// The header that a file must begin with.
const HEADER: [&str; 4] = ["t", "x", "y", "z"];

/// A line longer than this, in bytes, is not one of four numbers.
const MAX_LINE_BYTES: u64 = 4096;

/// Times beyond this, in seconds, are refused: 30 years.
const MAX_TIME_S: f64 = 1e9;

/// What is wrong with a CSV file, and where.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// The file cannot be read on.
    #[error("line {line}: {source}")]
    Read {
        /// Line, counted from 1.
        line: usize,
        /// Why.
        source: io::Error,
    },
    /// The first line is not the header.
    #[error("line {line}: the header must be t,x,y,z, not {found:?}")]
    Header {
        /// Line, counted from 1.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// A row that is not one.
    #[error("line {line}: {problem}")]
    Row {
        /// Line, counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// No rows.
    #[error("there are no rows under the header t,x,y,z")]
    Empty,
}

/// Straight lines through places at given times; held before the first and after the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// At least one, in ascending times; of two at one time the later holds.
    rows: Vec<Row>,
    jumps: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    time_s: f64,
    position: [f64; 3],
}

/// A straight line, passed at a constant speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// When it begins, in seconds.
    pub from_s: f64,
    /// When it ends, in seconds; after `from_s`.
    pub to_s: f64,
    /// Where it begins, as written.
    pub from: [f64; 3],
    /// Where it ends, as written.
    pub to: [f64; 3],
}

impl Segment {
    /// Where it is at `seconds`, which lie in it: at its ends to the bit.
    fn position_at(&self, seconds: f64) -> [f64; 3] {
        if seconds <= self.from_s {
            return self.from;
        }
        let [from, to] = [self.from, self.to].map(|[x, y, z]| Position::new(x, y, z));
        let Position { x, y, z } =
            from.lerp(to, (seconds - self.from_s) / (self.to_s - self.from_s));
        [x, y, z]
    }
}

impl Table {
    /// Reads the header `t,x,y,z` and the rows under it: seconds and coordinates.
    ///
    /// Accepts a byte order mark, either line end, blank lines, spaces round the numbers, and rows
    /// of one time (a jump).
    ///
    /// # Errors
    /// With the line and what is wrong there: no header, no rows, a row without exactly four
    /// numbers, one that is no finite number or beyond the largest coordinate, or a time before
    /// that of the row above.
    pub fn read(mut csv: impl BufRead) -> Result<Self, RowError> {
        let mut rows: Vec<Row> = Vec::new();
        let mut header_seen = false;
        let mut bytes = Vec::new();
        for line in 1.. {
            let Some(text) = read_line(&mut csv, &mut bytes, line)? else {
                break;
            };
            if text.is_empty() {
                continue;
            }
            if !header_seen {
                if !text.split(',').map(str::trim).eq(HEADER) {
                    let found = text.chars().take(60).collect();
                    return Err(RowError::Header { line, found });
                }
                header_seen = true;
                continue;
            }
            let row =
                parse_row(text, rows.last()).map_err(|problem| RowError::Row { line, problem })?;
            rows.push(row);
        }
        if rows.is_empty() {
            return Err(RowError::Empty);
        }
        let jumps = find_jumps(&rows);
        Ok(Self { rows, jumps })
    }

    /// The coordinates at `seconds`.
    pub fn position_at(&self, seconds: f64) -> [f64; 3] {
        match self.segment_at(seconds) {
            Some(segment) => segment.position_at(seconds),
            None if seconds < self.rows[0].time_s => self.rows[0].position,
            None => self.rows[self.rows.len() - 1].position,
        }
    }

    /// See [`Trajectory::jumps`](super::Trajectory::jumps).
    pub fn jumps(&self) -> &[f64] {
        &self.jumps
    }

    /// See [`Trajectory::segments`](super::Trajectory::segments).
    pub fn segments(&self) -> impl Iterator<Item = Segment> + '_ {
        self.rows
            .windows(2)
            .filter(|pair| pair[0].time_s < pair[1].time_s)
            .map(|pair| segment(pair[0], pair[1]))
    }

    /// See [`Trajectory::segment_at`](super::Trajectory::segment_at).
    pub fn segment_at(&self, seconds: f64) -> Option<Segment> {
        let after = self.rows.partition_point(|row| row.time_s <= seconds);
        let before = after.checked_sub(1)?;
        Some(segment(self.rows[before], *self.rows.get(after)?))
    }
}

fn segment(from: Row, to: Row) -> Segment {
    Segment {
        from_s: from.time_s,
        to_s: to.time_s,
        from: from.position,
        to: to.position,
    }
}

#[allow(clippy::float_cmp, reason = "any other place is a jump")]
fn find_jumps(rows: &[Row]) -> Vec<f64> {
    rows.chunk_by(|a, b| a.time_s == b.time_s)
        .filter(|group| group[0].position != group[group.len() - 1].position)
        .map(|group| group[0].time_s)
        .collect()
}

/// The next line without its end and the spaces round it; `None` at the end of the file.
fn read_line<'a>(
    csv: &mut impl BufRead,
    bytes: &'a mut Vec<u8>,
    line: usize,
) -> Result<Option<&'a str>, RowError> {
    bytes.clear();
    let read = csv
        .by_ref()
        .take(MAX_LINE_BYTES)
        .read_until(b'\n', bytes)
        .map_err(|source| RowError::Read { line, source })?;
    if read == 0 {
        return Ok(None);
    }
    let refuse = |problem: &str| RowError::Row {
        line,
        problem: problem.into(),
    };
    if read as u64 == MAX_LINE_BYTES {
        return Err(refuse("too long for a row of four numbers"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| refuse("this is not text"))?;
    let text = if line == 1 {
        text.trim_start_matches('\u{feff}')
    } else {
        text
    };
    Ok(Some(text.trim()))
}

fn parse_row(text: &str, above: Option<&Row>) -> Result<Row, String> {
    let fields: Vec<&str> = text.split(',').map(str::trim).collect();
    let Ok(fields) = <[&str; 4]>::try_from(fields) else {
        let count = text.split(',').count();
        return Err(format!("{count} columns, not the 4 of t,x,y,z"));
    };
    let mut numbers = [0.0; 4];
    for ((name, field), number) in HEADER.iter().zip(fields).zip(&mut numbers) {
        *number = field.parse().map_err(|_| {
            let field: String = field.chars().take(60).collect();
            format!("{name} is {field:?}, not a number")
        })?;
    }
    let [time_s, position @ ..] = numbers;
    check_coordinates(position).map_err(|error| error.to_string())?;
    if !(-MAX_TIME_S..=MAX_TIME_S).contains(&time_s) {
        return Err(format!(
            "t is {time_s}, not a time within {MAX_TIME_S} seconds"
        ));
    }
    if let Some(above) = above.filter(|above| time_s < above.time_s) {
        return Err(format!(
            "t is {time_s}, before the {} of the row above",
            above.time_s
        ));
    }
    Ok(Row { time_s, position })
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these places are exact")]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;

    use super::*;

    fn table(csv: &str) -> Table {
        Table::read(csv.as_bytes()).unwrap()
    }

    #[test]
    fn straight_lines_between_rows_and_held_outside_them() {
        let table = table("t,x,y,z\n1,0,0,0\n3,4,-2,1\n");
        for (seconds, expected) in [
            (-5.0, [0.0, 0.0, 0.0]),
            (1.0, [0.0, 0.0, 0.0]),
            (2.0, [2.0, -1.0, 0.5]),
            (3.0, [4.0, -2.0, 1.0]),
            (99.0, [4.0, -2.0, 1.0]),
        ] {
            assert_eq!(table.position_at(seconds), expected, "at {seconds} s");
        }
    }

    #[test]
    fn at_the_time_of_a_jump_the_last_row_holds() {
        let table = table("t,x,y,z\n0,0,0,0\n1,1,0,0\n1,5,0,0\n1,7,0,0\n2,8,0,0\n2,8,0,0\n");
        assert_eq!(table.jumps(), [1.0]);
        assert_eq!(table.position_at(0.5), [0.5, 0.0, 0.0]);
        assert_eq!(table.position_at(1.0), [7.0, 0.0, 0.0]);
        assert_eq!(table.position_at(1.5), [7.5, 0.0, 0.0]);
        assert!((table.position_at(1.0f64.next_down())[0] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn marks_line_ends_spaces_and_blank_lines_do_not_matter() {
        let plain = table("t,x,y,z\n0,1,2,3\n1,4,5,6\n");
        let odd = "\u{feff} t , x,y ,z\r\n\r\n 0, 1,\t2,3 \r\n   \n1,4e0,+5,6.0";
        assert_eq!(table(odd), plain);
    }

    #[test]
    fn faults_are_told_with_their_line() {
        for (csv, expected) in [
            ("", "no rows"),
            ("t,x,y,z\n\n", "no rows"),
            (
                "0,1,2,3\n",
                "line 1: the header must be t,x,y,z, not \"0,1,2,3\"",
            ),
            ("t;x;y;z\n", "line 1: the header"),
            ("\n\nt,x,y\n", "line 3: the header"),
            ("t,x,y,z\n\n\n0,1,2\n", "line 4: 3 columns"),
            ("t,x,y,z\n0,1,2,3,4\n", "line 2: 5 columns"),
            ("t,x,y,z\n0,1,,3\n", "line 2: y is \"\", not a number"),
            ("t,x,y,z\n0,1,2,up\n", "line 2: z is \"up\", not a number"),
            ("t,x,y,z\n0,nan,2,3\n", "line 2: x is NaN"),
            ("t,x,y,z\n0,1,inf,3\n", "line 2: y is inf"),
            (
                "t,x,y,z\n0,1,2,-1000000.5\n",
                "line 2: z is -1000000.5, beyond",
            ),
            ("t,x,y,z\nnan,1,2,3\n", "line 2: t is NaN"),
            (
                "t,x,y,z\n1,0,0,0\n0.5,0,0,0\n",
                "line 3: t is 0.5, before the 1 of",
            ),
        ] {
            let error = Table::read(csv.as_bytes()).expect_err(csv).to_string();
            assert!(error.contains(expected), "{csv:?}: {error}");
        }
    }

    #[test]
    fn what_is_no_text_or_has_no_lines_is_refused_and_not_read_to_its_end() {
        let error = Table::read(&b"\xff\xfe\x00\n"[..]).unwrap_err().to_string();
        assert_eq!(error, "line 1: this is not text");
        let endless = io::BufReader::new(io::repeat(b'1'));
        let error = Table::read(endless).unwrap_err().to_string();
        assert_eq!(error, "line 1: too long for a row of four numbers");
    }

    #[test]
    fn segments_are_between_rows_and_leave_jumps_out() {
        let table = table("t,x,y,z\n0,0,0,0\n2,6,8,0\n2,0,0,0\n2.5,0,0,1\n");
        let times: Vec<_> = table.segments().map(|s| (s.from_s, s.to_s)).collect();
        assert_eq!(times, [(0.0, 2.0), (2.0, 2.5)]);
        assert_eq!(table.segment_at(2.0).unwrap().to, [0.0, 0.0, 1.0]);
        assert_eq!(table.segment_at(2.5), None);
        assert_eq!(table.segment_at(-1.0), None);
    }

    #[test]
    fn a_long_file_is_followed_to_the_bit() {
        let value = |k: u32| f64::from(k.wrapping_mul(2_654_435_761) % 1000) / 7.0;
        let mut csv = String::from("t,x,y,z\n");
        for k in 0..100_000 {
            writeln!(
                csv,
                "{},{},-0.0,{}",
                f64::from(k) * 0.01,
                value(k),
                value(k + 1)
            )
            .unwrap();
        }
        let table = table(&csv);
        for k in 0..100_000 {
            let [x, y, z] = table.position_at(f64::from(k) * 0.01);
            assert_eq!((x, z), (value(k), value(k + 1)), "row {k}");
            assert!(y == 0.0 && y.is_sign_negative(), "row {k}: {y}");
        }
        assert_eq!(table.segments().count(), 99_999);
    }

    proptest! {
        #[test]
        fn between_two_rows_it_stays_between_them(
            steps in prop::collection::vec((0.0..3.0f64, -1e6..1e6f64), 1..40),
            at in -1.0..130.0f64,
        ) {
            let mut csv = String::from("t,x,y,z\n");
            let mut time = 0.0;
            for (step, x) in &steps {
                time += step;
                writeln!(csv, "{time},{x},0,0").unwrap();
            }
            let [x, y, z] = table(&csv).position_at(at);
            prop_assert_eq!((y, z), (0.0, 0.0));
            let least = steps.iter().map(|(_, x)| *x).fold(f64::INFINITY, f64::min);
            let most = steps.iter().map(|(_, x)| *x).fold(f64::NEG_INFINITY, f64::max);
            // Rounding of the two products of the interpolation.
            prop_assert!(x >= least - 1e-9 && x <= most + 1e-9, "{} not in {}..{}", x, least, most);
        }
    }
}
