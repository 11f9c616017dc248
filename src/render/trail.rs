//! Where a source was when it made the sound that arrives now.
//!
//! What is heard of a moving source left it a while ago, from another place. The places of the past
//! are kept, each with the moment at which its sound arrives; the heard place and its travel time
//! lie on the straight line between the two whose sounds arrive just before and after now. A source
//! that comes with a part v/c of the speed of sound is thereby heard higher by 1 / (1 - v/c), one
//! that goes lower by 1 / (1 + v/c), and from where it was.

use std::collections::VecDeque;

use crate::dsp::STEP;
use crate::geometry::Position;

use super::medium::Travel;

/// The most by which a sound is heard faster than it was made. Nearly as fast as sound, or faster, a
/// source would be heard all at once, or backwards.
const FASTEST: f64 = 10.0;

/// The most by which a delay may speed up in a step, in frames: beyond all that flies, and too
/// little to reach into the future.
const MOST_BEND: f64 = 1.0;

/// A place as it is heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Heard {
    /// Where the source was.
    pub(super) position: Position,
    /// For how long the sound was on its way to the centre of the head: frames.
    pub(super) travel: f64,
}

impl Heard {
    /// A sound that takes no time.
    pub(super) fn at_once(position: Position) -> Self {
        Self {
            position,
            travel: 0.0,
        }
    }
}

/// What is heard at the end of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Arrival {
    pub(super) heard: Heard,
    /// By how much more the travel time grew in this step than in the one before: frames.
    pub(super) bend: f64,
}

impl Arrival {
    /// Of a sound that takes no time.
    pub(super) fn at_once(position: Position) -> Self {
        Self {
            heard: Heard::at_once(position),
            bend: 0.0,
        }
    }
}

/// A place at the end of a step.
#[derive(Clone, Copy, Debug)]
struct Step {
    heard: Heard,
    /// The frame at which its sound arrives.
    arrival: f64,
}

/// The past of one source, as far as it has yet to be heard.
#[derive(Debug)]
pub(super) struct Trail {
    travel: Travel,
    /// One for each step, ascending in arrival; the sound of the first has arrived.
    steps: VecDeque<Step>,
    /// The travel time that was heard last, and by how much it had grown in that step.
    last: f64,
    growth: Option<f64>,
}

impl Trail {
    /// A trail that holds all that can be on its way.
    pub(super) fn new(travel: Travel) -> Self {
        // The first, the one that is added, and those whose sound is between the two.
        let capacity = travel.longest_frames() / STEP + 3;
        Self {
            travel,
            steps: VecDeque::with_capacity(capacity),
            last: 0.0,
            growth: None,
        }
    }

    /// Forgets all: the source is at `position` at `frame`, and has always been.
    pub(super) fn restart(&mut self, frame: f64, position: Position) -> Heard {
        let heard = self.heard_at(position);
        self.steps.clear();
        self.steps.push_back(Step {
            heard,
            arrival: frame + heard.travel,
        });
        (self.last, self.growth) = (heard.travel, None);
        heard
    }

    /// Takes over what `other`, in the same medium, has on its way. Real-time: no allocation.
    pub(super) fn copy_from(&mut self, other: &Self) {
        debug_assert!(other.steps.len() <= self.steps.capacity(), "one medium");
        self.steps.clear();
        self.steps
            .extend(other.steps.iter().take(self.steps.capacity()));
        (self.last, self.growth) = (other.last, other.growth);
    }

    /// The source is at `position` at `frame`, a step after the last one; returns what is heard
    /// at that frame.
    pub(super) fn advance(&mut self, frame: f64, position: Position) -> Arrival {
        self.add(frame, position);
        let heard = self.heard_now(frame);
        let growth = heard.travel - self.last;
        let bend = self.growth.map_or(0.0, |before| growth - before);
        (self.last, self.growth) = (heard.travel, Some(growth));
        Arrival {
            heard,
            bend: bend.clamp(-MOST_BEND, MOST_BEND),
        }
    }

    fn add(&mut self, frame: f64, position: Position) {
        let mut heard = self.heard_at(position);
        let soonest =
            self.steps.back().map_or(f64::MIN, |last| last.arrival) + STEP as f64 / FASTEST;
        heard.travel = heard.travel.max(soonest - frame);
        if self.steps.len() == self.steps.capacity() {
            self.steps.pop_front();
        }
        self.steps.push_back(Step {
            heard,
            arrival: frame + heard.travel,
        });
    }

    fn heard_now(&mut self, frame: f64) -> Heard {
        while self.steps.get(1).is_some_and(|next| next.arrival <= frame) {
            self.steps.pop_front();
        }
        match (self.steps.front(), self.steps.get(1)) {
            (Some(a), Some(b)) if a.arrival <= frame && a.heard != b.heard => {
                let t = (frame - a.arrival) / (b.arrival - a.arrival);
                Heard {
                    position: a.heard.position.lerp(b.heard.position, t),
                    travel: a.heard.travel + t * (b.heard.travel - a.heard.travel),
                }
            }
            (Some(first), _) => first.heard,
            (None, _) => self.heard_at(Position::FRONT),
        }
    }

    fn heard_at(&self, position: Position) -> Heard {
        Heard {
            position,
            travel: self.travel.frames(position.distance()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::medium::{Medium, MediumConfig};
    use super::*;

    /// Frames a second, and metres a second of sound: a metre is 140 frames.
    const RATE: u32 = 48_020;
    const SOUND_M_S: f64 = 343.0;

    fn trail(max_m: f64) -> Trail {
        let config = MediumConfig {
            air: None,
            doppler: true,
            speed_of_sound_m_s: SOUND_M_S,
            max_m,
        };
        Trail::new(Medium::new(&config, RATE).travel.unwrap())
    }

    /// What is heard of a source on the x axis at `x(seconds)`, step by step from `from` on.
    fn fly(from_s: f64, to_s: f64, x: impl Fn(f64) -> f64) -> Vec<(f64, Heard)> {
        let mut trail = trail(100.0);
        let capacity = trail.steps.capacity();
        let at = |seconds: f64| Position::new(x(seconds), 0.0, 0.0);
        let frame = |seconds: f64| seconds * f64::from(RATE);
        trail.restart(frame(from_s), at(from_s));
        let steps = (frame(to_s - from_s) / STEP as f64) as u32;
        let heard = (1..=steps)
            .map(|n| {
                let now = frame(from_s) + f64::from(n) * STEP as f64;
                let seconds = now / f64::from(RATE);
                (seconds, trail.advance(now, at(seconds)).heard)
            })
            .collect();
        assert_eq!(trail.steps.capacity(), capacity, "it allocated");
        heard
    }

    #[test]
    fn what_stands_still_is_heard_where_it_is_to_the_bit() {
        let place = Position::new(3.0, -4.0, 0.1);
        let mut trail = trail(100.0);
        let first = trail.restart(77.0, place);
        assert!((first.travel - 140.0 * place.distance()).abs() < 1e-9);
        for n in 1..2000_u16 {
            let arrival = trail.advance(77.0 + f64::from(n) * STEP as f64, place);
            assert_eq!(arrival.heard, first, "after {n} steps");
            assert_eq!(arrival.bend.to_bits(), 0, "after {n} steps");
        }
    }

    #[test]
    fn a_moving_source_is_heard_from_where_it_was_when_the_sound_left_it() {
        // From 40 m on one side to 40 m on the other, 5 m past the head on the way, at 34.3 m/s.
        for (now, heard) in fly(0.0, 2.3, |t| 40.0 - 34.3 * t) {
            let left_s = now - heard.travel / f64::from(RATE);
            if left_s > 0.001 {
                let x = 40.0 - 34.3 * left_s;
                assert!((heard.position.x - x).abs() < 1e-6, "{heard:?} at {now} s");
                // Within a step of the head the distance turns round.
                if x.abs() > 0.05 {
                    assert!((heard.travel - 140.0 * x.abs()).abs() < 1e-6, "{heard:?}");
                }
            }
        }
    }

    #[test]
    fn pitch_follows_from_the_speed_towards_the_head() {
        // How fast the sound is read: 1 less what its delay grows by in a frame.
        for (speed, factor) in [
            (34.3, 1.0 / 0.9),
            (-34.3, 1.0 / 1.1),
            (100.0, 343.0 / 243.0),
            (1.0, 343.0 / 342.0),
        ] {
            let begin = if speed > 0.0 { 90.0 } else { 1.0 };
            let heard = fly(0.0, 0.8, |t| begin - speed * t);
            for pair in heard[heard.len() * 7 / 12..].windows(2) {
                let grown = pair[1].1.travel - pair[0].1.travel;
                let got = 1.0 - grown / STEP as f64;
                assert!((got - factor).abs() < 1e-6, "{got}, not {factor}");
            }
        }
    }

    #[test]
    fn faster_than_sound_is_heard_at_ten_times_the_speed_until_it_has_come() {
        let heard = fly(0.0, 3.0, |t| (90.0 - 1000.0 * t).max(2.0));
        let mut last = heard[0].1.travel;
        for (now, heard) in &heard {
            let read = 1.0 - (heard.travel - last) / STEP as f64;
            assert!((-1e-9..10.0 + 1e-9).contains(&read), "{read} at {now}");
            last = heard.travel;
        }
        assert!((last - 280.0).abs() < 1e-6, "{last} frames at the end");
    }

    #[test]
    fn beyond_the_longest_way_travel_time_is_bounded() {
        let heard = fly(0.0, 5.0, |t| 1.0 + 90.0 * t);
        let (_, last) = heard.last().unwrap();
        assert!((last.travel - 110.0 * 140.0).abs() < 1e-6, "{last:?}");
    }
}
