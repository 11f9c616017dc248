//! The real-time boundary.
//!
//! [`bridge`] makes a pair: a [`Controller`] for the control side and an [`Endpoint`] for the audio
//! callback. Ring buffers and atomics join them, and nothing else.
//!
//! ```text
//!  control side                               |            audio callback
//!                                             |
//!  positions -> Controller ------ commands ---|--> Endpoint( Engine )
//!                   ^                         |       |         |  fill(&mut [StereoFrame])
//!                   +------- things to free --|-------+         |
//!  recorder <- RecordTap <------- frames -----|-----------------+
//!  metrics <--- Counters <------ atomics -----|-------+
//! ```
//!
//! - What owns memory is built on the control side and comes home to be freed there: the endpoint
//!   takes nothing out of a place while the way home is full.
//! - So does a head: [`Controller::switch_head`] makes all that every voice needs for it, the callback
//!   swaps it in, crossfades for 20 ms, and sends home what was the old one's.
//! - So does a whole engine: [`Controller::replace`] sends one in which anything may be different, and
//!   which takes up the sound where it is.
//! - A full ring never blocks: the controller keeps the newest position of each source and sends it
//!   with the next call of [`Controller::flush`].
//! - Commands carry the frame at which they apply and are applied between two quanta, so that the
//!   device's blocks do not matter.

mod command;
mod controller;
mod counters;
mod denormals;
mod endpoint;
mod pace;
mod peaks;
mod tap;

use controller::PlayedWith;
pub use controller::{Controller, EngineRefused, Full, HeadRefused, VoiceRefused};
pub use counters::Counters;
pub use denormals::without_denormals;
pub use endpoint::Endpoint;
pub use pace::MotionDelay;
pub use tap::{Chunk, RecordTap};

use std::sync::Arc;

use ringbuf::HeapRb;
use ringbuf::traits::Split;

use crate::render::Engine;

/// Commands that fit into the ring: a second of positions at 1000 a second.
const COMMANDS: usize = 1024;

/// What a bridge is built from, beside the engine.
#[derive(Clone, Copy, Debug)]
pub struct BridgeConfig {
    /// How many sources the engine was built for.
    pub sources: u16,
    /// How far behind the positions the paths are played.
    pub motion_delay: MotionDelay,
    /// Frames that the record tap can hold; `None`: nothing is recorded.
    pub record_frames: Option<usize>,
}

/// Joins an engine to its controller. The endpoint moves into the audio callback, once.
pub fn bridge(engine: Engine, config: BridgeConfig) -> (Controller, Endpoint, Option<RecordTap>) {
    let (command_sender, commands) = HeapRb::new(COMMANDS).split();
    // Room for every source there is, a head and an engine, so that what ends always finds its way
    // home.
    let (home, retired) = HeapRb::new((usize::from(config.sources) + 2) * 2).split();
    let counters = Arc::new(Counters::default());
    let (tap, record) = match config.record_frames {
        Some(frames) => {
            let (tap, record) = tap::tap(frames, Arc::clone(&counters));
            (Some(tap), Some(record))
        }
        None => (None, None),
    };
    let played_with = PlayedWith::of(&engine);
    let endpoint = Endpoint::new(engine, commands, home, tap, Arc::clone(&counters));
    let controller = Controller::new(command_sender, retired, counters, played_with, config);
    (controller, endpoint, record)
}
