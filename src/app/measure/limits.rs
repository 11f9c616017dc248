//! What a head is held to, and whether it keeps it: the targets of `docs/accuracy.md`.

use std::ops::{Range, RangeInclusive};

use serde::Serialize;

use crate::analysis::{SIXTHS, Sixth};
use crate::head::Reference;

use super::figures::{ITD_HZ, Sixths};
use super::places::{Common, Measured, Place};

/// How far the interaural phase delay may be from the reference's, in seconds.
const ITD_S: f64 = 5e-6;

/// How far the level of an ear may be from the reference's, and the difference of both: decibels.
const LEVEL_DB: f64 = 0.5;

/// The sound is late by less than this: seconds.
const LATENCY_S: f64 = 1e-3;

/// Distances at which the sphere is held to its limits, in metres.
const SPHERE_DISTANCES_M: RangeInclusive<f64> = 0.25..=10.0;

/// A limit, and what was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Held {
    /// What is limited.
    pub what: String,
    /// What was measured where it was worst.
    pub worst: f64,
    /// What it may be at most.
    pub limit: f64,
    /// Of both.
    pub unit: &'static str,
    /// Where it was worst; none when it has no place.
    pub place: Option<Place>,
    /// Whether the limit is kept.
    pub kept: bool,
}

impl Held {
    pub(super) fn new(what: impl Into<String>, worst: f64, limit: f64, unit: &'static str) -> Self {
        Self {
            what: what.into(),
            worst,
            limit,
            unit,
            place: None,
            // What is no number keeps no limit.
            kept: worst <= limit,
        }
    }

    fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }
}

/// What is held of a kind of head.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Which of [`ITD_HZ`].
    delays: Range<usize>,
    /// Which sixths of octaves.
    pub(super) sixths: Range<usize>,
    /// The difference of the ears too, not each of them alone.
    ild: bool,
    /// The same time for all places.
    spread: bool,
    distances_m: RangeInclusive<f64>,
}

impl Limits {
    /// Those of the head that is held to this reference.
    pub fn of(reference: &Reference) -> Self {
        match reference {
            Reference::Sphere(_) => Self {
                delays: 0..ITD_HZ.len(),
                sixths: sixths(250.0..=8000.0),
                ild: true,
                spread: true,
                distances_m: SPHERE_DISTANCES_M,
            },
            Reference::Measured(_) | Reference::Treated(_) => Self {
                delays: 1..3,
                sixths: sixths(99.0..=16_001.0),
                ild: false,
                spread: false,
                distances_m: 0.0..=f64::INFINITY,
            },
        }
    }

    /// Holds what was measured against the limits. What has no reference is not held to anything
    /// but the latency.
    pub fn hold(&self, common: &Common, measured: &[Measured]) -> Vec<Held> {
        let held: Vec<&Measured> = measured
            .iter()
            .filter(|m| self.distances_m.contains(&m.place.distance_m))
            .collect();
        let mut results = Vec::new();
        for index in self.delays.clone() {
            let error = |m: &Measured| {
                let reference = m.reference.as_ref()?;
                Some((m.heard.itd_s[index] - reference.itd_s[index]).abs() * 1e6)
            };
            let what = format!("interaural delay at {} Hz, off by", ITD_HZ[index]);
            results.extend(worst(&held, error, what, ITD_S * 1e6, "us"));
        }
        let level = |m: &Measured| self.level_error_db(m);
        results.extend(worst(
            &held,
            level,
            "level of an ear, off by".into(),
            LEVEL_DB,
            "dB",
        ));
        if self.ild {
            let ild = |m: &Measured| self.ild_error_db(m);
            let what = "level between the ears, off by".into();
            results.extend(worst(&held, ild, what, LEVEL_DB, "dB"));
        }
        if let Some(spread_s) = common.spread_s.filter(|_| self.spread) {
            let what = "latency, difference between places";
            results.push(Held::new(what, spread_s * 1e6, ITD_S * 1e6, "us"));
        }
        let limit_ms = LATENCY_S * 1e3;
        results.push(Held::new(
            "latency, as stated",
            common.stated_s * 1e3,
            limit_ms,
            "ms",
        ));
        let onset_ms = common.onset_s.unwrap_or(f64::NAN) * 1e3;
        results.push(Held::new(
            "latency, of an impulse in front",
            onset_ms,
            limit_ms,
            "ms",
        ));
        results
    }

    /// The largest error of an ear's level in any sixth that is held: decibels.
    pub(super) fn level_error_db(&self, measured: &Measured) -> Option<f64> {
        let reference = measured.reference.as_ref()?;
        let ears = measured.heard.sixths_db.iter().zip(&reference.sixths_db);
        let errors = ears.filter_map(|(heard, exact)| self.largest(heard, exact));
        errors.reduce(greater)
    }

    /// The largest error of the level between the ears in any sixth that is held: decibels.
    fn ild_error_db(&self, measured: &Measured) -> Option<f64> {
        let between = |[left, right]: &[Sixths; 2]| -> Sixths {
            std::array::from_fn(|n| Some(left[n]? - right[n]?))
        };
        let reference = measured.reference.as_ref()?;
        self.largest(
            &between(&measured.heard.sixths_db),
            &between(&reference.sixths_db),
        )
    }

    fn largest(&self, heard: &Sixths, exact: &Sixths) -> Option<f64> {
        let held = self.sixths.clone();
        let pairs = heard[held.clone()].iter().zip(&exact[held]);
        let errors = pairs.filter_map(|(heard, exact)| Some(((*heard)? - (*exact)?).abs()));
        errors.reduce(greater)
    }
}

/// The sixths whose middles lie in this band.
fn sixths(band_hz: RangeInclusive<f64>) -> Range<usize> {
    let is_below = |n: &usize| Sixth::new(*n).centre_hz() < *band_hz.start();
    let is_in = |n: &usize| band_hz.contains(&Sixth::new(*n).centre_hz());
    let first = (0..SIXTHS).take_while(is_below).count();
    first..first + (first..SIXTHS).take_while(is_in).count()
}

/// The greater one; what is no number is greatest.
fn greater(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// The worst error, if there is any, with its place.
fn worst(
    measured: &[&Measured],
    error: impl Fn(&Measured) -> Option<f64>,
    what: String,
    limit: f64,
    unit: &'static str,
) -> Option<Held> {
    let errors = measured.iter().filter_map(|m| Some((error(m)?, m.place)));
    let (worst, place) = errors.reduce(|a, b| if greater(b.0, a.0) == a.0 { a } else { b })?;
    Some(Held::new(what, worst, limit, unit).at(Some(place)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bands_that_are_held_are_those_of_the_targets() {
        for (band, from_hz, to_hz) in [
            (250.0..=8000.0, 250.0, 8000.0),
            (99.0..=16_001.0, 99.2, 16_000.0),
        ] {
            let sixths = sixths(band);
            let (first, last) = (Sixth::new(sixths.start), Sixth::new(sixths.end - 1));
            assert!((first.from_hz / from_hz - 1.0).abs() < 1e-3, "{first:?}");
            assert!((last.to_hz / to_hz - 1.0).abs() < 1e-3, "{last:?}");
        }
    }

    #[test]
    fn what_is_no_number_keeps_no_limit_and_is_worst() {
        assert!(Held::new("x", 0.5, 0.5, "dB").kept);
        assert!(!Held::new("x", 0.51, 0.5, "dB").kept);
        assert!(!Held::new("x", f64::NAN, 0.5, "dB").kept);
        assert!(greater(f64::NAN, 1.0).is_nan() && greater(1.0, f64::NAN).is_nan());
        assert_eq!(greater(2.0, 1.0), 2.0);
    }
}
