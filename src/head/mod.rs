//! Whose head one listens with, as data: for an ear, a direction and a distance it gives a delay
//! and a short filter.
//!
//! A head is prepared on the control side and read in the audio callback ([`Head::aim`]).

mod design;
mod grid;
mod lookup;
mod measured;
mod reference;
mod series;
mod set;
mod sofa;
mod sphere;
mod vector;

pub use lookup::{Aim, Blend, Ear, Head, Hint, Inertia, Whereabouts};
pub use measured::{MeasuredOptions, kemar_set};
pub use reference::{Reference, ReferenceAt};
pub use set::{About, MeasuredSet};
pub use sofa::{MAX_FILE_BYTES, MAX_VALUES, SofaError, read_sofa};
pub use sphere::{HeadError, HeadShape, RADII_M, SAMPLE_RATES, SPEEDS_OF_SOUND_M_S};
