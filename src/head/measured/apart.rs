//! The responses of a set by distance, taken apart; their colour and their low end.

use super::super::lookup::Ear;
use super::super::set::MeasuredSet;
use super::super::sphere::HeadShape;
use super::super::vector::{Vector, direction_of};
use super::beside::{Beside, detour_s, incidence};
use super::equalise::{LEVEL_HZ, diffuse_field, frontal, low_end, shares};
use super::select::Selected;
use super::spectra::{Analyser, Spectrum};

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
        let too_loud = self.level(&common, frequencies, beside);
        // Where the sphere has a part in the levels.
        let band = frequencies.partition_point(|hz| low && low_end(*hz) > 0.0);
        let band = &frequencies[..band];
        for (spectra, ear) in self.ears.iter_mut().zip([Ear::Left, Ear::Right]) {
            for (spectrum, direction) in spectra.iter_mut().zip(&self.directions) {
                let own = spectrum.log.iter().zip(&common);
                let mut log: Vec<f64> = own.map(|(log, common)| log - common - too_loud).collect();
                let angle = incidence(ear, *direction);
                let sphere = beside.log_levels(self.distance_m, angle, band);
                for ((own, sphere), hz) in log.iter_mut().zip(sphere).zip(band) {
                    let part = low_end(*hz);
                    *own = *own * (1.0 - part) + sphere * part;
                }
                if colour || low {
                    analyser.replace_log(spectrum, log);
                } else {
                    spectrum.log = log;
                }
            }
        }
    }

    /// By how much the front is louder than in front of the sphere: natural logarithm, the median
    /// of the directions there.
    fn level(&self, common: &[f64], frequencies: &[f64], beside: &Beside) -> f64 {
        let begin = frequencies.partition_point(|hz| hz < LEVEL_HZ.start());
        let end = frequencies.partition_point(|hz| hz <= LEVEL_HZ.end());
        let mut levels = Vec::new();
        for at in frontal(&self.directions) {
            for (spectra, ear) in self.ears.iter().zip([Ear::Left, Ear::Right]) {
                let angle = incidence(ear, self.directions[at]);
                let sphere = beside.log_levels(self.distance_m, angle, &frequencies[begin..end]);
                let own = spectra[at].log[begin..end].iter().zip(&common[begin..end]);
                let louder = own
                    .zip(sphere)
                    .map(|((log, common), sphere)| log - common - sphere);
                levels.push(louder.sum::<f64>() / (end - begin).max(1) as f64);
            }
        }
        levels.sort_by(f64::total_cmp);
        levels.get(levels.len() / 2).copied().unwrap_or(0.0)
    }
}
