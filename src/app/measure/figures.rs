//! What two ears hear from one place, in figures.

use std::f64::consts::TAU;

use crate::analysis::{Complex64, OCTAVES_HZ, SIXTHS, Sixth, octave_levels_db};

/// Frequencies at which the interaural phase delay is told, in hertz: ascending.
pub const ITD_HZ: [u32; 4] = [250, 500, 1000, 3000];

/// Steps in which the phase between the ears is followed from one frequency to the next, in hertz:
/// it turns by less than a quarter in each.
const STEP_HZ: u32 = 50;

/// Levels by sixth of an octave, in decibels; none where nothing can be told.
pub type Sixths = [Option<f64>; SIXTHS];

/// Levels by octave, in decibels.
pub type Octaves = [Option<f64>; OCTAVES_HZ.len()];

/// What two ears hear.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Interaural phase delay at each of [`ITD_HZ`]: seconds, positive when the left ear hears
    /// first.
    pub itd_s: [f64; ITD_HZ.len()],
    /// How much later the right ear's response begins: seconds.
    pub onset_s: Option<f64>,
    /// Level of the left and of the right ear, by sixth of an octave.
    pub sixths_db: [Sixths; 2],
}

impl Figures {
    /// Of two ears whose responses at a frequency in hertz are `response`, in sound of
    /// `sample_rate` hertz.
    pub fn new(sample_rate: f64, response: impl Fn(f64) -> [Complex64; 2]) -> Self {
        let mut sixths_db = [[None; SIXTHS]; 2];
        for index in 0..SIXTHS {
            let sixth = Sixth::new(index);
            if !sixth.is_told(sample_rate) {
                continue;
            }
            let (mut powers, mut count) = ([0.0, 0.0], 0.0);
            for hz in sixth.frequencies() {
                for (power, ear) in powers.iter_mut().zip(response(hz)) {
                    *power += ear.norm_sqr();
                }
                count += 1.0;
            }
            for (ear, power) in sixths_db.iter_mut().zip(powers) {
                ear[index] = Some(10.0 * (power / count).log10());
            }
        }
        Self {
            itd_s: followed_itd_s(response),
            onset_s: None,
            sixths_db,
        }
    }

    /// Chooses of all phase delays that differ by whole periods those nearest to the ones of
    /// `reference`.
    pub fn unwrap_like(&mut self, reference: &Self) {
        for ((itd, near), hz) in self.itd_s.iter_mut().zip(reference.itd_s).zip(ITD_HZ) {
            let hz = f64::from(hz);
            *itd += ((near - *itd) * hz).round() / hz;
        }
    }

    /// Level of the left and of the right ear, by octave.
    pub fn octaves_db(&self) -> [Octaves; 2] {
        self.sixths_db.each_ref().map(octave_levels_db)
    }

    /// Level of the left ear over that of the right one, by octave.
    pub fn ild_db(&self) -> Octaves {
        let [left, right] = self.octaves_db();
        std::array::from_fn(|n| Some(left[n]? - right[n]?))
    }
}

/// The phase delay between the ears at [`ITD_HZ`], followed upwards from the lowest, where less
/// than half a period lies between any two ears.
fn followed_itd_s(response: impl Fn(f64) -> [Complex64; 2]) -> [f64; ITD_HZ.len()] {
    let mut found = [0.0; ITD_HZ.len()];
    let mut phase = 0.0;
    let mut hz = ITD_HZ[0];
    for (itd, to_hz) in found.iter_mut().zip(ITD_HZ) {
        while hz <= to_hz {
            let [left, right] = response(f64::from(hz));
            let wrapped = (left * right.conj()).arg();
            phase = wrapped + TAU * ((phase - wrapped) / TAU).round();
            *itd = phase / (TAU * f64::from(hz));
            hz += STEP_HZ;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ears that hear flat sound with these delays in seconds, the right one 6 dB less.
    fn figures(left_s: f64, right_s: f64) -> Figures {
        Figures::new(48_000.0, |hz| {
            [
                Complex64::cis(-TAU * hz * left_s),
                0.5 * Complex64::cis(-TAU * hz * right_s),
            ]
        })
    }

    #[test]
    fn delays_and_levels_are_those_of_the_ears() {
        for itd_s in [0.0, 7e-4, -7e-4, 9e-4] {
            let figures = figures(1e-3, 1e-3 + itd_s);
            for found in figures.itd_s {
                assert!((found - itd_s).abs() < 1e-9, "{found} is not {itd_s}");
            }
            let [left, right] = figures.octaves_db();
            for octave in 0..OCTAVES_HZ.len() {
                let (left, right) = (left[octave].expect("told"), right[octave].expect("told"));
                assert!(left.abs() < 1e-9 && (right + 6.02).abs() < 1e-2);
                let ild = figures.ild_db()[octave].expect("told");
                assert!((ild - 6.02).abs() < 1e-2, "{ild}");
            }
        }
    }

    #[test]
    fn whole_periods_are_taken_off_towards_the_reference() {
        let reference = figures(0.0, 5e-4);
        let mut other = figures(0.0, 5.1e-4);
        other.itd_s[3] -= 1.0 / 3000.0;
        other.unwrap_like(&reference);
        for itd in other.itd_s {
            assert!((itd - 5.1e-4).abs() < 1e-9, "{itd}");
        }
    }
}
