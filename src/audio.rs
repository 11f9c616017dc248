//! What sound is made of here: frames and clips.

use std::sync::Arc;

/// One sample for each ear. Full scale is -1 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct StereoFrame {
    /// The left ear's sample.
    pub left: f32,
    /// The right ear's sample.
    pub right: f32,
}

impl StereoFrame {
    /// No sound.
    pub const SILENCE: Self = Self {
        left: 0.0,
        right: 0.0,
    };

    /// A frame of the two samples.
    pub const fn new(left: f32, right: f32) -> Self {
        Self { left, right }
    }
}

/// A mono sound in memory, shared without copying. Every sample is finite.
#[derive(Clone, Debug)]
pub struct Clip {
    /// One sample a frame; full scale is -1 to 1.
    pub samples: Arc<[f32]>,
    /// Frames a second, in hertz.
    pub sample_rate: u32,
}

impl Clip {
    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.sample_rate)
    }
}
