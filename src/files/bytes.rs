//! Whole files.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::text::describe;

/// Why the bytes of a file cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BytesError {
    /// It cannot be read.
    #[error("{}", describe(.0))]
    Io(#[from] io::Error),
    /// A pipe or a device, which may never end.
    #[error("it is a pipe or a device, not a file")]
    NotAFile,
    /// It is greater than what is read.
    #[error("the file has more than {} MiB, which is more than is read", .0 >> 20)]
    TooLong(usize),
}

/// Reads a file of `max_bytes` at most.
///
/// # Errors
/// When it cannot be read, is longer or is no file; the message does not name it.
pub fn load_bytes(path: &Path, max_bytes: usize) -> Result<Vec<u8>, BytesError> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
    }
    if !metadata.is_file() {
        return Err(BytesError::NotAFile);
    }
    let too_long = |bytes: u64| bytes > max_bytes as u64;
    if too_long(metadata.len()) {
        return Err(BytesError::TooLong(max_bytes));
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    File::open(path)?
        .take(max_bytes as u64 + 1)
        .read_to_end(&mut bytes)?;
    if too_long(bytes.len() as u64) {
        return Err(BytesError::TooLong(max_bytes));
    }
    Ok(bytes)
}
