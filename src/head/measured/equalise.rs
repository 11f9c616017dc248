//! The common colour of a set, its level, and its low end.

use super::super::vector::{Vector, dot};
use super::fill::even;

/// Directions over which a set is averaged: about this far apart, in radians.
const STEP: f64 = 0.06;

/// A direction farther than this from all that was measured counts for nothing: radians.
const REACH: f64 = 0.2;

/// The common colour is taken out between these frequencies, in hertz, and held beyond.
const COLOUR_HZ: std::ops::RangeInclusive<f64> = 60.0..=16_000.0;

/// What is weak in all directions is raised by so much at most: natural logarithm, 15 dB.
const MOST_RAISED: f64 = 1.73;

/// Half width of the smoothing of the common colour: a twelfth of an octave.
const SMOOTHING: f64 = 1.059;

/// Band and directions that the level of a set goes by: hertz, and the cosine of the angle from the
/// front.
pub(super) const LEVEL_HZ: std::ops::RangeInclusive<f64> = 250.0..=560.0;
const LEVEL_COSINE: f64 = 0.82;

/// By how much each direction counts in a mean over all: its part of the sphere; the sum is 1.
pub(super) fn shares(directions: &[Vector]) -> Vec<f64> {
    let mut counts = vec![0.0_f64; directions.len()];
    for place in even(STEP) {
        let nearest = directions
            .iter()
            .enumerate()
            .map(|(at, direction)| (dot(*direction, place), at))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((cosine, at)) = nearest
            && cosine > REACH.cos()
        {
            counts[at] += 1.0;
        }
    }
    let sum: f64 = counts.iter().sum();
    if sum == 0.0 {
        return vec![1.0 / directions.len() as f64; directions.len()];
    }
    counts.iter().map(|count| count / sum).collect()
}

/// The directions near the front, or all where there are none.
pub(super) fn frontal(directions: &[Vector]) -> Vec<usize> {
    let near: Vec<usize> = (0..directions.len())
        .filter(|at| directions[*at][0] > LEVEL_COSINE)
        .collect();
    if near.is_empty() {
        (0..directions.len()).collect()
    } else {
        near
    }
}

/// The diffuse field: the logarithm of the r.m.s. level over all directions, smoothed, and held
/// where it is not believed. `levels` are logarithmic, with the share of their direction.
pub(super) fn diffuse_field<'a>(
    frequencies: &[f64],
    levels: impl Iterator<Item = (&'a [f64], f64)>,
) -> Vec<f64> {
    let mut power = vec![0.0_f64; frequencies.len()];
    let mut shares = 0.0;
    for (log, share) in levels {
        shares += share;
        for (sum, value) in power.iter_mut().zip(log) {
            *sum += share * (2.0 * value).exp();
        }
    }
    let raw: Vec<f64> = power
        .iter()
        .map(|power| 0.5 * (power / shares).max(1e-30).ln())
        .collect();
    let smooth: Vec<f64> = frequencies
        .iter()
        .map(|hz| {
            let hz = hz.clamp(*COLOUR_HZ.start(), *COLOUR_HZ.end());
            let from = frequencies.partition_point(|other| *other < hz / SMOOTHING);
            let to = frequencies.partition_point(|other| *other <= hz * SMOOTHING);
            let band = &raw[from.min(raw.len() - 1)..to.clamp(from + 1, raw.len().max(from + 1))];
            band.iter().sum::<f64>() / band.len() as f64
        })
        .collect();
    // No more raised than so, against the middle of the band.
    let middle: Vec<f64> = frequencies
        .iter()
        .zip(&smooth)
        .filter(|(hz, _)| (500.0..8000.0).contains(*hz))
        .map(|(_, value)| *value)
        .collect();
    let mean = middle.iter().sum::<f64>() / middle.len().max(1) as f64;
    smooth
        .into_iter()
        .map(|value| value.max(mean - MOST_RAISED))
        .collect()
}

/// How much of the low end comes from the sphere at a frequency: 1 below the band, 0 above it.
pub(super) fn low_end(hz: f64) -> f64 {
    const FROM_HZ: f64 = 150.0;
    const TO_HZ: f64 = 600.0;
    let t = ((hz.max(1.0) / FROM_HZ).ln() / (TO_HZ / FROM_HZ).ln()).clamp(0.0, 1.0);
    0.5 + 0.5 * (std::f64::consts::PI * t).cos()
}
