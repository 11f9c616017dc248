//! The prepared head, and how it is read while it plays.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable
)]

use crate::dsp::shift::{REACH, Shift};
use crate::dsp::spectrum::{Spectrum, Transform, silence};
use crate::dsp::sums::{Filter, Row, add_product, blend, multiply};
use crate::dsp::{QUANTUM, STEP, STEPS};
use crate::geometry::Position;

use super::grid::{Grid, Spectra, Triangle, blend as blended, locate};
use super::measured::Shell;
use super::sphere::{HeadShape, NEAREST_RADII, latest_frames};

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
/// What a rigid sphere of its size does with the distance stands in tables over the incidence angle
/// (between the source and the ear's axis) and the inverse distance. The sphere head is these
/// tables. A measured head has its own filters by direction besides, measured at one distance or
/// several, and of the sphere only what differs between distances.
///
/// What lies between the filters of a table is blended. That is exact enough because nothing in it
/// has to move in time: the delays are kept apart, and the filters are normalised by the length of
/// the path round the head, so that they hardly change with the distance.
#[derive(Debug)]
pub struct Head {
    pub(super) name: String,
    pub(super) remarks: Vec<String>,
    pub(super) shape: HeadShape,
    pub(super) sample_rate: u32,
    /// Taps of each whole filter.
    pub(super) taps: usize,
    pub(super) grid: Grid,
    /// What the wave takes longer than the straight path round the head: frames.
    pub(super) creeping: Box<[f64]>,
    pub(super) ears: Ears,
    pub(super) inertia: Inertia,
    /// Added to all delays so that none needs the future: frames.
    pub(super) latency_frames: usize,
    /// Frames of the transforms that its filters are made for.
    pub(super) frames: usize,
}

/// How fast filters may change.
///
/// What was measured changes from direction to direction by more than the head that it was measured
/// on: by noise. A source that flies past it at several turns a second would make that noise heard,
/// so filters and delays go a part of the way to what they are to be within a quantum, twice one
/// after the other: the smaller a part, the faster the source ([`Inertia::part`]).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inertia {
    /// The part of the way within a quantum: greater than 0; 1: all of it.
    pub part_of_quantum: f64,
    /// The part of the way within a step.
    pub part_of_step: f64,
}

/// Spectra that add up to one, each with its weight.
#[derive(Debug)]
pub struct Blend<'a> {
    rows: [Row<'a>; MAX_ROWS],
    count: usize,
}

/// Rows at most: of two distances three directions and the centre.
const MAX_ROWS: usize = 8;

impl<'a> Blend<'a> {
    fn new() -> Self {
        Self {
            rows: [(0.0, &[]); MAX_ROWS],
            count: 0,
        }
    }

    /// Adds a row. There are never more than there is room for.
    pub(super) fn add(&mut self, row: Row<'a>) {
        if let Some(place) = self.rows.get_mut(self.count) {
            *place = row;
            self.count += 1;
        }
    }

    /// What is to be added up.
    pub fn rows(&self) -> &[Row<'a>] {
        self.rows.get(..self.count).unwrap_or(&[])
    }
}

/// What an ear has of a place, as the data of a head that lie round it.
#[derive(Debug)]
pub struct Aim<'a> {
    /// How late the sound is: frames.
    pub delay: f64,
    /// The ear's filter.
    pub filter: Blend<'a>,
    /// What nearness changes, a filter that the sound goes through besides; without rows: nothing.
    pub nearness: Blend<'a>,
}

impl Aim<'_> {
    /// Writes the whole filter, nearness included; what is in `scratch` does not matter. Both have
    /// the length of the head's transforms.
    ///
    /// Real-time: bounded, no allocation.
    pub fn write(&self, filter: &mut Spectrum, scratch: &mut Spectrum) {
        blend(self.filter.rows(), filter);
        if !self.nearness.rows().is_empty() {
            blend(self.nearness.rows(), scratch);
            multiply(filter, scratch);
        }
    }
}

/// Where a head's data were found last: what is near to it is found faster.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hint([u32; 2]);

/// Where the ear filters come from.
#[derive(Debug)]
pub(super) enum Ears {
    /// The sphere's, over the head's grid.
    Sphere(Spectra),
    /// Measured, by distance from near to far; never empty.
    Measured(Box<[Shell]>),
}

/// Where a source is, as both ears have it.
#[derive(Clone, Copy, Debug)]
pub struct Whereabouts {
    /// The distance that it is heard from.
    distance_m: f64,
    /// Its row in the grid, and how far it is on the way to the next.
    row: (usize, f64),
    /// The cosine of the left ear's incidence angle.
    cosine: f64,
    /// 1 outside the head, 0 at its centre.
    outside: f64,
    /// Where an ear sees it.
    source: Position,
}

/// A source as one ear has it.
struct Place {
    corners: Triangle,
    path_m: f64,
}

impl Head {
    /// Whose head it is: `sphere`, `kemar`, or what the measured set calls itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What was left out of what it was prepared from, a sentence each.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Whether its filters were measured.
    pub fn is_measured(&self) -> bool {
        matches!(self.ears, Ears::Measured(_))
    }

    /// The sample rate that it was prepared for, in hertz.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Its dimensions; of a measured head those of the sphere that fits it best.
    pub fn shape(&self) -> HeadShape {
        self.shape
    }

    /// Taps of an ear's whole filter.
    pub fn taps(&self) -> usize {
        self.taps
    }

    /// The delay of a source's sound that is the same for all directions: frames, below 1 ms at
    /// 44.1 kHz and more. The same for all heads of a usual size at one rate.
    pub fn latency_frames(&self) -> usize {
        self.latency_frames
    }

    /// How fast its filters may change.
    pub fn inertia(&self) -> Inertia {
        self.inertia
    }

    /// The longest delay that [`Head::aim`] gives, in frames.
    pub fn max_delay_frames(&self) -> usize {
        let measured = self.shells().iter().map(Shell::max_delay_frames);
        let sphere = latest_frames(self.shape, self.sample_rate, &self.creeping);
        self.latency_frames + (sphere + measured.fold(0.0, f64::max)).ceil() as usize
    }

    /// Frames of the transforms that [`Head::aim`]'s filters are made for: a quantum and all that
    /// the filters look back, delayed as they are.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Where a source at `source` (relative to the centre of the head) is.
    ///
    /// Real-time: bounded, no allocation.
    pub fn whereabouts(&self, source: Position) -> Whereabouts {
        let distance = source.distance();
        let nearest = self.shape.nearest_m();
        // The cosine of the incidence angle. Inside the nearest distance it shrinks to 0, with the
        // slope that it has outside: 1.5 u - 0.5 u^3 goes from 0 to 1 and is level at 1.
        let u = (distance / nearest).min(1.0);
        let cosine = if u < 1.0 {
            source.y / nearest * (1.5 - 0.5 * u * u)
        } else {
            source.y / distance
        };
        let distance_m = self.shape.heard_distance_m(distance);
        let scale = if distance > 0.0 {
            self.shape.seen_distance_m(distance) / distance
        } else {
            0.0
        };
        Whereabouts {
            distance_m,
            row: self.grid.row(self.shape.radius_m / distance_m),
            cosine: cosine.clamp(-1.0, 1.0),
            outside: u * u * (3.0 - 2.0 * u),
            source: Position::new(source.x * scale, source.y * scale, source.z * scale),
        }
    }

    /// What a source is to `ear`, its level multiplied by `gain`.
    ///
    /// The sound goes through a delay and one or two filters: the ear's own, and that of nearness,
    /// if the head has one. The delay includes [`Head::latency_frames`] and is at least
    /// [`REACH`].
    ///
    /// Finite and continuous everywhere. Nearer than 1.15 head radii the ears go over into each
    /// other, until at the centre both hear what comes from the median plane.
    ///
    /// `hint` is what the last call for this ear of this source left, or new.
    ///
    /// Real-time: bounded, no allocation.
    pub fn aim(&self, ear: Ear, at: &Whereabouts, gain: f64, hint: &mut Hint) -> Aim<'_> {
        let place = self.place(ear, at);
        let gain = gain * at.distance_m / place.path_m;
        let mut aim = Aim {
            delay: self.latency_frames as f64
                + self.frames_of(place.path_m - at.distance_m)
                + blended(&self.creeping, &place.corners),
            filter: Blend::new(),
            nearness: Blend::new(),
        };
        match &self.ears {
            Ears::Sphere(filters) => {
                for row in filters.corners(&place.corners, gain) {
                    aim.filter.add(row);
                }
            }
            Ears::Measured(shells) => {
                let near = near(shells, at.distance_m);
                for ((shell, weight), hint) in near.zip(&mut hint.0) {
                    for row in shell.variation.corners(&place.corners, weight) {
                        aim.nearness.add(row);
                    }
                    let seen = self.seen(ear, at, shell);
                    shell.add(ear, seen, (weight, gain * weight), hint, &mut aim);
                }
            }
        }
        // The latency allows for the earliest of all; never into the future.
        aim.delay = aim.delay.max(REACH as f64);
        aim
    }

    /// Frames for which something is heard of a sound after its end.
    pub fn tail_frames(&self) -> usize {
        self.max_delay_frames() + self.taps + REACH
    }

    /// What an ear hears of an impulse from a source, for those who want to look at it:
    /// [`Head::frames`] frames, delayed as [`Head::aim`] says. Not for the callback: it allocates.
    pub fn response(&self, ear: Ear, source: Position, gain: f64) -> Vec<f32> {
        let at = self.whereabouts(source);
        let aim = self.aim(ear, &at, gain, &mut Hint::default());
        let [mut filter, mut scratch, mut impulse] = [(); 3].map(|()| silence(self.frames));
        aim.write(&mut filter, &mut scratch);
        let mut transform = Transform::new(self.frames);
        transform.filter(&[1.0], &mut impulse);
        let mut heard = silence(self.frames);
        let filter = Filter {
            bins: &filter,
            shift: Shift::new(aim.delay, self.frames),
            gain: 1.0,
        };
        add_product(&impulse, &filter, &mut heard);
        transform.backward(&heard).to_vec()
    }

    fn shells(&self) -> &[Shell] {
        match &self.ears {
            Ears::Sphere(_) => &[],
            Ears::Measured(shells) => shells,
        }
    }

    /// Where a source is for `ear`.
    fn place(&self, ear: Ear, at: &Whereabouts) -> Place {
        let cosine = match ear {
            Ear::Left => at.cosine,
            Ear::Right => -at.cosine,
        };
        let angle = cosine.acos();
        Place {
            corners: self.grid.corners(at.row, angle),
            path_m: self.shape.path_m(at.distance_m, angle, cosine),
        }
    }

    /// From where on a shell the ear hears the source, as a unit vector times how much of its
    /// direction is left inside the head: the point where the ray from the ear through the source
    /// meets the shell.
    fn seen(&self, ear: Ear, at: &Whereabouts, shell: &Shell) -> (Position, f64) {
        let side = match ear {
            Ear::Left => self.shape.radius_m,
            Ear::Right => -self.shape.radius_m,
        };
        let Position { x, y, z } = at.source;
        let (towards, radius) = (Position::new(x, y - side, z), shell.distance_m);
        let length = towards.distance();
        // side * cosine of the angle at the ear, and the way from there to the shell.
        let along = side * towards.y / length;
        let way = -along + (along * along + radius * radius - side * side).sqrt();
        let scale = way / (length * radius);
        let seen = Position::new(
            towards.x * scale,
            side / radius + towards.y * scale,
            towards.z * scale,
        );
        (seen, at.outside)
    }

    /// How many frames sound takes for `metres`.
    fn frames_of(&self, metres: f64) -> f64 {
        metres / self.shape.speed_of_sound_m_s * f64::from(self.sample_rate)
    }
}

/// Up to this speed nothing is held back.
const SLOW: f64 = 0.25;

impl Inertia {
    /// None: filters change at once.
    pub const NONE: Self = Self {
        part_of_quantum: 1.0,
        part_of_step: 1.0,
    };

    /// The part of the way that the filters of a source go within a quantum that is so fast (0: it
    /// stands, 1: as fast as is gone at once, not in steps). What is slow is all there, since noise
    /// is heard in what is fast.
    pub fn part(&self, speed: f64) -> f64 {
        let t = ((speed - SLOW) / (1.0 - SLOW)).clamp(0.0, 1.0);
        1.0 + (self.part_of_quantum - 1.0) * (t * t * (3.0 - 2.0 * t))
    }

    /// That of measured filters: changes faster than 45 Hz are held back, as a low-pass of two
    /// poles does, and come 7 ms late.
    pub(super) fn measured(sample_rate: u32) -> Self {
        const CORNER_HZ: f64 = 45.0;
        let turn = std::f64::consts::TAU * CORNER_HZ / f64::from(sample_rate);
        let part_of_step = 1.0 - (-turn * STEP as f64).exp();
        Self {
            // As late in all as in steps, so that going over from one to the other is not heard.
            part_of_quantum: part_of_step / (part_of_step + (1.0 - part_of_step) / STEPS as f64),
            part_of_step,
        }
    }
}

/// Frames of the transforms for filters of so many taps and delays up to so many frames.
pub(super) fn transform_frames(taps: usize, max_delay_frames: usize) -> usize {
    Transform::frames_for(QUANTUM + taps + max_delay_frames + REACH)
}

impl HeadShape {
    /// The smallest distance that the series is evaluated for, in metres.
    pub(super) fn nearest_m(&self) -> f64 {
        NEAREST_RADII * self.radius_m
    }

    /// The distance that a source at `distance_m` is heard from: its own, but no nearer than can
    /// be. The two are joined by a parabola over the nearest distance, half of it to either side, so
    /// that the level (which rises steeply there) does not stop with a kink that can be heard.
    fn heard_distance_m(&self, distance_m: f64) -> f64 {
        at_least(distance_m, self.nearest_m(), 0.5 * self.nearest_m())
    }

    /// The distance from which an ear sees a source at `distance_m`: its own, but no nearer than
    /// 1.75 head radii, where the direction already turns quickly; exact from 2 on.
    pub(super) fn seen_distance_m(&self, distance_m: f64) -> f64 {
        at_least(distance_m, 1.75 * self.radius_m, 0.25 * self.radius_m)
    }

    /// The way from a source at `distance_m` to the ear whose axis is `angle` radians off, an angle of
    /// this cosine: straight where the ear is in sight, otherwise along the tangent and round the
    /// head.
    ///
    /// Source: Woodworth's path for a finite distance, as in Aaronson and Hartmann, "Testing,
    /// correcting, and extending the Woodworth model", J. Acoust. Soc. Am. 135(2), 2014.
    pub(super) fn path_m(&self, distance_m: f64, angle: f64, cosine: f64) -> f64 {
        let a = self.radius_m;
        if cosine * distance_m >= a {
            (distance_m * distance_m + a * a - 2.0 * distance_m * a * cosine).sqrt()
        } else {
            let tangent = (a / distance_m).acos();
            (distance_m * distance_m - a * a).sqrt() + a * (angle - tangent)
        }
    }
}

/// The greater of both, joined by a parabola that reaches `half_width` to either side.
fn at_least(value: f64, least: f64, half_width: f64) -> f64 {
    let above = value - least;
    if above >= half_width {
        value
    } else if above <= -half_width {
        least
    } else {
        least + (above + half_width).powi(2) / (4.0 * half_width)
    }
}

/// The shells below and above a distance, with their weights by inverse distance.
fn near(shells: &[Shell], distance_m: f64) -> impl Iterator<Item = (&Shell, f64)> {
    let beyond = shells.partition_point(|shell| shell.distance_m <= distance_m);
    let (inner, outer) = (shells.get(beyond.wrapping_sub(1)), shells.get(beyond));
    let weights = match (inner, outer) {
        (Some(inner), Some(outer)) => {
            let nodes = [1.0 / outer.distance_m, 1.0 / inner.distance_m];
            let (_, inwards) = locate(&nodes, 1.0 / distance_m);
            [inwards, 1.0 - inwards]
        }
        _ => [1.0, 1.0],
    };
    let both = [inner, outer].into_iter().zip(weights);
    both.filter_map(|(shell, weight)| shell.filter(|_| weight > 0.0).map(|shell| (shell, weight)))
}
