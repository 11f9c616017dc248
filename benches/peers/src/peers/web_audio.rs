//! Crate `web-audio-api`: a panner node for each source, in an offline context.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use binaurald::audio::StereoFrame;
use binaurald::geometry::Position;
use web_audio_api::AudioBuffer;
use web_audio_api::context::{BaseAudioContext, OfflineAudioContext};
use web_audio_api::node::{
    AudioBufferSourceNode, AudioBufferSourceOptions, AudioNode, PannerNode, PannerOptions,
    PanningModelType,
};

use crate::peer::{FEWEST_BLOCKS, Listener, Peer};
use crate::scene::{self, SAMPLE_RATE, Scene};
use crate::stopwatch::Stopwatch;

/// Frames that it renders at a time.
const QUANTUM: usize = 128;

/// A context renders once, to a length that is known before: so each run has one of its own.
pub(super) struct WebAudio {
    scene: Scene,
    frame: u64,
    /// How long a block took in the run before.
    block: Option<Duration>,
}

/// What the blocks took, and the watch of the one that is being rendered.
#[derive(Default)]
struct Times {
    taken: Vec<Duration>,
    running: Option<Stopwatch>,
}

impl WebAudio {
    pub(super) fn new(scene: Scene) -> Self {
        Self {
            scene,
            frame: 0,
            block: None,
        }
    }

    /// A context with all of the scene's sources, and those.
    fn context(&self, frames: usize) -> (OfflineAudioContext, Vec<PannerNode>) {
        let context = OfflineAudioContext::new(2, frames, SAMPLE_RATE as f32);
        let noise = AudioBuffer::from(vec![scene::noise().to_vec()], SAMPLE_RATE as f32);
        let panners = (0..self.scene.sources).map(|source| {
            let [x, y, z] = axes(self.scene.position(source, self.frame));
            let options = PannerOptions {
                panning_model: PanningModelType::HRTF,
                position_x: x,
                position_y: y,
                position_z: z,
                ..PannerOptions::default()
            };
            let panner = PannerNode::new(&context, options);
            panner.connect(&context.destination());
            let options = AudioBufferSourceOptions {
                buffer: Some(noise.clone()),
                loop_: true,
                ..AudioBufferSourceOptions::default()
            };
            let mut sound = AudioBufferSourceNode::new(&context, options);
            sound.connect(&panner);
            let begin = (scene::start(source) as u64 + self.frame) % u64::from(SAMPLE_RATE);
            sound.start_at_with_offset(0.0, begin as f64 / f64::from(SAMPLE_RATE));
            panner
        });
        let panners = panners.collect();
        (context, panners)
    }
}

/// x to the right, y up, -z in front.
fn axes(position: Position) -> [f32; 3] {
    [-position.y, position.z, -position.x].map(|value| value as f32)
}

impl Peer for WebAudio {
    fn run(&mut self, time: Duration, heard: Listener) {
        let Scene { frames, .. } = self.scene;
        let wanted = self.block.map_or(FEWEST_BLOCKS, |block| {
            (time.as_secs_f64() / block.as_secs_f64().max(1e-6)) as usize
        });
        let blocks = wanted.max(FEWEST_BLOCKS);
        // One more: its beginning is the end of the last.
        let (mut context, panners) = self.context((blocks + 1) * frames);
        let panners = Arc::new(panners);
        let times = Arc::new(Mutex::new(Times::default()));
        for block in 0..=blocks {
            let (panners, times) = (Arc::clone(&panners), Arc::clone(&times));
            let (scene, frame) = (self.scene, self.frame + (block * frames) as u64);
            let quantum = (block * frames / QUANTUM) as f64;
            // It is rounded up to the next quantum.
            let at = (quantum - 0.5).max(0.0) * QUANTUM as f64 / f64::from(SAMPLE_RATE);
            context.suspend_sync(at, move |_| {
                let mut times = times.lock().expect("nothing panics with it");
                let taken = times.running.map(Stopwatch::elapsed);
                times.taken.extend(taken);
                for (source, panner) in panners.iter().enumerate() {
                    let [x, y, z] = axes(scene.position(source, frame));
                    panner.set_position(x, y, z);
                }
                times.running = Some(Stopwatch::start());
            });
        }
        let output = context.start_rendering_sync();
        self.frame += (blocks * frames) as u64;
        let (left, right) = (output.get_channel_data(0), output.get_channel_data(1));
        let rendered = left.chunks(frames).zip(right.chunks(frames));
        let times = times.lock().expect("nothing panics with it");
        for ((left, right), taken) in rendered.zip(&times.taken) {
            let block: Vec<StereoFrame> = left
                .iter()
                .zip(right)
                .map(|(left, right)| StereoFrame::new(*left, *right))
                .collect();
            heard(*taken, &block);
        }
        let total: Duration = times.taken.iter().sum();
        self.block = Some(total / blocks as u32);
    }
}
