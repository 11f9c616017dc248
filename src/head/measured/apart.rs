//! The responses of a set by distance, taken apart; their colour and their low end.

use super::super::lookup::Ear;
use super::super::set::MeasuredSet;
use super::super::sphere::HeadShape;
use super::beside::{Beside, detour_s, incidence};
use super::equalise::{LEVEL_HZ, diffuse_field, frontal, low_end, shares};
use super::select::Selected;
use super::spectra::{Analyser, Spectrum};
use super::vector::{Vector, direction_of};

/// Radii of the sphere that a set is fitted by, in metres.
const FITTED_RADII_M: std::ops::RangeInclusive<f64> = 0.07..=0.11;

/// Directions that a radius can be fitted to.
const ENOUGH_TO_FIT: usize = 12;

/// The responses of one distance.
pub(super) struct Apart {
    pub(super) distance_m: f64,
    pub(super) directions: Vec<Vector>,
    /// The left ear's and the right one's, by direction.
    pub(super) ears: [Vec<Spectrum>; 2],
}

/// Takes what is used of a set apart.
pub(super) fn taken_apart(
    set: &MeasuredSet,
    selected: &Selected,
    analyser: &Analyser,
) -> Vec<Apart> {
    let loudest = set
        .responses
        .iter()
        .fold(0.0_f32, |loudest, x| loudest.max(x.abs()));
    let spectrum = |at: usize, ear: usize| {
        let pair = set.pair(at).unwrap_or([&[], &[]]);
        let response = pair[ear].get(selected.samples.clone()).unwrap_or(&[]);
        let begin = set.delays[at][ear] + selected.samples.start as f64;
        analyser.analyse(response, begin / set.sample_rate, f64::from(loudest))
    };
    let apart = |(distance_m, members): &(f64, Vec<usize>)| {
        let directions = members.iter().map(|at| direction_of(set.sources[*at]));
        let ear = |ear: usize| members.iter().map(|at| spectrum(*at, ear)).collect();
        Apart {
            distance_m: *distance_m,
            directions: directions.collect(),
            ears: [ear(0), ear(1)],
        }
    };
    selected.distances.iter().map(apart).collect()
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
    // The slope of the measured interaural delays over those round the sphere. Delays of one ear
    // tell nothing: a loudspeaker that was moved has been nearer or farther.
    let [left, right] = &fullest.ears;
    let (mut both, mut own) = (0.0, 0.0);
    for ((left, right), direction) in left.iter().zip(right).zip(&fullest.directions) {
        let detour = |ear| detour_s(default, fullest.distance_m, incidence(ear, *direction));
        let sphere = detour(Ear::Right) - detour(Ear::Left);
        both += sphere * (right.delay - left.delay);
        own += sphere * sphere;
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
        let spheres: Vec<Vec<Vec<f64>>> = [Ear::Left, Ear::Right]
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

    /// By how much the front is louder than in front of the sphere: natural logarithm, the median
    /// of the directions there.
    fn level(&self, common: &[f64], spheres: &[Vec<Vec<f64>>], frequencies: &[f64]) -> f64 {
        let band: Vec<usize> = (0..frequencies.len())
            .filter(|bin| LEVEL_HZ.contains(&frequencies[*bin]))
            .collect();
        let mut levels = Vec::new();
        for at in frontal(&self.directions) {
            for (spectra, spheres) in self.ears.iter().zip(spheres) {
                let louder = |bin: &usize| spectra[at].log[*bin] - common[*bin] - spheres[at][*bin];
                levels.push(band.iter().map(louder).sum::<f64>() / band.len().max(1) as f64);
            }
        }
        levels.sort_by(f64::total_cmp);
        levels.get(levels.len() / 2).copied().unwrap_or(0.0)
    }
}
