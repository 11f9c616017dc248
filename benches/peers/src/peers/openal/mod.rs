//! OpenAL Soft of the system, through its loopback device, with its HRTF on.

mod library;

use std::sync::Arc;

use binaurald::audio::StereoFrame;
use binaurald::geometry::Position;

use crate::peer::Renderer;
use crate::scene::{self, SAMPLE_RATE, Scene};
use library::{Api, Loopback};

pub(super) struct OpenAl {
    api: Arc<Api>,
    version: String,
}

impl OpenAl {
    pub(super) fn load() -> Result<Self, String> {
        let api = Arc::new(Api::load()?);
        let version = Loopback::open(&api, SAMPLE_RATE, 1)?.version();
        Ok(Self { api, version })
    }

    pub(super) fn version(&self) -> String {
        self.version.clone()
    }

    pub(super) fn renderer(&self, scene: &Scene) -> Result<OpenAlRenderer, String> {
        let loopback = Loopback::open(&self.api, SAMPLE_RATE, scene.sources)?;
        let buffer = loopback.buffer(&scene::noise(), SAMPLE_RATE)?;
        let source = |source| {
            let position = axes(scene.position(source, 0));
            loopback.source(buffer, scene::start(source), position)
        };
        let sources = (0..scene.sources).map(source).collect::<Result<_, _>>()?;
        Ok(OpenAlRenderer { loopback, sources })
    }
}

pub(super) struct OpenAlRenderer {
    loopback: Loopback,
    sources: Vec<u32>,
}

/// x to the right, y up, -z in front.
fn axes(position: Position) -> [f32; 3] {
    [-position.y, position.z, -position.x].map(|value| value as f32)
}

impl Renderer for OpenAlRenderer {
    fn steer(&mut self, positions: &[Position]) {
        self.loopback.make_current();
        for (source, position) in self.sources.iter().zip(positions) {
            self.loopback.place(*source, axes(*position));
        }
    }

    fn render(&mut self, block: &mut [StereoFrame]) {
        self.loopback.render(block);
    }
}
