//! The prepared head, and how it is read while it plays.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable
)]

use crate::dsp::delay_line::MIN_DELAY_FRAMES;
use crate::geometry::Position;

use super::sphere::{HeadShape, NEAREST_RADII};

/// One of the two ears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ear {
    /// At +y.
    Left,
    /// At -y.
    Right,
}

/// A head prepared for one sample rate.
///
/// Its filters stand on a grid of incidence angle (between the source and the ear's axis) and
/// inverse distance; what lies between is blended from the four around it. That blend is exact
/// enough because nothing in it has to move in time: the delays are kept apart, and the filters
/// are normalised by the length of the path round the head, so that they hardly change with the
/// distance.
#[derive(Debug)]
pub struct Head {
    pub(super) shape: HeadShape,
    pub(super) sample_rate: u32,
    /// Taps of each filter.
    pub(super) taps: usize,
    /// Incidence angles of the grid: radians, 0 to pi, ascending.
    pub(super) angles: Box<[f64]>,
    /// Distances of the grid as head radius / distance: 0 (far) to 1 / [`NEAREST_RADII`],
    /// ascending.
    pub(super) closeness: Box<[f64]>,
    /// Taps by closeness, angle, tap; each response from its last tap to its first.
    pub(super) filters: Box<[f32]>,
    /// What the wave takes longer than the straight path round the head, by closeness and angle:
    /// frames.
    pub(super) creeping: Box<[f64]>,
    /// Added to all delays so that none needs the future: frames.
    pub(super) latency_frames: usize,
}

impl Head {
    /// The sample rate that it was prepared for, in hertz.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Its dimensions.
    pub fn shape(&self) -> HeadShape {
        self.shape
    }

    /// Taps of an ear filter.
    pub fn taps(&self) -> usize {
        self.taps
    }

    /// The delay of a source's sound that is the same for all directions: frames, below 1 ms.
    pub fn latency_frames(&self) -> usize {
        self.latency_frames
    }

    /// The longest delay that [`Head::response`] gives, in frames.
    pub fn max_delay_frames(&self) -> usize {
        // The longest detour is that of a source as near as can be, opposite to the ear.
        let detour = self
            .shape
            .path_m(self.shape.nearest_m(), std::f64::consts::PI)
            - self.shape.nearest_m();
        let creeping = self.creeping.iter().copied().fold(0.0, f64::max);
        self.latency_frames + (self.frames_of(detour) + creeping).ceil() as usize
    }

    /// What a source at `source` (relative to the centre of the head) is to `ear`.
    ///
    /// Writes the ear's filter times `gain` into `taps` ([`Head::taps`] of them, the last tap
    /// first) and returns the delay in frames, which includes [`Head::latency_frames`] and at
    /// least half the delay line's kernel.
    ///
    /// Finite and continuous everywhere. Nearer than 1.15 head radii the ears go over into each
    /// other, until at the centre both hear what comes from the median plane.
    ///
    /// Real-time: bounded, no allocation.
    pub fn response(&self, ear: Ear, source: Position, gain: f64, taps: &mut [f32]) -> f64 {
        let distance = source.distance();
        let nearest = self.shape.nearest_m();
        let lateral = match ear {
            Ear::Left => source.y,
            Ear::Right => -source.y,
        };
        // The cosine of the incidence angle. Inside the nearest distance it shrinks to 0, with the
        // slope that it has outside: 1.5 u - 0.5 u^3 goes from 0 to 1 and is level at 1.
        let cosine = if distance >= nearest {
            lateral / distance
        } else {
            let u = distance / nearest;
            lateral / nearest * (1.5 - 0.5 * u * u)
        };
        let angle = cosine.clamp(-1.0, 1.0).acos();
        let distance = self.shape.heard_distance_m(distance);

        let path = self.shape.path_m(distance, angle);
        let (row, down) = locate(&self.closeness, self.shape.radius_m / distance);
        let (column, across) = locate(&self.angles, angle);
        let here = row * self.angles.len() + column;
        let below = here + self.angles.len();
        let corners = [
            (here, (1.0 - down) * (1.0 - across)),
            (here + 1, (1.0 - down) * across),
            (below, down * (1.0 - across)),
            (below + 1, down * across),
        ];

        taps.fill(0.0);
        let mut creeping = 0.0;
        let gain = gain * distance / path;
        for (corner, weight) in corners {
            creeping += weight * self.creeping.get(corner).copied().unwrap_or(0.0);
            let factor = (gain * weight) as f32;
            let filter = self.filters.get(corner * self.taps..).unwrap_or(&[]);
            for (sum, tap) in taps.iter_mut().zip(filter) {
                *sum += factor * tap;
            }
        }
        let delay = self.latency_frames as f64 + self.frames_of(path - distance) + creeping;
        debug_assert!(
            delay >= MIN_DELAY_FRAMES as f64,
            "a delay of {delay} needs the future"
        );
        delay
    }

    /// How many frames sound takes for `metres`.
    fn frames_of(&self, metres: f64) -> f64 {
        metres / self.shape.speed_of_sound_m_s * f64::from(self.sample_rate)
    }
}

impl HeadShape {
    /// The smallest distance that the series is evaluated for, in metres.
    pub(super) fn nearest_m(&self) -> f64 {
        NEAREST_RADII * self.radius_m
    }

    /// The distance that a source at `distance_m` is heard from: its own, but no nearer than can
    /// be. The two are joined by a parabola over 0.3 times the nearest distance, so that the level
    /// (which rises steeply there) does not stop with a kink that can be heard.
    fn heard_distance_m(&self, distance_m: f64) -> f64 {
        let nearest = self.nearest_m();
        let half_width = 0.15 * nearest;
        let above = distance_m - nearest;
        if above >= half_width {
            distance_m
        } else if above <= -half_width {
            nearest
        } else {
            nearest + (above + half_width).powi(2) / (4.0 * half_width)
        }
    }

    /// The way from a source at `distance_m` to the ear whose axis is `angle` radians off: straight
    /// where the ear is in sight, otherwise along the tangent and round the head.
    ///
    /// Source: Woodworth's path for a finite distance, as in Aaronson and Hartmann, "Testing,
    /// correcting, and extending the Woodworth model", J. Acoust. Soc. Am. 135(2), 2014.
    pub(super) fn path_m(&self, distance_m: f64, angle: f64) -> f64 {
        let a = self.radius_m;
        let tangent = (a / distance_m).acos();
        if angle <= tangent {
            (distance_m * distance_m + a * a - 2.0 * distance_m * a * angle.cos()).sqrt()
        } else {
            (distance_m * distance_m - a * a).sqrt() + a * (angle - tangent)
        }
    }
}

/// The index of the node below `value` and how far (0 to 1) it is on the way to the next one; at
/// the ends the outermost pair.
fn locate(nodes: &[f64], value: f64) -> (usize, f64) {
    let above = nodes
        .partition_point(|node| *node <= value)
        .clamp(1, nodes.len().max(2) - 1);
    match nodes.get(above - 1..).and_then(<[f64]>::first_chunk) {
        Some([low, high]) => (above - 1, ((value - low) / (high - low)).clamp(0.0, 1.0)),
        None => (0, 0.0),
    }
}
