//! What changes with incidence angle and distance only: tables over both, and how they are read.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable
)]

use crate::dsp::shift::taper;
use crate::dsp::spectrum::{LANES, Spectrum, Transform, silence};
use crate::dsp::sums::Row;

/// The grid that such tables stand on.
#[derive(Debug)]
pub(super) struct Grid {
    /// Incidence angles (between the source and the ear's axis): radians, 0 to pi, ascending.
    pub(super) angles: Box<[f64]>,
    /// Distances as head radius / distance: from 0 (far), ascending.
    pub(super) closeness: Box<[f64]>,
    /// For each step of the least that two angles differ by, the last angle at or below it.
    below: Box<[usize]>,
    /// How many steps there are in a radian.
    steps: f64,
}

/// The three grid points round a place, with their weights, which add up to 1.
pub(super) type Triangle = [(usize, f64); 3];

impl Grid {
    /// A grid over these angles and distances.
    pub(super) fn new(angles: Vec<f64>, closeness: Vec<f64>) -> Self {
        let gaps = angles.iter().zip(angles.iter().skip(1)).map(|(a, b)| b - a);
        let step = gaps.fold(f64::INFINITY, f64::min);
        let last = angles.last().map_or(0.0, |last| last / step) as usize;
        let below = |n: usize| locate(&angles, n as f64 * step).0;
        Self {
            below: (0..=last).map(below).collect(),
            steps: step.recip(),
            angles: angles.into(),
            closeness: closeness.into(),
        }
    }

    /// The row of a distance and how far (0 to 1) it is on the way to the next one.
    pub(super) fn row(&self, closeness: f64) -> (usize, f64) {
        locate(&self.closeness, closeness)
    }

    /// The points round a place in a row. Outside the grid the place on its edge.
    pub(super) fn corners(&self, (row, down): (usize, f64), angle: f64) -> Triangle {
        // No more than two angles lie within a step.
        let first = self.below.get((angle * self.steps) as usize).copied();
        let first = first.unwrap_or(self.angles.len().saturating_sub(2));
        let (column, across) = match self.angles.get(first..).unwrap_or(&[]) {
            [_, low, high, ..] if angle >= *low => (first + 1, (angle - low) / (high - low)),
            [low, high, ..] => (first, (angle - low) / (high - low)),
            _ => (first, 0.0),
        };
        let across = across.clamp(0.0, 1.0);
        let here = row * self.angles.len() + column;
        let below = here + self.angles.len();
        // Each field of the grid is cut in two, from its corner at the right to that below.
        let beyond = across + down - 1.0;
        if beyond <= 0.0 {
            [(here, -beyond), (here + 1, across), (below, down)]
        } else {
            [
                (below + 1, beyond),
                (here + 1, 1.0 - down),
                (below, 1.0 - across),
            ]
        }
    }
}

/// The value of a table of numbers at a place.
pub(super) fn blend(table: &[f64], corners: &Triangle) -> f64 {
    let value = |corner: usize| table.get(corner).copied().unwrap_or(0.0);
    corners
        .iter()
        .map(|(corner, weight)| weight * value(*corner))
        .sum()
}

/// Filters of one length in time, one behind the other, each from its first tap to its last.
#[derive(Debug)]
pub(super) struct Taps {
    pub(super) taps: usize,
    pub(super) values: Vec<f32>,
}

/// Filters by frequency, one behind the other.
#[derive(Debug)]
pub(super) struct Spectra {
    /// Bins of each.
    bins: usize,
    values: Box<Spectrum>,
}

impl Spectra {
    /// Those of `filters`.
    pub(super) fn new(transform: &mut Transform, filters: &Taps) -> Self {
        let mut spectrum = silence(transform.frames());
        let mut values = Vec::new();
        for filter in filters.values.chunks(filters.taps.max(1)) {
            transform.filter(filter, &mut spectrum);
            values.extend_from_slice(&spectrum);
        }
        Self {
            bins: spectrum.len(),
            values: values.into(),
        }
    }

    /// The same, with the upper end of the band faded out so that they can be delayed by parts of a
    /// frame.
    pub(super) fn tapered(transform: &mut Transform, filters: &Taps) -> Self {
        let mut spectra = Self::new(transform, filters);
        let gains = taper(transform.frames());
        for spectrum in spectra.values.chunks_mut(spectra.bins) {
            for (bins, gains) in spectrum.iter_mut().zip(gains.as_chunks::<LANES>().0) {
                for ((re, im), gain) in bins.re.iter_mut().zip(&mut bins.im).zip(gains) {
                    (*re, *im) = (*re * gain, *im * gain);
                }
            }
        }
        spectra
    }

    /// The filter of this index.
    pub(super) fn row(&self, index: usize) -> &Spectrum {
        let start = index.saturating_mul(self.bins);
        let rest = self.values.get(start..).unwrap_or(&[]);
        rest.get(..self.bins).unwrap_or(&[])
    }

    /// Those round a place, each with `weight` times its own.
    pub(super) fn corners(&self, corners: &Triangle, weight: f64) -> [Row<'_>; 3] {
        corners.map(|(corner, share)| ((weight * share) as f32, self.row(corner)))
    }
}

/// The index of the node below `value` and how far (0 to 1) it is on the way to the next one; at
/// the ends the outermost pair.
pub(super) fn locate(nodes: &[f64], value: f64) -> (usize, f64) {
    let above = nodes
        .partition_point(|node| *node <= value)
        .clamp(1, nodes.len().max(2) - 1);
    match nodes.get(above - 1..).and_then(<[f64]>::first_chunk) {
        Some([low, high]) => (above - 1, ((value - low) / (high - low)).clamp(0.0, 1.0)),
        None => (0, 0.0),
    }
}
