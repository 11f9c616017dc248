//! What a prepared head makes of a source, and what a set of responses says it should.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test includes this file and uses its own part of it"
)]

use std::f64::consts::TAU;

use binaurald::geometry::Position;
use binaurald::head::{Ear, Head, MeasuredSet, read_sofa};
use realfft::num_complex::Complex;

/// MIT's KEMAR, as it was published.
pub fn kemar_file() -> MeasuredSet {
    const FILE: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/data/kemar/mit_kemar_normal_44k.sofa"
    );
    read_sofa(&std::fs::read(FILE).expect("a file of this repository")).expect("it is whole")
}

/// A place by its distance in metres and its angles in degrees.
pub fn at(distance: f64, azimuth: f64, elevation: f64) -> Position {
    let (sin, cos) = azimuth.to_radians().sin_cos();
    let (height, radius) = elevation.to_radians().sin_cos();
    Position::new(
        distance * radius * cos,
        distance * radius * sin,
        distance * height,
    )
}

/// What is heard of an impulse, and a delay besides in frames, to be asked at any frequency.
pub struct Heard {
    taps: Vec<f32>,
    delay: f64,
    rate: f64,
}

/// What a source is to each ear: left, right.
pub fn heard(head: &Head, source: Position) -> [Heard; 2] {
    [Ear::Left, Ear::Right].map(|ear| Heard {
        taps: head.response(ear, source, 1.0),
        delay: 0.0,
        rate: f64::from(head.sample_rate()),
    })
}

/// The left ear's filter of a source whose level is multiplied by `gain`, without its delay in frames.
pub fn filter(head: &Head, source: Position, gain: f64, delay: f64) -> Heard {
    Heard {
        taps: head.response(Ear::Left, source, gain),
        delay: -delay,
        rate: f64::from(head.sample_rate()),
    }
}

/// What a set holds of one of its sources: left, right.
pub fn measured(set: &MeasuredSet, source: usize) -> [Heard; 2] {
    let pair = set.pair(source).expect("a source of the set");
    [0, 1].map(|ear| Heard {
        taps: pair[ear].to_vec(),
        delay: set.delays[source][ear],
        rate: set.sample_rate,
    })
}

impl Heard {
    pub fn response(&self, hz: f64) -> Complex<f64> {
        let turn = Complex::from_polar(1.0, -TAU * hz / self.rate);
        let sum = self
            .taps
            .iter()
            .rev()
            .fold(Complex::new(0.0, 0.0), |sum, tap| {
                sum * turn + Complex::new(f64::from(*tap), 0.0)
            });
        sum * Complex::from_polar(1.0, -TAU * hz * self.delay / self.rate)
    }

    /// As if it began at its onset: where it first has a tenth of its peak.
    pub fn aligned(&self, hz: f64) -> Complex<f64> {
        let peak = self
            .taps
            .iter()
            .fold(0.0_f32, |peak, tap| peak.max(tap.abs()));
        let onset = self.taps.iter().position(|tap| tap.abs() > 0.1 * peak);
        let late = onset.unwrap_or(0) as f64 + self.delay;
        self.response(hz) * Complex::from_polar(1.0, TAU * hz * late / self.rate)
    }

    /// Level of a band of a sixth of an octave round a frequency: decibels.
    pub fn band_db(&self, hz: f64) -> f64 {
        const POINTS: u8 = 7;
        let power: f64 = (0..POINTS)
            .map(|n| (f64::from(n) + 0.5) / f64::from(POINTS) - 0.5)
            .map(|place| self.response(hz * 2.0_f64.powf(place / 6.0)).norm_sqr())
            .sum();
        10.0 * (power / f64::from(POINTS)).log10()
    }
}

/// Sixths of an octave from 100 Hz to 16 kHz.
pub fn bands() -> impl Iterator<Item = f64> {
    (0..44_u8).map(|n| 100.0 * 2.0_f64.powf(f64::from(n) / 6.0))
}

/// How much later the right ear hears than the left, by the phase at one frequency: seconds, of all
/// that differ by periods the one nearest to `near`.
pub fn itd_s([left, right]: &[Heard; 2], hz: f64, near: f64) -> f64 {
    let itd = -(right.response(hz) * left.response(hz).conj()).arg() / (TAU * hz);
    itd + ((near - itd) * hz).round() / hz
}
