//! Reading files whose names a user gave.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use crate::trajectory::{Trajectory, TrajectoryError};
use crate::wav::{LoadedClip, ReadError, read_clip};

/// A file that cannot be used as a sound.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}", path = path.display())]
pub struct WavError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: ReadError,
}

/// Reads a WAV file: 8, 16, 24, 32 bit or float, any number of channels, 1 to 768 kHz.
///
/// # Errors
/// [`WavError`], which names the file.
pub fn load_clip(path: &Path) -> Result<LoadedClip, WavError> {
    let named = |source| WavError {
        path: path.to_path_buf(),
        source,
    };
    let open = || {
        let metadata = fs::metadata(path)?;
        if metadata.is_dir() {
            return Err(ReadError::NotAFile("a directory"));
        }
        // A pipe would block until someone writes, and cannot be read twice.
        if !metadata.is_file() {
            return Err(ReadError::NotAFile("a pipe or a device"));
        }
        Ok(File::open(path)?)
    };
    let file = open().map_err(named)?;
    read_clip(BufReader::new(file)).map_err(named)
}

/// Reads a `--trajectory`: `orbit[:RADIUS,PERIOD[,HEIGHT]]`, `static:X,Y,Z`, or the name of a CSV
/// file.
///
/// # Errors
/// When `spec` is none of these, or holds what cannot be a motion.
pub fn load_trajectory(spec: &str) -> Result<Trajectory, TrajectoryError> {
    Trajectory::parse(spec, open)
}

fn open(path: &str) -> io::Result<File> {
    let file = File::open(path)?;
    // Opens on Unix, and fails only when it is read.
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_file() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let missing = directory.path().join("missing.wav");
        let text = load_clip(&missing).expect_err("missing").to_string();
        assert!(
            text.contains("missing.wav") && text.contains("no such file"),
            "{text}"
        );
        let text = load_clip(directory.path())
            .expect_err("a directory")
            .to_string();
        assert!(text.contains("directory, not a file"), "{text}");
        let text = load_clip(Path::new("/dev/null"))
            .expect_err("a device")
            .to_string();
        assert!(text.contains("device"), "{text}");
    }

    #[test]
    fn a_file_is_read_by_its_name_and_its_faults_are_told_with_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("walk.csv");
        fs::write(&path, "t,x,y,z\n0,1,0,0\n1,3,0,0\n").unwrap();
        let spec = path.to_str().unwrap();
        assert_eq!(
            load_trajectory(spec).unwrap().position_at(0.5),
            [2.0, 0.0, 0.0]
        );
        fs::write(&path, "t,x,y,z\n0,1,zero,0\n").unwrap();
        let error = load_trajectory(spec).unwrap_err().to_string();
        assert!(
            error.contains("walk.csv: line 2: y is \"zero\", not a number"),
            "{error}"
        );
    }
}
