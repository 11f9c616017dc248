//! binaurald: an engine behind its bridge, as the daemon has it.

use std::sync::Arc;

use binaurald::audio::{Clip, StereoFrame};
use binaurald::bridge::{BridgeConfig, Controller, Endpoint, MotionDelay, bridge};
use binaurald::dsp::distance::{DistanceLaw, DistanceModel};
use binaurald::geometry::Position;
use binaurald::head::Head;
use binaurald::render::{Edges, Engine, EngineConfig, Voice, VoiceOptions};

use crate::peer::Renderer;
use crate::scene::{self, SAMPLE_RATE, Scene};

/// Both halves of the bridge; what is measured is [`Endpoint::fill`], the whole callback.
pub(crate) struct Ours {
    pub(crate) controller: Controller,
    pub(crate) endpoint: Endpoint,
    sources: u16,
    /// Whose turn it is to get a position.
    next: u16,
    /// Commands that went into the ring.
    sent: u64,
}

impl Ours {
    /// All sources of `scene`, from where they begin.
    pub(crate) fn new(head: &Arc<Head>, scene: &Scene) -> Result<Self, String> {
        let sources = u16::try_from(scene.sources).map_err(|error| error.to_string())?;
        let config = BridgeConfig {
            sources,
            motion_delay: MotionDelay::Auto,
            record_frames: None,
        };
        let (mut controller, endpoint, _) = bridge(engine(head, sources), config);
        let clip = Clip {
            samples: scene::noise(),
            sample_rate: SAMPLE_RATE,
        };
        for source in 0..sources {
            let options = VoiceOptions {
                looped: true,
                playhead: scene::start(usize::from(source)) as u64,
                fade_in: false,
            };
            let position = scene.position(usize::from(source), 0);
            let voice = Box::new(Voice::new(head, clip.clone(), position, options));
            controller
                .add(source, voice, 0)
                .map_err(|error| error.to_string())?;
        }
        Ok(Self {
            controller,
            endpoint,
            sources,
            next: 0,
            sent: u64::from(sources),
        })
    }
}

impl Renderer for Ours {
    /// Its callback takes a bounded number of positions between two of its quanta: where that is less
    /// than there are sources, they take turns, and [`Renderer::positions`] tells.
    fn steer(&mut self, positions: &[Position]) {
        let counters = self.controller.counters();
        let (now, taken) = (counters.playhead(), counters.commands());
        for _ in self.sent - taken..u64::from(self.sources) {
            let position = positions[usize::from(self.next)];
            self.controller.place(self.next, position, now as f64);
            self.next = (self.next + 1) % self.sources;
            self.sent += 1;
        }
    }

    fn render(&mut self, block: &mut [StereoFrame]) {
        self.endpoint.fill(block);
    }

    fn positions(&self) -> Option<u64> {
        let taken = self.controller.counters().commands();
        Some(taken.saturating_sub(u64::from(self.sources)))
    }
}

/// An engine with the settings of the daemon.
pub(crate) fn engine(head: &Arc<Head>, sources: u16) -> Engine {
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
