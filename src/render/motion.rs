//! The path of a source between the positions that arrive.
//!
//! Positions arrive as points in time, some late, some not at all. Each time one does, the way on
//! from what was played is laid anew: a curve without a step in its speed that goes through the new
//! point as the parabola through it and the two before it does, and then
//! - goes on, ever slower, in case the next point is late: when [`Timing::reach_frames`] have gone
//!   it has half its speed, after twice that time it stands. In all it comes at most as far as its
//!   last speed would take it in `reach_frames`;
//! - returns within as much time to where the source was last known to be, and stays there.
//!
//! What is heard is the mean of that curve over a sliding window, weighted so that nothing is left
//! of the points where its parabolas meet, and played behind the newest position by a delay. The
//! window reaches ahead of the middle, so that a part of the way is foreseen; a point that comes
//! late, or never, only bends the way that is not yet played. Nothing is ever torn.
//!
//! With [`Timing::default`] nothing is foreseen or smoothed: the path is straight lines through its
//! points, exactly.

use super::curve::{CAPACITY, Curve, Knot};
use super::timing::{Settling, Timing};
use crate::geometry::Position;

/// Points that one delay is allowed to take. Where positions come more often, they are thinned out
/// evenly: the newest takes the place of the one before it.
const POINTS_PER_DELAY: f64 = 24.0;

/// Pieces that a curve gets with a new point: two on the way to it, five after it.
const PIECES_PER_POINT: usize = 7;
const _: () = assert!(PIECES_PER_POINT + 2 * 2 * POINTS_PER_DELAY as usize <= CAPACITY);

/// The shortest interval that a speed is taken from, and the shortest time in which the path goes
/// over to a point that came late: of the interval between positions.
const SHORTEST_INTERVALS: f64 = 0.5;

/// The speed left after [`Timing::reach_frames`]: of that at the last point.
const SPEED_LEFT: f64 = 0.5;

/// A position that arrived.
#[derive(Clone, Copy, Debug)]
struct Seen {
    frame: f64,
    position: Position,
    /// From when on the way may be laid anew without missing this position.
    free_from: f64,
}

/// The path of one source.
#[derive(Debug)]
pub(super) struct Motion {
    curve: Curve,
    /// The last three positions, the newest at the end; as many of them as have not come yet are
    /// the first one.
    seen: [Seen; 3],
    /// Where the way to the newest position begins.
    begun: f64,
    timing: Settling,
    /// When the path was last looked at.
    now: f64,
    /// Up to where the path was played, and must not change any more.
    played: f64,
}

impl Motion {
    /// A source that has always been at `position`.
    pub(super) fn new(position: Position, timing: Timing) -> Self {
        Self {
            curve: Curve::new(position),
            seen: [Seen::first(0.0, position); 3],
            begun: 0.0,
            timing: Settling::at(timing),
            now: 0.0,
            played: timing.newest_needed(0.0),
        }
    }

    /// Forgets all points: the source is and has always been at `position`.
    pub(super) fn restart(&mut self, position: Position, timing: Timing, now: f64) {
        self.curve.restart(position);
        self.seen = [Seen::first(now, position); 3];
        self.begun = 0.0;
        self.timing = Settling::at(timing);
        (self.now, self.played) = (now, timing.newest_needed(now));
    }

    /// Takes over another path, without asking for memory.
    pub(super) fn copy_from(&mut self, other: &Self) {
        let Self {
            curve,
            seen,
            begun,
            timing,
            now,
            played,
        } = self;
        curve.copy_from(&other.curve);
        (*seen, *begun) = (other.seen, other.begun);
        (*timing, *now, *played) = (other.timing, other.now, other.played);
    }

    /// How the path is played from now on; it changes over gradually.
    pub(super) fn set_timing(&mut self, timing: Timing) {
        self.timing.head_for(timing);
    }

    /// When the path was last looked at, in frames.
    pub(super) fn now(&self) -> f64 {
        self.now
    }

    /// The source is at `position` at `frame`. Never refused: what would change the past is taken
    /// for the nearest moment that is still ahead.
    pub(super) fn add(&mut self, frame: f64, position: Position) {
        let [_, before, last] = self.seen;
        let delay = self.timing.target().delay_frames;
        let spacing = delay.max(self.timing.present().delay_frames) / POINTS_PER_DELAY;
        let close = before.frame >= self.played && frame - before.frame < spacing;
        let replaces = close || self.curve.is_short_of(PIECES_PER_POINT);
        if !replaces {
            self.seen.rotate_left(1);
        }
        let from = if replaces { before } else { last };
        let begin = from.free_from.max(self.played);
        if self.timing.target().interval_frames <= 0.0 {
            let frame = frame.max(begin + 1.0);
            self.curve.line(self.curve.at(begin), frame, position);
            self.note(frame, position, frame);
            return;
        }
        // The ways begin no closer to each other than points are, so that they find room.
        self.begun = if self.begun < self.played {
            begin.max(self.begun + spacing)
        } else {
            begin.max(self.begun)
        };
        self.note(frame, position, frame);
        let ahead = self.foresee();
        let met = self.lay(self.begun, &ahead);
        if met > frame {
            // The way joins that of the source later: it may be laid anew at any time.
            self.note(frame, position, 0.0);
        }
    }

    fn note(&mut self, frame: f64, position: Position, free_from: f64) {
        let [.., newest] = &mut self.seen;
        *newest = Seen {
            frame,
            position,
            free_from,
        };
    }

    /// Where the source will be after its newest position, if no other comes.
    fn foresee(&self) -> Ahead {
        let [first, second, third] = self.seen;
        let shortest = (SHORTEST_INTERVALS * self.timing.target().interval_frames).max(1.0);
        let interval = (third.frame - second.frame).max(shortest);
        let earlier = (second.frame - first.frame).max(shortest);
        let speed = (third.position - second.position) * (1.0 / interval);
        let earlier_speed = (second.position - first.position) * (1.0 / earlier);
        let bend = (speed - earlier_speed) * (2.0 / (interval + earlier));
        // It turns, but it is never taken to be faster than it was seen to be.
        let most = speed.distance();
        let reach = self.timing.target().reach_frames.max(1.0);
        let velocity = limited(speed + bend * (0.5 * interval), most);
        let slower = limited(velocity + bend * reach, most) * SPEED_LEFT;
        let knot = |at: f64, position, velocity| Knot {
            frame: third.frame + at,
            position,
            velocity,
        };
        let half_way = third.position + (velocity + slower) * (0.5 * reach);
        Ahead {
            seen: knot(0.0, third.position, velocity),
            slower: knot(reach, half_way, slower),
            stop: knot(
                2.0 * reach,
                half_way + slower * (0.5 * reach),
                Position::default(),
            ),
        }
    }

    /// Lays the way from what is there at the frame `begin` to the newest position, or to where the
    /// source will be when the path can be there; and on. Returns when it is there.
    fn lay(&mut self, begin: f64, ahead: &Ahead) -> f64 {
        let shortest = (SHORTEST_INTERVALS * self.timing.target().interval_frames).max(1.0);
        let there = ahead.seen.frame.max(begin + shortest);
        let from = self.curve.at(begin);
        let Ahead { seen, slower, stop } = *ahead;
        let last = if there < slower.frame {
            let to = between(seen, slower, there);
            self.curve.join(from, to);
            self.curve.glide(to, slower);
            self.curve.glide(slower, stop);
            stop
        } else if there < stop.frame {
            let to = between(slower, stop, there);
            self.curve.join(from, to);
            self.curve.glide(to, stop);
            stop
        } else {
            from
        };
        let end = Knot {
            frame: there.max(stop.frame + (stop.frame - seen.frame)),
            position: seen.position,
            velocity: Position::default(),
        };
        self.curve.join(last, end);
        self.curve.stand(end.frame, end.position);
        there
    }

    /// How fast a source would move that is at `position` at `frame`: metres a frame. The greater of
    /// its own speed since its last position, and of that with which the path would be put right if
    /// it was foreseen elsewhere. Times shorter than `shortest` frames count as that long.
    pub(super) fn speed_to(&self, frame: f64, position: Position, shortest: f64) -> f64 {
        let [.., last] = self.seen;
        let own = last.position.distance_to(position) / (frame - last.frame).max(shortest);
        let foreseen = self.curve.at(frame.max(self.played)).position;
        let least = SHORTEST_INTERVALS * self.timing.target().interval_frames;
        let time = (frame - self.played).max(least).max(shortest);
        own.max(foreseen.distance_to(position) / time)
    }

    /// Where the source is at `frame`, which is not before that of the last call.
    pub(super) fn advance(&mut self, frame: f64) -> Position {
        let ahead = self.look(frame);
        self.go(&ahead)
    }

    /// What [`Motion::advance`] would come to.
    pub(super) fn look(&self, frame: f64) -> Look {
        let mut timing = self.timing;
        timing.advance(frame - self.now);
        let middle = frame - timing.present().delay_frames;
        let half = 0.5 * timing.present().window_frames;
        Look {
            frame,
            timing,
            position: self.curve.mean(middle - half..=middle + half),
        }
    }

    /// Advances to what was looked at, if nothing was changed since.
    pub(super) fn go(&mut self, ahead: &Look) -> Position {
        let timing = *ahead.timing.present();
        self.timing = ahead.timing;
        self.now = ahead.frame;
        self.played = self.played.max(timing.newest_needed(self.now));
        let begin = self.now - timing.delay_frames - 0.5 * timing.window_frames;
        self.curve.forget_before(begin);
        ahead.position
    }
}

/// Where a source will be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    frame: f64,
    timing: Settling,
    pub(super) position: Position,
}

/// A source after its newest position: there, half as fast, and standing still.
struct Ahead {
    seen: Knot,
    slower: Knot,
    stop: Knot,
}

impl Seen {
    fn first(frame: f64, position: Position) -> Self {
        Self {
            frame,
            position,
            free_from: 0.0,
        }
    }
}

/// The knot at `frame` between two of which the first changes evenly over to the second.
fn between(a: Knot, b: Knot, frame: f64) -> Knot {
    let u = frame - a.frame;
    let bend = (b.velocity - a.velocity) * (1.0 / (b.frame - a.frame));
    Knot {
        frame,
        position: a.position + a.velocity * u + bend * (0.5 * u * u),
        velocity: a.velocity + bend * u,
    }
}

/// A speed that is `most` at most, in the same direction.
fn limited(speed: Position, most: f64) -> Position {
    let length = speed.distance();
    if length > most {
        speed * (most / length)
    } else {
        speed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64) -> Position {
        Position::new(x, 0.0, 0.0)
    }

    #[test]
    fn without_delay_the_path_goes_through_its_points_in_straight_lines() {
        let mut motion = Motion::new(at(1.0), Timing::default());
        motion.add(32.0, at(2.0));
        motion.add(96.0, at(4.0));
        for (frame, x) in [
            (0.0, 1.0),
            (16.0, 1.5),
            (32.0, 2.0),
            (64.0, 3.0),
            (96.0, 4.0),
        ] {
            assert_eq!(motion.advance(frame), at(x), "frame {frame}");
        }
        assert_eq!(motion.advance(1e6), at(4.0), "held after the last");
    }

    /// As the bridge says it of positions that come each `interval` frames.
    fn every(interval: f64) -> Timing {
        Timing {
            delay_frames: 1.5 * interval,
            window_frames: 1.5 * interval,
            interval_frames: interval,
            reach_frames: interval,
            settle_frames: 48_000.0,
        }
    }

    #[test]
    fn steady_motion_is_played_steadily_one_delay_behind() {
        let mut motion = Motion::new(at(0.0), every(100.0));
        for frame in 0..2000_u32 {
            let t = f64::from(frame);
            if frame % 100 == 0 {
                motion.add(t, at(t));
            }
            let x = motion.advance(t).x;
            if frame > 500 {
                assert!((x - (t - 150.0)).abs() < 2.0, "{x} at {t}");
            }
        }
    }

    #[test]
    fn late_lost_and_bursting_points_never_tear_the_path() {
        let mut rng = fastrand::Rng::with_seed(7);
        let mut motion = Motion::new(at(0.0), every(100.0));
        let (mut last, mut next_due, mut x) = (0.0, 0.0, 0.0);
        for frame in 0..200_000_u32 {
            let t = f64::from(frame);
            while t >= next_due {
                x = rng.f64() * 100.0;
                motion.add(t - 50.0 * rng.f64(), at(x));
                next_due += [0.0, 1.0, 30.0, 100.0, 250.0, 3000.0][rng.usize(..6)];
            }
            if frame % 5000 == 0 {
                motion.set_timing(every(50.0 + 250.0 * rng.f64()));
            }
            let here = motion.advance(t).x;
            // No further beyond its last two positions than by twice their distance. Half of the shortest interval, 25 frames, is the least time for a step of 100 m.
            assert!((here - last).abs() < 6.0, "from {last} to {here} at {t}");
            assert!((-200.0..300.0).contains(&here), "{here} at {t}");
            last = here;
        }
        assert_eq!(
            motion.advance(300_000.0),
            at(x),
            "the newest position arrives"
        );
    }

    /// The path of a source that moves by 1 m in 100 frames until `end`, its positions `late` frames
    /// late (each its own) or lost at random.
    fn steps(end: u32, late: f64, lost: f64, seed: u64) -> Vec<f64> {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut motion = Motion::new(at(0.0), every(100.0));
        let mut due: Vec<(f64, f64)> = (1..=end / 100)
            .map(|n| (f64::from(100 * n), f64::from(n)))
            .filter_map(|(frame, x)| {
                let arrives = rng.f64() >= lost || frame == f64::from(end);
                arrives.then(|| (frame + late * rng.f64(), x))
            })
            .collect();
        due.sort_by(|a, b| b.0.total_cmp(&a.0));
        (0..end + 2000)
            .map(|frame| {
                let t = f64::from(frame);
                while let Some((frame, x)) = due.pop_if(|(frame, _)| *frame <= t) {
                    motion.add(frame, at(x));
                }
                motion.advance(t).x
            })
            .collect()
    }

    #[test]
    fn a_source_that_stops_comes_no_further_than_by_its_last_step_and_returns_exactly() {
        let path = steps(2000, 0.0, 0.0, 1);
        let furthest = path.iter().copied().fold(0.0, f64::max);
        assert!((20.3..21.0).contains(&furthest), "as far as {furthest}");
        assert!(
            path[2700..].iter().all(|x| *x == 20.0),
            "it stands where it is"
        );
    }

    #[test]
    fn a_late_position_is_foreseen_and_then_joined_without_a_hold_or_a_hurry() {
        for seed in 0..50 {
            let path = steps(10_000, 30.0, 0.1, seed);
            for (n, pair) in path[1000..10_000].windows(2).enumerate() {
                let speed = (pair[1] - pair[0]) * 100.0;
                // Two or three in a row are lost too, and then made up for.
                assert!((-1.5..6.0).contains(&speed), "{speed} at {n}, seed {seed}");
            }
            let rms = |lost: f64| {
                let path = steps(10_000, 0.0, lost, seed);
                let error = |(n, x): (usize, &f64)| (x - (n as f64 - 150.0) / 100.0).powi(2);
                let span = path.iter().enumerate().skip(1000).take(9000);
                (span.map(error).sum::<f64>() / 9000.0).sqrt()
            };
            assert!(rms(0.0) < 0.02, "{} steps of error", rms(0.0));
            assert!(rms(0.1) < 0.4, "{} steps of error, seed {seed}", rms(0.1));
        }
    }

    #[test]
    fn a_position_that_comes_twice_or_out_of_order_tears_nothing() {
        let mut motion = Motion::new(at(0.0), every(100.0));
        let mut last = 0.0;
        for frame in 0..5000_u32 {
            let t = f64::from(frame);
            if frame % 100 == 0 {
                motion.add(t, at(t));
                motion.add(t, at(t));
                motion.add(t - 150.0, at(t - 150.0));
            }
            let x = motion.advance(t).x;
            assert!((x - last).abs() < 6.0, "from {last} to {x} at {t}");
            last = x;
        }
        assert!((last - 4850.0).abs() < 150.0, "{last}");
    }

    #[test]
    fn a_change_of_the_delay_makes_no_step_in_the_speed() {
        let mut motion = Motion::new(at(0.0), every(2400.0));
        let (mut last, mut last_speed) = (0.0, 1.0);
        for frame in (0..480_000_u32).step_by(32) {
            let t = f64::from(frame);
            if frame % 2400 == 0 {
                motion.add(t, at(t));
            }
            if frame == 96_000 {
                motion.set_timing(every(9600.0));
            }
            let x = motion.advance(t).x;
            let speed = (x - last) / 32.0;
            if frame > 48_000 {
                assert!(
                    (speed - last_speed).abs() < 0.02,
                    "{last_speed} to {speed} at {t}"
                );
                assert!((0.4..1.6).contains(&speed), "{speed} at {t}");
            }
            (last, last_speed) = (x, speed);
        }
        assert!((last - (479_968.0 - 14_400.0)).abs() < 100.0, "{last}");
    }

    #[test]
    fn positions_that_come_often_are_thinned_out_evenly() {
        // 1000 a second, played a second behind: far more than it remembers.
        let timing = Timing {
            delay_frames: 48_000.0,
            window_frames: 240.0,
            ..every(48.0)
        };
        let mut motion = Motion::new(at(0.0), timing);
        for frame in 0..200_000_u32 {
            let t = f64::from(frame);
            if frame % 48 == 0 {
                motion.add(t, at((t * 1e-4).sin()));
            }
            let x = motion.advance(t).x;
            if frame > 60_000 {
                let expected = ((t - 48_000.0) * 1e-4).sin();
                assert!((x - expected).abs() < 0.005, "{x} is not {expected} at {t}");
            }
        }
    }

    #[test]
    fn more_points_than_it_remembers_still_end_at_the_newest() {
        let exact = Timing {
            delay_frames: 1e5,
            window_frames: 10.0,
            ..Timing::default()
        };
        let foreseen = Timing {
            interval_frames: 1.0,
            reach_frames: 1.0,
            ..exact
        };
        for timing in [exact, foreseen] {
            let mut motion = Motion::new(at(0.0), timing);
            for n in 1..10_000_u32 {
                motion.add(f64::from(n), at(f64::from(n)));
            }
            assert_eq!(motion.advance(1e6), at(9999.0));
        }
    }

    #[test]
    fn any_rate_of_positions_finds_room_however_the_rate_changes() {
        let mut rng = fastrand::Rng::with_seed(12);
        let mut motion = Motion::new(at(0.0), every(2400.0));
        let mut interval = 2400;
        for quantum in 0..40_000_u32 {
            let t = f64::from(quantum) * 32.0;
            if quantum % 500 == 0 {
                interval = [32, 64, 480, 4800, 48_000][rng.usize(..5)];
                motion.set_timing(every(f64::from(interval)));
            }
            if quantum * 32 % interval == 0 {
                motion.add(t - 5000.0 * rng.f64(), at(rng.f64()));
            }
            let x = motion.advance(t).x;
            assert!((-3.0..4.0).contains(&x), "{x} at {t}");
        }
        motion.add(2e6, at(0.5));
        assert_eq!(motion.advance(4e6), at(0.5), "the newest position arrives");
    }

    #[test]
    fn the_speed_to_a_position_is_that_of_the_way_still_to_go() {
        let mut motion = Motion::new(
            at(0.0),
            Timing {
                delay_frames: 100.0,
                ..Timing::default()
            },
        );
        motion.advance(1000.0);
        assert!((motion.speed_to(1000.0, at(50.0), 1.0) - 0.5).abs() < 1e-12);
        assert!((motion.speed_to(1000.0, at(50.0), 200.0) - 0.25).abs() < 1e-12);
    }
}
