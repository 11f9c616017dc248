//! Which receiver is which ear.

use super::file::{SofaFile, Table};
use super::places::Places;
use super::{Notes, SofaError};

/// Whether the receivers are the right ear first, then the left.
pub(super) fn are_swapped(file: &SofaFile, notes: &mut Notes) -> Result<bool, SofaError> {
    let Some(table) = file.numbers("ReceiverPosition")? else {
        notes.add("ReceiverPosition is missing; the left ear first is assumed".to_owned());
        return Ok(false);
    };
    // Receiver, coordinate, measurement: the last has one place for all but moving ears.
    let per_measurement = match table.shape[..] {
        [2, 3] => 1,
        [2, 3, measurements] => measurements,
        _ => {
            notes.add(format!(
                "ReceiverPosition has the size {:?}, not 2 x 3; the left ear first is assumed",
                table.shape
            ));
            return Ok(false);
        }
    };
    let values = table.values.iter().step_by(per_measurement).copied();
    let table = Table {
        values: values.collect(),
        ..table
    };
    let ears = Places::from_rows(&table, notes)?;
    let [left, right] = [ears.rows[0][1], ears.rows[1][1]];
    if left < 0.0 && right > 0.0 {
        notes.add("its first receiver is the right ear; the ears were put right".to_owned());
        return Ok(true);
    }
    if !(left > 0.0 && right < 0.0) {
        notes.add(
            "ReceiverPosition does not say which ear is which; the left ear first is assumed"
                .to_owned(),
        );
    }
    Ok(false)
}
