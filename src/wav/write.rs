//! Writing frames into a WAV file that appears only when it is complete.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use crate::audio::StereoFrame;

/// Seed of the dither: the same frames make the same file.
const DITHER_SEED: u64 = 0x6269_6e61_7572_616c;
/// Bytes of the longest header that is written before the samples.
const HEADER_BYTES: u64 = 68;

/// The highest sample rate that is written, in hertz.
const MAX_RATE: u32 = 768_000;

/// How samples are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleKind {
    /// 32 bit float, as it comes.
    Float32,
    /// 24 bit integer, dithered; full scale is +-1.
    Int24,
    /// 16 bit integer, dithered; full scale is +-1.
    Int16,
}

impl SampleKind {
    /// Bits a sample.
    pub fn bits(self) -> u16 {
        match self {
            Self::Float32 => 32,
            Self::Int24 => 24,
            Self::Int16 => 16,
        }
    }

    /// The most stereo frames that one WAV file holds: its sizes have 32 bits.
    pub fn max_frames(self) -> u64 {
        (u64::from(u32::MAX) - HEADER_BYTES) / (2 * u64::from(self.bits() / 8))
    }
}

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

/// Writes stereo frames into a WAV file. They go to a file beside it, which takes its name in
/// [`WavWriter::finish`]; dropped before that, nothing is left.
#[derive(Debug)]
pub struct WavWriter {
    target: PathBuf,
    partial: TempPath,
    wav: Encoder,
    kind: SampleKind,
    dither: fastrand::Rng,
    frames: u64,
    max_frames: u64,
    clipped: u64,
    safe_frames: u64,
}

impl WavWriter {
    /// Begins a file for `path` at `sample_rate` hertz.
    ///
    /// # Errors
    /// [`WriteError`], which names the file.
    pub fn create(path: &Path, sample_rate: u32, kind: SampleKind) -> Result<Self, WriteError> {
        if !(1..=MAX_RATE).contains(&sample_rate) {
            let reason =
                format!("a sample rate of {sample_rate} Hz; 1 to {MAX_RATE} Hz are written");
            return Err(WriteError::Io {
                path: path.to_path_buf(),
                source: io::Error::new(io::ErrorKind::InvalidInput, reason),
            });
        }
        let (file, partial, target) = create_beside(path)?;
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate,
            bits_per_sample: kind.bits(),
            sample_format: match kind {
                SampleKind::Float32 => hound::SampleFormat::Float,
                SampleKind::Int24 | SampleKind::Int16 => hound::SampleFormat::Int,
            },
        };
        let wav = hound::WavWriter::new(BufWriter::new(file), spec)
            .map_err(|error| io_error(&target, error))?;
        Ok(Self {
            target,
            partial,
            wav: Encoder(wav),
            kind,
            dither: fastrand::Rng::with_seed(DITHER_SEED),
            frames: 0,
            max_frames: kind.max_frames(),
            clipped: 0,
            safe_frames: 0,
        })
    }

    /// Appends frames.
    ///
    /// # Errors
    /// [`WriteError::Io`]; [`WriteError::Full`] when not all of them fit any more (those that do
    /// were written).
    pub fn write(&mut self, frames: &[StereoFrame]) -> Result<(), WriteError> {
        let room = self.max_frames - self.frames;
        let fitting = frames
            .len()
            .min(usize::try_from(room).unwrap_or(usize::MAX));
        for frame in &frames[..fitting] {
            for sample in [frame.left, frame.right] {
                let written = match self.kind {
                    SampleKind::Float32 => self.wav.0.write_sample(sample),
                    SampleKind::Int24 | SampleKind::Int16 => {
                        let value = self.quantize(sample);
                        self.wav.0.write_sample(value)
                    }
                };
                written.map_err(|error| io_error(&self.target, error))?;
            }
            self.frames += 1;
        }
        if fitting < frames.len() {
            return Err(WriteError::Full {
                path: self.target.clone(),
                frames: self.frames,
            });
        }
        Ok(())
    }

    /// Rounds to an integer with triangular dither of one step to each side (Lipshitz, Wannamaker,
    /// Vanderkooy, "Quantization and dither", JAES 40(5), 1992); saturates, and counts when it does.
    fn quantize(&mut self, sample: f32) -> i32 {
        let full = f64::from(1_u32 << (self.kind.bits() - 1));
        let dither = self.dither.f64() - self.dither.f64();
        let value = (f64::from(sample) * full + dither).round();
        if value < -full || value > full - 1.0 {
            self.clipped += 1;
        }
        value.clamp(-full, full - 1.0) as i32
    }

    /// Frames written so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Samples of integer files that were beyond full scale and were cut to it.
    pub fn clipped(&self) -> u64 {
        self.clipped
    }

    /// Puts what was written so far on the disk, as a file that can be played: what remains of it
    /// when the process is killed, and what [`WavWriter::salvage`] keeps.
    ///
    /// # Errors
    /// [`WriteError::Io`].
    pub fn checkpoint(&mut self) -> Result<(), WriteError> {
        self.wav
            .0
            .flush()
            .map_err(|error| io_error(&self.target, error))?;
        self.safe_frames = self.frames;
        Ok(())
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// [`WriteError::Io`]; then there is no file.
    pub fn finish(self) -> Result<(), WriteError> {
        self.wav
            .0
            .finalize()
            .map_err(|error| io_error(&self.target, error))?;
        keep(self.partial, self.target)
    }

    /// After an error of [`WavWriter::write`]: keeps what the last [`WavWriter::checkpoint`] saw,
    /// if anything, and returns how many frames that are.
    ///
    /// # Errors
    /// [`WriteError::Io`]; then there is no file.
    pub fn salvage(self) -> Result<u64, WriteError> {
        let frames = self.safe_frames;
        drop(self.wav);
        if frames > 0 {
            keep(self.partial, self.target)?;
        }
        Ok(frames)
    }
}

/// `hound`'s writer, which has no `Debug`.
struct Encoder(hound::WavWriter<BufWriter<File>>);

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encoder")
    }
}

fn keep(partial: TempPath, target: PathBuf) -> Result<(), WriteError> {
    partial.persist(&target).map_err(|error| WriteError::Io {
        path: target,
        source: error.error,
    })
}

/// A new file beside the one that `path` names (through links), and that one's path.
fn create_beside(path: &Path) -> Result<(File, TempPath, PathBuf), WriteError> {
    let io = |source| WriteError::Io {
        path: path.to_path_buf(),
        source,
    };
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

fn io_error(path: &Path, error: hound::Error) -> WriteError {
    WriteError::Io {
        path: path.to_path_buf(),
        source: match error {
            hound::Error::IoError(error) => error,
            other => io::Error::other(other),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wav;

    fn frames(count: usize) -> Vec<StereoFrame> {
        (0..count)
            .map(|n| {
                let sample = (n as f32 * 0.05).sin() * 0.5;
                StereoFrame::new(sample, -sample / 3.0)
            })
            .collect()
    }

    fn stereo(path: &Path) -> Vec<f64> {
        let mut reader = hound::WavReader::open(path).expect("it was just written");
        let spec = reader.spec();
        assert_eq!((spec.channels, spec.sample_rate), (2, 48_000));
        match spec.sample_format {
            hound::SampleFormat::Float => reader
                .samples::<f32>()
                .map(|s| f64::from(s.expect("whole")))
                .collect(),
            hound::SampleFormat::Int => {
                let scale = f64::from(1_u32 << (spec.bits_per_sample - 1));
                reader
                    .samples::<i32>()
                    .map(|s| f64::from(s.expect("whole")) / scale)
                    .collect()
            }
        }
    }

    #[test]
    fn every_kind_comes_back_within_its_resolution() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        for (kind, tolerance) in [
            (SampleKind::Float32, 0.0),
            (SampleKind::Int24, 1.5 / 8_388_608.0),
            (SampleKind::Int16, 1.5 / 32_768.0),
        ] {
            let path = directory.path().join(format!("{kind:?}.wav"));
            let written = frames(5_000);
            let mut writer = WavWriter::create(&path, 48_000, kind).expect("writable");
            for block in written.chunks(333) {
                writer.write(block).expect("there is room");
            }
            assert_eq!((writer.frames(), writer.clipped()), (5_000, 0));
            assert!(!path.exists(), "the file appeared before it was complete");
            writer.finish().expect("there is room");
            let back = stereo(&path);
            assert_eq!(back.len(), 10_000);
            for (n, sample) in back.iter().enumerate() {
                let frame = written[n / 2];
                let expected = f64::from(if n % 2 == 0 { frame.left } else { frame.right });
                assert!(
                    (sample - expected).abs() <= tolerance,
                    "{kind:?} sample {n}: {sample}, expected {expected}"
                );
            }
            assert_eq!(
                fs::read_dir(directory.path())
                    .expect("readable")
                    .filter_map(Result::ok)
                    .filter(|entry| entry.file_name().to_string_lossy().ends_with(".part"))
                    .count(),
                0
            );
        }
    }

    #[test]
    fn dither_is_the_same_each_time_and_frees_the_error_from_the_signal() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let level = 0.3 / 32_768.0;
        let written = vec![StereoFrame::new(level, -level); 100_000];
        let mut files = Vec::new();
        for name in ["a.wav", "b.wav"] {
            let path = directory.path().join(name);
            let mut writer = WavWriter::create(&path, 48_000, SampleKind::Int16).expect("writable");
            writer.write(&written).expect("there is room");
            writer.finish().expect("there is room");
            files.push(fs::read(&path).expect("readable"));
        }
        assert_eq!(files[0], files[1]);
        // A third of a step would be lost by rounding alone; with dither it is there in the mean,
        // and the error's power is a quarter of a step squared, whatever the signal.
        let back = stereo(&directory.path().join("a.wav"));
        let left: Vec<f64> = back.iter().step_by(2).map(|s| s * 32_768.0).collect();
        let mean = left.iter().sum::<f64>() / left.len() as f64;
        let power = left.iter().map(|s| (s - 0.3) * (s - 0.3)).sum::<f64>() / left.len() as f64;
        assert!((mean - 0.3).abs() < 0.01, "mean {mean} steps");
        assert!(
            (power - 0.25).abs() < 0.01,
            "error power {power} steps squared"
        );
    }

    #[test]
    fn beyond_full_scale_integers_saturate_and_are_counted() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("loud.wav");
        let mut writer = WavWriter::create(&path, 48_000, SampleKind::Int24).expect("writable");
        writer
            .write(&[StereoFrame::new(2.0, -0.5), StereoFrame::new(0.5, -3.0)])
            .expect("there is room");
        assert_eq!(writer.clipped(), 2);
        writer.finish().expect("there is room");
        let back = stereo(&path);
        assert!(
            back[0] > 0.999_999 && (back[3] + 1.0).abs() < 1e-9,
            "{back:?}"
        );
    }

    #[test]
    fn a_full_file_takes_what_fits_and_can_be_finished() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let path = directory.path().join("full.wav");
        let mut writer = WavWriter::create(&path, 48_000, SampleKind::Float32).expect("writable");
        writer.max_frames = 100;
        writer.write(&frames(60)).expect("there is room");
        let error = writer.write(&frames(60)).expect_err("full");
        assert!(
            matches!(error, WriteError::Full { frames: 100, .. }),
            "{error}"
        );
        writer.finish().expect("it can be finished");
        assert_eq!(stereo(&path).len(), 200);
        for kind in [SampleKind::Float32, SampleKind::Int24, SampleKind::Int16] {
            let bytes = kind.max_frames() * 2 * u64::from(kind.bits() / 8) + HEADER_BYTES;
            assert!(
                u32::try_from(bytes).is_ok(),
                "{kind:?} would not fit its sizes"
            );
        }
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
        let partial = wav::load(&writer.partial).expect("playable while it grows");
        assert_eq!(partial.clip.samples.len(), 100);
        writer.write(&frames(50)).expect("there is room");
        assert_eq!(writer.salvage().expect("renamed"), 100);
        assert!(wav::load(&path).expect("playable").clip.samples.len() >= 100);

        let never = directory.path().join("never.wav");
        let writer = WavWriter::create(&never, 48_000, SampleKind::Float32).expect("writable");
        assert_eq!(writer.salvage().expect("nothing to do"), 0);
        assert!(!never.exists());
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
            let error =
                WavWriter::create(&fine, rate, SampleKind::Int16).expect_err("no such rate");
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
        assert_eq!(stereo(&real).len(), 20);
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode();
        assert_eq!(mode(&real), mode(&plain));
    }
}
