//! The path of a source between the positions that arrive.
//!
//! Positions arrive as points in time, some late, some not at all. They are joined by straight
//! lines, and the path is the mean of that over a sliding window, played behind the newest position
//! by a delay. With a window of one interval between positions and a delay of one and a half this
//! is the quadratic B-spline of the points: the speed has no step, so that nothing is heard of the
//! points. Whatever comes late only makes the path wait: it is never torn.

use crate::geometry::Position;

/// Points that a path remembers.
const CAPACITY: usize = 128;

/// Points that one delay is allowed to take. Where positions come more often, they are thinned out
/// evenly: the newest takes the place of the one before it.
const POINTS_PER_DELAY: f64 = 48.0;

/// How fast the delay and half the window may change: frames a frame. A delay that shrinks makes
/// the path run faster by as much.
const SLEW: f64 = 0.2;

/// How a path is played from its points.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// How far behind now the path is: frames, 0 or more; default 0.
    pub delay_frames: f64,
    /// Over how much of it the mean is taken: frames, 0 to twice the delay; default 0.
    pub window_frames: f64,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    frame: f64,
    position: Position,
}

/// The path of one source.
#[derive(Debug)]
pub(super) struct Motion {
    /// Ascending in time and never empty. The first is the last one before the window.
    points: Vec<Point>,
    timing: Timing,
    target: Timing,
    /// When the path was last looked at.
    now: f64,
}

impl Motion {
    /// A source that has always been at `position`.
    pub(super) fn new(position: Position, timing: Timing) -> Self {
        let mut points = Vec::with_capacity(CAPACITY);
        points.push(Point {
            frame: 0.0,
            position,
        });
        Self {
            points,
            timing,
            target: timing,
            now: 0.0,
        }
    }

    /// Forgets all points: the source is and has always been at `position`.
    pub(super) fn restart(&mut self, position: Position, timing: Timing, now: f64) {
        self.points.clear();
        self.points.push(Point {
            frame: 0.0,
            position,
        });
        (self.timing, self.target, self.now) = (timing, timing, now);
    }

    /// How the path is played from now on; it changes over gradually.
    pub(super) fn set_timing(&mut self, timing: Timing) {
        self.target = timing;
    }

    /// When the path was last looked at, in frames.
    pub(super) fn now(&self) -> f64 {
        self.now
    }

    /// The source is at `position` at `frame`. Never refused: what would change the past is taken
    /// for the nearest moment that is still ahead.
    pub(super) fn add(&mut self, frame: f64, position: Position) {
        let played = self.played();
        let spacing = self.target.delay_frames / POINTS_PER_DELAY;
        match self.points.as_slice() {
            [.., last] if last.frame < played => {
                // Nothing came for a while: it stood where it was, until here.
                let position = last.position;
                self.push(Point {
                    frame: played,
                    position,
                });
            }
            [.., before, _] if before.frame >= played && frame - before.frame < spacing => {
                // Close to the one before the last, and nothing was played of the way from there.
                self.points.pop();
            }
            _ => {}
        }
        let frame = frame.max(self.start_of_next() + 1.0);
        self.push(Point { frame, position });
    }

    /// Appends a point; in place of the newest one, should there be no more room.
    fn push(&mut self, point: Point) {
        if self.points.len() >= CAPACITY {
            self.points.pop();
        }
        self.points.push(point);
    }

    /// How fast a source would move that is at `position` at `frame`: metres a frame. Points closer
    /// to each other than `shortest` frames count as that far apart.
    pub(super) fn speed_to(&self, frame: f64, position: Position, shortest: f64) -> f64 {
        let distance = self
            .points
            .last()
            .map_or(0.0, |last| last.position.distance_to(position));
        distance / (frame - self.start_of_next()).max(shortest)
    }

    /// From when on the path is not yet fixed: after the last point, and after what was played.
    fn start_of_next(&self) -> f64 {
        let played = self.played();
        self.points
            .last()
            .map_or(played, |last| last.frame.max(played))
    }

    /// Up to where the path was played, and must not change any more.
    fn played(&self) -> f64 {
        self.now - self.timing.delay_frames + 0.5 * self.timing.window_frames
    }

    /// Where the source is at `frame`, which is not before that of the last call.
    pub(super) fn advance(&mut self, frame: f64) -> Position {
        self.slew(SLEW * (frame - self.now));
        self.now = frame;
        let middle = frame - self.timing.delay_frames;
        let half = 0.5 * self.timing.window_frames;
        let (begin, end) = (middle - half, middle + half);
        let past = self.points.partition_point(|point| point.frame <= begin);
        self.points.drain(..past.saturating_sub(1));
        self.mean(begin, end)
    }

    fn slew(&mut self, most: f64) {
        let step = |from: f64, to: f64, most: f64| from + (to - from).clamp(-most, most);
        self.timing = Timing {
            delay_frames: step(self.timing.delay_frames, self.target.delay_frames, most),
            window_frames: step(
                self.timing.window_frames,
                self.target.window_frames,
                2.0 * most,
            ),
        };
    }

    /// The mean position between two moments; at one moment the position there.
    fn mean(&self, begin: f64, end: f64) -> Position {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            return Position::FRONT;
        };
        if last.frame <= begin {
            return last.position;
        }
        let length = end - begin;
        if length <= 0.0 {
            return self.at(begin);
        }
        // The integral over the straight lines, and over what is held before and after them.
        let mut sum = Position::default();
        let mut add = |position: Position, weight: f64| {
            sum.x += position.x * weight;
            sum.y += position.y * weight;
            sum.z += position.z * weight;
        };
        add(first.position, (first.frame.min(end) - begin).max(0.0));
        for pair in self.points.windows(2) {
            let [a, b] = pair else { continue };
            let (from, to) = (a.frame.max(begin), b.frame.min(end));
            if from < to {
                let middle = (0.5 * (from + to) - a.frame) / (b.frame - a.frame);
                add(a.position.lerp(b.position, middle), to - from);
            }
        }
        add(last.position, (end - last.frame.max(begin)).max(0.0));
        Position::new(sum.x / length, sum.y / length, sum.z / length)
    }

    /// The position on the straight lines at one moment.
    fn at(&self, moment: f64) -> Position {
        let after = self.points.partition_point(|point| point.frame <= moment);
        let a = self.points.get(after.saturating_sub(1));
        match (a, self.points.get(after)) {
            (Some(a), Some(b)) if a.frame <= moment => a
                .position
                .lerp(b.position, (moment - a.frame) / (b.frame - a.frame)),
            (Some(point), _) | (None, Some(point)) => point.position,
            (None, None) => Position::FRONT,
        }
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

    #[test]
    fn steady_motion_is_played_steadily_one_delay_behind() {
        let timing = Timing {
            delay_frames: 150.0,
            window_frames: 100.0,
        };
        let mut motion = Motion::new(at(0.0), timing);
        for frame in 0..2000_u32 {
            let t = f64::from(frame);
            if frame % 100 == 0 {
                motion.add(t, at(t));
            }
            let x = motion.advance(t).x;
            if frame > 300 {
                assert!((x - (t - 150.0)).abs() < 1e-9, "{x} at {t}");
            }
        }
    }

    #[test]
    fn late_lost_and_bursting_points_never_tear_the_path() {
        let timing = Timing {
            delay_frames: 150.0,
            window_frames: 100.0,
        };
        let mut rng = fastrand::Rng::with_seed(7);
        let mut motion = Motion::new(at(0.0), timing);
        let (mut last, mut next_due, mut x) = (0.0, 0.0, 0.0);
        for frame in 0..200_000_u32 {
            let t = f64::from(frame);
            while t >= next_due {
                x = rng.f64() * 100.0;
                motion.add(t, at(x));
                next_due += [0.0, 1.0, 30.0, 100.0, 250.0, 3000.0][rng.usize(..6)];
            }
            if frame % 5000 == 0 {
                let delay_frames = 60.0 + 400.0 * rng.f64();
                motion.set_timing(Timing {
                    delay_frames,
                    window_frames: 0.5 * delay_frames,
                });
            }
            let here = motion.advance(t).x;
            // A mean over 30 frames or more moves by at most 1/30 of the range in a frame, and
            // by no more than 1.8 times that while the delay and the window change.
            assert!((here - last).abs() < 6.0, "from {last} to {here} at {t}");
            last = here;
        }
        assert_eq!(
            motion.advance(300_000.0),
            at(x),
            "the newest position arrives"
        );
    }

    #[test]
    fn positions_that_come_often_are_thinned_out_evenly() {
        // 1000 a second, played a second behind: far more than it remembers.
        let timing = Timing {
            delay_frames: 48_000.0,
            window_frames: 48.0,
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
                assert!((x - expected).abs() < 0.002, "{x} is not {expected} at {t}");
            }
        }
        assert!(
            motion.points.len() < CAPACITY,
            "{} points",
            motion.points.len()
        );
    }

    #[test]
    fn more_points_than_it_remembers_still_end_at_the_newest() {
        let timing = Timing {
            delay_frames: 1e5,
            window_frames: 10.0,
        };
        let mut motion = Motion::new(at(0.0), timing);
        for n in 1..10_000_u32 {
            motion.add(f64::from(n), at(f64::from(n)));
        }
        assert!(motion.points.len() <= CAPACITY && motion.points.capacity() == CAPACITY);
        assert_eq!(motion.advance(1e6), at(9999.0));
    }

    #[test]
    fn the_speed_to_a_position_is_that_of_the_way_still_to_go() {
        let mut motion = Motion::new(
            at(0.0),
            Timing {
                delay_frames: 100.0,
                window_frames: 0.0,
            },
        );
        motion.advance(1000.0);
        assert!((motion.speed_to(1000.0, at(50.0), 1.0) - 0.5).abs() < 1e-12);
        assert!((motion.speed_to(1000.0, at(50.0), 200.0) - 0.25).abs() < 1e-12);
    }
}
