//! What all of them render: sources of looped noise, each on a circle of its own round the head.

use std::f64::consts::TAU;
use std::sync::Arc;

use binaurald::geometry::Position;

/// Frames a second.
pub(crate) const SAMPLE_RATE: u32 = 48_000;
/// The longest block that is measured, in frames.
pub(crate) const LONGEST_BLOCK: usize = 512;
/// How long one turn of a source takes, in seconds.
pub(crate) const PERIOD_S: f64 = 7.2;
/// Circles of different radius; further sources share them.
const CIRCLES: usize = 64;
/// Frames of the sound between the beginnings of two sources.
const STAGGER: usize = 741;

/// Where the sources are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Motion {
    /// Each on its circle.
    Circles,
    /// All of them here.
    Still(Position),
}

/// A number of sources with their ways.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    /// How many there are.
    pub(crate) sources: usize,
    /// Where they are.
    pub(crate) motion: Motion,
    /// Frames a block.
    pub(crate) frames: usize,
}

impl Scene {
    /// Where a source is at a frame: metres, x in front of the listener, y left, z up.
    pub(crate) fn position(&self, source: usize, frame: u64) -> Position {
        match self.motion {
            Motion::Still(position) => position,
            Motion::Circles => {
                let turns = frame as f64 / f64::from(SAMPLE_RATE) / PERIOD_S;
                let radius = 0.5 + (source % CIRCLES) as f64 * 0.1;
                let (sin, cos) = (TAU * (turns + source as f64 * 0.37)).sin_cos();
                Position::new(radius * cos, radius * sin, 0.3)
            }
        }
    }
}

/// A second of noise, always the same.
pub(crate) fn noise() -> Arc<[f32]> {
    let mut random = fastrand::Rng::with_seed(1);
    (0..SAMPLE_RATE).map(|_| random.f32() - 0.5).collect()
}

/// The frame of the noise that a source begins at.
pub(crate) fn start(source: usize) -> usize {
    source * STAGGER % SAMPLE_RATE as usize
}

/// The factor of the level at a distance, where the renderer has no such law of its own: 1 at a metre
/// and closer, then falling with the distance.
pub(crate) fn distance_gain(position: Position) -> f32 {
    (1.0 / position.distance().max(1.0)) as f32
}

/// The noise for renderers that are handed their sound block by block.
pub(crate) struct Tape {
    /// A second, and the beginning of it once more.
    samples: Vec<f32>,
    /// By source.
    playheads: Vec<usize>,
}

impl Tape {
    pub(crate) fn new(sources: usize) -> Self {
        let noise = noise();
        let samples = [&*noise, &noise[..LONGEST_BLOCK]].concat();
        Self {
            samples,
            playheads: (0..sources).map(start).collect(),
        }
    }

    /// The next frames of a source.
    pub(crate) fn next(&mut self, source: usize, frames: usize) -> &[f32] {
        let at = self.playheads[source];
        self.playheads[source] = (at + frames) % SAMPLE_RATE as usize;
        &self.samples[at..at + frames]
    }
}
