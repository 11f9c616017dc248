//! Crate `oddio`: a delay and a gain for each ear, with Doppler.

use ::oddio::{Cycle, Frames, Seek, Spatial, SpatialOptions, SpatialScene, SpatialSceneControl};
use binaurald::audio::StereoFrame;
use binaurald::geometry::Position;

use crate::peer::Renderer;
use crate::scene::{self, SAMPLE_RATE, Scene};

pub(super) struct Oddio {
    scene: SpatialScene,
    /// Ends the scene when it goes.
    _control: SpatialSceneControl,
    sources: Vec<(Spatial, Position)>,
    seconds_a_block: f64,
    output: Vec<[f32; 2]>,
}

pub(super) fn new(scene: &Scene) -> Oddio {
    let (mut control, renderer) = SpatialScene::new();
    let noise = Frames::from_slice(SAMPLE_RATE, &scene::noise());
    let sources = (0..scene.sources)
        .map(|source| {
            let position = scene.position(source, 0);
            let mut sound = Cycle::new(noise.clone());
            sound.seek(scene::start(source) as f32 / SAMPLE_RATE as f32);
            let options = SpatialOptions {
                position: axes(position).into(),
                velocity: [0.0; 3].into(),
                radius: 1.0,
            };
            (control.play(sound, options), position)
        })
        .collect();
    Oddio {
        scene: renderer,
        _control: control,
        sources,
        seconds_a_block: scene.frames as f64 / f64::from(SAMPLE_RATE),
        output: vec![[0.0; 2]; scene.frames],
    }
}

/// x to the right, y up, -z in front.
fn axes(position: Position) -> [f32; 3] {
    [-position.y, position.z, -position.x].map(|value| value as f32)
}

impl Renderer for Oddio {
    fn steer(&mut self, positions: &[Position]) {
        for ((source, last), position) in self.sources.iter_mut().zip(positions) {
            let moved = [
                position.x - last.x,
                position.y - last.y,
                position.z - last.z,
            ];
            let [x, y, z] = moved.map(|metres| metres / self.seconds_a_block);
            let velocity = axes(Position::new(x, y, z));
            source.set_motion(axes(*position).into(), velocity.into(), false);
            *last = *position;
        }
    }

    fn render(&mut self, block: &mut [StereoFrame]) {
        ::oddio::run(&mut self.scene, SAMPLE_RATE, &mut self.output);
        for (frame, [left, right]) in block.iter_mut().zip(&self.output) {
            *frame = StereoFrame::new(*left, *right);
        }
    }
}
