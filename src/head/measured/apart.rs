//! The responses of a set by distance, taken apart; their colour and their low end.

use super::super::lookup::Ear;
use super::super::set::MeasuredSet;
use super::super::sphere::HeadShape;
use super::beside::{Beside, detour_s, incidence};
use super::equalise::{LEVEL_HZ, diffuse_field, frontal, low_end, shares};
use super::spectra::{Analyser, Spectrum};
use super::vector::{Vector, direction_of};

/// Distances of a set that differ by less than this part are one.
const ONE_DISTANCE: f64 = 0.04;

/// A distance with fewer directions than this part of the fullest one's is left out.
const LEAST_PART: f64 = 0.2;

/// Radii of the sphere that a set is fitted by, in metres.
const FITTED_RADII_M: std::ops::RangeInclusive<f64> = 0.07..=0.11;

/// Directions that a radius can be fitted to.
const ENOUGH_TO_FIT: usize = 12;

/// The responses of one distance.
pub(super) struct Apart {
    pub(super) distance_m: f64,
    pub(super) directions: Vec<Vector>,
    /// The left ear's by direction, and the right one's unless it is the mirrored left one.
    pub(super) ears: Vec<Vec<Spectrum>>,
}

/// Takes a set apart: by distance from near to far, the left ear or both.
pub(super) fn taken_apart(set: &MeasuredSet, analyser: &Analyser, ears: usize) -> Vec<Apart> {
    let loudest = set
        .responses
        .iter()
        .fold(0.0_f32, |loudest, x| loudest.max(x.abs()));
    by_distance(set)
        .into_iter()
        .map(|(distance_m, members)| {
            let directions = members.iter().map(|at| direction_of(set.sources[*at]));
            let spectra = |ear: usize| -> Vec<Spectrum> {
                let response = |at: &usize| {
                    let pair = set.pair(*at).unwrap_or([&[], &[]]);
                    let delay = set.delays[*at][ear] / set.sample_rate;
                    analyser.analyse(pair[ear], delay, f64::from(loudest))
                };
                members.iter().map(response).collect()
            };
            Apart {
                distance_m,
                directions: directions.collect(),
                ears: (0..ears).map(spectra).collect(),
            }
        })
        .collect()
}

/// The sources of each distance, from near to far.
fn by_distance(set: &MeasuredSet) -> Vec<(f64, Vec<usize>)> {
    let distance = |at: &usize| set.sources[*at].distance();
    let mut order: Vec<usize> = (0..set.sources.len()).collect();
    order.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    let groups = order.chunk_by(|a, b| distance(b) <= distance(a) * (1.0 + ONE_DISTANCE));
    let groups: Vec<(f64, Vec<usize>)> = groups
        .map(|members| {
            // In the order of the set: what is made of them does not depend on their distances.
            let middle = distance(&members[members.len() / 2]);
            let mut members = members.to_vec();
            members.sort_unstable();
            (middle, members)
        })
        .collect();
    let fullest = groups
        .iter()
        .map(|(_, members)| members.len())
        .max()
        .unwrap_or(0);
    let least = (LEAST_PART * fullest as f64).ceil() as usize;
    groups
        .into_iter()
        .filter(|(_, members)| members.len() >= least)
        .collect()
}

/// The radius of the sphere round which sound takes as long as it was measured to take; that of
/// `default` where this cannot be told.
pub(super) fn fitted_radius(shells: &[Apart], default: HeadShape) -> f64 {
    let Some(fullest) = shells.iter().max_by_key(|shell| shell.directions.len()) else {
        return default.radius_m;
    };
    if fullest.directions.len() < ENOUGH_TO_FIT {
        return default.radius_m;
    }
    // The slope of the measured delays over those round the sphere.
    let pairs: Vec<(f64, f64)> = fullest
        .ears
        .iter()
        .zip([Ear::Left, Ear::Right])
        .flat_map(|(spectra, ear)| {
            let pairs = spectra.iter().zip(&fullest.directions);
            pairs.map(move |(spectrum, direction)| {
                let angle = incidence(ear, *direction);
                (detour_s(default, fullest.distance_m, angle), spectrum.delay)
            })
        })
        .collect();
    let count = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let (mut both, mut own) = (0.0, 0.0);
    for (detour, delay) in &pairs {
        both += (detour - x) * (delay - y);
        own += (detour - x).powi(2);
    }
    let radius = default.radius_m * both / own;
    if radius.is_finite() {
        radius.clamp(*FITTED_RADII_M.start(), *FITTED_RADII_M.end())
    } else {
        default.radius_m
    }
}

impl Apart {
    /// Takes out what is common to all directions, if so asked; makes the front as loud as in front
    /// of the sphere; and takes the low end from the sphere, if so asked.
    pub(super) fn treat(
        &mut self,
        (colour, low): (bool, bool),
        frequencies: &[f64],
        analyser: &Analyser,
        beside: &Beside,
    ) {
        let mut common = vec![0.0; frequencies.len()];
        if colour {
            let shares = shares(&self.directions);
            let levels = self.ears.iter().flat_map(|spectra| {
                let pairs = spectra.iter().zip(&shares);
                pairs.map(|(spectrum, share)| (spectrum.log.as_slice(), *share))
            });
            common = diffuse_field(frequencies, levels);
        }
        let spheres: Vec<Vec<Vec<f64>>> = [Ear::Left, Ear::Right][..self.ears.len()]
            .iter()
            .map(|ear| {
                let angles = self.directions.iter().map(|d| incidence(*ear, *d));
                angles
                    .map(|angle| beside.log_levels(self.distance_m, angle, frequencies))
                    .collect()
            })
            .collect();
        let too_loud = self.level(&common, &spheres, frequencies);
        for (spectra, spheres) in self.ears.iter_mut().zip(&spheres) {
            for (spectrum, sphere) in spectra.iter_mut().zip(spheres) {
                let own = spectrum.log.iter().zip(&common);
                let own = own.map(|(log, common)| log - common - too_loud);
                if !colour && !low {
                    spectrum.log = own.collect();
                    continue;
                }
                let mixed = own.zip(sphere).zip(frequencies).map(|((own, sphere), hz)| {
                    let part = if low { low_end(*hz) } else { 0.0 };
                    own * (1.0 - part) + sphere * part
                });
                let log = mixed.collect();
                analyser.replace_log(spectrum, log);
            }
        }
    }

    /// By how much the front is louder than in front of the sphere: natural logarithm.
    fn level(&self, common: &[f64], spheres: &[Vec<Vec<f64>>], frequencies: &[f64]) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        let band: Vec<usize> = (0..frequencies.len())
            .filter(|bin| LEVEL_HZ.contains(&frequencies[*bin]))
            .collect();
        for at in frontal(&self.directions) {
            for (spectra, spheres) in self.ears.iter().zip(spheres) {
                for bin in &band {
                    sum += spectra[at].log[*bin] - common[*bin] - spheres[at][*bin];
                    count += 1.0;
                }
            }
        }
        if count > 0.0 { sum / count } else { 0.0 }
    }
}
