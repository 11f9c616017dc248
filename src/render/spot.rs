//! A place from which a source is heard: its motion, and what the two ears make of it.

use crate::dsp::delay_line::{DelayLine, Kernel};
use crate::dsp::distance::DistanceLaw;
use crate::dsp::fir::{convolve, convolve_blended};
use crate::dsp::{Block, QUANTUM};
use crate::geometry::Position;
use crate::head::{Ear, Head};

use super::motion::Motion;
use super::timing::Timing;

/// What all sources of an engine are rendered with.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) head: std::sync::Arc<Head>,
    pub(super) kernel: Kernel,
    pub(super) law: DistanceLaw,
}

impl Room {
    /// Writes the filter of `ear` for a source at `position`, and returns its delay in frames.
    fn response(&self, ear: Ear, position: Position, filter: &mut [f32]) -> f64 {
        self.head
            .response(ear, position, self.law.gain(position.distance()), filter)
    }
}

/// One quantum of both ears.
#[derive(Clone, Copy, Debug)]
pub(super) struct Both {
    pub(super) left: Block,
    pub(super) right: Block,
}

impl Both {
    pub(super) const SILENCE: Self = Self {
        left: [0.0; QUANTUM],
        right: [0.0; QUANTUM],
    };

    pub(super) fn add(&mut self, other: &Self) {
        for (sum, sample) in self.left.iter_mut().zip(other.left) {
            *sum += sample;
        }
        for (sum, sample) in self.right.iter_mut().zip(other.right) {
            *sum += sample;
        }
    }

    /// Adds `here` times the weights and `before` times what they lack to 1.
    pub(super) fn add_blended(&mut self, here: &Self, before: &Self, weights: &Block) {
        let blend = |sums: &mut Block, here: &Block, before: &Block| {
            for (((sum, new), old), weight) in sums.iter_mut().zip(here).zip(before).zip(weights) {
                *sum += old + weight * (new - old);
            }
        };
        blend(&mut self.left, &here.left, &before.left);
        blend(&mut self.right, &here.right, &before.right);
    }
}

/// One ear's share of a place.
#[derive(Debug)]
struct Channel {
    ear: Ear,
    delay: f64,
    filter: Box<[f32]>,
    /// Where the next filter is made while the present one is still needed.
    next_filter: Box<[f32]>,
    /// The delayed sound: as many frames as the filter looks back, then the newest quantum.
    input: Box<[f32]>,
}

impl Channel {
    fn new(ear: Ear, taps: usize) -> Self {
        let filter = || vec![0.0; taps].into_boxed_slice();
        let input = vec![0.0; taps - 1 + QUANTUM].into_boxed_slice();
        Self {
            ear,
            delay: 0.0,
            filter: filter(),
            next_filter: filter(),
            input,
        }
    }

    /// Begins at `position` with the newest quantum of `line`, in the middle of its sound.
    fn begin(&mut self, room: &Room, position: Position, line: &DelayLine) {
        self.delay = room.response(self.ear, position, &mut self.filter);
        if let Some(past) = self.input.get_mut(QUANTUM..) {
            line.read_past(&room.kernel, self.delay, past);
        }
    }

    /// Renders the newest quantum of `line`; `target` is where the source is at its end, if it
    /// moves.
    fn render(&mut self, room: &Room, target: Option<Position>, line: &DelayLine, out: &mut Block) {
        let next_delay = match target {
            Some(position) => room.response(self.ear, position, &mut self.next_filter),
            None => self.delay,
        };
        self.input.copy_within(QUANTUM.., 0);
        if let Some(newest) = self.input.last_chunk_mut() {
            line.read(&room.kernel, self.delay, next_delay, newest);
        }
        if target.is_some() {
            convolve_blended(&self.input, &self.filter, &self.next_filter, out);
            std::mem::swap(&mut self.filter, &mut self.next_filter);
            self.delay = next_delay;
        } else {
            convolve(&self.input, &self.filter, out);
        }
    }
}

/// A place that moves along its path.
#[derive(Debug)]
pub(super) struct Spot {
    pub(super) motion: Motion,
    /// Where it is at the beginning of the next quantum.
    position: Position,
    left: Channel,
    right: Channel,
}

impl Spot {
    /// A place at `position`, prepared for `head`.
    pub(super) fn new(head: &Head, position: Position) -> Self {
        Self {
            motion: Motion::new(position, Timing::default()),
            position,
            left: Channel::new(Ear::Left, head.taps()),
            right: Channel::new(Ear::Right, head.taps()),
        }
    }

    /// Takes up the sound of `line` at its newest quantum, which begins at `frame`, from where the
    /// path is then.
    pub(super) fn begin(&mut self, room: &Room, frame: u64, line: &DelayLine) {
        self.position = self.motion.advance(frame as f64);
        self.left.begin(room, self.position, line);
        self.right.begin(room, self.position, line);
    }

    /// Renders the newest quantum of `line`, which ends before the frame `end`.
    pub(super) fn render(&mut self, room: &Room, end: u64, line: &DelayLine, out: &mut Both) {
        let position = self.motion.advance(end as f64);
        let target = (position != self.position).then_some(position);
        self.left.render(room, target, line, &mut out.left);
        self.right.render(room, target, line, &mut out.right);
        self.position = position;
    }
}
