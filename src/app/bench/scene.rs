//! What is measured: moving sources behind a bridge, as the daemon has them.

use std::f64::consts::TAU;
use std::sync::Arc;

use crate::audio::{Clip, StereoFrame};
use crate::bridge::{
    BridgeConfig, Controller, Counters, Endpoint, MotionDelay, VoiceRefused, bridge,
};
use crate::dsp::QUANTUM;
use crate::dsp::distance::{DistanceLaw, DistanceModel};
use crate::geometry::Position;
use crate::head::Head;
use crate::render::{Edges, Engine, EngineConfig, SourceId, Voice, VoiceOptions};

/// Positions that wait in the ring at most; it has room for more, so none is ever merged.
const MAX_WAITING: u64 = 512;
/// How long one turn of a source takes, in seconds.
const PERIOD_S: f64 = 7.2;
/// Circles of different radius; further sources share them.
const CIRCLES: u16 = 64;
/// How long the first positions, which are jumps, are crossfaded at most, in seconds.
const SETTLED_S: f64 = 0.05;

/// Sources of looped noise, each on a circle of its own round the head or at a place on it, behind a
/// bridge: all that the audio callback of a daemon does.
///
/// [`Scene::steer`] is the control side's part, [`Scene::fill`] the callback's: the one to measure.
pub struct Scene {
    endpoint: Endpoint,
    steering: Steering,
}

/// The control side's part of a [`Scene`].
pub(super) struct Steering {
    controller: Controller,
    sources: SourceId,
    sample_rate: u32,
    /// Whose turn it is to get a position.
    next: SourceId,
    /// Commands that went into the ring.
    sent: u64,
    /// How many of them were no positions.
    added: u64,
    motion: Motion,
}

/// What the sources of a [`Scene`] do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Each stands at a place of its own: after the first there is no new position.
    Still,
    /// Each goes round the head.
    Moving,
}

impl Scene {
    /// Puts `sources` sources, one or more, on their ways, at the head's sample rate. All of them
    /// sound and move when this returns.
    pub fn new(head: &Arc<Head>, sources: u16) -> Self {
        Self::with_motion(head, sources, Motion::Moving)
    }

    /// The same with sources that move or stand still.
    pub fn with_motion(head: &Arc<Head>, sources: u16, motion: Motion) -> Self {
        let sample_rate = head.sample_rate();
        let config = BridgeConfig {
            sources,
            motion_delay: MotionDelay::Auto,
            record_frames: None,
        };
        let (mut controller, mut endpoint, _) = bridge(engine(head, sources), config);
        let clip = noise(sample_rate);
        for source in 0..sources {
            let options = VoiceOptions {
                looped: true,
                playhead: u64::from(source) * 741,
                fade_in: false,
            };
            let mut voice = Box::new(Voice::new(head, clip.clone(), Position::FRONT, options));
            while let Err(VoiceRefused::Full(back)) = controller.add(source, voice, 0) {
                voice = back;
                endpoint.fill(&mut [StereoFrame::SILENCE; QUANTUM]);
            }
        }
        let added = u64::from(sources);
        let mut scene = Self {
            endpoint,
            steering: Steering {
                controller,
                sources,
                sample_rate,
                next: 0,
                sent: added,
                added,
                motion,
            },
        };
        scene.settle();
        scene
    }

    /// Runs until every source has its first position and is there.
    fn settle(&mut self) {
        let mut block = [StereoFrame::SILENCE; QUANTUM];
        while self.positions() < u64::from(self.steering.sources) {
            self.steer();
            self.fill(&mut block);
        }
        let quanta = (SETTLED_S * f64::from(self.steering.sample_rate)) as usize / QUANTUM;
        for _ in 0..quanta {
            self.steer();
            self.fill(&mut block);
        }
    }

    /// Tells every source's next position, as far as the callback has taken those before; where they
    /// stand still, every source's first, and no more.
    ///
    /// It takes a bounded number of commands between two quanta: with more sources than that, they
    /// take turns. [`Scene::positions`] counts.
    pub fn steer(&mut self) {
        self.steering.steer();
    }

    /// The audio callback.
    pub fn fill(&mut self, block: &mut [StereoFrame]) {
        self.endpoint.fill(block);
    }

    /// Positions that the callback has taken so far.
    pub fn positions(&self) -> u64 {
        self.steering.positions()
    }

    /// What the callback counts, for threads that read it while it runs.
    pub fn counters(&self) -> &Arc<Counters> {
        self.steering.controller.counters()
    }

    /// Whether the callback did all its work so far: no position was merged with another, and
    /// nothing in it failed.
    pub fn is_whole(&self) -> bool {
        self.steering.is_whole()
    }

    /// Both sides of the boundary, each for a thread of its own.
    pub(super) fn split(self) -> (Steering, Endpoint) {
        (self.steering, self.endpoint)
    }
}

impl Steering {
    /// As [`Scene::steer`].
    pub(super) fn steer(&mut self) {
        let counters = self.controller.counters();
        let (now, taken) = (counters.playhead(), counters.commands());
        let waiting = self.sent.saturating_sub(taken);
        let room = u64::from(self.sources).min(MAX_WAITING);
        let room = match self.motion {
            Motion::Moving => room,
            Motion::Still => room.min(waiting + u64::from(self.sources) + self.added - self.sent),
        };
        for _ in waiting..room {
            let source = self.next;
            self.controller
                .place(source, self.position(source, now), now as f64);
            self.next = (source + 1) % self.sources;
            self.sent += 1;
        }
    }

    /// Where a source is at a frame.
    fn position(&self, source: SourceId, frame: u64) -> Position {
        let turns = match self.motion {
            Motion::Moving => frame as f64 / f64::from(self.sample_rate) / PERIOD_S,
            Motion::Still => 0.0,
        };
        let radius = 0.5 + f64::from(source % CIRCLES) * 0.1;
        let (sin, cos) = (TAU * (turns + f64::from(source) * 0.37)).sin_cos();
        Position::new(radius * cos, radius * sin, 0.3)
    }

    /// As [`Scene::positions`].
    fn positions(&self) -> u64 {
        let taken = self.controller.counters().commands();
        taken.saturating_sub(self.added)
    }

    /// As [`Scene::is_whole`].
    pub(super) fn is_whole(&self) -> bool {
        self.controller.merged_positions() == 0 && self.controller.counters().panics() == 0
    }
}

fn engine(head: &Arc<Head>, sources: u16) -> Engine {
    Engine::new(EngineConfig {
        head: Arc::clone(head),
        distance: DistanceLaw {
            model: DistanceModel::Inverse,
            ref_m: 1.0,
            max_m: 100.0,
            rolloff: 1.0,
            min_m: 0.2,
        },
        gain: 0.1,
        limiter: true,
        max_speed_m_s: 100.0,
        sources,
        edges: Edges::default(),
    })
}

/// A second of noise, always the same.
fn noise(sample_rate: u32) -> Clip {
    let mut random = fastrand::Rng::with_seed(1);
    let samples: Vec<f32> = (0..sample_rate).map(|_| random.f32() - 0.5).collect();
    Clip {
        samples: samples.into(),
        sample_rate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::HeadShape;

    fn head(sample_rate: u32) -> Arc<Head> {
        Arc::new(Head::sphere(HeadShape::default(), sample_rate).expect("the default head"))
    }

    #[test]
    fn every_source_gets_a_position_in_every_block_and_sounds() {
        let mut scene = Scene::new(&head(48_000), 3);
        let before = scene.positions();
        let mut block = [StereoFrame::SILENCE; QUANTUM];
        for _ in 0..100 {
            scene.steer();
            scene.fill(&mut block);
            assert!(block.iter().any(|frame| frame.left != 0.0));
        }
        assert_eq!(scene.positions() - before, 300);
        assert!(scene.is_whole());
    }

    #[test]
    fn sources_that_stand_still_get_one_position_each_and_sound() {
        let mut scene = Scene::with_motion(&head(48_000), 3, Motion::Still);
        let mut block = [StereoFrame::SILENCE; 64];
        for _ in 0..100 {
            scene.steer();
            scene.fill(&mut block);
            assert!(block.iter().any(|frame| frame.left != 0.0));
        }
        assert_eq!(scene.positions(), 3);
        assert!(scene.is_whole());
    }

    #[test]
    fn more_sources_than_a_block_takes_positions_for_take_turns() {
        let mut scene = Scene::new(&head(8_000), 1000);
        let before = scene.positions();
        let mut block = [StereoFrame::SILENCE; 2 * QUANTUM];
        for _ in 0..10 {
            scene.steer();
            scene.fill(&mut block);
        }
        let taken = scene.positions() - before;
        assert!((100..10_000).contains(&taken), "{taken} positions");
        assert!(scene.is_whole());
    }

    #[test]
    fn blocks_shorter_than_a_quantum_are_no_trouble() {
        let mut scene = Scene::new(&head(8_000), 100);
        for _ in 0..500 {
            scene.steer();
            scene.fill(&mut [StereoFrame::SILENCE; 1]);
        }
        assert!(scene.is_whole());
    }
}
