//! What a rendered sound is, in figures: responses over frequency, onsets, and how pure a tone is.
//!
//! It takes slices and gives numbers, in double precision; it is for the control side.

mod bands;
mod onset;
mod response;
mod tone;

pub use bands::{OCTAVES_HZ, SIXTHS, SIXTHS_PER_OCTAVE, Sixth, octave_levels_db};
pub use onset::{ONSET_BELOW_PEAK_DB, onset_frames};
pub use realfft::num_complex::Complex64;
pub use response::{delay_s, response_at};
pub use tone::{OffTone, ToneError, fade_step, largest_step, off_tone, sine};

/// A ratio of amplitudes in decibels.
pub fn db(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}
