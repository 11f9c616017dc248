//! How the level falls with the distance: the laws of OpenAL and Web Audio.
//!
//! Sources: OpenAL 1.1 specification, section 3.4; W3C Web Audio API, "Distance Effects".

/// The form of the law beyond the reference distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DistanceModel {
    /// ref / (ref + rolloff (d - ref)): with a rolloff of 1, -6 dB for each doubling.
    Inverse,
    /// 1 - rolloff (d - ref) / (max - ref), never below 0.
    Linear,
    /// (d / ref)^-rolloff
    Exponential,
    /// 1 at every distance, below the reference distance too.
    None,
}

/// A distance law with its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DistanceLaw {
    /// The form beyond the reference distance; default inverse.
    pub model: DistanceModel,
    /// Where the level is that of the source: metres, greater than 0; default 1.
    pub ref_m: f64,
    /// Distances beyond count as this one: metres, at least `min_m`; default 100.
    pub max_m: f64,
    /// Steepness, 0 or more (linear: at most 1); default 1.
    pub rolloff: f64,
    /// Distances below count as this one: metres, greater than 0; default 0.2.
    pub min_m: f64,
}

impl DistanceLaw {
    /// The factor on the sound at `distance_m` metres.
    ///
    /// Below the reference distance the level rises as ref / d in every model but
    /// [`DistanceModel::None`].
    pub fn gain(&self, distance_m: f64) -> f64 {
        if self.model == DistanceModel::None {
            return 1.0;
        }
        let d = distance_m.min(self.max_m).max(self.min_m);
        let beyond = d - self.ref_m;
        if beyond <= 0.0 {
            return self.ref_m / d;
        }
        match self.model {
            DistanceModel::Inverse => self.ref_m / (self.ref_m + self.rolloff * beyond),
            DistanceModel::Linear => {
                (1.0 - self.rolloff * beyond / (self.max_m - self.ref_m)).max(0.0)
            }
            DistanceModel::Exponential => (d / self.ref_m).powf(-self.rolloff),
            DistanceModel::None => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(model: DistanceModel) -> DistanceLaw {
        DistanceLaw {
            model,
            ref_m: 1.0,
            max_m: 50.0,
            rolloff: 1.0,
            min_m: 0.2,
        }
    }

    #[test]
    fn each_model_has_the_levels_of_its_formula() {
        // Distance, then decibels inverse, factor linear, factor exponential: computed from the
        // formulas of the two specifications with ref 1, max 50, rolloff 1.
        for (d, inverse_db, linear, exponential) in [
            (1.0, 0.0, 1.0, 1.0),
            (2.0, -6.0206, 0.97959, 0.5),
            (4.0, -12.0412, 0.93878, 0.25),
            (10.0, -20.0, 0.81633, 0.1),
            (100.0, -33.9794, 0.0, 0.02),
        ] {
            let db = 20.0 * law(DistanceModel::Inverse).gain(d).log10();
            assert!((db - inverse_db).abs() < 1e-4, "inverse at {d}: {db}");
            let gain = law(DistanceModel::Linear).gain(d);
            assert!((gain - linear).abs() < 1e-5, "linear at {d}: {gain}");
            let gain = law(DistanceModel::Exponential).gain(d);
            assert!(
                (gain - exponential).abs() < 1e-5,
                "exponential at {d}: {gain}"
            );
            assert_eq!(
                law(DistanceModel::None).gain(d).to_bits(),
                1.0_f64.to_bits()
            );
        }
    }

    #[test]
    fn nearer_than_the_reference_the_level_rises_until_the_smallest_distance() {
        for model in [
            DistanceModel::Inverse,
            DistanceModel::Linear,
            DistanceModel::Exponential,
        ] {
            for (d, expected) in [(0.5, 2.0), (0.2, 5.0), (0.1, 5.0), (0.0, 5.0)] {
                let gain = law(model).gain(d);
                assert!((gain - expected).abs() < 1e-12, "{model:?} at {d}: {gain}");
            }
        }
    }
}
