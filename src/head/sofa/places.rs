//! Places in a file's coordinates, as vectors.

use super::super::vector::Vector;
use super::file::Table;
use super::{Notes, SofaError};

/// Shorter than this, a vector has no direction.
const NO_LENGTH: f64 = 1e-6;

/// Rows of three coordinates in metres, x front, y left, z up as the file means them: one for each
/// measurement, or one for all.
pub(super) struct Places {
    pub(super) rows: Vec<Vector>,
}

impl Places {
    /// The places in `table`, which is to have one row or `measurements`.
    pub(super) fn read(
        table: &Table<f64>,
        measurements: usize,
        notes: &mut Notes,
    ) -> Result<Self, SofaError> {
        let Table { name, shape, .. } = table;
        let fits = match shape[..] {
            [3] => true,
            [rows, 3] | [rows, 3, 1] => rows == 1 || rows == measurements,
            _ => false,
        };
        if !fits {
            return Err(SofaError::Shape {
                name,
                found: shape.clone(),
                wanted: format!("1 x 3 or {measurements} x 3"),
            });
        }
        Self::from_rows(table, notes)
    }

    pub(super) fn from_rows(table: &Table<f64>, notes: &mut Notes) -> Result<Self, SofaError> {
        let name = table.name;
        let (rows, _) = table.values.as_chunks::<3>();
        for (measurement, row) in (1..).zip(rows) {
            if let Some(value) = row.iter().copied().find(|value| !value.is_finite()) {
                return Err(SofaError::NotFinite {
                    name,
                    value,
                    measurement,
                });
            }
        }
        let spherical = is_spherical(table, notes);
        let radians = table
            .units
            .as_ref()
            .is_some_and(|units| units.contains("radian"));
        if spherical && radians {
            notes.add(format!("{name} is in radians, and is read so"));
        }
        let rows = match (spherical, radians) {
            (false, _) => rows.to_vec(),
            (true, true) => rows.iter().copied().map(from_spherical).collect(),
            (true, false) => rows
                .iter()
                .map(|[azimuth, elevation, radius]| {
                    from_spherical([azimuth.to_radians(), elevation.to_radians(), *radius])
                })
                .collect(),
        };
        Ok(Self { rows })
    }

    pub(super) fn of(&self, measurement: usize) -> Vector {
        let row = if self.rows.len() == 1 { 0 } else { measurement };
        self.rows[row]
    }
}

/// Whether the coordinates are azimuth, elevation and distance.
fn is_spherical(table: &Table<f64>, notes: &mut Notes) -> bool {
    let name = table.name;
    match table.kind.as_deref() {
        Some("spherical") => true,
        Some("cartesian") => false,
        kind => {
            // Degrees of whole circles do, metres of measured heads do not.
            let spherical = table.values.iter().any(|value| value.abs() > 7.0);
            let assumed = if spherical { "spherical" } else { "cartesian" };
            notes.add(match kind {
                None => format!("{name} does not say its Type; {assumed} is assumed"),
                Some(kind) => {
                    format!("the Type of {name} is \"{kind}\"; {assumed} is assumed")
                }
            });
            spherical
        }
    }
}

/// From azimuth and elevation in radians and a distance.
fn from_spherical([azimuth, elevation, radius]: Vector) -> Vector {
    let flat = radius * elevation.cos();
    [
        flat * azimuth.cos(),
        flat * azimuth.sin(),
        radius * elevation.sin(),
    ]
}

pub(super) fn length(vector: Vector) -> f64 {
    vector[0].hypot(vector[1]).hypot(vector[2])
}

/// The direction of a vector, if it has one.
pub(super) fn unit(vector: Vector) -> Option<Vector> {
    let length = length(vector);
    (length > NO_LENGTH && length.is_finite()).then(|| vector.map(|part| part / length))
}
