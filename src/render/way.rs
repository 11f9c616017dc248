//! The sound of a source on its way through a medium that takes its time or takes something away.

use crate::dsp::air_filter::AirFilters;
use crate::dsp::delay_line::{DelayLine, Glide, Kernel, MIN_DELAY_FRAMES};
use crate::dsp::fir::{convolve, convolve_blended};
use crate::dsp::{QUANTUM, STEP, STEPS};
use crate::geometry::Position;

use super::medium::Medium;
use super::trail::{Arrival, Heard, Trail};

/// One source's way.
#[derive(Debug)]
pub(super) struct Way {
    /// Where it was while its sound is still on the way; none: sound takes no time.
    pub(super) trail: Option<Trail>,
    /// What the medium takes away of what is heard, and of what will be at the end of the quantum:
    /// filters, the last tap first; empty: nothing.
    loss: Box<[f32]>,
    next_loss: Box<[f32]>,
    /// What has arrived: as many frames as the filter looks back, then the newest quantum.
    arrived: Box<[f32]>,
    /// What is left of it: as many frames as the ears ask for, the newest at the end.
    pub(super) sound: Box<[f32]>,
}

impl Way {
    /// The way through `medium`, if it changes a sound at all, to ears that ask for `frames` frames.
    pub(super) fn new(medium: &Medium, frames: usize) -> Option<Self> {
        if medium.air.is_none() && medium.travel.is_none() {
            return None;
        }
        let taps = medium.air.as_ref().map_or(0, AirFilters::taps);
        let zeros = |count: usize| vec![0.0; count].into_boxed_slice();
        Some(Self {
            trail: medium.travel.map(Trail::new),
            loss: zeros(taps),
            next_loss: zeros(taps),
            arrived: zeros(taps.saturating_sub(1) + QUANTUM),
            sound: zeros(frames),
        })
    }

    /// By how much the sound is later than its travel time: frames. Of ways shorter than the
    /// interpolation takes, which is some centimetres.
    pub(super) fn lateness(&self, heard: &Heard) -> f64 {
        if self.trail.is_some() {
            delay_of(heard.travel) - heard.travel
        } else {
            0.0
        }
    }

    /// Takes over what `other`, in the same medium, has on its way. Real-time: no allocation.
    pub(super) fn copy_trail(&mut self, other: &Self) {
        if let (Some(trail), Some(other)) = (&mut self.trail, &other.trail) {
            trail.copy_from(other);
        }
    }

    /// Says what the medium takes away at the end of the next quantum.
    pub(super) fn lose(&mut self, medium: &Medium, position: Position) {
        if let Some(air) = &medium.air {
            air.at(position.distance(), &mut self.next_loss);
            self.next_loss.reverse();
        }
    }

    /// As if the source had been `heard` for as long as anybody asks for, up to the newest quantum of
    /// `line`.
    pub(super) fn begin(
        &mut self,
        kernel: &Kernel,
        line: &DelayLine,
        medium: &Medium,
        heard: &Heard,
    ) {
        self.lose(medium, heard.position);
        std::mem::swap(&mut self.loss, &mut self.next_loss);
        let quanta = (self.sound.len() + self.arrived.len()).div_ceil(QUANTUM);
        for ago in (1..quanta).rev() {
            let delay = delay_of(heard.travel) + (ago * QUANTUM) as f64;
            let glides = [Glide::straight(delay, delay); STEPS];
            self.take_in(kernel, line, ago, &glides);
            self.leave(false);
        }
    }

    /// Takes in the newest quantum of `line`: from what was heard at its begin to what `arrives` at
    /// the end of each of its steps, and to what was said to [`Way::lose`] if it `moves`.
    pub(super) fn take(
        &mut self,
        kernel: &Kernel,
        line: &DelayLine,
        (begin, arrivals): (&Heard, &[Arrival; STEPS]),
        moves: bool,
    ) {
        let mut from = delay_of(begin.travel);
        let glides = arrivals.map(|arrival| {
            let to = delay_of(arrival.heard.travel);
            let glide = Glide {
                from,
                to,
                bend: arrival.bend,
            };
            from = to;
            glide
        });
        self.take_in(kernel, line, 0, &glides);
        self.leave(moves);
    }

    /// Takes in a quantum of `line`: the newest one, or so many before it.
    fn take_in(&mut self, kernel: &Kernel, line: &DelayLine, ago: usize, glides: &[Glide; STEPS]) {
        self.arrived.copy_within(QUANTUM.., 0);
        let Some(newest) = self.arrived.last_chunk_mut::<QUANTUM>() else {
            return;
        };
        if self.trail.is_some() {
            let steps = newest.as_chunks_mut::<STEP>().0.iter_mut();
            for ((step, out), glide) in steps.enumerate().zip(glides) {
                line.read(kernel, step, *glide, out);
            }
        } else {
            let [older, newer] = line.last((ago + 1) * QUANTUM);
            let sound = older.iter().chain(newer);
            for (sample, sound) in newest.iter_mut().zip(sound) {
                *sample = *sound;
            }
        }
    }

    /// What has arrived goes on to the ears.
    fn leave(&mut self, moves: bool) {
        self.sound.copy_within(QUANTUM.., 0);
        let arrived = self.arrived.last_chunk::<QUANTUM>();
        let (Some(out), Some(arrived)) = (self.sound.last_chunk_mut(), arrived) else {
            return;
        };
        if self.loss.is_empty() {
            *out = *arrived;
        } else if moves {
            convolve_blended(&self.arrived, &self.loss, &self.next_loss, out);
            std::mem::swap(&mut self.loss, &mut self.next_loss);
        } else {
            convolve(&self.arrived, &self.loss, out);
        }
    }
}

/// The delay that a sound is read with that travels for so many frames.
fn delay_of(travel: f64) -> f64 {
    travel.max(MIN_DELAY_FRAMES as f64)
}
