//! Files whose names a user gave: sounds, heads, trajectories and settings to read, recordings to
//! write.
//!
//! What is in them is the business of [`crate::wav`] and [`crate::trajectory`]; here they are opened,
//! and their names stand in the errors.

mod bytes;
mod read;
mod text;
mod write;

pub use bytes::{BytesError, load_bytes};
pub use read::{WavError, load_clip, load_trajectory};
pub use text::{TextError, load_text};
pub use write::{WavWriter, WriteError, check_target, is_same_file, write_text};
