//! The kernels of the renderer: pure arithmetic on blocks of one quantum.
//!
//! Nothing here reads a file or a clock, and nothing allocates, locks or panics once it has been
//! built: all of it runs in the audio callback.
//!
//! What takes the time is compiled twice, for any processor and for those with AVX2 and FMA, and
//! chosen when it runs. Both give the same up to rounding, which the tests hold.
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
#![allow(
    clippy::inline_always,
    reason = "a kernel is compiled for the processor of the function that it is inlined into"
)]

pub mod air;
pub mod air_filter;
pub mod delay_line;
pub mod distance;
pub mod fir;
mod fused;
mod kernel;
pub mod limiter;
pub mod shift;
pub mod spectrum;
pub mod sums;

/// Frames over which everything ramps: the engine's own block, whatever the device's is.
///
/// At 48 kHz 2.7 ms, in which a source that turns once a second moves one degree.
pub const QUANTUM: usize = 128;

/// Frames in which what moves fast is followed: a part of a quantum.
pub const STEP: usize = 32;

/// Steps of a quantum.
pub const STEPS: usize = QUANTUM / STEP;
const _: () = assert!(STEPS * STEP == QUANTUM);

/// One quantum of one channel.
pub type Block = [f32; QUANTUM];

/// `n / frames` for each of so many frames: where a linear ramp stands at that frame.
pub(crate) fn ramp(frames: usize) -> impl Iterator<Item = f32> {
    let slope = 1.0 / frames as f32;
    (0..frames).map(move |n| n as f32 * slope)
}
