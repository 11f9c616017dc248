//! From what was measured to what can be used: each place once, no silent responses, left ear first.

use std::collections::HashMap;

use super::responses::Responses;
use super::{Notes, SofaError};
use crate::geometry::Position;
use crate::head::MeasuredSet;

/// Places nearer to each other than this part of their distance are one: 0.006 degrees.
const SAME: f64 = 1e-4;

/// Sources with more of their way to the side than this tell left from right.
const LATERAL: f64 = 0.5;

/// Puts the second receiver first.
pub(super) fn swap_ears(responses: &mut Responses) {
    for pair in responses.values.chunks_exact_mut(2 * responses.samples) {
        let (first, second) = pair.split_at_mut(responses.samples);
        first.swap_with_slice(second);
    }
    for delays in &mut responses.delays {
        delays.swap(0, 1);
    }
}

/// What of `responses` can be used, with the places of their sources.
pub(super) fn tidy(
    responses: Responses,
    sources: &[Option<Position>],
    notes: &mut Notes,
) -> Result<MeasuredSet, SofaError> {
    for (ear, name) in ["left", "right"].into_iter().enumerate() {
        let silent = |m: usize| is_silent(responses.pair(m)[ear]);
        if (0..responses.measurements).all(silent) {
            return Err(SofaError::Silent(name));
        }
    }
    let kept = kept(&responses, sources, notes);
    if kept.is_empty() {
        return Err(SofaError::NothingLeft);
    }
    warn_of_swapped_ears(&responses, &kept, notes);
    let mut set = MeasuredSet {
        sample_rate: responses.rate,
        samples: responses.samples,
        sources: kept.iter().map(|(_, source)| *source).collect(),
        delays: kept.iter().map(|(m, _)| responses.delays[*m]).collect(),
        ..MeasuredSet::default()
    };
    set.responses = if kept.len() == responses.measurements {
        responses.values
    } else {
        let pairs = kept.iter().flat_map(|(m, _)| responses.pair(*m));
        pairs.flatten().copied().collect()
    };
    Ok(set)
}

/// The measurements that can be used and where their sources stood, in the order of the file.
fn kept(
    responses: &Responses,
    sources: &[Option<Position>],
    notes: &mut Notes,
) -> Vec<(usize, Position)> {
    let (mut nowhere, mut silent, mut twice) = (0, 0, 0);
    let mut kept = Vec::with_capacity(sources.len());
    let mut places = Places::default();
    for (measurement, source) in sources.iter().enumerate() {
        let Some(source) = *source else {
            nowhere += 1;
            continue;
        };
        if responses.pair(measurement).into_iter().any(is_silent) {
            silent += 1;
        } else if places.is_new(source) {
            kept.push((measurement, source));
        } else {
            twice += 1;
        }
    }
    let all = sources.len();
    for (count, why) in [
        (nowhere, "stand in the centre of the head"),
        (silent, "are silent at an ear"),
        (twice, "are of a place that was measured before"),
    ] {
        if count > 0 {
            notes.add(format!(
                "{count} of {all} measurements {why}; they are left out"
            ));
        }
    }
    kept
}

fn is_silent(response: &[f32]) -> bool {
    response.iter().all(|sample| *sample == 0.0)
}

/// Places that were seen, by the cell of a grid that they are in.
#[derive(Default)]
struct Places(HashMap<[i64; 3], Vec<Position>>);

impl Places {
    /// Notes a place, unless it was there before.
    fn is_new(&mut self, place: Position) -> bool {
        let near = SAME * place.distance();
        // Cells of the nearest place that is believed: neighbours are in the same or the next one.
        let cell = [place.x, place.y, place.z].map(|part| (part / CELL_M).floor() as i64);
        let seen = neighbours(cell).any(|cell| {
            let there = self.0.get(&cell).map_or(&[][..], Vec::as_slice);
            there.iter().any(|other| other.distance_to(place) < near)
        });
        if !seen {
            self.0.entry(cell).or_default().push(place);
        }
        !seen
    }
}

/// The edge of a cell, in metres: what is the same at 20 m.
const CELL_M: f64 = SAME * 20.0;

/// A cell and all that touch it.
fn neighbours([x, y, z]: [i64; 3]) -> impl Iterator<Item = [i64; 3]> {
    let steps = -1..=1;
    steps.clone().flat_map(move |dx| {
        let steps = steps.clone();
        steps
            .clone()
            .flat_map(move |dy| (-1..=1).map(move |dz| [x + dx, y + dy, z + dz]))
    })
}

/// Says so when the sound comes first to the ear that is farther away.
fn warn_of_swapped_ears(responses: &Responses, kept: &[(usize, Position)], notes: &mut Notes) {
    let (mut as_expected, mut reversed) = (0, 0);
    for (measurement, source) in kept {
        let side = source.y / source.distance();
        if side.abs() < LATERAL {
            continue;
        }
        let pair = responses.pair(*measurement);
        let [left, right] =
            [0, 1].map(|ear| peak(pair[ear]) as f64 + responses.delays[*measurement][ear]);
        if (right - left) * side > 0.0 {
            as_expected += 1;
        } else if (right - left) * side < 0.0 {
            reversed += 1;
        }
    }
    if reversed > 4 * as_expected {
        notes.add(
            "the sound of sources on the left comes first to the right ear: left and right seem to \
             be swapped in this file, and are not changed"
                .to_owned(),
        );
    }
}

/// The index of the greatest sample.
fn peak(response: &[f32]) -> usize {
    let samples = response.iter().map(|sample| sample.abs()).enumerate();
    let greatest = samples.fold(
        (0, 0.0),
        |best, here| if here.1 > best.1 { here } else { best },
    );
    greatest.0
}
