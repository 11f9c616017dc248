//! A trajectory as the engine flies it offline: exactly, step by step.

use crate::dsp::{QUANTUM, STEP, STEPS};
use crate::geometry::{Position, WorldView};
use crate::render::{Engine, Placement, SourceId, Timing};
use crate::trajectory::{Segment, Trajectory};

/// A trajectory in the listener's coordinates, with its jumps.
pub(super) struct Flight<'a> {
    trajectory: &'a Trajectory,
    view: WorldView,
    max_speed_m_s: f64,
    sample_rate: f64,
    /// When it jumps: seconds, ascending.
    jumps: Vec<f64>,
}

impl<'a> Flight<'a> {
    /// Straight lines that are faster than `max_speed_m_s` (between the rows of a file) are jumps
    /// at their end. An orbit is never: its speed is meant.
    pub(super) fn new(
        trajectory: &'a Trajectory,
        view: WorldView,
        max_speed_m_s: f64,
        sample_rate: u32,
    ) -> Self {
        let sample_rate = f64::from(sample_rate);
        let mut flight = Self {
            trajectory,
            view,
            max_speed_m_s,
            sample_rate,
            jumps: trajectory.jumps().to_vec(),
        };
        let too_fast = trajectory
            .segments()
            .filter(|segment| flight.is_too_fast(segment));
        let ends: Vec<f64> = too_fast.map(|segment| segment.to_s).collect();
        flight.jumps.extend(ends);
        flight.jumps.sort_by(f64::total_cmp);
        flight.jumps.dedup();
        flight
    }

    /// Where the source is at a time in seconds.
    pub(super) fn position_at(&self, seconds: f64) -> Position {
        let coordinates = match self.trajectory.segment_at(seconds) {
            Some(segment) if self.is_too_fast(&segment) => segment.from,
            _ => self.trajectory.position_at(seconds),
        };
        self.view.place(coordinates)
    }

    /// Whether it jumps between `from_s` and frame `to`.
    pub(super) fn jumps_within(&self, from_s: f64, to: usize) -> bool {
        let to_s = to as f64 / self.sample_rate;
        self.jumps.iter().any(|jump| (from_s..to_s).contains(jump))
    }

    /// Tells `engine` where the source is in its next quantum. To be called before each.
    pub(super) fn steer(&self, engine: &mut Engine, source: SourceId) {
        let begin = engine.next_quantum() as f64;
        let end = begin + QUANTUM as f64;
        let mut place = |frame, position, jump| {
            let timing = Timing::default();
            engine.place(
                source,
                &Placement {
                    frame,
                    position,
                    timing,
                    jump,
                },
            );
        };
        // A jump takes place between two quanta: at the first boundary that it does not lie behind.
        if let Some(jump) = self.jump_within(begin - QUANTUM as f64, begin) {
            // Not before the jump, should the boundary's time be rounded to just before it.
            let landed = (begin / self.sample_rate).max(jump);
            place(begin, self.position_at(landed), true);
        }
        let last = match self.jump_within(begin, end) {
            Some(jump) => jump.next_down(),
            None => f64::INFINITY,
        };
        for step in 1..=STEPS {
            let frame = begin + (step * STEP) as f64;
            let seconds = (frame / self.sample_rate).min(last);
            place(frame, self.position_at(seconds), false);
        }
    }

    /// The first jump after the frame `begin` and not after the frame `end`.
    fn jump_within(&self, begin: f64, end: f64) -> Option<f64> {
        let next = self
            .jumps
            .partition_point(|jump| *jump * self.sample_rate <= begin);
        self.jumps
            .get(next)
            .copied()
            .filter(|jump| *jump * self.sample_rate <= end)
    }

    fn is_too_fast(&self, segment: &Segment) -> bool {
        let [from, to] = [segment.from, segment.to].map(|at| self.view.place(at));
        from.distance_to(to) > self.max_speed_m_s * (segment.to_s - segment.from_s)
    }
}
