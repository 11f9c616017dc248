//! The way of the source: from side to side, at moments that are known to the microsecond.

use std::fmt::Write as _;

use crate::bridge::MotionDelay;
use crate::config::RunConfig;
use crate::trajectory::{RowError, Trajectory};

/// How far apart steps are at least: so many seconds, so many intervals between polls, and the motion
/// delay that was asked for. It is longer than any of them takes to the ear.
const APART_S: f64 = 0.3;
const APART_INTERVALS: f64 = 4.0;

/// Before the first step, in seconds and intervals: until the motion delay has settled to how often
/// positions come.
const SETTLED_S: f64 = 5.0;
const SETTLED_INTERVALS: f64 = 16.0;

/// How far to each side of the front the source stands at most, in metres, 1 m in front.
const ASIDE_M: f64 = 0.15;

/// Part of the greatest speed of a move that a step has from one poll to the next: a faster one would
/// be a jump, which is crossfaded.
const PART_OF_MAX_SPEED: f64 = 0.4;

/// How fast it rises all the time, so that each answer is a new position: metres a second.
const RISE_M_S: f64 = 0.001;

/// Parts of an interval between polls, so spread that the steps come at all moments between them.
const GOLDEN: f64 = 0.618_034;

/// When the source steps to the other side.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    /// In seconds since the server's beginning. It begins on the right, and the first step is to the
    /// left.
    pub(super) times_s: Vec<f64>,
    /// How far apart they are at least: seconds.
    pub(super) apart_s: f64,
    /// How far to each side: metres.
    aside_m: f64,
}

impl Steps {
    /// So many, for what `run` is to do with them.
    pub(super) fn new(count: u32, run: &RunConfig) -> Self {
        let interval_s = run.client.poll_interval.as_secs_f64();
        let delay_s = match run.motion_delay {
            MotionDelay::Auto => 0.0,
            MotionDelay::Fixed(seconds) => seconds,
        };
        let apart_s = APART_S + APART_INTERVALS * interval_s + delay_s;
        let mut at = SETTLED_S + SETTLED_INTERVALS * interval_s;
        let times_s = (0..count).map(|n| {
            let time = at;
            at += apart_s + interval_s * (f64::from(n) * GOLDEN).fract();
            // As it is written down.
            (time * 1e6).round() / 1e6
        });
        Self {
            times_s: times_s.collect(),
            apart_s,
            aside_m: ASIDE_M.min(0.5 * PART_OF_MAX_SPEED * run.scene.max_speed_m_s * interval_s),
        }
    }

    /// When all is over, in seconds since the server's beginning.
    pub(super) fn end_s(&self) -> f64 {
        self.times_s.last().copied().unwrap_or_default() + self.apart_s
    }

    /// Whether the source is to the left after this step, the first of which is number 0.
    pub(super) fn goes_left(number: usize) -> bool {
        number.is_multiple_of(2)
    }

    /// What the server does.
    ///
    /// # Errors
    /// Never: it is made of good rows.
    pub(super) fn trajectory(&self) -> Result<Trajectory, RowError> {
        let mut rows = format!("t,x,y,z\n0,1,{},0\n", -self.aside_m);
        for (number, time) in self.times_s.iter().enumerate() {
            let left = if Self::goes_left(number) { 1.0 } else { -1.0 };
            for y in [-left * self.aside_m, left * self.aside_m] {
                let _ = writeln!(rows, "{time},1,{y},{}", time * RISE_M_S);
            }
        }
        let (end, last) = (self.end_s() + 60.0, self.times_s.len());
        let left = if Self::goes_left(last) { -1.0 } else { 1.0 };
        let _ = writeln!(rows, "{end},1,{},{}", left * self.aside_m, end * RISE_M_S);
        Trajectory::from_csv(rows.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    /// Steps for what is polled so often, and allowed 100 m/s.
    fn steps(count: u32, hz: f64) -> Steps {
        let words = ["binaurald", "run", "--poll-hz", &hz.to_string()];
        let Command::Run(args) = Cli::parse_from(words).command else {
            unreachable!("it is run");
        };
        Steps::new(count, &RunConfig::new(&args).expect("good options"))
    }

    #[test]
    fn the_source_changes_sides_at_each_step_and_is_never_twice_in_one_place() {
        let steps = steps(7, 60.0);
        let trajectory = steps.trajectory().expect("good rows");
        assert_eq!(steps.times_s.len(), 7);
        let mut last = trajectory.position_at(0.1);
        assert!(last[1] < 0.0);
        for (number, time) in steps.times_s.iter().enumerate() {
            let before = trajectory.position_at(time - 1e-5);
            let after = trajectory.position_at(time + 1e-5);
            assert_eq!(before[1] < 0.0, Steps::goes_left(number), "step {number}");
            assert_eq!(after[1] > 0.0, Steps::goes_left(number), "step {number}");
            assert!(last[2] < before[2] && before[2] < after[2], "step {number}");
            last = after;
        }
        let end = trajectory.position_at(steps.end_s());
        assert!((end[1] - last[1]).abs() < 1e-12 && end[2] > last[2]);
    }

    #[test]
    fn steps_between_two_polls_are_never_fast_enough_for_a_jump() {
        for hz in [1.0, 60.0, 240.0, 1000.0] {
            let steps = steps(5, hz);
            let speed = 2.0 * steps.aside_m * hz;
            assert!(speed <= 40.1, "{speed} m/s at {hz} Hz");
            for pair in steps.times_s.windows(2) {
                let apart = pair[1] - pair[0] - steps.apart_s;
                assert!((-1e-5..1.0 / hz).contains(&apart), "{apart} at {hz} Hz");
            }
        }
    }
}
