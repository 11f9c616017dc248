//! Where the sources stood: from the room's coordinates into the listener's.

use super::super::vector::{Vector, cross, dot};
use super::file::{SofaFile, Table};
use super::places::{Places, length, unit};
use super::{Notes, SofaError};
use crate::geometry::Position;

/// Distances that are believed, in metres: from just outside a head to a hall.
const DISTANCES_M: std::ops::RangeInclusive<f64> = 0.1..=20.0;

/// What is taken for a distance too small to be one.
const ASSUMED_M: f64 = 1.0;

/// How the listener stands: where, and the axes of the head (front, left, up).
struct Listener {
    places: Places,
    views: Places,
    ups: Places,
}

impl Listener {
    fn read(file: &SofaFile, measurements: usize, notes: &mut Notes) -> Result<Self, SofaError> {
        let mut read = |name: &'static str, table: Option<Table<f64>>, usual: Vector| {
            let Some(table) = table else {
                notes.add(format!("{name} is missing; {usual:?} is assumed"));
                return Ok(Places { rows: vec![usual] });
            };
            Places::read(&table, measurements, notes)
        };
        let place = file.numbers("ListenerPosition")?;
        let view = file.numbers("ListenerView")?;
        let mut up = file.numbers("ListenerUp")?;
        if let Some(up) = &mut up {
            // By the standard it is in the coordinates of ListenerView, and says nothing itself.
            let kind = view.as_ref().and_then(|view| view.kind.clone());
            let kind = kind.unwrap_or_else(|| "cartesian".to_owned());
            up.kind.get_or_insert(kind);
        }
        Ok(Self {
            places: read("ListenerPosition", place, [0.0; 3])?,
            views: read("ListenerView", view, [1.0, 0.0, 0.0])?,
            ups: read("ListenerUp", up, [0.0, 0.0, 1.0])?,
        })
    }

    /// The axes of the head, and whether they are as the file says: vectors without a direction are
    /// taken as the usual ones.
    fn axes(&self, measurement: usize) -> ([Vector; 3], bool) {
        let front = unit(self.views.of(measurement));
        let up = unit(self.ups.of(measurement));
        let axes = front.zip(up).and_then(|(front, up)| {
            let left = unit(cross(up, front))?;
            Some([front, left, cross(front, left)])
        });
        let usual = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        (axes.unwrap_or(usual), axes.is_some())
    }
}

/// Where the sources stood as the listener sees them, by measurement; none: in the centre of the
/// head, so that their direction is not known.
pub(super) fn sources(
    file: &SofaFile,
    measurements: usize,
    notes: &mut Notes,
) -> Result<Vec<Option<Position>>, SofaError> {
    let mut table = file
        .numbers("SourcePosition")?
        .ok_or(SofaError::Missing("SourcePosition"))?;
    let without_distance = give_distance(&mut table);
    let sources = Places::read(&table, measurements, notes)?;
    let listener = Listener::read(file, measurements, notes)?;
    let mut odd_axes = 0;
    let mut turned = false;
    let found: Vec<Vector> = (0..measurements)
        .map(|measurement| {
            let (axes, as_said) = listener.axes(measurement);
            odd_axes += usize::from(!as_said);
            let source = sources.of(measurement);
            let listener = listener.places.of(measurement);
            let way = [0, 1, 2].map(|i| source[i] - listener[i]);
            let seen = axes.map(|axis| dot(axis, way));
            turned |= (0..3).any(|i| (seen[i] - source[i]).abs() > 1e-6);
            seen
        })
        .collect();
    if odd_axes > 0 {
        notes.add(format!(
            "ListenerView and ListenerUp give no axes of the head ({odd_axes} of {measurements} \
             measurements); front along +x and up along +z is assumed"
        ));
    }
    if turned {
        notes.add(
            "the listener does not stand in the origin and look along +x; the sources were turned \
             into the listener's axes"
                .to_owned(),
        );
    }
    if without_distance > 0 {
        notes.add(format!(
            "{without_distance} source positions have the distance 0; {ASSUMED_M} m is assumed"
        ));
    }
    Ok(at_believed_distances(&found, notes))
}

/// Gives those a distance that have a direction alone, and says how many they are.
fn give_distance(table: &mut Table<f64>) -> usize {
    if table.kind.as_deref() != Some("spherical") {
        return 0;
    }
    let (rows, _) = table.values.as_chunks_mut::<3>();
    let without = rows.iter_mut().filter(|row| row[2] == 0.0);
    without.map(|row| row[2] = ASSUMED_M).count()
}

/// Distances that cannot be are changed, directions are kept.
fn at_believed_distances(found: &[Vector], notes: &mut Notes) -> Vec<Option<Position>> {
    let (mut near, mut far) = (0, 0);
    let believed = found.iter().map(|vector| {
        let distance = length(*vector);
        let direction = unit(*vector)?;
        let distance = if distance < *DISTANCES_M.start() {
            near += 1;
            ASSUMED_M
        } else if distance > *DISTANCES_M.end() {
            far += 1;
            *DISTANCES_M.end()
        } else {
            let [x, y, z] = *vector;
            return Some(Position::new(x, y, z));
        };
        let [x, y, z] = direction.map(|part| part * distance);
        Some(Position::new(x, y, z))
    });
    let believed = believed.collect();
    if near > 0 {
        notes.add(format!(
            "{near} sources are nearer than {} m, inside the head; {ASSUMED_M} m is assumed",
            DISTANCES_M.start()
        ));
    }
    if far > 0 {
        notes.add(format!(
            "{far} sources are farther than {far_m} m, maybe in other units; {far_m} m is assumed",
            far_m = DISTANCES_M.end()
        ));
    }
    believed
}
