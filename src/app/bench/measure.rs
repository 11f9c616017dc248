//! Measures combinations in turns, so that a busy moment of the machine meets them all alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::audio::StereoFrame;

use super::scene::Scene;
use super::times::Times;

/// How long one combination is measured before it is the next one's turn; the first turn of each
/// warms up and does not count.
const TURN: Duration = Duration::from_millis(50);

/// A number of sources with a size of block.
pub(super) struct Course {
    /// Which scene.
    pub(super) scene: usize,
    /// How many sources are in it.
    pub(super) sources: u16,
    /// Frames a block.
    pub(super) frames: u32,
    /// The times of the callback.
    pub(super) times: Times,
    /// Positions that it took in them.
    pub(super) positions: u64,
    /// How long was spent on it, with the control side's part.
    spent: Duration,
}

impl Course {
    pub(super) fn new(scene: usize, sources: u16, frames: u32) -> Self {
        Self {
            scene,
            sources,
            frames,
            times: Times::new(),
            positions: 0,
            spent: Duration::ZERO,
        }
    }

    /// Measures for `time`, one block at least.
    fn run(&mut self, scene: &mut Scene, block: &mut [StereoFrame], time: Duration) {
        let positions = scene.positions();
        let began = Instant::now();
        loop {
            scene.steer();
            let start = Instant::now();
            scene.fill(black_box(block));
            self.times.record(start.elapsed());
            if began.elapsed() >= time {
                break;
            }
        }
        self.spent += began.elapsed();
        self.positions += scene.positions() - positions;
    }

    /// Forgets what was measured.
    fn reset(&mut self) {
        *self = Self::new(self.scene, self.sources, self.frames);
    }
}

/// Measures each of `courses` in its one of `scenes` for `time`, in turns. `done` is called after each
/// turn with the share of all that is done, 0 to 1.
pub(super) fn measure(
    scenes: &mut [Scene],
    courses: &mut [Course],
    time: Duration,
    mut done: impl FnMut(f64),
) {
    let longest = courses.iter().map(|course| course.frames).max();
    let mut block = vec![StereoFrame::SILENCE; longest.unwrap_or(0) as usize];
    let turn = TURN.min(time / 2);
    for course in &mut *courses {
        let block = &mut block[..course.frames as usize];
        course.run(&mut scenes[course.scene], block, turn);
        course.reset();
    }
    let all = time.as_secs_f64() * courses.len() as f64;
    while courses.iter().any(|course| course.spent < time) {
        for course in courses.iter_mut().filter(|course| course.spent < time) {
            let block = &mut block[..course.frames as usize];
            let turn = turn.min(time.saturating_sub(course.spent));
            course.run(&mut scenes[course.scene], block, turn);
        }
        let spent: Duration = courses.iter().map(|course| course.spent.min(time)).sum();
        done(spent.as_secs_f64() / all);
    }
}
