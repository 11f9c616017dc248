//! What a head is held to: the exact response, computed or measured, without any filter between.

use std::f64::consts::PI;
use std::f64::consts::TAU;
use std::sync::Arc;

use crate::analysis::{Complex64, onset_frames, response_at};
use crate::geometry::Position;

use super::series::{Legendre, sphere_response};
use super::vector::{angle_between, direction_of};
use super::{HeadShape, MeasuredSet};

/// A direction this near to a measured one is that one: degrees.
const SAME_DIRECTION_DEGREES: f64 = 0.05;

/// And a distance: as a part of it.
const SAME_DISTANCE: f64 = 0.005;

/// The exact responses that a head is made from.
#[derive(Clone, Debug)]
pub enum Reference {
    /// The rigid sphere's series, evaluated at the very place and frequency.
    Sphere(HeadShape),
    /// The measured responses themselves, where they were measured.
    Measured(Arc<MeasuredSet>),
    /// Measured responses that were changed on purpose: nothing is held to them.
    Treated(Arc<MeasuredSet>),
}

/// The reference for one place.
#[derive(Debug)]
pub struct ReferenceAt<'a>(Kind<'a>);

#[derive(Debug)]
enum Kind<'a> {
    Sphere {
        shape: HeadShape,
        /// The distance, in head radii.
        rho: f64,
        legendre: Box<Legendre>,
    },
    Measured {
        set: &'a MeasuredSet,
        source: usize,
    },
}

impl Reference {
    /// The rate of the sound that it tells of, in hertz; a series has no end.
    pub fn sample_rate(&self) -> f64 {
        match self {
            Self::Sphere(_) => f64::INFINITY,
            Self::Measured(set) | Self::Treated(set) => set.sample_rate,
        }
    }

    /// What a measured head was prepared from.
    pub fn set(&self) -> Option<&MeasuredSet> {
        match self {
            Self::Sphere(_) => None,
            Self::Measured(set) | Self::Treated(set) => Some(set),
        }
    }

    /// The reference for a source there; none nearer than the series goes, and where nothing was
    /// measured.
    pub fn at(&self, source: Position) -> Option<ReferenceAt<'_>> {
        let kind = match self {
            Self::Sphere(shape) => {
                let distance = source.distance();
                if distance < shape.nearest_m() {
                    return None;
                }
                let left = (source.y / distance).clamp(-1.0, 1.0).acos();
                Kind::Sphere {
                    shape: *shape,
                    rho: distance / shape.radius_m,
                    legendre: Box::new(Legendre::new(&[left, PI - left])),
                }
            }
            Self::Measured(set) => Kind::Measured {
                set,
                source: set.measured_at(source)?,
            },
            Self::Treated(_) => return None,
        };
        Some(ReferenceAt(kind))
    }
}

impl ReferenceAt<'_> {
    /// The responses of the left and the right ear at `hz`, which is above 0.
    ///
    /// Those of the sphere are relative to the free field at the centre of the head, in time too.
    /// Those of a measured head have their own level and their own beginning, the same for all
    /// places of a set.
    pub fn response(&self, hz: f64) -> [Complex64; 2] {
        match &self.0 {
            Kind::Sphere {
                shape,
                rho,
                legendre,
            } => {
                let mu = TAU * hz * shape.radius_m / shape.speed_of_sound_m_s;
                let ears = sphere_response(legendre, mu, *rho);
                [ears[0], ears[1]]
            }
            Kind::Measured { set, source } => {
                let delays = set.delays[*source];
                let pair = set.pair(*source).unwrap_or([&[], &[]]);
                [0, 1].map(|ear| {
                    let delay = Complex64::cis(-TAU * hz * delays[ear] / set.sample_rate);
                    response_at(pair[ear], set.sample_rate, hz) * delay
                })
            }
        }
    }

    /// How much later the right ear's response begins than the left one's: seconds. None for a
    /// series, which has no beginning, and for silence.
    pub fn onset_difference_s(&self) -> Option<f64> {
        match &self.0 {
            Kind::Sphere { .. } => None,
            Kind::Measured { set, source } => {
                let [left, right] = set.onsets_s(*source)?;
                Some(right - left)
            }
        }
    }
}

impl MeasuredSet {
    /// The measured source at this place, by its index; none when there is no such.
    pub fn measured_at(&self, place: Position) -> Option<usize> {
        let distance = place.distance();
        let direction = direction_of(place);
        let is_here = |source: &Position| {
            let apart = angle_between(direction_of(*source), direction).to_degrees();
            apart <= SAME_DIRECTION_DEGREES
                && (source.distance() - distance).abs() <= SAME_DISTANCE * distance
        };
        self.sources.iter().position(is_here)
    }

    /// When the responses of the left and the right ear to a source begin, with the delays that
    /// were taken out of them: seconds. None when there is no such source, or an ear is silent.
    pub fn onsets_s(&self, source: usize) -> Option<[f64; 2]> {
        let [left, right] = self.pair(source)?;
        let [left, right] = [onset_frames(left)?, onset_frames(right)?];
        let delays = self.delays.get(source)?;
        Some([left + delays[0], right + delays[1]].map(|frames| frames / self.sample_rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sources, of whose responses each is one sample.
    fn set() -> MeasuredSet {
        let mut responses = vec![0.0; 2 * 2 * 64];
        for (pair, [left, right]) in [(0, [10, 10]), (1, [5, 29])] {
            responses[pair * 128 + left] = 1.0;
            responses[pair * 128 + 64 + right] = 0.5;
        }
        MeasuredSet {
            sample_rate: 48_000.0,
            sources: vec![Position::new(1.4, 0.0, 0.0), Position::new(0.0, 1.4, 0.0)],
            samples: 64,
            responses,
            delays: vec![[0.0, 0.0], [1.0, 3.5]],
            ..MeasuredSet::default()
        }
    }

    #[test]
    fn a_measured_place_has_the_responses_of_the_file_with_their_delays() {
        let reference = Reference::Measured(Arc::new(set()));
        let left = reference
            .at(Position::new(0.0, 1.4, 0.0))
            .expect("measured");
        let [near, far] = left.response(500.0);
        assert!((near.norm() - 1.0).abs() < 1e-9 && (far.norm() - 0.5).abs() < 1e-9);
        let late = (far * near.conj()).arg() / (-TAU * 500.0) * 48_000.0;
        assert!((late - 26.5).abs() < 1e-6, "{late} frames");
        let onset = left.onset_difference_s().expect("it sounds") * 48_000.0;
        assert!((onset - 26.5).abs() < 1e-6, "{onset} frames");
    }

    #[test]
    fn between_measured_places_there_is_no_reference() {
        let reference = Reference::Measured(Arc::new(set()));
        for (x, y) in [(1.0, 1.0), (0.0, 1.5), (0.01, 1.4), (0.0, 0.0)] {
            assert!(reference.at(Position::new(x, y, 0.0)).is_none(), "{x}, {y}");
        }
        assert!(reference.at(Position::new(0.0005, 1.401, 0.0)).is_some());
    }

    #[test]
    fn the_sphere_has_a_reference_as_near_as_its_series_goes() {
        let reference = Reference::Sphere(HeadShape::default());
        assert!(reference.at(Position::new(0.0, 0.1, 0.0)).is_none());
        let left = reference.at(Position::new(0.0, 10.0, 0.0)).expect("far");
        let [near, far] = left.response(500.0);
        // 759 us, in the table of a far source at 90 degrees; its right ear hears later.
        let itd = (near * far.conj()).arg() / (TAU * 500.0);
        assert!((itd - 759e-6).abs() < 2e-6, "{itd}");
        assert_eq!(left.onset_difference_s(), None);
    }
}
