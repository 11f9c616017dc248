//! Sounds as WAV files: reading them into clips, resampling clips and streams, writing frames.
//!
//! Nothing here runs on the audio thread.

mod container;
mod read;
mod resample;
mod stream;
mod write;

pub use read::{CutShort, LoadedClip, MAX_FRAMES, ReadError, read_clip};
pub use resample::{length_at, resample, resample_looped};
pub use stream::StreamResampler;
pub use write::{Encoder, SampleKind};
