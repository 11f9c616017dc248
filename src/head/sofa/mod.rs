//! SOFA files (AES69): measured heads in netCDF-4, as people download and make them.
//!
//! They differ in much, and some are damaged. What can be put right is, and a sentence says so
//! ([`MeasuredSet::oddities`]); everything else is refused with the reason. Nothing is ever taken in
//! place of what a file lacks without a word.

mod convention;
mod ears;
mod error;
mod file;
mod places;
mod responses;
mod sources;
mod spectra;
mod tidy;

use std::ops::RangeInclusive;
use std::panic;

use super::{About, MeasuredSet};
use file::SofaFile;
use responses::Responses;

pub use error::SofaError;

/// The largest file that is read, in bytes. The file, its copy in the reader, a table as it is
/// stored and the same as samples fit into 1 GiB together.
pub const MAX_FILE_BYTES: usize = 256 << 20;

/// The most numbers of one table: 41,527 directions with 256 samples are 21 million.
pub const MAX_VALUES: usize = 1 << 25;

/// Sampling rates that are read, in hertz.
const RATES_HZ: RangeInclusive<f64> = 8_000.0..=192_000.0;

/// Lengths of impulse responses that are read, in samples.
const SAMPLES: RangeInclusive<usize> = 8..=1 << 16;

/// Longer delays are none, in seconds.
const MAX_DELAY_S: f64 = 0.05;

/// The greatest sample that is no mistake: 120 dB above full scale.
const MAX_LEVEL: f32 = 1e6;

/// What is unusual about a file, a sentence each.
#[derive(Default)]
struct Notes(Vec<String>);

impl Notes {
    fn add(&mut self, sentence: String) {
        self.0.push(sentence);
    }
}

/// Reads a SOFA file: the conventions `SimpleFreeFieldHRIR`, `FreeFieldHRIR`, `GeneralFIR` (two
/// receivers) and `SimpleFreeFieldHRTF`.
///
/// It uses up to three times the memory that the file and its numbers take. A damaged file can make
/// the reader of HDF5 panic, which ends in an error here; the panic hook is called. What cannot be
/// caught (an endless loop, an abort) is the reason to call this in a process of its own.
///
/// # Errors
/// When the bytes are no SOFA file, are damaged, or are no set of responses of two ears.
pub fn read_sofa(bytes: &[u8]) -> Result<MeasuredSet, SofaError> {
    panic::catch_unwind(|| read(bytes)).unwrap_or(Err(SofaError::ReaderFailed))
}

fn read(bytes: &[u8]) -> Result<MeasuredSet, SofaError> {
    let file = SofaFile::open(bytes)?;
    let mut notes = Notes::default();
    let (convention, data) = convention::convention(&file)?;
    let mut responses = Responses::read(&file, data, &mut notes)?;
    let sources = sources::sources(&file, responses.measurements, &mut notes)?;
    if ears::are_swapped(&file, &mut notes)? {
        tidy::swap_ears(&mut responses);
    }
    let text = |name: &str| file.text(name).unwrap_or_default();
    let about = About {
        convention,
        title: text("Title"),
        database: text("DatabaseName"),
        listener: text("ListenerShortName"),
        author: text("AuthorContact"),
        organization: text("Organization"),
        licence: text("License"),
    };
    let set = tidy::tidy(responses, &sources, &mut notes)?;
    Ok(MeasuredSet {
        about,
        oddities: notes.0,
        ..set
    })
}
