//! A place from which a source is heard: its motion, and what the two ears make of it.

use std::sync::Arc;

use crate::dsp::air_filter::AirFilters;
use crate::dsp::delay_line::{DelayLine, Glide, Kernel};
use crate::dsp::distance::DistanceLaw;
use crate::dsp::fir::{combine, convolve, convolve_blended};
use crate::dsp::spectrum::{Spectrum, Transform};
use crate::dsp::sums::{Partition, Sums, sum_of};
use crate::dsp::{Block, QUANTUM};
use crate::geometry::Position;
use crate::head::{Aim, Ear, Head, Whereabouts};

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

/// Where an engine renders one source after the other.
pub(super) struct Desk<'a> {
    pub(super) room: &'a Room,
    pub(super) transform: &'a mut Transform,
}

impl Desk<'_> {
    /// For a source that is heard at `position`.
    fn surroundings<'a>(
        &'a mut self,
        position: Position,
        loss: &'a [f32],
        line: &'a DelayLine,
    ) -> Surroundings<'a> {
        let gain = self.room.law.gain(position.distance());
        Surroundings {
            room: self.room,
            place: (self.room.head.whereabouts(position), gain),
            loss,
            line,
            transform: self.transform,
        }
    }
}

/// What both ears hear in a quantum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Both {
    pub(super) left: Sums,
    pub(super) right: Sums,
}

impl Both {
    pub(super) const SILENCE: Self = Self {
        left: Sums::SILENCE,
        right: Sums::SILENCE,
    };

    /// Adds all of another one, times a factor that goes from `from` to `to`.
    pub(super) fn add_faded(&mut self, other: &Self, from: f32, to: f32) {
        self.left.add_faded(&other.left, from, to);
        self.right.add_faded(&other.right, from, to);
    }
}

/// A filter of the way to an ear: of nearness, which the head asks for, and of what the medium takes
/// away. Without either there is none.
#[derive(Debug)]
struct Way {
    /// The last tap first; empty: there is none.
    here: Box<[f32]>,
    /// Where the next one is made while the present one is still needed.
    next: Box<[f32]>,
    /// What it follows, where the head asks for that: half way between it and the place.
    between: Box<[f32]>,
    /// Where the filter of nearness is made, when there is one of the medium besides.
    nearness: Box<[f32]>,
}

impl Way {
    fn new(head: &Head, medium: &Medium) -> Self {
        let nearness = head.nearness_taps();
        let (taps, apart) = match &medium.air {
            Some(air) if nearness > 0 => (air.taps() + nearness - 1, nearness),
            Some(air) => (air.taps(), 0),
            None => (nearness, 0),
        };
        let filter = |taps| vec![0.0; taps].into_boxed_slice();
        Self {
            here: filter(taps),
            next: filter(taps),
            between: filter(taps),
            nearness: filter(apart),
        }
    }

    /// Makes the next filter, and tells what the ear has of the place.
    fn aim<'a>(&mut self, here: &Surroundings<'a>, ear: Ear) -> Aim<'a> {
        let Surroundings {
            room,
            loss,
            place: (whereabouts, gain),
            ..
        } = here;
        if loss.is_empty() {
            return room.head.aim(ear, whereabouts, *gain, &mut self.next);
        }
        let aim = room.head.aim(ear, whereabouts, *gain, &mut self.nearness);
        if self.nearness.is_empty() {
            self.next.copy_from_slice(loss);
            self.next.reverse();
        } else {
            combine(loss, &self.nearness, &mut self.next);
        }
        aim
    }

    /// The next one becomes what goes a part of the way to what goes a part of the way to it.
    fn follow(&mut self, part: f32) {
        let all = self.next.iter_mut().zip(&mut self.between).zip(&self.here);
        for ((next, between), here) in all {
            if part < 1.0 {
                *between += part * (*next - *between);
                *next = here + part * (*between - here);
            } else {
                *between = *next;
            }
        }
    }
}

/// A number that goes a part of the way to what goes a part of the way to where it is to be.
#[derive(Clone, Copy, Debug, Default)]
struct Following {
    here: f64,
    between: f64,
}

impl Following {
    /// Goes on; 1: it is there.
    fn follow(&mut self, to: f64, part: f64) {
        if part < 1.0 {
            self.between += part * (to - self.between);
            self.here += part * (self.between - self.here);
        } else {
            (self.here, self.between) = (to, to);
        }
    }
}

/// One ear's share of a place.
#[derive(Debug)]
struct Channel {
    ear: Ear,
    /// Its delay, without the time of the way, in frames.
    delay: Following,
    /// The time of the way, in frames.
    travel: f64,
    way: Way,
    /// The delayed sound: as many frames as the filter of the way looks back, then the newest
    /// quantum.
    input: Box<[f32]>,
    /// What comes to the ear: two quanta, of which the first or the second is the newest.
    sound: [Block; 2],
    second: bool,
    /// Its spectra, by age, as a ring; and which of them is the newest.
    spectra: Box<[Spectrum]>,
    newest: usize,
    /// The ear's filter, and what it follows.
    filter: Box<[Spectrum]>,
    filter_between: Box<[Spectrum]>,
}

impl Channel {
    fn new(ear: Ear, head: &Head, medium: &Medium) -> Self {
        let way = Way::new(head, medium);
        let before = way.here.len().saturating_sub(1);
        let spectra = || vec![Spectrum::SILENCE; head.partitions()].into_boxed_slice();
        Self {
            ear,
            delay: Following::default(),
            travel: 0.0,
            way,
            input: vec![0.0; before + QUANTUM].into_boxed_slice(),
            sound: [[0.0; QUANTUM]; 2],
            second: false,
            spectra: spectra(),
            newest: 0,
            filter: spectra(),
            filter_between: spectra(),
        }
    }

    /// Begins at what is `heard` with the newest quantum of `line`, in the middle of its sound.
    fn begin(&mut self, here: &mut Surroundings, heard: &Heard) {
        let aim = self.way.aim(here, self.ear);
        self.way.follow(1.0);
        std::mem::swap(&mut self.way.here, &mut self.way.next);
        self.delay.follow(aim.delay, 1.0);
        for (at, (filter, between)) in self
            .filter
            .iter_mut()
            .zip(&mut self.filter_between)
            .enumerate()
        {
            sum_of(aim.rows(), at, filter);
            *between = *filter;
        }
        self.travel = heard.travel;
        // As if it had been here as long as its filters look back.
        let quanta = self.spectra.len() + self.input.len().div_ceil(QUANTUM);
        for ago in (1..quanta).rev() {
            let delay = self.delay.here + self.travel + (ago * QUANTUM) as f64;
            self.hear(here, Glide::straight(delay, delay), false);
        }
    }

    /// Takes in the newest quantum of the line, which goes through the filter of the way.
    fn hear(&mut self, here: &mut Surroundings, glide: Glide, moves: bool) {
        self.second = !self.second;
        let (before, sound) = match &mut self.sound {
            [before, sound] if self.second => (before, sound),
            [sound, before] => (before, sound),
        };
        if self.way.here.is_empty() {
            here.line.read(&here.room.kernel, glide, sound);
        } else {
            self.input.copy_within(QUANTUM.., 0);
            if let Some(newest) = self.input.last_chunk_mut() {
                here.line.read(&here.room.kernel, glide, newest);
            }
            let Way { here, next, .. } = &self.way;
            if moves {
                convolve_blended(&self.input, here, next, sound);
            } else {
                convolve(&self.input, here, sound);
            }
        }
        self.newest = self
            .newest
            .checked_sub(1)
            .unwrap_or(self.spectra.len().saturating_sub(1));
        if let Some(spectrum) = self.spectra.get_mut(self.newest) {
            here.transform.forward(before, sound, spectrum);
        }
    }

    /// The spectra from the newest to the oldest.
    fn aged(spectra: &[Spectrum], newest: usize) -> impl Iterator<Item = &Spectrum> {
        let (older, newer) = spectra.split_at_checked(newest).unwrap_or((spectra, &[]));
        newer.iter().chain(older)
    }

    /// Renders the newest quantum of the line where it is.
    fn stay(&mut self, here: &mut Surroundings, sums: &mut Sums) {
        let delay = self.delay.here + self.travel;
        self.hear(here, Glide::straight(delay, delay), false);
        for (sound, filter) in Self::aged(&self.spectra, self.newest).zip(&self.filter) {
            sums.add_still(sound, filter);
        }
    }

    /// Renders the newest quantum of the line on the way to what `arrives` at its end, or the part
    /// of that way that the head goes, twice one after the other.
    fn go(&mut self, here: &mut Surroundings, arrives: &Arrival, part: f64, sums: &mut Sums) {
        let heard = &arrives.heard;
        let aim = self.way.aim(here, self.ear);
        self.way.follow(part as f32);
        let from = self.delay.here + self.travel;
        self.delay.follow(aim.delay, part);
        self.travel = heard.travel;
        let glide = Glide {
            from,
            to: self.delay.here + self.travel,
            bend: arrives.bend,
        };
        self.hear(here, glide, true);
        std::mem::swap(&mut self.way.here, &mut self.way.next);
        let filters = self.filter.iter_mut().zip(&mut self.filter_between);
        let sounds = Self::aged(&self.spectra, self.newest);
        for (at, (sound, (here, between))) in sounds.zip(filters).enumerate() {
            let partition = Partition {
                at,
                sound,
                here,
                between,
            };
            sums.add_moving(partition, aim.rows(), part as f32);
        }
    }
}

/// What the ears of a place are rendered with.
struct Surroundings<'a> {
    room: &'a Room,
    /// Where the source is to be heard, and its gain there.
    place: (Whereabouts, f64),
    /// What the medium takes away on the way: a filter, the first tap first, or nothing.
    loss: &'a [f32],
    line: &'a DelayLine,
    transform: &'a mut Transform,
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
    /// What the medium takes away at the distance.
    loss: Box<[f32]>,
    left: Channel,
    right: Channel,
}

impl Spot {
    /// A place at `position` in `medium`, prepared for `head`.
    pub(super) fn new(head: &Head, medium: &Arc<Medium>, position: Position) -> Self {
        let loss = medium.air.as_ref().map_or(0, AirFilters::taps);
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
            loss: vec![0.0; loss].into_boxed_slice(),
            left: Channel::new(Ear::Left, head, medium),
            right: Channel::new(Ear::Right, head, medium),
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

    /// Takes up the sound of the line at its newest quantum, which begins at `frame`, from where the
    /// path is then.
    pub(super) fn begin(&mut self, desk: &mut Desk, frame: u64, line: &DelayLine) {
        let position = self.motion.advance(frame as f64);
        if !std::mem::take(&mut self.goes_on) {
            self.start(frame, position);
        }
        self.settling = 0;
        self.lose(self.heard.position);
        let mut here = desk.surroundings(self.heard.position, &self.loss, line);
        for channel in [&mut self.left, &mut self.right] {
            channel.begin(&mut here, &self.heard);
        }
    }

    /// Renders the newest quantum of the line, which ends before the frame `end`.
    pub(super) fn render(&mut self, desk: &mut Desk, end: u64, line: &DelayLine, sums: &mut Both) {
        let arrives = self.advance(end);
        let inertia = desk.room.head.inertia();
        if arrives.heard != self.heard {
            self.settling = inertia.settling_quanta;
        }
        let moves = arrives.heard != self.heard || self.settling > 0;
        if moves {
            self.lose(arrives.heard.position);
        }
        // At the last it is there, so that what stands still does not depend on where it came from.
        let part = match self.settling {
            2.. => inertia.part,
            0 | 1 => 1.0,
        };
        self.settling = self.settling.saturating_sub(1);
        self.heard = arrives.heard;
        let mut here = desk.surroundings(self.heard.position, &self.loss, line);
        for (channel, sums) in [
            (&mut self.left, &mut sums.left),
            (&mut self.right, &mut sums.right),
        ] {
            if moves {
                channel.go(&mut here, &arrives, part, sums);
            } else {
                channel.stay(&mut here, sums);
            }
        }
    }

    /// Goes on to the frame `end` unheard; then it has to be begun again.
    pub(super) fn pass(&mut self, end: u64) {
        if self.goes_on {
            self.heard = self.advance(end).heard;
        } else {
            let position = self.motion.advance(end as f64);
            self.start(end, position);
            self.goes_on = true;
        }
    }

    /// It has not come here by the way it was on: when it is begun, nothing is on its way.
    pub(super) fn forget_way(&mut self) {
        self.goes_on = false;
    }

    /// Is where it is, and has always been.
    fn start(&mut self, frame: u64, position: Position) {
        self.heard = match &mut self.trail {
            Some(trail) => trail.restart(frame as f64, position),
            None => Heard::at_once(position),
        };
    }

    /// What is heard at the frame `end`.
    fn advance(&mut self, end: u64) -> Arrival {
        let position = self.motion.advance(end as f64);
        match &mut self.trail {
            Some(trail) => trail.advance(end as f64, position),
            None => Arrival {
                heard: Heard::at_once(position),
                bend: 0.0,
            },
        }
    }

    /// Takes what the medium takes away of the sound from `position`.
    fn lose(&mut self, position: Position) {
        if let Some(air) = &self.medium.air {
            air.at(position.distance(), &mut self.loss);
        }
    }
}
