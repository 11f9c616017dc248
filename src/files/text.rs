//! Small text files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Why a file is not taken as text.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// It cannot be read.
    #[error("{}", describe(.0))]
    Io(#[from] io::Error),
    /// It is greater than what is read.
    #[error("it has more than {0} bytes; is it the right file?")]
    TooLong(u64),
    /// It is something else.
    #[error("line {0} is not text in UTF-8; is it the right file?")]
    NotUtf8(usize),
}

/// The plain words for the errors that people meet.
pub(super) fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::NotADirectory => "there is no such directory".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory, not a file".to_owned(),
        io::ErrorKind::PermissionDenied => "no permission to read it".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

/// Reads a file of `max_bytes` at most; a pipe too.
///
/// # Errors
/// When it cannot be read, is longer or is not text; the message does not name it.
pub fn load_text(path: &Path, max_bytes: u64) -> Result<String, TextError> {
    let file = File::open(path)?;
    let mut bytes = Vec::new();
    file.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(TextError::TooLong(max_bytes));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        TextError::NotUtf8(good.split(|byte| *byte == b'\n').count())
    })
}
