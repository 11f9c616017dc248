//! The engine: sources, a head and a distance law in; stereo frames out.
//!
//! Pure and infallible: it knows no file, no clock and no device, and it does not allocate once it
//! has been built. Time is counted in frames. The daemon, the offline renderer, the benchmarks and
//! the tests drive the same engine.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::unreachable
    )
)]

mod curve;
mod desk;
mod engine;
mod fitting;
mod level;
mod medium;
mod motion;
mod spot;
mod timing;
mod trail;
mod voice;
mod way;

pub use engine::{Edges, Engine, EngineConfig, Paths, SourceId};
pub use fitting::{Fitter, Fitting, Unfit};
pub use medium::{LONGEST_TRAVEL_M, Medium, MediumConfig};
pub use timing::Timing;
pub use voice::{Placement, Voice, VoiceOptions};
