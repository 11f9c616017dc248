//! The rigid sphere, prepared: the exact series turned into delays and short filters.

use std::ops::RangeInclusive;

use realfft::num_complex::Complex64;

use crate::dsp::shift::REACH;
use crate::dsp::spectrum::Transform;

use super::design::{Designed, Designer};
use super::grid::{Grid, Spectra, Taps};
use super::lookup::{Ears, Head, Inertia, transform_frames};
use super::series::{Legendre, sphere_response};

/// The nearest distance that the series is evaluated for, in head radii: nearer it needs ever more
/// terms, and a source in the skin has no direction.
pub(super) const NEAREST_RADII: f64 = 1.15;

/// Taps for 48 kHz: as few as meet the exact sphere within 0.2 dB and 3 us.
const TAPS_AT_48_KHZ: f64 = 64.0;

/// Steps of the incidence angle, in degrees: coarse up to where the shadow begins, fine in it,
/// where the waves round the head meet and their sum changes quickly.
const COARSE_STEP_DEGREES: f64 = 2.5;
const FINE_STEP_DEGREES: f64 = 1.0;
const FINE_FROM_DEGREES: f64 = 120.0;

/// Distances of the grid, evenly spaced in 1 / r.
const DISTANCES: usize = 6;

/// How much sooner the ear towards a source hears it than the centre of the head would, and some taps
/// that a measured response begins early, for all heads of a usual size: seconds. With what delays by
/// parts of a frame take it is the constant delay.
const LATENCY_S: f64 = 0.000_415;

/// Stands for an infinite distance: head radii.
const FAR_RADII: f64 = 1e4;

/// Above this frequency the response is held: hertz. Nobody hears the difference, and the series
/// would need many more terms.
const HIGHEST_HZ: f64 = 20_000.0;

/// Below this frequency the response does not change any more: hertz.
const LOWEST_HZ: f64 = 5.0;

/// Radii that a head can have, in metres.
pub const RADII_M: RangeInclusive<f64> = 0.05..=0.2;

/// Speeds of sound that a head can be in: metres a second.
pub const SPEEDS_OF_SOUND_M_S: RangeInclusive<f64> = 200.0..=2000.0;

/// Sample rates that a head can be prepared for, in hertz.
pub const SAMPLE_RATES: RangeInclusive<u32> = 8000..=384_000;

/// The dimensions of a head.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeadShape {
    /// Radius: metres, 0.05 to 0.2; default 0.0875.
    pub radius_m: f64,
    /// Speed of sound: metres a second, 200 to 2000; default 343.
    pub speed_of_sound_m_s: f64,
}

/// Why a head cannot be prepared.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum HeadError {
    /// The radius is out of range.
    #[error("the head's radius is {0} m, it must be 0.05 to 0.2 m")]
    Radius(f64),
    /// The speed of sound is out of range.
    #[error("the speed of sound is {0} m/s, it must be 200 to 2000 m/s")]
    SpeedOfSound(f64),
    /// The sample rate is out of range.
    #[error("the sample rate is {0} Hz, it must be 8000 to 384000 Hz")]
    SampleRate(u32),
    /// A measured set without a response.
    #[error("the measured set holds no responses")]
    Empty,
    /// Directions that no sphere can be made of.
    #[error("the directions of the measured set cannot be joined to a sphere")]
    Directions,
}

impl Default for HeadShape {
    fn default() -> Self {
        Self {
            radius_m: 0.0875,
            speed_of_sound_m_s: 343.0,
        }
    }
}

impl HeadShape {
    /// Checks the ranges.
    ///
    /// # Errors
    /// When a dimension is out of its range.
    pub fn check(&self) -> Result<(), HeadError> {
        if !RADII_M.contains(&self.radius_m) {
            return Err(HeadError::Radius(self.radius_m));
        }
        if !SPEEDS_OF_SOUND_M_S.contains(&self.speed_of_sound_m_s) {
            return Err(HeadError::SpeedOfSound(self.speed_of_sound_m_s));
        }
        Ok(())
    }
}

impl Head {
    /// The rigid sphere with its ears at +90 and -90 degrees, for `sample_rate` hertz.
    ///
    /// # Errors
    /// When the shape or the rate (8 to 384 kHz) is out of range.
    pub fn sphere(shape: HeadShape, sample_rate: u32) -> Result<Self, HeadError> {
        shape.check()?;
        check_rate(sample_rate)?;
        let taps = taps_at(shape, sample_rate);
        let designer = Designer::new(sample_rate, taps);
        let sphere = SphereField::new(shape, &[], &designer);
        let designed = sphere.designed(&designer);
        let filters = designed.iter().flat_map(|designed| &designed.filter);
        let filters = Taps {
            taps,
            values: filters.map(|tap| *tap as f32).collect(),
        };
        let (creeping, earliest_s) = sphere.creeping(&designed, sample_rate);
        let latency_frames = latency_frames(earliest_s, sample_rate);
        let latest = latency_frames as f64 + latest_frames(shape, sample_rate, &creeping);
        let frames = transform_frames(taps, latest.ceil() as usize);
        Ok(Self {
            name: "sphere".into(),
            remarks: Vec::new(),
            shape,
            sample_rate,
            taps,
            grid: sphere.grid,
            creeping,
            ears: Ears::Sphere(Spectra::tapered(&mut Transform::new(frames), &filters)),
            inertia: Inertia::NONE,
            latency_frames,
            frames,
        })
    }
}

/// Refuses a rate that no head can be prepared for.
pub(super) fn check_rate(sample_rate: u32) -> Result<(), HeadError> {
    if SAMPLE_RATES.contains(&sample_rate) {
        Ok(())
    } else {
        Err(HeadError::SampleRate(sample_rate))
    }
}

/// The constant delay of a head whose earliest sound comes `earliest_s` (negative) seconds before
/// that of a source at its centre would.
pub(super) fn latency_frames(earliest_s: f64, sample_rate: u32) -> usize {
    let sooner_s = LATENCY_S.max(-earliest_s);
    (sooner_s * f64::from(sample_rate)).ceil() as usize + REACH
}

/// By how much the latest sound of all comes later than that of a source at the centre: frames. That
/// is the one of a source as near as can be, opposite to the ear.
pub(super) fn latest_frames(shape: HeadShape, sample_rate: u32, creeping: &[f64]) -> f64 {
    let nearest = shape.nearest_m();
    let detour = shape.path_m(nearest, std::f64::consts::PI, -1.0) - nearest;
    let creeping = creeping.iter().copied().fold(0.0, f64::max);
    detour / shape.speed_of_sound_m_s * f64::from(sample_rate) + creeping
}

/// The sphere's responses at all points of a grid.
pub(super) struct SphereField {
    pub(super) shape: HeadShape,
    pub(super) grid: Grid,
    /// By grid point, then by the designer's frequencies; times the path's length over the
    /// distance.
    pub(super) responses: Vec<Vec<Complex64>>,
}

impl SphereField {
    /// The grid has a row for each of the distances `exact_m` besides its own.
    pub(super) fn new(shape: HeadShape, exact_m: &[f64], designer: &Designer) -> Self {
        let even = (0..DISTANCES).map(|n| n as f64 / (DISTANCES - 1) as f64 / NEAREST_RADII);
        let exact = exact_m.iter().map(|distance| shape.radius_m / distance);
        let mut closeness: Vec<f64> = even.chain(exact).collect();
        closeness.sort_by(f64::total_cmp);
        closeness.dedup();
        let grid = Grid::new(grid_degrees().map(f64::to_radians).collect(), closeness);
        let mut sphere = Self {
            shape,
            grid,
            responses: Vec::new(),
        };
        let legendre = Legendre::new(&sphere.grid.angles);
        for rho in sphere.radii() {
            let mut at_distance = responses(&legendre, shape, designer, rho);
            for (angle, response) in sphere.grid.angles.iter().zip(&mut at_distance) {
                let level = shape.path_m(rho * shape.radius_m, *angle, angle.cos())
                    / (rho * shape.radius_m);
                for value in response.iter_mut() {
                    *value *= level;
                }
            }
            sphere.responses.extend(at_distance);
        }
        sphere
    }

    /// The grid's distances in head radii.
    pub(super) fn radii(&self) -> Vec<f64> {
        let rho = |closeness: &f64| {
            if *closeness == 0.0 {
                FAR_RADII
            } else {
                1.0 / closeness
            }
        };
        self.grid.closeness.iter().map(rho).collect()
    }

    /// What the designer makes of each grid point.
    pub(super) fn designed(&self, designer: &Designer) -> Vec<Designed> {
        let detours = self.detours_s();
        let pairs = self.responses.iter().zip(detours);
        pairs
            .map(|(response, detour)| designer.design(response, detour))
            .collect()
    }

    /// What the wave takes longer than the straight path at each grid point, in frames; and the
    /// earliest delay of all, in seconds.
    pub(super) fn creeping(&self, designed: &[Designed], sample_rate: u32) -> (Box<[f64]>, f64) {
        let rate = f64::from(sample_rate);
        let pairs = designed.iter().zip(self.detours_s());
        let creeping = pairs.map(|(designed, detour)| (designed.delay - detour) * rate);
        let delays = designed.iter().map(|designed| designed.delay);
        (creeping.collect(), delays.fold(0.0, f64::min))
    }

    /// What the path to the ear is longer than that to the centre, at each grid point: seconds.
    fn detours_s(&self) -> Vec<f64> {
        let HeadShape {
            radius_m,
            speed_of_sound_m_s,
        } = self.shape;
        let by_distance = self.radii().into_iter().flat_map(|rho| {
            let distance = rho * radius_m;
            let angles = self.grid.angles.iter();
            angles.map(move |angle| self.shape.path_m(distance, *angle, angle.cos()) - distance)
        });
        by_distance
            .map(|metres| metres / speed_of_sound_m_s)
            .collect()
    }
}

/// The sphere's responses at all angles of `legendre` from `rho` head radii, at the designer's
/// frequencies: by angle, then by frequency. Held above [`HIGHEST_HZ`].
pub(super) fn responses(
    legendre: &Legendre,
    shape: HeadShape,
    designer: &Designer,
    rho: f64,
) -> Vec<Vec<Complex64>> {
    let radius_s = shape.radius_m / shape.speed_of_sound_m_s;
    let mut by_angle: Vec<Vec<Complex64>> = vec![Vec::new(); legendre.angles()];
    let mut last: Option<(f64, Vec<Complex64>)> = None;
    for hz in designer.frequencies() {
        let hz = hz.clamp(LOWEST_HZ, HIGHEST_HZ);
        let row = match last {
            Some((held, row)) if held == hz => row,
            _ => sphere_response(legendre, std::f64::consts::TAU * hz * radius_s, rho),
        };
        for (response, value) in by_angle.iter_mut().zip(&row) {
            response.push(*value);
        }
        last = Some((hz, row));
    }
    by_angle
}

/// The incidence angles of the grid, in degrees.
fn grid_degrees() -> impl Iterator<Item = f64> {
    let coarse = (FINE_FROM_DEGREES / COARSE_STEP_DEGREES) as usize;
    let fine = ((180.0 - FINE_FROM_DEGREES) / FINE_STEP_DEGREES) as usize;
    (0..coarse)
        .map(|n| n as f64 * COARSE_STEP_DEGREES)
        .chain((0..=fine).map(|n| FINE_FROM_DEGREES + n as f64 * FINE_STEP_DEGREES))
}

/// The same time for any sample rate, longer for a larger head and slower sound; a multiple of 16,
/// as vector registers like it.
fn taps_at(shape: HeadShape, sample_rate: u32) -> usize {
    let size = shape.radius_m / shape.speed_of_sound_m_s / (0.0875 / 343.0);
    let taps = TAPS_AT_48_KHZ * f64::from(sample_rate) / 48_000.0 * size;
    ((taps / 16.0).round() as usize).max(1) * 16
}

#[cfg(test)]
mod tests {
    use super::super::{Ear, Hint};
    use super::*;
    use crate::geometry::Position;

    #[test]
    fn a_mirrored_source_is_the_other_ear_to_the_bit() {
        let head = Head::sphere(HeadShape::default(), 48_000).unwrap();
        for (x, y, z) in [
            (0.3, 0.7, -0.2),
            (-1.0, 0.01, 0.5),
            (0.0, 0.05, 0.0),
            (0.0, 0.0, 0.0),
        ] {
            let left = head.response(Ear::Left, Position::new(x, y, z), 1.0);
            let right = head.response(Ear::Right, Position::new(x, -y, z), 1.0);
            assert!(left.iter().any(|sample| *sample != 0.0));
            assert_eq!(left, right);
        }
    }

    #[test]
    fn the_response_is_continuous_through_the_head_and_at_its_edge() {
        let head = Head::sphere(HeadShape::default(), 48_000).unwrap();
        let step = 1e-6;
        for n in -3000..3000_i16 {
            let y = f64::from(n) * 1e-4;
            let at = |y| Position::new(0.01, y, 0.0);
            let a = head.response(Ear::Left, at(y), 1.0);
            let b = head.response(Ear::Left, at(y + step), 1.0);
            let change = a
                .iter()
                .zip(&b)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(change < 0.01, "the filter steps by {change} at {y}");
            assert!(a.iter().all(|tap| tap.is_finite()));
        }
    }

    #[test]
    fn no_delay_needs_the_future_or_lies_beyond_the_longest() {
        for rate in [8000, 44_100, 48_000, 96_000] {
            let head = Head::sphere(HeadShape::default(), rate).unwrap();
            for degrees in 0..=180_u16 {
                for distance in [0.0, 0.05, 0.1, 0.2, 1.0, 10.0, 1e6] {
                    let (sin, cos) = f64::from(degrees).to_radians().sin_cos();
                    let at = Position::new(distance * sin, distance * cos, 0.0);
                    let at = head.whereabouts(at);
                    let delay = head.aim(Ear::Left, &at, 1.0, &mut Hint::default()).delay;
                    let range = REACH as f64..=head.max_delay_frames() as f64;
                    assert!(
                        range.contains(&delay),
                        "{delay} frames at {degrees}, {distance} m"
                    );
                }
            }
            let latency_ms = head.latency_frames() as f64 * 1e3 / f64::from(rate);
            assert!(
                latency_ms < if rate < 44_100 { 3.1 } else { 0.9 },
                "{latency_ms} ms"
            );
        }
    }

    #[test]
    fn impossible_heads_are_refused() {
        let shape = |radius_m, speed_of_sound_m_s| HeadShape {
            radius_m,
            speed_of_sound_m_s,
        };
        assert!(Head::sphere(shape(0.0, 343.0), 48_000).is_err());
        assert!(Head::sphere(shape(f64::NAN, 343.0), 48_000).is_err());
        assert!(Head::sphere(shape(0.0875, 0.0), 48_000).is_err());
        assert!(Head::sphere(HeadShape::default(), 0).is_err());
    }
}
