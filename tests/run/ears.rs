//! What a listener makes of a recording: from which side it comes, window by window.

use std::fmt::Write as _;
use std::fs;

use crate::daemon::{RATE, Studio};
use crate::measure::level_db;

/// Length of a window: 50 ms, in frames.
pub(crate) const WINDOW: usize = 2_400;

/// The largest interaural delay that is looked for: 1 ms, in frames.
const MAX_LAG: usize = 48;

/// One window of a recording.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard {
    /// Its middle, in frames of the recording.
    pub(crate) middle: f64,
    /// By how much the left ear hears earlier, in frames.
    pub(crate) delay: f64,
    /// By how much the left ear hears louder, in decibels.
    pub(crate) level: f64,
}

/// All windows between two frames, `hop` frames apart.
pub(crate) fn windows(ears: &[Vec<f32>; 2], from: usize, to: usize, hop: usize) -> Vec<Heard> {
    let [left, right] = ears;
    (from..(to + 1).saturating_sub(WINDOW))
        .step_by(hop)
        .map(|start| {
            let [left, right] = [left, right].map(|ear| &ear[start..start + WINDOW]);
            Heard {
                middle: start as f64 + WINDOW as f64 / 2.0,
                delay: interaural_delay(left, right),
                level: level_db(left) - level_db(right),
            }
        })
        .collect()
}

/// The lag at which the ears' cross-correlation is greatest, between frames by a parabola.
fn interaural_delay(left: &[f32], right: &[f32]) -> f64 {
    let inner = MAX_LAG..left.len() - MAX_LAG;
    let correlation: Vec<f64> = (0..=2 * MAX_LAG)
        .map(|lag| {
            let (left, right) = (&left[inner.clone()], &right[lag..]);
            let product = |(&l, &r): (&f32, &f32)| f64::from(l) * f64::from(r);
            left.iter().zip(right).map(product).sum()
        })
        .collect();
    let best = (1..2 * MAX_LAG)
        .max_by(|&a, &b| correlation[a].total_cmp(&correlation[b]))
        .expect("there are lags");
    let [before, peak, after] = [best - 1, best, best + 1].map(|lag| correlation[lag]);
    let between = 0.5 * (before - after) / (before - 2.0 * peak + after);
    best as f64 - MAX_LAG as f64 + between
}

/// The law between lateral angle and interaural delay, as this estimator hears it.
///
/// It is measured on renders of the same sound at known angles, so that what the estimator makes of
/// the sound's spectrum cancels. That those are the exact sphere's is another test's business; here
/// the extremes are held against the ray formula.
pub(crate) struct Law {
    /// Delay in frames and lateral angle in degrees, both rising.
    points: Vec<(f64, f64)>,
}

impl Law {
    /// Seconds at each angle.
    const STAY: f64 = 0.6;

    pub(crate) fn measure(studio: &Studio) -> Self {
        let angles: Vec<f64> = (-18..=18).map(|step| 5.0 * f64::from(step)).collect();
        let mut table = String::from("t,x,y,z\n");
        for (n, angle) in angles.iter().enumerate() {
            let (y, x) = angle.to_radians().sin_cos();
            for edge in [n, n + 1] {
                let _ = writeln!(table, "{},{x},{y},0", edge as f64 * Self::STAY);
            }
        }
        fs::write(studio.path("angles.csv"), table).expect("writable");
        let seconds = angles.len() as f64 * Self::STAY;
        let ears = studio.rendered(&studio.text("angles.csv"), seconds, true);
        let points: Vec<_> = angles
            .iter()
            .enumerate()
            .map(|(n, &angle)| {
                // The first 0.1 s belong to the jump.
                let at = |seconds: f64| (seconds * f64::from(RATE)) as usize;
                let from = at(n as f64 * Self::STAY + 0.1);
                let to = at((n + 1) as f64 * Self::STAY) - 32;
                let heard = windows(&ears, from, to, WINDOW / 2);
                let mean = heard.iter().map(|h| h.delay).sum::<f64>() / heard.len() as f64;
                (mean, angle)
            })
            .collect();
        for pair in points.windows(2) {
            assert!(
                pair[1].0 > pair[0].0 + 0.1,
                "the delay does not rise with the angle: {pair:?}"
            );
        }
        let law = Self { points };
        // a / c (1 + pi / 2) = 656 us at 90 degrees; lower tones have more, up to 3 a / c = 765 us.
        let side_us = law.delay_at(90.0) * 1e6 / f64::from(RATE);
        assert!(
            (620.0..770.0).contains(&side_us),
            "{side_us} us at 90 degrees"
        );
        law
    }

    /// The lateral angle of a delay in frames, in degrees.
    pub(crate) fn lateral(&self, delay: f64) -> f64 {
        interpolate(self.points.iter().copied(), delay)
    }

    /// The delay of a lateral angle in degrees, in frames.
    pub(crate) fn delay_at(&self, lateral: f64) -> f64 {
        interpolate(
            self.points.iter().map(|&(delay, angle)| (angle, delay)),
            lateral,
        )
    }
}

/// The straight line between the two points beside `x`; held beyond the first and the last.
fn interpolate(points: impl Iterator<Item = (f64, f64)>, x: f64) -> f64 {
    let mut before: Option<(f64, f64)> = None;
    for (x1, y1) in points {
        if x <= x1 {
            return match before {
                Some((x0, y0)) => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
                None => y1,
            };
        }
        before = Some((x1, y1));
    }
    before.expect("there are points").1
}

/// The longest run of frames in which both ears are silent, between two frames.
pub(crate) fn longest_silence([left, right]: &[Vec<f32>; 2], from: usize, to: usize) -> usize {
    let (mut longest, mut run) = (0, 0);
    for (l, r) in left[from..to].iter().zip(&right[from..to]) {
        run = if *l == 0.0 && *r == 0.0 { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
