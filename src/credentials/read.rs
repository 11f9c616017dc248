//! Reading a small file that an option names.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::CredentialError;

/// What is longer than this is something else: bytes.
const MAX_BYTES: u64 = 1 << 20;

/// A file that an option names, and what it holds.
pub(super) struct Named<'a> {
    option: &'static str,
    file: &'a Path,
    pub(super) content: Vec<u8>,
}

impl<'a> Named<'a> {
    /// Reads it. Only a regular file: another, such as a FIFO or a terminal, may never end.
    pub(super) fn read(option: &'static str, file: &'a Path) -> Result<Self, CredentialError> {
        let mut named = Self {
            option,
            file,
            content: Vec::new(),
        };
        let unreadable = |error| named.refuse(format!("cannot be read: {error}"));
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(named.refuse("is not a regular file"));
        }
        let opened = File::open(file).map_err(unreadable)?;
        let mut content = Vec::new();
        let limited = (&opened).take(MAX_BYTES + 1).read_to_end(&mut content);
        limited.map_err(unreadable)?;
        if content.len() as u64 > MAX_BYTES {
            return Err(named.refuse(format!("is longer than {MAX_BYTES} bytes")));
        }
        named.content = content;
        Ok(named)
    }

    /// Reads one that others should not: says so when they can.
    pub(super) fn read_secret(
        option: &'static str,
        file: &'a Path,
    ) -> Result<Self, CredentialError> {
        let named = Self::read(option, file)?;
        if is_open_to_all(file) {
            tracing::warn!(
                "--{option} {}: everybody on this machine can read it (chmod o-r takes that away)",
                file.display()
            );
        }
        Ok(named)
    }

    /// What is wrong with it.
    pub(super) fn refuse(&self, problem: impl Into<String>) -> CredentialError {
        CredentialError {
            option: self.option,
            file: self.file.to_owned(),
            problem: problem.into(),
        }
    }
}

#[cfg(unix)]
fn is_open_to_all(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    const READ_BY_OTHERS: u32 = 0o004;
    file.metadata()
        .is_ok_and(|metadata| metadata.permissions().mode() & READ_BY_OTHERS != 0)
}

#[cfg(not(unix))]
fn is_open_to_all(_: &Path) -> bool {
    false
}
