//! Writing frames into a WAV file that appears only when it is complete.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use crate::audio::StereoFrame;
use crate::wav::{Encoder, SampleKind};

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The operating system refused, at the start or later (disk full).
    #[error("{path}: cannot be written: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A directory, a pipe, a device.
    #[error("{path}: is {what}, not a file that can be replaced", path = path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A WAV file holds no more: 4 GiB. What fits was written, and the file can be finished.
    #[error("{path}: is full: a WAV file holds at most 4 GiB, {frames} frames", path = path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// Frames in it.
        frames: u64,
    },
}

/// Checks that a file can be written at `path`, without leaving one: before anything is opened that
/// would be for nothing.
///
/// # Errors
/// [`WriteError`], which names the file.
pub fn check_target(path: &Path) -> Result<(), WriteError> {
    create_beside(path).map(drop)
}

/// Whether two names are of one file that exists, through links too.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// Writes a text file, which appears only when it is complete.
///
/// # Errors
/// [`WriteError`], which names the file.
pub fn write_text(path: &Path, text: &str) -> Result<(), WriteError> {
    let (mut file, partial, target) = create_beside(path)?;
    let written = file.write_all(text.as_bytes());
    written.map_err(|source| WriteError::io(&target, source))?;
    keep(partial, &target)
}

/// Writes stereo frames into a WAV file. They go to a file beside it, which takes its name in
/// [`WavWriter::finish`]; dropped before that, nothing is left.
pub struct WavWriter {
    target: PathBuf,
    partial: TempPath,
    encoder: Encoder<BufWriter<File>>,
    safe_frames: u64,
}

impl WavWriter {
    /// Begins a file for `path` at `sample_rate` hertz (1 to 768000).
    ///
    /// # Errors
    /// [`WriteError`], which names the file.
    pub fn create(path: &Path, sample_rate: u32, kind: SampleKind) -> Result<Self, WriteError> {
        let (file, partial, target) = create_beside(path)?;
        let encoder = Encoder::new(BufWriter::new(file), sample_rate, kind)
            .map_err(|source| WriteError::io(path, source))?;
        Ok(Self {
            target,
            partial,
            encoder,
            safe_frames: 0,
        })
    }

    /// Appends frames.
    ///
    /// # Errors
    /// [`WriteError::Io`]; [`WriteError::Full`] when not all of them fit any more (those that do
    /// were written).
    pub fn write(&mut self, frames: &[StereoFrame]) -> Result<(), WriteError> {
        let written = self.encoder.write(frames);
        let written = written.map_err(|source| WriteError::io(&self.target, source))?;
        if written < frames.len() {
            return Err(WriteError::Full {
                path: self.target.clone(),
                frames: self.encoder.frames(),
            });
        }
        Ok(())
    }

    /// Frames written so far.
    pub fn frames(&self) -> u64 {
        self.encoder.frames()
    }

    /// Samples of integer files that were beyond full scale and were cut to it.
    pub fn clipped(&self) -> u64 {
        self.encoder.clipped()
    }

    /// Puts what was written so far on the disk, as a file that can be played: what remains of it
    /// when the process is killed, and what [`WavWriter::salvage`] keeps.
    ///
    /// # Errors
    /// [`WriteError::Io`].
    pub fn checkpoint(&mut self) -> Result<(), WriteError> {
        let flushed = self.encoder.flush();
        flushed.map_err(|source| WriteError::io(&self.target, source))?;
        self.safe_frames = self.encoder.frames();
        Ok(())
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// [`WriteError::Io`]; then there is no file.
    pub fn finish(self) -> Result<(), WriteError> {
        let complete = self.encoder.finalize();
        complete.map_err(|source| WriteError::io(&self.target, source))?;
        keep(self.partial, &self.target)
    }

    /// After an error of [`WavWriter::write`]: keeps what the last [`WavWriter::checkpoint`] saw,
    /// if anything, and returns how many frames that are.
    ///
    /// # Errors
    /// [`WriteError::Io`]; then there is no file.
    pub fn salvage(self) -> Result<u64, WriteError> {
        let frames = self.safe_frames;
        drop(self.encoder);
        if frames > 0 {
            keep(self.partial, &self.target)?;
        }
        Ok(frames)
    }
}

impl WriteError {
    fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }
}

fn keep(partial: TempPath, target: &Path) -> Result<(), WriteError> {
    let kept = partial.persist(target);
    kept.map_err(|error| WriteError::io(target, error.error))
}

/// A new file beside the one that `path` names (through links), and that one's path.
fn create_beside(path: &Path) -> Result<(File, TempPath, PathBuf), WriteError> {
    let io = |source| WriteError::io(path, source);
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        // Renaming a file onto a device or a pipe would replace it.
        Ok(metadata) => {
            let what = if metadata.is_dir() {
                "a directory"
            } else {
                "a pipe or a device"
            };
            return Err(WriteError::NotAFile {
                path: path.to_path_buf(),
                what,
            });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io(error)),
    }
    let name = path.file_name().ok_or_else(|| WriteError::NotAFile {
        path: path.to_path_buf(),
        what: "a directory",
    })?;
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let directory = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: the umask takes its part.
        builder.permissions(Permissions::from_mode(0o666));
    }
    let (file, partial) = builder
        .tempfile_in(directory)
        .map_err(|error| io(plain(&error)))?
        .into_parts();
    Ok((file, partial, target))
}

/// The error without the temporary file's name, which `tempfile` adds and nobody knows.
fn plain(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None if error.kind() == io::ErrorKind::NotFound => {
            io::Error::new(error.kind(), "there is no such directory")
        }
        None => io::Error::new(error.kind(), error.kind().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    fn frames(count: usize) -> Vec<StereoFrame> {
        (0..count)
            .map(|n| {
                let sample = (n as f32 * 0.05).sin() * 0.5;
                StereoFrame::new(sample, -sample / 3.0)
            })
            .collect()
    }

    #[test]
    fn dropped_without_finish_nothing_is_left_and_an_old_file_stays() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("take.wav");
        fs::write(&path, "old").expect("writable");
        let mut writer = WavWriter::create(&path, 48_000, SampleKind::Float32).expect("writable");
        writer.write(&frames(10)).expect("there is room");
        drop(writer);
        assert_eq!(fs::read(&path).expect("readable"), b"old");
        assert_eq!(fs::read_dir(directory.path()).expect("readable").count(), 1);
    }

    #[test]
    fn a_checkpoint_is_what_remains_after_an_error() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("take.wav");
        let mut writer = WavWriter::create(&path, 48_000, SampleKind::Float32).expect("writable");
        writer.write(&frames(100)).expect("there is room");
        writer.checkpoint().expect("there is room");
        let partial = files::load_clip(&writer.partial).expect("playable while it grows");
        assert_eq!(partial.clip.samples.len(), 100);
        writer.write(&frames(50)).expect("there is room");
        assert_eq!(writer.salvage().expect("renamed"), 100);
        assert!(
            files::load_clip(&path)
                .expect("playable")
                .clip
                .samples
                .len()
                >= 100
        );

        let never = directory.path().join("never.wav");
        let writer = WavWriter::create(&never, 48_000, SampleKind::Float32).expect("writable");
        assert_eq!(writer.salvage().expect("nothing to do"), 0);
        assert!(!never.exists());
    }

    #[test]
    fn a_full_file_says_so_and_can_be_finished() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("full.wav");
        let mut writer = WavWriter::create(&path, 48_000, SampleKind::Float32).expect("writable");
        writer.encoder.limit(100);
        writer.write(&frames(60)).expect("there is room");
        let error = writer.write(&frames(60)).expect_err("full");
        assert!(
            matches!(error, WriteError::Full { frames: 100, .. }),
            "{error}"
        );
        assert!(!path.exists(), "the file appeared before it was complete");
        writer.finish().expect("it can be finished");
        let clip = files::load_clip(&path).expect("playable").clip;
        assert_eq!(clip.samples.len(), 100);
        assert_eq!(
            fs::read_dir(directory.path()).expect("readable").count(),
            1,
            "nothing is left beside it"
        );
    }

    #[test]
    fn targets_that_cannot_be_are_refused_at_once() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let refused = |path: &Path| {
            check_target(path)
                .expect_err("no file can be there")
                .to_string()
        };
        let text = refused(directory.path());
        assert!(text.contains("is a directory"), "{text}");
        let text = refused(&directory.path().join("no/such/place.wav"));
        assert!(
            text.contains("place.wav: cannot be written") && !text.contains(".part"),
            "{text}"
        );
        let text = refused(Path::new("/dev/null"));
        assert!(text.contains("device"), "{text}");
        let fine = directory.path().join("fine.wav");
        for rate in [0, 4_000_000_000] {
            let error = WavWriter::create(&fine, rate, SampleKind::Int16)
                .err()
                .expect("no such rate");
            assert!(error.to_string().contains(&rate.to_string()), "{error}");
        }
        check_target(&fine).expect("this one can");
        assert_eq!(fs::read_dir(directory.path()).expect("readable").count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_has_the_permissions_of_any_new_file_and_links_are_followed() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().expect("a directory for the test");
        let plain = directory.path().join("plain");
        fs::write(&plain, "").expect("writable");
        let real = directory.path().join("real.wav");
        fs::write(&real, "old").expect("writable");
        let link = directory.path().join("link.wav");
        std::os::unix::fs::symlink(&real, &link).expect("links can be made");
        let mut writer = WavWriter::create(&link, 48_000, SampleKind::Int16).expect("writable");
        writer.write(&frames(10)).expect("there is room");
        writer.finish().expect("there is room");
        assert!(link.is_symlink(), "the link was replaced");
        assert_eq!(
            files::load_clip(&real)
                .expect("playable")
                .clip
                .samples
                .len(),
            10
        );
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode();
        assert_eq!(mode(&real), mode(&plain));
    }
}
