//! Why bytes cannot be used as a measured head, in plain words.

use super::{MAX_DELAY_S, MAX_FILE_BYTES, MAX_LEVEL, MAX_VALUES, RATES_HZ, SAMPLES};

/// Why bytes cannot be used as a measured head. The messages do not name the file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SofaError {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Greater than what is read.
    #[error("the file has more than {} MiB, which is more than is read", MAX_FILE_BYTES >> 20)]
    TooLarge,
    /// Another kind of file.
    #[error("not a SOFA file: it seems to be {seems}; a SOFA file (AES69) is wanted")]
    NotSofa {
        /// What it looks like.
        seems: &'static str,
    },
    /// HDF5 whose bytes make no sense, or do not fit each other.
    #[error("a damaged file: {part}: {detail}; get it anew")]
    Damaged {
        /// The part of it that cannot be read.
        part: String,
        /// What is wrong there.
        detail: String,
    },
    /// The reader itself failed over it.
    #[error("the file makes its reader fail: it is damaged; get it anew")]
    ReaderFailed,
    /// Data in a form of HDF5 that is not read.
    #[error("{part} is stored in a form that is not read ({detail}); save it with another program")]
    Unsupported {
        /// The part of the file.
        part: String,
        /// What is not read.
        detail: String,
    },
    /// A convention for something else than heads, or one that is not read.
    #[error(
        "its convention is {name}{what}; SimpleFreeFieldHRIR, FreeFieldHRIR, GeneralFIR and \
         SimpleFreeFieldHRTF are read: {way_out}"
    )]
    Convention {
        /// As the file names it.
        name: String,
        /// What that is.
        what: &'static str,
        /// What to do.
        way_out: &'static str,
    },
    /// Something without which there is no head.
    #[error("{0} is missing; it is no complete SOFA file")]
    Missing(&'static str),
    /// A table whose size does not fit.
    #[error("{name} has the size {}, not {wanted}", size(.found))]
    Shape {
        /// The table.
        name: &'static str,
        /// Its size.
        found: Vec<usize>,
        /// The size that is wanted.
        wanted: String,
    },
    /// Not two ears.
    #[error("it has {0} receivers; a head has 2, its ears")]
    Receivers(usize),
    /// Several loudspeakers at once.
    #[error("it has {0} emitters for each source position; one is read")]
    Emitters(usize),
    /// More than fits.
    #[error("{name} holds {found} values, more than the {MAX_VALUES} that are read")]
    TooMany {
        /// The table.
        name: &'static str,
        /// Its values.
        found: u64,
    },
    /// Responses of an unusual length.
    #[error(
        "its impulse responses have {0} samples; {least} to {most} are read",
        least = SAMPLES.start(),
        most = SAMPLES.end()
    )]
    Length(usize),
    /// A sampling rate that cannot be.
    #[error(
        "its sampling rate is {0} Hz; {least} to {most} are read",
        least = RATES_HZ.start(),
        most = RATES_HZ.end()
    )]
    Rate(f64),
    /// Several sampling rates.
    #[error("its measurements have different sampling rates ({0} Hz, {1} Hz); one for all is read")]
    Rates(f64, f64),
    /// Frequencies that no impulse response can be made of.
    #[error(
        "its frequencies (N) {0}; equal steps from 0 or from one step on are read: convert it to \
         SimpleFreeFieldHRIR"
    )]
    Frequencies(&'static str),
    /// NaN or infinity.
    #[error("{name} holds {value}, not a finite number, for measurement {measurement}")]
    NotFinite {
        /// The table.
        name: &'static str,
        /// The number.
        value: f64,
        /// Counted from 1.
        measurement: usize,
    },
    /// A sample that no measurement gives.
    #[error("{name} holds {value} for measurement {measurement}; up to {MAX_LEVEL} are believed")]
    TooLoud {
        /// The table.
        name: &'static str,
        /// The sample.
        value: f64,
        /// Counted from 1.
        measurement: usize,
    },
    /// Nothing to hear.
    #[error("the {0} ear is silent in all of its measurements")]
    Silent(&'static str),
    /// A delay that cannot be.
    #[error(
        "Data.Delay is {found} samples for measurement {measurement}; up to {} ms are believed",
        MAX_DELAY_S * 1e3
    )]
    Delay {
        /// Samples.
        found: f64,
        /// Counted from 1.
        measurement: usize,
    },
    /// Nothing is left.
    #[error(
        "none of its measurements can be used: each is silent at an ear, or its source stands in \
         the centre of the head"
    )]
    NothingLeft,
}

/// `710 x 2 x 512`.
fn size(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "of a single number".to_owned();
    }
    let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
    lengths.join(" x ")
}
