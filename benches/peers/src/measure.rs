//! Measures renderers in turns, so that a busy moment of the machine meets all of them alike.

use std::time::Duration;

use binaurald::audio::StereoFrame;

use crate::peer::Peer;
use crate::peers::{Kind, Workshop};
use crate::scene::{Motion, Scene};

/// One renderer with a number of sources and a size of block.
pub(crate) struct Course {
    pub(crate) kind: Kind,
    pub(crate) scene: Scene,
    peer: Box<dyn Peer>,
    /// By turn, the median of its blocks: nanoseconds for each source and frame.
    turns: Vec<f64>,
    pub(crate) blocks: u64,
    /// Positions that the callback took, where it counts them.
    pub(crate) positions: Option<u64>,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Rounds in which each has its turn, and one before that warms up.
    pub(crate) turns: usize,
    /// How long a turn is.
    pub(crate) time: Duration,
}

impl Course {
    fn new(workshop: &Workshop, kind: Kind, sources: usize, frames: usize) -> Result<Self, String> {
        let scene = Scene {
            sources,
            motion: Motion::Circles,
            frames,
        };
        Ok(Self {
            kind,
            scene,
            peer: workshop.build(kind, scene)?,
            turns: Vec::new(),
            blocks: 0,
            positions: None,
        })
    }

    /// Nanoseconds for each source and frame: the median of the turns.
    pub(crate) fn nanos(&self) -> f64 {
        median(&mut self.turns.clone())
    }

    /// Positions of each source in each block that the callback took.
    pub(crate) fn positions_a_block(&self) -> Option<f64> {
        let all = self.blocks as f64 * self.scene.sources as f64;
        Some(self.positions? as f64 / all)
    }

    fn turn(&mut self, time: Duration) -> Result<f64, String> {
        let mut times = Vec::new();
        let mut sound = Ok(());
        let before = self.peer.positions();
        self.peer.run(time, &mut |time, block| {
            times.push(time.as_nanos() as f64);
            if !is_sound(block) {
                sound = Err(());
            }
        });
        sound.map_err(|()| format!("{} gave a block that is silent or no sound", self.kind))?;
        self.blocks += times.len() as u64;
        let taken = |before| Some(self.peer.positions()? - before + self.positions.unwrap_or(0));
        self.positions = before.and_then(taken);
        let Scene {
            sources, frames, ..
        } = self.scene;
        Ok(median(&mut times) / (sources * frames) as f64)
    }
}

/// Both ears hear something, and every sample is a number.
fn is_sound(block: &[StereoFrame]) -> bool {
    let finite = |frame: &StereoFrame| frame.left.is_finite() && frame.right.is_finite();
    block.iter().all(finite)
        && block.iter().any(|frame| frame.left != 0.0)
        && block.iter().any(|frame| frame.right != 0.0)
}

/// Measures renderers, each with a number of sources and of frames a block; `progress` hears of every
/// round.
pub(crate) fn measure(
    workshop: &Workshop,
    combinations: &[(Kind, usize, usize)],
    plan: Plan,
    mut progress: impl FnMut(usize),
) -> Result<Vec<Course>, String> {
    let course = |&(kind, sources, frames)| Course::new(workshop, kind, sources, frames);
    let mut courses = combinations
        .iter()
        .map(course)
        .collect::<Result<Vec<_>, _>>()?;
    for course in &mut courses {
        course.turn(plan.time / 4)?;
        course.blocks = 0;
        course.positions = None;
    }
    for round in 1..=plan.turns {
        for course in &mut courses {
            let nanos = course.turn(plan.time)?;
            course.turns.push(nanos);
        }
        progress(round);
    }
    Ok(courses)
}

/// Nanoseconds for each source and frame, where it was measured.
pub(crate) fn nanos(courses: &[Course], kind: Kind, sources: usize, frames: usize) -> Option<f64> {
    let is_it = |course: &&Course| {
        course.kind == kind && course.scene.sources == sources && course.scene.frames == frames
    };
    courses.iter().find(is_it).map(Course::nanos)
}

/// The middle one, or the mean of the two there; not a number when there is none.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values {
        [] => f64::NAN,
        values if values.len() % 2 == 1 => values[middle],
        values => f64::midpoint(values[middle - 1], values[middle]),
    }
}
