//! A place from which a source is heard: its motion, and what the two ears make of it.

use std::sync::Arc;

use crate::dsp::delay_line::{DelayLine, Glide, Kernel};
use crate::dsp::distance::DistanceLaw;
use crate::dsp::fir::{combine, convolve, convolve_blended};
use crate::dsp::{Block, QUANTUM};
use crate::geometry::Position;
use crate::head::{Ear, Head};

use super::medium::Medium;
use super::motion::Motion;
use super::timing::Timing;
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

    /// Writes the filter of `ear` for what is heard, and returns its delay in frames, without the
    /// time of the way.
    fn response(&mut self, room: &Room, ear: Ear, heard: &Heard, filter: &mut [f32]) -> f64 {
        if self.filter.is_empty() {
            room.response(ear, heard.position, filter)
        } else {
            let delay = room.response(ear, heard.position, &mut self.head_filter);
            combine(&self.filter, &self.head_filter, filter);
            delay
        }
    }
}

/// What an ear has of a direction: its filter and its delay in frames.
#[derive(Debug)]
struct Response {
    filter: Box<[f32]>,
    delay: f64,
}

impl Response {
    fn new(taps: usize) -> Self {
        Self {
            filter: vec![0.0; taps].into_boxed_slice(),
            delay: 0.0,
        }
    }

    fn copy_from(&mut self, other: &Self) {
        self.filter.copy_from_slice(&other.filter);
        self.delay = other.delay;
    }

    /// Goes a part of the way from `from` to where this is (`part` 1: all of it).
    fn follow(&mut self, from: &Self, part: f64) {
        for (tap, from) in self.filter.iter_mut().zip(&from.filter) {
            *tap = from + part as f32 * (*tap - from);
        }
        self.delay = from.delay + part * (self.delay - from.delay);
    }
}

/// One ear's share of a place.
#[derive(Debug)]
struct Channel {
    ear: Ear,
    here: Response,
    /// Where the next one is made while the present one is still needed.
    next: Response,
    /// What it follows, where the head asks for that: half way between it and the place.
    between: Response,
    /// The time of the way, in frames.
    travel: f64,
    /// The delayed sound: as many frames as the filter looks back, then the newest quantum.
    input: Box<[f32]>,
}

impl Channel {
    fn new(ear: Ear, taps: usize) -> Self {
        let input = vec![0.0; taps - 1 + QUANTUM].into_boxed_slice();
        Self {
            ear,
            here: Response::new(taps),
            next: Response::new(taps),
            between: Response::new(taps),
            travel: 0.0,
            input,
        }
    }

    /// Begins at what is `heard` with the newest quantum of `line`, in the middle of its sound.
    fn begin(&mut self, room: &Room, loss: &mut Loss, heard: &Heard, line: &DelayLine) {
        self.here.delay = loss.response(room, self.ear, heard, &mut self.here.filter);
        self.between.copy_from(&self.here);
        self.travel = heard.travel;
        if let Some(past) = self.input.get_mut(QUANTUM..) {
            line.read_past(&room.kernel, self.here.delay + self.travel, past);
        }
    }

    /// Makes the filter for what `arrives` at the end of the quantum, or the part of the way there
    /// that the head goes, twice one after the other; and returns how the delay goes there.
    fn prepare(&mut self, room: &Room, loss: &mut Loss, arrives: &Arrival, part: f64) -> Glide {
        let heard = &arrives.heard;
        self.next.delay = loss.response(room, self.ear, heard, &mut self.next.filter);
        if part < 1.0 {
            self.next.follow(&self.between, part);
            self.between.copy_from(&self.next);
            self.next.follow(&self.here, part);
        } else {
            self.between.copy_from(&self.next);
        }
        let from = self.here.delay + self.travel;
        self.travel = heard.travel;
        Glide {
            from,
            to: self.next.delay + self.travel,
            bend: arrives.bend,
        }
    }

    /// Renders the newest quantum of `line`; `glide` is what was prepared, if the place moves.
    fn render(&mut self, room: &Room, glide: Option<Glide>, line: &DelayLine, out: &mut Block) {
        self.input.copy_within(QUANTUM.., 0);
        if let Some(newest) = self.input.last_chunk_mut() {
            let delay = self.here.delay + self.travel;
            let still = Glide::straight(delay, delay);
            line.read(&room.kernel, glide.unwrap_or(still), newest);
        }
        if glide.is_some() {
            convolve_blended(&self.input, &self.here.filter, &self.next.filter, out);
            std::mem::swap(&mut self.here, &mut self.next);
        } else {
            convolve(&self.input, &self.here.filter, out);
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
    /// Whether it begins in the middle of its way, with what is heard already.
    goes_on: bool,
    /// Quanta until the ears have arrived at what is heard.
    settling: u32,
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
            goes_on: false,
            settling: 0,
            loss: Loss::new(head, medium),
            left: Channel::new(Ear::Left, taps),
            right: Channel::new(Ear::Right, taps),
        }
    }

    /// What lies between it and the head.
    pub(super) fn medium(&self) -> &Arc<Medium> {
        &self.medium
    }

    /// Is where `other` is, for another head in the same medium, with all that is on its way; to be
    /// begun at the end of the quantum that `other` rendered last. Real-time: no allocation.
    pub(super) fn go_on_from(&mut self, other: &Self) {
        self.motion.copy_from(&other.motion);
        if let (Some(trail), Some(other)) = (&mut self.trail, &other.trail) {
            trail.copy_from(other);
        }
        self.heard = other.heard;
        self.goes_on = true;
    }

    /// Takes up the sound of `line` at its newest quantum, which begins at `frame`, from where the
    /// path is then.
    pub(super) fn begin(&mut self, room: &Room, frame: u64, line: &DelayLine) {
        let position = self.motion.advance(frame as f64);
        if !std::mem::take(&mut self.goes_on) {
            self.heard = match &mut self.trail {
                Some(trail) => trail.restart(frame as f64, position),
                None => Heard {
                    position,
                    travel: 0.0,
                },
            };
        }
        self.settling = 0;
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
        let inertia = room.head.inertia();
        if arrives.heard != self.heard {
            self.settling = inertia.settling_quanta;
        }
        let moves = arrives.heard != self.heard || self.settling > 0;
        if moves {
            self.loss.set(&self.medium, arrives.heard.position);
        }
        // At the last it is there, so that what stands still does not depend on where it came from.
        let part = match self.settling {
            2.. => inertia.part,
            0 | 1 => 1.0,
        };
        self.settling = self.settling.saturating_sub(1);
        let ears = [
            (&mut self.left, &mut out.left),
            (&mut self.right, &mut out.right),
        ];
        for (channel, out) in ears {
            let glide = moves.then(|| channel.prepare(room, &mut self.loss, &arrives, part));
            channel.render(room, glide, line, out);
        }
        self.heard = arrives.heard;
    }
}
