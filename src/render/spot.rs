//! A place from which a source is heard: its motion, and what the two ears make of it.

use std::sync::Arc;

use crate::dsp::delay_line::{DelayLine, Glide, Kernel};
use crate::dsp::distance::DistanceLaw;
use crate::dsp::fir::{combine, convolve, convolve_blended};
use crate::dsp::{Block, QUANTUM};
use crate::geometry::Position;
use crate::head::{Ear, Head};

use super::medium::Medium;
use super::motion::{Motion, Timing};
use super::trail::{Arrival, Heard, Trail};

/// What all sources of an engine are rendered with.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) head: Arc<Head>,
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

/// What the medium takes away of the sound of a place: the filter of its distance.
#[derive(Debug)]
struct Loss {
    /// The first tap first; empty when nothing is taken away.
    filter: Box<[f32]>,
    /// Where the filter of a head is made that is to be combined with it.
    head_filter: Box<[f32]>,
}

impl Loss {
    fn new(head: &Head, medium: &Medium) -> Self {
        let (taps, head_taps) = match &medium.air {
            Some(air) => (air.taps(), head.taps()),
            None => (0, 0),
        };
        Self {
            filter: vec![0.0; taps].into_boxed_slice(),
            head_filter: vec![0.0; head_taps].into_boxed_slice(),
        }
    }

    /// Takes the filter of the distance.
    fn set(&mut self, medium: &Medium, position: Position) {
        if let Some(air) = &medium.air {
            air.at(position.distance(), &mut self.filter);
        }
    }

    /// Writes the filter of `ear` for what is heard, and returns its delay in frames.
    fn response(&mut self, room: &Room, ear: Ear, heard: &Heard, filter: &mut [f32]) -> f64 {
        let delay = if self.filter.is_empty() {
            room.response(ear, heard.position, filter)
        } else {
            let delay = room.response(ear, heard.position, &mut self.head_filter);
            combine(&self.filter, &self.head_filter, filter);
            delay
        };
        delay + heard.travel
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

    /// Begins at what is `heard` with the newest quantum of `line`, in the middle of its sound.
    fn begin(&mut self, room: &Room, loss: &mut Loss, heard: &Heard, line: &DelayLine) {
        self.delay = loss.response(room, self.ear, heard, &mut self.filter);
        if let Some(past) = self.input.get_mut(QUANTUM..) {
            line.read_past(&room.kernel, self.delay, past);
        }
    }

    /// Makes the filter for what `arrives` at the end of the quantum, and returns how the delay
    /// goes there.
    fn prepare(&mut self, room: &Room, loss: &mut Loss, arrives: &Arrival) -> Glide {
        Glide {
            from: self.delay,
            to: loss.response(room, self.ear, &arrives.heard, &mut self.next_filter),
            bend: arrives.bend,
        }
    }

    /// Renders the newest quantum of `line`; `glide` is what was prepared, if the place moves.
    fn render(&mut self, room: &Room, glide: Option<Glide>, line: &DelayLine, out: &mut Block) {
        self.input.copy_within(QUANTUM.., 0);
        if let Some(newest) = self.input.last_chunk_mut() {
            let still = Glide::straight(self.delay, self.delay);
            line.read(&room.kernel, glide.unwrap_or(still), newest);
        }
        if let Some(glide) = glide {
            convolve_blended(&self.input, &self.filter, &self.next_filter, out);
            std::mem::swap(&mut self.filter, &mut self.next_filter);
            self.delay = glide.to;
        } else {
            convolve(&self.input, &self.filter, out);
        }
    }
}

/// A place that moves along its path.
#[derive(Debug)]
pub(super) struct Spot {
    pub(super) motion: Motion,
    medium: Arc<Medium>,
    /// Where it was while its sound is still on the way; none: sound takes no time.
    trail: Option<Trail>,
    /// What is heard of it at the beginning of the next quantum.
    heard: Heard,
    loss: Loss,
    left: Channel,
    right: Channel,
}

impl Spot {
    /// A place at `position` in `medium`, prepared for `head`.
    pub(super) fn new(head: &Head, medium: &Arc<Medium>, position: Position) -> Self {
        let taps = head.taps() + medium.more_taps();
        Self {
            motion: Motion::new(position, Timing::default()),
            medium: Arc::clone(medium),
            trail: medium.travel.map(Trail::new),
            heard: Heard {
                position,
                travel: 0.0,
            },
            loss: Loss::new(head, medium),
            left: Channel::new(Ear::Left, taps),
            right: Channel::new(Ear::Right, taps),
        }
    }

    /// Takes up the sound of `line` at its newest quantum, which begins at `frame`, from where the
    /// path is then.
    pub(super) fn begin(&mut self, room: &Room, frame: u64, line: &DelayLine) {
        let position = self.motion.advance(frame as f64);
        self.heard = match &mut self.trail {
            Some(trail) => trail.restart(frame as f64, position),
            None => Heard {
                position,
                travel: 0.0,
            },
        };
        self.loss.set(&self.medium, self.heard.position);
        for channel in [&mut self.left, &mut self.right] {
            channel.begin(room, &mut self.loss, &self.heard, line);
        }
    }

    /// Renders the newest quantum of `line`, which ends before the frame `end`.
    pub(super) fn render(&mut self, room: &Room, end: u64, line: &DelayLine, out: &mut Both) {
        let position = self.motion.advance(end as f64);
        let arrives = match &mut self.trail {
            Some(trail) => trail.advance(end as f64, position),
            None => Arrival {
                heard: Heard {
                    position,
                    travel: 0.0,
                },
                bend: 0.0,
            },
        };
        let moves = arrives.heard != self.heard;
        if moves {
            self.loss.set(&self.medium, arrives.heard.position);
        }
        let ears = [
            (&mut self.left, &mut out.left),
            (&mut self.right, &mut out.right),
        ];
        for (channel, out) in ears {
            let glide = moves.then(|| channel.prepare(room, &mut self.loss, &arrives));
            channel.render(room, glide, line, out);
        }
        self.heard = arrives.heard;
    }
}
