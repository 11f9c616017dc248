//! The places of a measured head: how far apart they are, and how far left and right are the same.

use crate::analysis::{SIXTHS, Sixth, response_at};
use crate::geometry::Position;
use crate::head::MeasuredSet;

/// Directions, evenly spread, from which the nearest measured one is looked for: 2 degrees apart.
const PROBES: u32 = 10_000;

/// Pairs of mirrored places that are compared at most: enough for a mean.
const MAX_PAIRS: usize = 300;

/// The band in which they are compared, in hertz.
const BAND_HZ: std::ops::RangeInclusive<f64> = 99.0..=16_001.0;

/// The angle between the direction that is farthest from all that were measured and the nearest of
/// those: degrees, to one or two.
pub(super) fn largest_gap_degrees(sources: &[Position]) -> f64 {
    let directions: Vec<Position> = sources.iter().filter_map(|at| direction(*at)).collect();
    let mut smallest_cosine = 1.0_f64;
    for probe in probes() {
        let nearest = directions
            .iter()
            .map(|at| at.x * probe.x + at.y * probe.y + at.z * probe.z)
            .fold(-1.0, f64::max);
        smallest_cosine = smallest_cosine.min(nearest);
    }
    smallest_cosine.clamp(-1.0, 1.0).acos().to_degrees()
}

/// Points of a sphere on a spiral of equal areas.
fn probes() -> impl Iterator<Item = Position> {
    let golden = std::f64::consts::PI * (3.0 - 5.0_f64.sqrt());
    (0..PROBES).map(move |n| {
        let z = 1.0 - (2.0 * f64::from(n) + 1.0) / f64::from(PROBES);
        let (sin, cos) = (golden * f64::from(n)).sin_cos();
        let level = (1.0 - z * z).sqrt();
        Position::new(level * cos, level * sin, z)
    })
}

fn direction(at: Position) -> Option<Position> {
    let distance = at.distance();
    (distance > 0.0).then(|| Position::new(at.x / distance, at.y / distance, at.z / distance))
}

/// How far the left ear's levels are from those of the right one for the mirrored place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Asymmetry {
    /// Pairs that were compared.
    pub(super) pairs: usize,
    /// Over all of them and 1/6 octaves from 100 Hz to 16 kHz: decibels, root mean square.
    pub(super) rms_db: f64,
}

/// Compares mirrored places; none when there are none.
pub(super) fn asymmetry(set: &MeasuredSet) -> Option<Asymmetry> {
    let mut pairs: Vec<[usize; 2]> = Vec::new();
    for (source, at) in set.sources.iter().enumerate() {
        let mirrored = set.measured_at(Position::new(at.x, -at.y, at.z));
        pairs.extend(mirrored.map(|other| [source, other]));
        if pairs.len() > 4 * MAX_PAIRS {
            break;
        }
    }
    let every = pairs.len().div_ceil(MAX_PAIRS).max(1);
    let (mut squares, mut count, mut compared) = (0.0, 0.0, 0);
    for [source, other] in pairs.into_iter().step_by(every) {
        let ([left, _], [_, right]) = (set.pair(source)?, set.pair(other)?);
        compared += 1;
        for sixth in (0..SIXTHS).map(Sixth::new) {
            if BAND_HZ.contains(&sixth.centre_hz()) && sixth.is_told(set.sample_rate) {
                let level = |ear: &[f32]| {
                    let powers = sixth
                        .frequencies()
                        .map(|hz| response_at(ear, set.sample_rate, hz).norm_sqr());
                    10.0 * powers.sum::<f64>().log10()
                };
                squares += (level(left) - level(right)).powi(2);
                count += 1.0;
            }
        }
    }
    (compared > 0).then(|| Asymmetry {
        pairs: compared,
        rms_db: (squares / count).sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_is_that_of_the_grid() {
        let six = [
            [1.0, 0.0, 0.0],
            [-2.0, 0.0, 0.0],
            [0.0, 1.0, 0.0],
            [0.0, -1.0, 0.0],
            [0.0, 0.0, 1.0],
            [0.0, 0.0, -1.0],
        ]
        .map(|[x, y, z]| Position::new(x, y, z));
        // The middle of an octant.
        let middle = (1.0 / 3.0_f64.sqrt()).acos().to_degrees();
        let gap = largest_gap_degrees(&six);
        assert!((middle - 2.0..=middle).contains(&gap), "{gap}");
        let without_below = largest_gap_degrees(&six[..5]);
        assert!((88.0..=90.0).contains(&without_below), "{without_below}");
        assert!(largest_gap_degrees(&[]) > 179.0);
    }

    #[test]
    fn the_asymmetry_is_the_level_between_mirrored_places() {
        let mut set = MeasuredSet {
            sample_rate: 48_000.0,
            sources: vec![Position::new(0.0, 1.0, 0.0), Position::new(0.0, -1.0, 0.0)],
            samples: 4,
            responses: vec![
                1.0, 0.0, 0.0, 0.0, 0.3, 0.0, 0.0, 0.0, 0.3, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0,
            ],
            delays: vec![[0.0; 2]; 2],
            ..MeasuredSet::default()
        };
        // 6.02 dB between the ears turned to their source, none between those turned away.
        let found = asymmetry(&set).expect("a pair");
        assert_eq!(found.pairs, 2);
        assert!(
            (found.rms_db - 6.0206 / 2.0_f64.sqrt()).abs() < 1e-3,
            "{found:?}"
        );
        set.sources[1].x = 0.5;
        assert_eq!(asymmetry(&set), None);
    }
}
