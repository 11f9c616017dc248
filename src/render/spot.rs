//! A place from which a source is heard: its motion, and what the two ears make of it.

use std::sync::Arc;

use crate::dsp::delay_line::DelayLine;
use crate::dsp::shift::{REACH, Shift};
use crate::dsp::spectrum::{Spectrum, silence};
use crate::dsp::sums::{Change, Filter, Span, Sums, follow};
use crate::dsp::{STEP, STEPS};
use crate::geometry::Position;
use crate::head::{Ear, Head, Hint, Inertia};

use super::desk::{Desk, Draft, Place};
use super::medium::Medium;
use super::motion::Motion;
use super::timing::Timing;
use super::trail::{Arrival, Heard};
use super::way::Way;

/// The angle that a source may sweep over in a quantum, seen from the head, for the way of its delays
/// and filters to be a straight line: radians. At 48 kHz that is one turn a second.
const EVEN: f64 = 0.018;

/// How much nearer than the centre what the angle is seen from comes to the source, and the least
/// distance to it: head radii. The ears are not at the centre.
const EARS_NEARER: f64 = 0.75;
const LEAST: f64 = 0.25;

/// What is left of its pace a quantum later, when a source slows down or stops.
const SLOWING: f64 = 0.8;

/// What is multiplied by less than this is not heard: -120 dB.
const INAUDIBLE: f64 = 1e-6;

/// How much is heard of a sound, at the begin and the end of a quantum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fade {
    pub(super) from: f32,
    pub(super) to: f32,
}

impl Fade {
    /// All of it.
    pub(super) const NONE: Self = Self { from: 1.0, to: 1.0 };

    /// Nothing of it.
    pub(super) const ALL: Self = Self { from: 0.0, to: 0.0 };

    /// So much of what is left by another one.
    pub(super) fn of_what_is_left_by(self, other: Self) -> Self {
        Self {
            from: self.from * other.from,
            to: self.to * other.to,
        }
    }

    /// That of one step.
    fn of(self, step: usize) -> Self {
        let at = |step: usize| self.from + (self.to - self.from) * (step as f32 / STEPS as f32);
        Self {
            from: at(step),
            to: at(step + 1),
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
    /// What is left of that for it to do, in frames and by frequency.
    shift_frames: f64,
    shift: Shift,
    /// The filter of the ear; and what it follows, where the head asks for that.
    filter: Box<Spectrum>,
    between: Box<Spectrum>,
    /// Whether it is still on its way; otherwise what is between is not up to date.
    follows: bool,
    hint: Hint,
}

/// A part of a source's way, over a quantum or a step.
struct Leg<'a> {
    head: &'a Head,
    /// Where it ends.
    place: Place,
    /// What part of the way there the head goes, twice one after the other.
    part: f64,
    /// By how much the sound is late already: frames.
    late: f64,
    span: Span,
    fade: Fade,
}

impl Leg<'_> {
    /// What is left to do of a delay: in frames, and by frequency.
    fn shift(&self, delay: f64) -> (f64, Shift) {
        let frames = (delay - self.late).max(REACH as f64);
        (frames, Shift::new(frames, self.head.frames()))
    }
}

impl Channel {
    fn new(ear: Ear, head: &Head) -> Self {
        let follows = head.inertia() != Inertia::NONE;
        Self {
            ear,
            delay: Following::default(),
            shift_frames: 0.0,
            shift: Shift::NONE,
            filter: silence(head.frames()),
            between: silence(if follows { head.frames() } else { 0 }),
            follows: false,
            hint: Hint::default(),
        }
    }

    /// Is at once at the end of a leg.
    fn begin(&mut self, leg: &Leg, draft: &mut Draft) {
        let delay = draft.aim(leg.head, self.ear, &leg.place, &mut self.hint);
        self.delay.follow(delay, 1.0);
        (self.shift_frames, self.shift) = leg.shift(delay);
        std::mem::swap(&mut self.filter, &mut draft.filter);
        self.follows = false;
    }

    /// Adds a sound where it is.
    fn stay(&self, sound: &Spectrum, fade: Fade, sums: &mut Sums) {
        let from = Filter {
            bins: &self.filter,
            shift: self.shift,
            gain: fade.from,
        };
        if fade.from == fade.to {
            sums.add_still(sound, &from);
        } else {
            let change = Change {
                from,
                shift: self.shift,
                gain: fade.to,
                later: 0.0,
            };
            sums.add_moving(sound, &change, &self.filter, Span::Quantum);
        }
    }

    /// Adds a sound on the way to the end of a leg.
    fn go(&mut self, leg: &Leg, draft: &mut Draft, sound: &Spectrum, sums: &mut Sums) {
        let delay = draft.aim(leg.head, self.ear, &leg.place, &mut self.hint);
        if leg.part < 1.0 {
            if !self.follows {
                self.between.copy_from_slice(&self.filter);
            }
            let (target, between) = (&mut draft.filter, &mut self.between);
            follow(target, between, &self.filter, leg.part as f32);
        }
        self.follows = leg.part < 1.0;
        self.delay.follow(delay, leg.part);
        let (shift_frames, shift) = leg.shift(self.delay.here);
        let change = Change {
            from: Filter {
                bins: &self.filter,
                shift: self.shift,
                gain: leg.fade.from,
            },
            shift,
            gain: leg.fade.to,
            later: shift_frames - self.shift_frames,
        };
        sums.add_moving(sound, &change, &draft.filter, leg.span);
        (self.shift_frames, self.shift) = (shift_frames, shift);
        std::mem::swap(&mut self.filter, &mut draft.filter);
    }
}

/// What is heard of a source in a quantum.
struct Course {
    /// At the end of each step; the last is always right, the others where it takes steps.
    arrivals: [Arrival; STEPS],
    /// How far it goes round the head: as a part of what it may if its way is to be gone at once.
    speed: f64,
}

impl Course {
    fn in_steps(&self) -> bool {
        self.speed > 1.0
    }
}

/// A place that moves along its path.
#[derive(Debug)]
pub(super) struct Spot {
    pub(super) motion: Motion,
    medium: Arc<Medium>,
    way: Option<Box<Way>>,
    /// What is heard of it at the beginning of the next quantum.
    heard: Heard,
    /// Whether it begins in the middle of its way, with what is heard already.
    goes_on: bool,
    /// How fast it is, as far as its ears have to do with it: that of its course, and when it slows
    /// down they come after it.
    pace: f64,
    /// Whether it was too far away to be heard, so that the ears are not where it is.
    unheard: bool,
    left: Channel,
    right: Channel,
}

impl Spot {
    /// A place at `position` in `medium`, prepared for `head`.
    pub(super) fn new(head: &Head, medium: &Arc<Medium>, position: Position) -> Self {
        Self {
            motion: Motion::new(position, Timing::default()),
            medium: Arc::clone(medium),
            way: Way::new(medium, head.frames()).map(Box::new),
            heard: Heard::at_once(position),
            goes_on: false,
            pace: 0.0,
            unheard: false,
            left: Channel::new(Ear::Left, head),
            right: Channel::new(Ear::Right, head),
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
        if let (Some(way), Some(other)) = (&mut self.way, &other.way) {
            way.copy_trail(other);
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
        self.pace = 0.0;
        if let Some(way) = &mut self.way {
            way.begin(&desk.kernel, line, &self.medium, &self.heard);
        }
        let heard = self.heard;
        self.settle(desk, &heard);
    }

    /// The ears are at once at what is `heard`.
    fn settle(&mut self, desk: &mut Desk, heard: &Heard) {
        self.unheard = false;
        let leg = Leg {
            head: &desk.head,
            place: desk.place(heard.position),
            part: 1.0,
            late: self.lateness(heard),
            span: Span::Quantum,
            fade: Fade::NONE,
        };
        for channel in [&mut self.left, &mut self.right] {
            channel.begin(&leg, &mut desk.draft);
        }
    }

    /// Renders the newest quantum of the line, which ends before the frame `end`.
    pub(super) fn render(&mut self, desk: &mut Desk, end: u64, line: &DelayLine, fade: Fade) {
        let begin = self.heard;
        let course = self.advance(&desk.head, end);
        let moved = course.arrivals.iter().any(|arrival| arrival.heard != begin);
        self.pace = course.speed.max(SLOWING * self.pace);
        let follows = self.left.follows || self.right.follows;
        if let Some(way) = &mut self.way {
            if moved {
                way.lose(&self.medium, self.heard.position);
            }
            way.take(&desk.kernel, line, (&begin, &course.arrivals), moved);
        }
        let gains = [begin, self.heard].map(|heard| desk.law.gain(heard.position.distance()));
        if !follows && gains.iter().all(|gain| *gain < INAUDIBLE) {
            self.unheard = true;
            return;
        }
        if self.unheard {
            self.settle(desk, &begin);
        }
        let sound = match &self.way {
            Some(way) => [&[], &*way.sound],
            None => line.last(desk.transform.frames()),
        };
        desk.transform.forward(sound, &mut desk.sound);
        if moved || follows {
            self.follow(desk, &course, fade);
        } else {
            self.left.stay(&desk.sound, fade, &mut desk.left);
            self.right.stay(&desk.sound, fade, &mut desk.right);
        }
    }

    /// Adds the sound on the desk on its way.
    fn follow(&mut self, desk: &mut Desk, course: &Course, fade: Fade) {
        let inertia = desk.head.inertia();
        if course.in_steps() {
            for (step, arrival) in course.arrivals.iter().enumerate() {
                let leg = (Span::Step(step), inertia.part_of_step);
                self.go(desk, &arrival.heard, leg, fade.of(step));
            }
        } else {
            // Slow enough it is there, so that what stands still does not depend on where it came
            // from.
            let leg = (Span::Quantum, inertia.part(self.pace));
            let heard = self.heard;
            self.go(desk, &heard, leg, fade);
        }
    }

    /// Adds the sound on the desk on the way to what will be `heard`.
    fn go(&mut self, desk: &mut Desk, heard: &Heard, (span, part): (Span, f64), fade: Fade) {
        let leg = Leg {
            head: &desk.head,
            place: desk.place(heard.position),
            part,
            late: self.lateness(heard),
            span,
            fade,
        };
        let (draft, sound) = (&mut desk.draft, &desk.sound);
        self.left.go(&leg, draft, sound, &mut desk.left);
        self.right.go(&leg, draft, sound, &mut desk.right);
    }

    /// Goes on to the frame `end` unheard; then it has to be begun again.
    pub(super) fn pass(&mut self, head: &Head, end: u64) {
        if self.goes_on {
            self.advance(head, end);
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
        let trail = self.way.as_mut().and_then(|way| way.trail.as_mut());
        self.heard = match trail {
            Some(trail) => trail.restart(frame as f64, position),
            None => Heard::at_once(position),
        };
    }

    /// Goes on to what is heard at the frame `end`, a quantum later.
    fn advance(&mut self, head: &Head, end: u64) -> Course {
        let begin = self.heard;
        let trail = self.way.as_mut().and_then(|way| way.trail.as_mut());
        let ahead = self.motion.look(end as f64);
        let at_once = Arrival::at_once(ahead.position);
        let mut course = Course {
            arrivals: [at_once; STEPS],
            speed: speed(head, begin.position, ahead.position),
        };
        if trail.is_none() && !course.in_steps() {
            self.motion.go(&ahead);
        } else {
            let mut trail = trail;
            let begin = end.saturating_sub((STEPS * STEP) as u64) as f64;
            let ends = (1..=STEPS).map(|step| begin + (step * STEP) as f64);
            for (arrival, frame) in course.arrivals.iter_mut().zip(ends) {
                let position = self.motion.advance(frame);
                *arrival = match &mut trail {
                    Some(trail) => trail.advance(frame, position),
                    None => Arrival::at_once(position),
                };
            }
        }
        let [.., last] = course.arrivals;
        if self.way.is_some() {
            course.speed = speed(head, begin.position, last.heard.position);
        }
        self.heard = last.heard;
        course
    }

    fn lateness(&self, heard: &Heard) -> f64 {
        self.way.as_ref().map_or(0.0, |way| way.lateness(heard))
    }
}

/// How far what goes from one place to another within a quantum goes round the head, or past an ear: as
/// a part of what it may if a straight line is to do.
fn speed(head: &Head, from: Position, to: Position) -> f64 {
    let radius = head.shape().radius_m;
    let nearest = from.distance().min(to.distance());
    let seen_from = (nearest - EARS_NEARER * radius).max(LEAST * radius);
    from.distance_to(to) / (EVEN * seen_from)
}
