//! What of a set is used: some sets hold more than a head can take, or the same twice.

use std::collections::HashSet;

use super::super::set::MeasuredSet;
use super::super::vector::{Vector, direction_of, dot};

/// Distances of a set that differ by less than this part are one.
const ONE_DISTANCE: f64 = 0.04;

/// A distance with fewer directions than this part of the fullest one's is left out.
const LEAST_PART: f64 = 0.2;

/// Of the distances nearer than this only the farthest is used, in metres: so near, an ear sees all
/// of them in other directions.
const NEAREST_M: f64 = 0.18;

/// Directions nearer to each other than this are one: radians.
const ONE_DIRECTION: f64 = 0.001;

/// More directions than this are thinned out, to about so far from each other: radians.
const MOST_DIRECTIONS: usize = 12_000;
const THINNED_TO: f64 = 0.034;

/// What is looked at of them at all.
const MOST_LOOKED_AT: usize = 100_000;

/// Longer responses are cut, in seconds after the first sound of all; and how much is kept before
/// that.
const LONGEST_S: f64 = 0.025;
const BEFORE_S: f64 = 0.001;

/// The part of the set that is used.
pub(super) struct Selected {
    /// Distances in metres from near to far, each with its sources.
    pub(super) distances: Vec<(f64, Vec<usize>)>,
    /// The samples of each response.
    pub(super) samples: std::ops::Range<usize>,
    /// What is left out, a sentence each.
    pub(super) remarks: Vec<String>,
}

/// Chooses what is used of a set.
pub(super) fn selected(set: &MeasuredSet) -> Selected {
    let mut remarks = Vec::new();
    let mut distances = by_distance(set);
    let fullest = distances.iter().map(|(_, members)| members.len()).max();
    let least = (LEAST_PART * fullest.unwrap_or(0) as f64).ceil() as usize;
    distances.retain(|(distance, members)| {
        let kept = members.len() >= least;
        if !kept {
            let count = members.len();
            remarks.push(format!(
                "its {count} directions at {distance:.3} m are left out: other distances have many \
                 more"
            ));
        }
        kept
    });
    let near = distances.partition_point(|(distance, _)| *distance < NEAREST_M);
    for (distance, _) in distances.drain(..near.saturating_sub(1)) {
        remarks.push(format!(
            "what it has at {distance:.3} m is left out: so near, one distance is enough"
        ));
    }
    for (distance, members) in &mut distances {
        let before = members.len();
        *members = thinned(set, members);
        if members.len() < before {
            remarks.push(format!(
                "of its {before} directions at {distance:.3} m {} are used: the others repeat them, \
                 or are closer than can be told apart",
                members.len()
            ));
        }
    }
    let samples = samples(set);
    if samples.len() < set.samples {
        remarks.push(format!(
            "its responses of {} samples are cut to the {} after the first sound",
            set.samples,
            samples.len()
        ));
    }
    Selected {
        distances,
        samples,
        remarks,
    }
}

/// The sources of each distance, from near to far; each in the order of the set.
fn by_distance(set: &MeasuredSet) -> Vec<(f64, Vec<usize>)> {
    let distance = |at: &usize| set.sources[*at].distance();
    let mut order: Vec<usize> = (0..set.sources.len()).collect();
    order.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for at in order {
        match groups.last_mut() {
            Some(group) if distance(&at) <= distance(&group[0]) * (1.0 + ONE_DISTANCE) => {
                group.push(at);
            }
            _ => groups.push(vec![at]),
        }
    }
    let told = |mut members: Vec<usize>| {
        let middle = distance(&members[members.len() / 2]);
        members.sort_unstable();
        (middle, members)
    };
    groups.into_iter().map(told).collect()
}

/// The sources without those that repeat a direction; of very many only some.
fn thinned(set: &MeasuredSet, members: &[usize]) -> Vec<usize> {
    let mut seen = HashSet::new();
    let mut kept: Vec<usize> = members
        .iter()
        .copied()
        .filter(|at| {
            let direction = direction_of(set.sources[*at]);
            seen.insert(direction.map(|value| (value / ONE_DIRECTION).round() as i64))
        })
        .collect();
    if kept.len() > MOST_DIRECTIONS {
        let step = kept.len().div_ceil(MOST_LOOKED_AT);
        let mut apart: Vec<Vector> = Vec::new();
        let nearest = THINNED_TO.cos();
        let mut at = 0;
        kept.retain(|source| {
            at += 1;
            let direction = direction_of(set.sources[*source]);
            let is_apart = at % step == 0
                && apart.len() < MOST_DIRECTIONS
                && apart.iter().all(|other| dot(*other, direction) < nearest);
            if is_apart {
                apart.push(direction);
            }
            is_apart
        });
    }
    kept
}

/// The samples of each response that are used: all, or those after the first sound of all.
fn samples(set: &MeasuredSet) -> std::ops::Range<usize> {
    let longest = (LONGEST_S * set.sample_rate) as usize;
    if set.samples <= longest {
        return 0..set.samples;
    }
    let first = set
        .responses
        .chunks(set.samples)
        .map(onset)
        .min()
        .unwrap_or(0);
    let begin = first.saturating_sub((BEFORE_S * set.sample_rate) as usize);
    begin..(begin + longest).min(set.samples)
}

/// The first sample of a tenth of the peak.
pub(super) fn onset(response: &[f32]) -> usize {
    let peak = response.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    response
        .iter()
        .position(|x| x.abs() > 0.1 * peak)
        .unwrap_or(0)
}
