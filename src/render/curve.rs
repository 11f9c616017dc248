//! A curve through time, made of parabolas, and its weighted mean over a sliding window.

use std::ops::RangeInclusive;

use crate::geometry::Position;

/// Pieces that a curve can have.
pub(super) const CAPACITY: usize = 112;

/// From its frame until that of the next piece, the last one for ever:
/// `position + velocity * u + acceleration * u^2 / 2`, with `u` frames gone since.
#[derive(Clone, Copy, Debug)]
struct Piece {
    frame: f64,
    position: Position,
    velocity: Position,
    acceleration: Position,
}

/// Where something is at a frame, and how it moves there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Knot {
    pub(super) frame: f64,
    pub(super) position: Position,
    /// Metres a frame.
    pub(super) velocity: Position,
}

/// Pieces in ascending order of time; never empty. Before the first it stood where that begins.
#[derive(Debug)]
pub(super) struct Curve {
    pieces: Vec<Piece>,
}

impl Piece {
    fn knot_at(&self, frame: f64) -> Knot {
        let u = frame - self.frame;
        Knot {
            frame,
            position: self.position + self.velocity * u + self.acceleration * (0.5 * u * u),
            velocity: self.velocity + self.acceleration * u,
        }
    }

    fn standing(frame: f64, position: Position) -> Self {
        Self {
            frame,
            position,
            velocity: Position::default(),
            acceleration: Position::default(),
        }
    }
}

impl Curve {
    /// Has always stood at `position`.
    pub(super) fn new(position: Position) -> Self {
        let mut pieces = Vec::with_capacity(CAPACITY);
        pieces.push(Piece::standing(0.0, position));
        Self { pieces }
    }

    /// As [`Curve::new`], in the memory that is there.
    pub(super) fn restart(&mut self, position: Position) {
        self.pieces.clear();
        self.pieces.push(Piece::standing(0.0, position));
    }

    /// Takes over another curve, without asking for memory.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.pieces.clear();
        self.pieces.extend_from_slice(&other.pieces);
    }

    /// Whether there is no room for so many more pieces.
    pub(super) fn is_short_of(&self, pieces: usize) -> bool {
        self.pieces.len() + pieces > CAPACITY
    }

    /// The curve at a frame.
    pub(super) fn at(&self, frame: f64) -> Knot {
        let after = self.pieces.partition_point(|piece| piece.frame <= frame);
        match (self.pieces.get(after.saturating_sub(1)), after) {
            (Some(first), 0) => Piece::standing(frame, first.position).knot_at(frame),
            (Some(piece), _) => piece.knot_at(frame),
            (None, _) => Knot::default(),
        }
    }

    /// Forgets what comes at `frame` or later; what is before goes on.
    pub(super) fn cut(&mut self, frame: f64) {
        if self.pieces.last().is_none_or(|last| last.frame < frame) {
            return;
        }
        let kept = self.pieces.partition_point(|piece| piece.frame < frame);
        self.pieces.truncate(kept);
    }

    /// Goes from one knot to another, smoothly: two parabolas as long as each other that meet with
    /// the same speed. The curve is cut where they begin.
    pub(super) fn join(&mut self, from: Knot, to: Knot) {
        let half = 0.5 * (to.frame - from.frame);
        let way = to.position - from.position;
        let middle = (way * (2.0 / half) - from.velocity - to.velocity) * 0.5;
        let position = from.position + (from.velocity + middle) * (0.5 * half);
        self.push(from, (middle - from.velocity) * (1.0 / half));
        let between = Knot {
            frame: from.frame + half,
            position,
            velocity: middle,
        };
        self.push(between, (to.velocity - middle) * (1.0 / half));
    }

    /// Goes from one knot to another whose position it comes to by itself, when its speed changes
    /// evenly.
    pub(super) fn glide(&mut self, from: Knot, to: Knot) {
        let length = to.frame - from.frame;
        self.push(from, (to.velocity - from.velocity) * (1.0 / length));
    }

    /// Goes in a straight line, and stands still at its end.
    pub(super) fn line(&mut self, from: Knot, frame: f64, position: Position) {
        let velocity = (position - from.position) * (1.0 / (frame - from.frame));
        self.push(Knot { velocity, ..from }, Position::default());
        self.stand(frame, position);
    }

    /// Stands still from a frame on.
    pub(super) fn stand(&mut self, frame: f64, position: Position) {
        let velocity = Position::default();
        let knot = Knot {
            frame,
            position,
            velocity,
        };
        self.push(knot, Position::default());
    }

    fn push(&mut self, knot: Knot, acceleration: Position) {
        self.cut(knot.frame);
        if self.pieces.len() >= CAPACITY {
            // Never so at a rate that lasts: what is oldest weighs next to nothing in the mean.
            self.pieces.remove(0);
        }
        self.pieces.push(Piece {
            frame: knot.frame,
            position: knot.position,
            velocity: knot.velocity,
            acceleration,
        });
    }

    /// Forgets what is over before `frame`.
    pub(super) fn forget_before(&mut self, frame: f64) {
        let past = self.pieces.partition_point(|piece| piece.frame <= frame);
        self.pieces.drain(..past.saturating_sub(1));
    }

    /// The mean over a window, the more weight the nearer to its middle: 15/16 (1 - u^2)^2, where u
    /// goes from -1 to 1. A window without length gives the position there.
    ///
    /// A curve of parabolas is one parabola plus, for each point where two of them meet, a step of
    /// speed and one of acceleration that begin there. The mean of each is a polynomial of where in
    /// the window it lies; [`ramp`] and [`parabola`] are those.
    pub(super) fn mean(&self, window: RangeInclusive<f64>) -> Position {
        let (begin, end) = window.into_inner();
        let (middle, half) = (0.5 * (begin + end), 0.5 * (end - begin));
        if half <= 0.0 {
            return self.at(middle).position;
        }
        let after = self.pieces.partition_point(|piece| piece.frame <= begin);
        let mut last = match (self.pieces.get(after.saturating_sub(1)), after) {
            (Some(first), 0) => Piece::standing(begin, first.position),
            (Some(piece), _) => *piece,
            (None, _) => return Position::default(),
        };
        // The weights' variance is a seventh of the square of half the window.
        let spread = last.acceleration * (half * half / 14.0);
        let mut sum = last.knot_at(middle).position + spread;
        let within = self.pieces.iter().skip(after);
        let scale = half.recip();
        for piece in within.take_while(|piece| piece.frame < end) {
            let u = (middle - piece.frame) * scale;
            let before = last.knot_at(piece.frame).velocity;
            let speed = (piece.velocity - before) * (half * ramp(u));
            let bend = (piece.acceleration - last.acceleration) * (half * half * parabola(u));
            sum = sum + speed + bend;
            last = *piece;
        }
        sum
    }
}

/// The mean of max(0, u + v) over v from -1 to 1, weighted by 15/16 (1 - v^2)^2; u from -1 to 1.
fn ramp(u: f64) -> f64 {
    let square = u * u;
    let even = 15.0 / 16.0 * square * (0.5 - square * (1.0 / 6.0 - square / 30.0));
    even + 0.5 * u + 5.0 / 32.0
}

/// The same of max(0, u + v)^2 / 2.
fn parabola(u: f64) -> f64 {
    let square = u * u;
    let odd = 15.0 / 16.0 * u * square * (1.0 / 6.0 - square * (1.0 / 30.0 - square / 210.0));
    odd + 0.25 * square + 5.0 / 32.0 * u + 1.0 / 28.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knot(frame: f64, x: f64, speed: f64) -> Knot {
        Knot {
            frame,
            position: Position::new(x, -x, 0.5 * x),
            velocity: Position::new(speed, -speed, 0.5 * speed),
        }
    }

    fn curve() -> Curve {
        let mut curve = Curve::new(Position::FRONT);
        curve.join(
            Knot {
                position: Position::FRONT,
                ..knot(10.0, 0.0, 0.0)
            },
            knot(60.0, 4.0, 0.3),
        );
        curve.glide(knot(60.0, 4.0, 0.3), knot(80.0, 8.0, 0.1));
        curve.line(knot(80.0, 8.0, 0.0), 100.0, Position::new(3.0, 2.0, 1.0));
        curve
    }

    #[test]
    fn joined_knots_are_met_with_their_speed_and_nothing_steps_in_between() {
        let mut curve = Curve::new(Position::FRONT);
        let (from, to) = (knot(10.0, 2.0, -0.2), knot(60.0, 4.0, 0.3));
        curve.join(from, to);
        for (found, meant) in [(curve.at(10.0), from), (curve.at(60.0 - 1e-9), to)] {
            assert!(
                found.position.distance_to(meant.position) < 1e-8,
                "{found:?}"
            );
            assert!(
                found.velocity.distance_to(meant.velocity) < 1e-8,
                "{found:?}"
            );
        }
        for n in 0..5000_u32 {
            let frame = 10.0 + f64::from(n) * 0.01;
            let (a, b) = (curve.at(frame), curve.at(frame + 0.01));
            assert!(a.velocity.distance_to(b.velocity) < 0.01, "{a:?} to {b:?}");
            assert!(a.position.distance_to(b.position) < 0.01, "{a:?} to {b:?}");
        }
    }

    #[test]
    fn the_mean_is_that_of_the_curve_added_up_point_by_point() {
        let curve = curve();
        for (begin, end) in [
            (-20.0, 5.0),
            (0.0, 40.0),
            (30.0, 95.0),
            (-50.0, 150.0),
            (62.0, 70.0),
        ] {
            let steps = 20_000_u32;
            let (mut sum, mut weights) = (Position::default(), 0.0);
            for n in 0..steps {
                let u = 2.0 * (f64::from(n) + 0.5) / f64::from(steps) - 1.0;
                let weight = (1.0 - u * u).powi(2);
                let frame = 0.5 * (begin + end) + u * 0.5 * (end - begin);
                sum = sum + curve.at(frame).position * weight;
                weights += weight;
            }
            let expected = sum * (1.0 / weights);
            let mean = curve.mean(begin..=end);
            assert!(
                mean.distance_to(expected) < 1e-5,
                "{mean:?} is not {expected:?}"
            );
        }
    }

    #[test]
    fn what_is_forgotten_does_not_change_what_comes() {
        let (whole, mut rest) = (curve(), curve());
        rest.forget_before(50.0);
        assert!(rest.pieces.len() < whole.pieces.len());
        assert_eq!(rest.mean(50.0..=120.0), whole.mean(50.0..=120.0));
        rest.forget_before(1e6);
        assert_eq!(
            rest.mean(2e6..=3e6),
            Position::new(3.0, 2.0, 1.0),
            "it stands exactly"
        );
    }
}
