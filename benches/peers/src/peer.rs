//! What is asked of a renderer to be measured.

use std::hint::black_box;
use std::time::{Duration, Instant};

use binaurald::audio::StereoFrame;
use binaurald::geometry::Position;

use crate::scene::Scene;
use crate::stopwatch::Stopwatch;

/// Blocks of a run at least.
pub(crate) const FEWEST_BLOCKS: usize = 5;

/// Hears of each block what it took of the processor's time, and what sounded.
pub(crate) type Listener<'a> = &'a mut dyn FnMut(Duration, &[StereoFrame]);

/// A renderer at work on its scene.
pub(crate) trait Peer {
    /// Renders blocks one after the other for about `time`, [`FEWEST_BLOCKS`] at least, each with a new
    /// position of every source.
    fn run(&mut self, time: Duration, heard: Listener);

    /// Positions that the callback has taken so far, where the renderer counts them.
    fn positions(&self) -> Option<u64> {
        None
    }
}

/// A renderer that is called block by block.
pub(crate) trait Renderer {
    /// Tells where the sources are from now on: the control side's part, which is not measured.
    fn steer(&mut self, positions: &[Position]);

    /// The callback: renders a block. `block` may hold anything before.
    fn render(&mut self, block: &mut [StereoFrame]);

    /// As [`Peer::positions`].
    fn positions(&self) -> Option<u64> {
        None
    }
}

/// Calls a renderer.
pub(crate) struct Stepped<R> {
    renderer: R,
    scene: Scene,
    frame: u64,
    positions: Vec<Position>,
    block: Vec<StereoFrame>,
}

impl<R: Renderer> Stepped<R> {
    pub(crate) fn new(renderer: R, scene: Scene) -> Self {
        Self {
            renderer,
            scene,
            frame: 0,
            positions: vec![Position::FRONT; scene.sources],
            block: vec![StereoFrame::SILENCE; scene.frames],
        }
    }

    /// Renders the next block and tells what that took.
    fn step(&mut self) -> Duration {
        for (source, position) in self.positions.iter_mut().enumerate() {
            *position = self.scene.position(source, self.frame);
        }
        self.renderer.steer(&self.positions);
        let stopwatch = Stopwatch::start();
        self.renderer.render(black_box(&mut self.block));
        let time = stopwatch.elapsed();
        self.frame += self.scene.frames as u64;
        time
    }
}

impl<R: Renderer> Peer for Stepped<R> {
    fn run(&mut self, time: Duration, heard: Listener) {
        let began = Instant::now();
        let mut blocks = 0;
        while blocks < FEWEST_BLOCKS || began.elapsed() < time {
            let time = self.step();
            heard(time, &self.block);
            blocks += 1;
        }
    }

    fn positions(&self) -> Option<u64> {
        self.renderer.positions()
    }
}
