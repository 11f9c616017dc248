//! Motions that are known beforehand: a circle, a fixed point, or the rows of a CSV file.
//!
//! Coordinates are those that the user wrote; what axes and units they are in is not known here.

mod orbit;
mod table;

use std::io::{self, BufReader, Read};

use crate::geometry::{CoordinateError, check_coordinates};

pub use orbit::Orbit;
pub use table::{RowError, Segment, Table};

/// The forms of `--trajectory`, as messages name them.
const FORMS: &str = "orbit[:RADIUS,PERIOD[,HEIGHT]], static:X,Y,Z or a CSV file with the header \
                     t,x,y,z";

/// Why a `--trajectory` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrajectoryError {
    /// `orbit` or `static` with numbers that do not fit.
    #[error("--trajectory {spec}: {problem} (allowed: {FORMS})")]
    Spec {
        /// What was asked for.
        spec: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Neither a known form nor a file that opens.
    #[error("--trajectory {spec}: {} (allowed: {FORMS})", describe(source))]
    Open {
        /// What was asked for.
        spec: String,
        /// Why it does not open.
        source: io::Error,
    },
    /// A CSV file whose content cannot be used.
    #[error("--trajectory {spec}: {source}")]
    Csv {
        /// The file.
        spec: String,
        /// Where and what is wrong.
        source: RowError,
    },
}

/// Where a source is at any time.
#[derive(Clone, Debug, PartialEq)]
pub enum Trajectory {
    /// Round a circle at a constant speed.
    Orbit(Orbit),
    /// At one point, in metres or whatever the user's axes are in.
    Static([f64; 3]),
    /// Along straight lines from row to row.
    Table(Table),
}

impl Trajectory {
    /// Reads a `--trajectory`: `orbit[:RADIUS,PERIOD[,HEIGHT]]`, `static:X,Y,Z`, or the name of a
    /// CSV file, which `open` opens.
    ///
    /// # Errors
    /// When `spec` is none of these, or holds what cannot be a motion.
    pub fn parse<R: Read>(
        spec: &str,
        open: impl FnOnce(&str) -> io::Result<R>,
    ) -> Result<Self, TrajectoryError> {
        let refuse = |problem| TrajectoryError::Spec {
            spec: spec.into(),
            problem,
        };
        if spec == "orbit" {
            return Ok(Self::Orbit(Orbit::default()));
        }
        if let Some(numbers) = spec.strip_prefix("orbit:") {
            return parse_orbit(numbers).map(Self::Orbit).map_err(refuse);
        }
        if let Some(numbers) = spec.strip_prefix("static:") {
            return parse_static(numbers).map(Self::Static).map_err(refuse);
        }
        let file = open(spec).map_err(|source| TrajectoryError::Open {
            spec: spec.into(),
            source,
        })?;
        Self::from_csv(file).map_err(|source| TrajectoryError::Csv {
            spec: spec.into(),
            source,
        })
    }

    /// Reads the rows `t,x,y,z` of a CSV file; see [`Table::read`].
    ///
    /// # Errors
    /// With the line and what is wrong there.
    pub fn from_csv(csv: impl Read) -> Result<Self, RowError> {
        Table::read(BufReader::new(csv)).map(Self::Table)
    }

    /// The coordinates at `seconds` after the start.
    pub fn position_at(&self, seconds: f64) -> [f64; 3] {
        match self {
            Self::Orbit(orbit) => orbit.position_at(seconds),
            Self::Static(position) => *position,
            Self::Table(table) => table.position_at(seconds),
        }
    }

    /// The times, in ascending seconds, at which the motion jumps: rows of one time that stand at
    /// different places. At exactly that time the last of them holds.
    pub fn jumps(&self) -> &[f64] {
        match self {
            Self::Table(table) => table.jumps(),
            Self::Orbit(_) | Self::Static(_) => &[],
        }
    }

    /// The straight lines between the rows of a file, in ascending time; none for the other forms.
    pub fn segments(&self) -> impl Iterator<Item = Segment> + '_ {
        let table = match self {
            Self::Table(table) => Some(table),
            Self::Orbit(_) | Self::Static(_) => None,
        };
        table.into_iter().flat_map(Table::segments)
    }

    /// The straight line on which the motion is at `seconds`, if it is on one: its beginning
    /// belongs to it, its end to the next.
    pub fn segment_at(&self, seconds: f64) -> Option<Segment> {
        match self {
            Self::Table(table) => table.segment_at(seconds),
            Self::Orbit(_) | Self::Static(_) => None,
        }
    }
}

/// The plain words for the errors that people meet.
fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory, not a file".to_owned(),
        io::ErrorKind::PermissionDenied => "no permission to read it".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

fn parse_orbit(text: &str) -> Result<Orbit, String> {
    match numbers(text)?[..] {
        [radius, period] => Orbit::new(radius, period, 0.0),
        [radius, period, height] => Orbit::new(radius, period, height),
        ref other => Err(format!("orbit takes 2 or 3 numbers, not {}", other.len())),
    }
}

fn parse_static(text: &str) -> Result<[f64; 3], String> {
    let position = <[f64; 3]>::try_from(numbers(text)?)
        .map_err(|other| format!("static takes 3 numbers, not {}", other.len()))?;
    check_coordinates(position).map_err(|error: CoordinateError| error.to_string())?;
    Ok(position)
}

fn numbers(text: &str) -> Result<Vec<f64>, String> {
    text.split(',')
        .map(|part| {
            let part = part.trim();
            part.parse()
                .map_err(|_| format!("{part:?} is not a number"))
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these places are exact")]
mod tests {
    use super::*;

    /// Where there are no files.
    fn parse(spec: &str) -> Result<Trajectory, TrajectoryError> {
        Trajectory::parse(spec, |_| Err::<&[u8], _>(io::ErrorKind::NotFound.into()))
    }

    #[test]
    fn specs_give_the_motion_that_they_name() {
        assert_eq!(parse("orbit").unwrap().position_at(1.8), [0.0, 1.0, 0.0]);
        assert_eq!(
            parse("orbit:2, -8,0.5").unwrap().position_at(2.0),
            [0.0, -2.0, 0.5]
        );
        assert_eq!(
            parse("static:-1,0,2.5").unwrap().position_at(9.0),
            [-1.0, 0.0, 2.5]
        );
    }

    #[test]
    fn bad_specs_are_refused_with_the_forms_that_are_allowed() {
        for bad in [
            "",
            "orbit:",
            "orbit:1",
            "orbit:1,2,3,4",
            "orbit:-1,7",
            "orbit:0,7",
            "orbit:1,0",
            "orbit:1,nan",
            "orbit:1,inf",
            "orbit:1,1e-9",
            "orbit:2e6,1",
            "orbit:1,1,inf",
            "orbit:a,b",
            "static:",
            "static:1,2",
            "static:1,2,3,4",
            "static:nan,0,0",
            "static:2e6,0,0",
            "circle",
            ".",
            "/no/such/file.csv",
        ] {
            let error = parse(bad).expect_err(bad).to_string();
            assert!(error.starts_with("--trajectory "), "{error}");
            assert!(
                error.contains("orbit[:RADIUS,PERIOD[,HEIGHT]]"),
                "{bad:?}: {error}"
            );
        }
    }
}
