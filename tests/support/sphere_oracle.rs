//! What a rigid sphere does to the sound at the ears, slow and in double precision: the reference
//! that the renderer's sphere head is held to. It shares no code with the renderer.
//!
//! Method: the pressure on a rigid sphere under a point source (Duda and Martens 1998, JASA
//! 104(5), eq. 4 and 7), as a sum over the order m of Legendre polynomials times spherical Hankel
//! functions `h_m` of the first kind. Those functions overflow long before the sum has converged
//! for a source near the surface, so only ratios of neighbours, `g_m(z) = h_m(z) / h_(m-1)(z)`,
//! are ever computed. With mu = 2 pi f a / c and rho = r / a the sum becomes
//!
//! ```text
//! H = -1/mu * sum (2m+1) P_m(cos phi) S_m / D_m
//! D_m = h'_m(mu) / h_m(mu) = 1 / g_m(mu) - (m+1) / mu
//! S_0 = exp(-j mu),  S_(m+1) = S_m * g_(m+1)(mu rho) / g_(m+1)(mu)
//! ```
//!
//! where every factor is of moderate size. For a source at infinity `g(mu rho)` tends to -j, and
//! the same sum is the plane-wave series. The paper's time factor is exp(-jwt); results are
//! conjugated to the convention of discrete Fourier transforms, in which a delay is exp(-jwt).

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test includes this file and uses its own part of it"
)]

use std::f64::consts::{PI, TAU};

use realfft::num_complex::Complex;

/// Highest order that the sum may need; a source 0.1 % of a radius off the surface needs 40 000.
const MAX_ORDER: u32 = 100_000;

/// The sum ends where the largest term still possible is smaller than this part of the result.
const PRECISION: f64 = 1e-12;

/// A rigid sphere with an ear at either end of its y axis (azimuth +90 degrees: left, -90: right).
#[derive(Clone, Copy, Debug)]
pub struct Sphere {
    /// Radius, in metres.
    pub radius_m: f64,
    /// Speed of sound, in metres a second.
    pub speed_of_sound_m_s: f64,
}

impl Default for Sphere {
    fn default() -> Self {
        Self {
            radius_m: 0.0875,
            speed_of_sound_m_s: 343.0,
        }
    }
}

/// A place for the source: metres from the centre (may be infinite), degrees counter-clockwise
/// from the front, degrees up from the horizontal plane.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Distance from the centre of the head, in metres: more than the sphere's radius.
    pub distance_m: f64,
    /// Azimuth, in degrees: 0 in front, 90 left.
    pub azimuth_degrees: f64,
    /// Elevation, in degrees: 90 overhead.
    pub elevation_degrees: f64,
}

impl Source {
    /// A source in the horizontal plane.
    pub fn horizontal(distance_m: f64, azimuth_degrees: f64) -> Self {
        Self::new(distance_m, azimuth_degrees, 0.0)
    }

    /// A source anywhere.
    pub fn new(distance_m: f64, azimuth_degrees: f64, elevation_degrees: f64) -> Self {
        Self {
            distance_m,
            azimuth_degrees,
            elevation_degrees,
        }
    }

    /// Cosines of the angles between the source and the axes of the left and of the right ear.
    pub fn incidence_cosines(self) -> [f64; 2] {
        let left =
            self.elevation_degrees.to_radians().cos() * self.azimuth_degrees.to_radians().sin();
        [left, -left]
    }

    /// x (front), y (left) and z (up), in metres; not for a source at infinity.
    pub fn position(self) -> [f64; 3] {
        let (azimuth, elevation) = (
            self.azimuth_degrees.to_radians(),
            self.elevation_degrees.to_radians(),
        );
        let horizontal = self.distance_m * elevation.cos();
        [
            horizontal * azimuth.cos(),
            horizontal * azimuth.sin(),
            self.distance_m * elevation.sin(),
        ]
    }
}

impl Sphere {
    /// Pressure on the surface where the angle to the source has the cosine `cos_incidence`, over
    /// the pressure that the source alone would make at the centre. Its phase counts from the
    /// arrival at the centre, so an ear that hears earlier has a positive phase.
    ///
    /// # Panics
    /// When the source is not outside the sphere, or so near that the sum does not converge.
    pub fn response(&self, frequency_hz: f64, distance_m: f64, cos_incidence: f64) -> Complex<f64> {
        assert!(frequency_hz > 0.0 && distance_m > self.radius_m);
        let mu = TAU * frequency_hz * self.radius_m / self.speed_of_sound_m_s;
        let far = distance_m.is_infinite();
        let mu_rho = mu * distance_m / self.radius_m;

        let mut at_surface = HankelRatio::new(mu);
        let mut at_source = HankelRatio::new(if far { 1.0 } else { mu_rho });
        let (mut legendre, mut legendre_before) = (1.0, 0.0);
        let mut scale = Complex::from_polar(1.0, -mu);
        // D_0 from h_0(z) = exp(jz) / jz.
        let mut log_derivative = Complex::new(-1.0 / mu, 1.0);
        let mut sum = Complex::new(0.0, 0.0);
        for order in 0..MAX_ORDER {
            let m = f64::from(order);
            let weight = scale * (2.0 * m + 1.0) / log_derivative;
            sum += weight * legendre;
            if m > mu && weight.norm() < PRECISION * sum.norm() {
                return (-sum / mu).conj();
            }
            let ratio = at_surface.next();
            let source_ratio = if far {
                Complex::new(0.0, -1.0)
            } else {
                at_source.next()
            };
            scale *= source_ratio / ratio;
            log_derivative = ratio.inv() - (m + 2.0) / mu;
            (legendre, legendre_before) = (
                ((2.0 * m + 1.0) * cos_incidence * legendre - m * legendre_before) / (m + 1.0),
                legendre,
            );
        }
        panic!("no convergence for a source at {distance_m} m");
    }

    /// Responses of the left and of the right ear.
    pub fn ears(&self, frequency_hz: f64, source: Source) -> [Complex<f64>; 2] {
        source
            .incidence_cosines()
            .map(|cosine| self.response(frequency_hz, source.distance_m, cosine))
    }

    /// Level of the left ear over that of the right one, in decibels.
    pub fn ild_db(&self, frequency_hz: f64, source: Source) -> f64 {
        let [left, right] = self.ears(frequency_hz, source);
        20.0 * (left.norm() / right.norm()).log10()
    }

    /// Interaural phase delay, in seconds: positive when the left ear hears first.
    pub fn itd_s(&self, frequency_hz: f64, source: Source) -> f64 {
        let phase = unwrapped(frequency_hz, |frequency| {
            let [left, right] = self.ears(frequency, source);
            left * right.conj()
        });
        phase / (TAU * frequency_hz)
    }

    /// Phase delay of one ear against the centre of the head, in seconds: negative when the sound
    /// is there before it would be at the centre.
    pub fn delay_s(&self, frequency_hz: f64, distance_m: f64, cos_incidence: f64) -> f64 {
        let phase = unwrapped(frequency_hz, |frequency| {
            self.response(frequency, distance_m, cos_incidence)
        });
        -phase / (TAU * frequency_hz)
    }
}

/// Phase of `response` at a frequency, in radians, followed continuously from zero at DC.
///
/// Steps of 50 Hz keep each step of a head's phase below a tenth of a turn.
fn unwrapped(frequency_hz: f64, response: impl Fn(f64) -> Complex<f64>) -> f64 {
    let steps = (frequency_hz / 50.0).ceil().max(1.0);
    let mut phase = 0.0;
    for step in 1..=steps as u32 {
        let wrapped = response(frequency_hz * f64::from(step) / steps).arg();
        phase = wrapped + TAU * ((phase - wrapped) / TAU).round();
    }
    debug_assert!(phase.abs() < 1000.0 * PI);
    phase
}

/// The ratios `h_m(z) / h_(m-1)(z)` for m = 1, 2, ...
///
/// From the recurrence `h_(m+1) = (2m+1)/z h_m - h_(m-1)`, which is stable upwards.
struct HankelRatio {
    z: f64,
    order: f64,
    ratio: Complex<f64>,
}

impl HankelRatio {
    fn new(z: f64) -> Self {
        Self {
            z,
            order: 0.0,
            // Such that the first step gives h_1 / h_0 = 1/z - j.
            ratio: Complex::new(0.0, -1.0),
        }
    }

    fn next(&mut self) -> Complex<f64> {
        self.ratio = (2.0 * self.order + 1.0) / self.z - self.ratio.inv();
        self.order += 1.0;
        self.ratio
    }
}
