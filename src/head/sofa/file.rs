//! The netCDF-4 file below a SOFA file: texts and tables of numbers by their names.

use hdf5_reader::attribute_api::Attribute;
use hdf5_reader::error::Error;
use hdf5_reader::group::Group;
use hdf5_reader::{Dataset, Datatype, H5Type, Hdf5File, OpenOptions};

use super::{MAX_FILE_BYTES, MAX_VALUES, SofaError};

/// Where every HDF5 file begins, unless something else stands before it.
const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Characters of a text that are kept.
const MAX_TEXT: usize = 1_000;

/// An open file.
pub(super) struct SofaFile {
    root: Group,
    texts: Vec<Attribute>,
}

/// A table of numbers: its size, and its numbers with the last index running fastest.
#[derive(Debug)]
pub(super) struct Table<T> {
    pub(super) name: &'static str,
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<T>,
    /// What its numbers are: `cartesian` or `spherical`, in lower case.
    pub(super) kind: Option<String>,
    /// In lower case.
    pub(super) units: Option<String>,
}

impl SofaFile {
    pub(super) fn open(bytes: &[u8]) -> Result<Self, SofaError> {
        if bytes.is_empty() {
            return Err(SofaError::Empty);
        }
        if bytes.len() > MAX_FILE_BYTES {
            return Err(SofaError::TooLarge);
        }
        if let Some(seems) = seems(bytes) {
            return Err(SofaError::NotSofa { seems });
        }
        // Chunks are read once each: nothing is gained by keeping them.
        let options = OpenOptions::default()
            .with_chunk_cache_bytes(0)
            .with_max_chunk_bytes(MAX_VALUES * size_of::<f64>())
            .with_max_read_bytes(MAX_VALUES * size_of::<f64>());
        let file = Hdf5File::from_bytes_with_options(bytes, options)
            .map_err(|error| refused("its head", &error))?;
        let root = file
            .root_group()
            .map_err(|error| refused("its head", &error))?;
        let texts = root
            .attributes()
            .map_err(|error| refused("its attributes", &error))?;
        Ok(Self { root, texts })
    }

    /// What the file says of itself under this name.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.texts.iter().find(|text| text.name == name).map(text)
    }

    /// The length of a dimension, where the file declares it.
    pub(super) fn dimension(&self, name: &'static str) -> Result<Option<usize>, SofaError> {
        let dataset = self.dataset(name)?;
        Ok(dataset.and_then(|dataset| {
            let [length] = dataset.shape() else {
                return None;
            };
            usize::try_from(*length).ok()
        }))
    }

    /// A table of numbers, where it is there.
    pub(super) fn numbers(&self, name: &'static str) -> Result<Option<Table<f64>>, SofaError> {
        self.table(name, |value| value)
    }

    /// A table of samples, where it is there.
    pub(super) fn samples(&self, name: &'static str) -> Result<Option<Table<f32>>, SofaError> {
        self.table(name, |value| value as f32)
    }

    fn table<T>(
        &self,
        name: &'static str,
        narrow: fn(f64) -> T,
    ) -> Result<Option<Table<T>>, SofaError> {
        let Some(dataset) = self.dataset(name)? else {
            return Ok(None);
        };
        let attributes = dataset.attributes();
        let attribute = |wanted: &str| {
            let found = attributes.iter().find(|found| found.name == wanted);
            found.map(|found| text(found).to_lowercase())
        };
        let count = count(name, &dataset)?;
        let values = values(&dataset, count, narrow).map_err(|error| refused(name, &error))?;
        Ok(Some(Table {
            name,
            // Each is a part of `count`, which fits.
            shape: dataset.shape().iter().map(|n| *n as usize).collect(),
            values,
            kind: attribute("Type"),
            units: attribute("Units"),
        }))
    }

    fn dataset(&self, name: &str) -> Result<Option<Dataset>, SofaError> {
        match self.root.dataset(name) {
            Ok(dataset) => Ok(Some(dataset)),
            Err(Error::DatasetNotFound(_)) => Ok(None),
            Err(error) => Err(refused(name, &error)),
        }
    }
}

/// How many values a table has: not none, and not too many.
fn count(name: &'static str, dataset: &Dataset) -> Result<usize, SofaError> {
    let found = dataset
        .num_elements()
        .map_err(|error| refused(name, &error))?;
    match usize::try_from(found) {
        Ok(0) => Err(SofaError::Damaged {
            part: name.to_owned(),
            detail: "it is empty".to_owned(),
        }),
        Ok(count) if count <= MAX_VALUES => Ok(count),
        _ => Err(SofaError::TooMany { name, found }),
    }
}

/// The numbers of a table, whatever type they are stored in.
fn values<T>(dataset: &Dataset, count: usize, narrow: fn(f64) -> T) -> Result<Vec<T>, Error> {
    fn read<S: H5Type + Copy + Default>(dataset: &Dataset, count: usize) -> Result<Vec<S>, Error> {
        let mut values = vec![S::default(); count];
        dataset.read_into(&mut values)?;
        Ok(values)
    }
    fn through<S: H5Type + Copy + Default + Into<f64>, T>(
        dataset: &Dataset,
        count: usize,
        narrow: fn(f64) -> T,
    ) -> Result<Vec<T>, Error> {
        let values = read::<S>(dataset, count)?;
        Ok(values
            .into_iter()
            .map(|value| narrow(value.into()))
            .collect())
    }
    match *dataset.dtype() {
        Datatype::FloatingPoint { size: 4, .. } => through::<f32, T>(dataset, count, narrow),
        Datatype::FloatingPoint { size: 8, .. } => through::<f64, T>(dataset, count, narrow),
        Datatype::FixedPoint { size, signed, .. } => match (size, signed) {
            (1, true) => through::<i8, T>(dataset, count, narrow),
            (1, false) => through::<u8, T>(dataset, count, narrow),
            (2, true) => through::<i16, T>(dataset, count, narrow),
            (2, false) => through::<u16, T>(dataset, count, narrow),
            (4, true) => through::<i32, T>(dataset, count, narrow),
            (4, false) => through::<u32, T>(dataset, count, narrow),
            _ => {
                let values = read::<i64>(dataset, count)?;
                Ok(values
                    .into_iter()
                    .map(|value| narrow(value as f64))
                    .collect())
            }
        },
        _ => Err(Error::UnsupportedEncoding("no plain numbers".to_owned())),
    }
}

/// An attribute as text on one line: UTF-8, or else Latin-1.
fn text(attribute: &Attribute) -> String {
    let decoded = attribute.decoded_strings.as_ref();
    let text = match decoded.and_then(|strings| strings.first()) {
        Some(text) => text.clone(),
        None => match str::from_utf8(&attribute.raw_data) {
            Ok(text) => text.to_owned(),
            Err(_) => attribute.raw_data.iter().copied().map(char::from).collect(),
        },
    };
    let until_zero = text.split('\0').next().unwrap_or_default();
    let printable = until_zero.chars().take(MAX_TEXT);
    let line: String = printable
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    line.trim().to_owned()
}

/// What the bytes look like, when they are not HDF5.
fn seems(bytes: &[u8]) -> Option<&'static str> {
    // HDF5 may begin at 512, 1024, 2048, ... where something else stands before it.
    let mut begin = 0;
    while let Some(rest) = bytes.get(begin..) {
        if rest.starts_with(SIGNATURE) {
            return None;
        }
        begin = if begin == 0 { 512 } else { 2 * begin };
    }
    let head = &bytes[..bytes.len().min(512)];
    let is_text = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
    Some(if SIGNATURE.starts_with(head) {
        "the first bytes of a file that was cut off"
    } else if head.starts_with(b"CDF") {
        "an old netCDF file; save it as netCDF-4"
    } else if head.starts_with(b"MATLAB 5") {
        "a MATLAB file; save it with the SOFA Toolbox"
    } else if head.starts_with(b"RIFF") {
        "a WAV file"
    } else if head.starts_with(b"PK\x03\x04") {
        "a ZIP archive; unpack it"
    } else if head.starts_with(b"\x1f\x8b") {
        "a gzip archive; unpack it"
    } else if head.iter().all(is_text) {
        "a text"
    } else {
        "something else"
    })
}

/// The reader's refusal of a part of the file.
fn refused(part: &str, error: &Error) -> SofaError {
    let mut inner = error;
    while let Error::Context { source, .. } = inner {
        inner = source;
    }
    let (part, detail) = (part.to_owned(), one_line(&inner.to_string()));
    match inner {
        Error::UnsupportedFilter(_)
        | Error::UnsupportedEncoding(_)
        | Error::UnsupportedDatatypeClass(_)
        | Error::TypeMismatch { .. }
        | Error::UnsupportedLayoutClass(_) => SofaError::Unsupported { part, detail },
        _ => SofaError::Damaged { part, detail },
    }
}

/// What may hold names out of the file.
fn one_line(text: &str) -> String {
    let printable = |c: char| if c.is_control() { '?' } else { c };
    text.chars().take(200).map(printable).collect()
}
