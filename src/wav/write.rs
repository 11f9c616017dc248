//! Writing frames as WAV.

use std::io::{self, Seek, Write};

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

/// Writes stereo frames as WAV to wherever bytes can be written.
///
/// Wrap the writer into a buffer: single samples are written.
pub struct Encoder<W: Write + Seek> {
    wav: hound::WavWriter<W>,
    kind: SampleKind,
    dither: fastrand::Rng,
    frames: u64,
    max_frames: u64,
    clipped: u64,
}

impl<W: Write + Seek> Encoder<W> {
    /// Begins at `sample_rate` hertz.
    ///
    /// # Errors
    /// When the rate is none (1 to 768000 Hz are written), or what `writer` says.
    pub fn new(writer: W, sample_rate: u32, kind: SampleKind) -> io::Result<Self> {
        if !(1..=MAX_RATE).contains(&sample_rate) {
            let reason =
                format!("a sample rate of {sample_rate} Hz; 1 to {MAX_RATE} Hz are written");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate,
            bits_per_sample: kind.bits(),
            sample_format: match kind {
                SampleKind::Float32 => hound::SampleFormat::Float,
                SampleKind::Int24 | SampleKind::Int16 => hound::SampleFormat::Int,
            },
        };
        Ok(Self {
            wav: hound::WavWriter::new(writer, spec).map_err(io_error)?,
            kind,
            dither: fastrand::Rng::with_seed(DITHER_SEED),
            frames: 0,
            max_frames: kind.max_frames(),
            clipped: 0,
        })
    }

    /// Appends frames, as many as a WAV file has room for, and returns how many.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&mut self, frames: &[StereoFrame]) -> io::Result<usize> {
        let room = usize::try_from(self.max_frames - self.frames).unwrap_or(usize::MAX);
        let fitting = frames.len().min(room);
        for frame in &frames[..fitting] {
            for sample in [frame.left, frame.right] {
                let written = match self.kind {
                    SampleKind::Float32 => self.wav.write_sample(sample),
                    SampleKind::Int24 | SampleKind::Int16 => {
                        let value = self.quantize(sample);
                        self.wav.write_sample(value)
                    }
                };
                written.map_err(io_error)?;
            }
            self.frames += 1;
        }
        Ok(fitting)
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

    /// Makes the file full after `frames` frames: no test writes 4 GiB.
    #[cfg(test)]
    pub(crate) fn limit(&mut self, frames: u64) {
        self.max_frames = frames;
    }

    /// Frames written so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Samples of integer files that were beyond full scale and were cut to it.
    pub fn clipped(&self) -> u64 {
        self.clipped
    }

    /// Puts what was written so far where it goes, as a file that can be played.
    ///
    /// # Errors
    /// What the writer says.
    pub fn flush(&mut self) -> io::Result<()> {
        self.wav.flush().map_err(io_error)
    }

    /// Completes the header and flushes.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finalize(self) -> io::Result<()> {
        self.wav.finalize().map_err(io_error)
    }
}

fn io_error(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn frames(count: usize) -> Vec<StereoFrame> {
        (0..count)
            .map(|n| {
                let sample = (n as f32 * 0.05).sin() * 0.5;
                StereoFrame::new(sample, -sample / 3.0)
            })
            .collect()
    }

    /// The bytes of a file of `blocks`, and how many samples were clipped.
    fn encode(kind: SampleKind, blocks: &[&[StereoFrame]]) -> (Vec<u8>, u64) {
        let mut bytes = Cursor::new(Vec::new());
        let mut encoder = Encoder::new(&mut bytes, 48_000, kind).expect("a vector takes all");
        for block in blocks {
            assert_eq!(
                encoder.write(block).expect("a vector takes all"),
                block.len()
            );
        }
        let clipped = encoder.clipped();
        encoder.finalize().expect("a vector takes all");
        (bytes.into_inner(), clipped)
    }

    fn decode(bytes: &[u8]) -> Vec<f64> {
        let mut reader = hound::WavReader::new(bytes).expect("it was just written");
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
        for (kind, tolerance) in [
            (SampleKind::Float32, 0.0),
            (SampleKind::Int24, 1.5 / 8_388_608.0),
            (SampleKind::Int16, 1.5 / 32_768.0),
        ] {
            let written = frames(5_000);
            let blocks: Vec<&[StereoFrame]> = written.chunks(333).collect();
            let (bytes, clipped) = encode(kind, &blocks);
            assert_eq!(clipped, 0);
            let back = decode(&bytes);
            assert_eq!(back.len(), 10_000);
            for (n, sample) in back.iter().enumerate() {
                let frame = written[n / 2];
                let expected = f64::from(if n % 2 == 0 { frame.left } else { frame.right });
                assert!(
                    (sample - expected).abs() <= tolerance,
                    "{kind:?} sample {n}: {sample}, expected {expected}"
                );
            }
        }
    }

    #[test]
    fn dither_is_the_same_each_time_and_frees_the_error_from_the_signal() {
        let level = 0.3 / 32_768.0;
        let written = vec![StereoFrame::new(level, -level); 100_000];
        let (bytes, _) = encode(SampleKind::Int16, &[&written]);
        assert_eq!(bytes, encode(SampleKind::Int16, &[&written]).0);
        // A third of a step would be lost by rounding alone; with dither it is there in the mean,
        // and the error's power is a quarter of a step squared, whatever the signal.
        let left: Vec<f64> = decode(&bytes)
            .iter()
            .step_by(2)
            .map(|s| s * 32_768.0)
            .collect();
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
        let loud = [StereoFrame::new(2.0, -0.5), StereoFrame::new(0.5, -3.0)];
        let (bytes, clipped) = encode(SampleKind::Int24, &[&loud]);
        assert_eq!(clipped, 2);
        let back = decode(&bytes);
        assert!(
            back[0] > 0.999_999 && (back[3] + 1.0).abs() < 1e-9,
            "{back:?}"
        );
    }

    #[test]
    fn a_full_file_takes_what_fits_and_can_be_finished() {
        let mut bytes = Cursor::new(Vec::new());
        let mut encoder =
            Encoder::new(&mut bytes, 48_000, SampleKind::Float32).expect("a vector takes all");
        encoder.limit(100);
        assert_eq!(encoder.write(&frames(60)).expect("a vector takes all"), 60);
        assert_eq!(encoder.write(&frames(60)).expect("a vector takes all"), 40);
        encoder.finalize().expect("it can be finished");
        assert_eq!(decode(&bytes.into_inner()).len(), 200);
        for kind in [SampleKind::Float32, SampleKind::Int24, SampleKind::Int16] {
            let bytes = kind.max_frames() * 2 * u64::from(kind.bits() / 8) + HEADER_BYTES;
            assert!(
                u32::try_from(bytes).is_ok(),
                "{kind:?} would not fit its sizes"
            );
        }
    }

    #[test]
    fn a_rate_that_is_none_is_refused() {
        for rate in [0, 4_000_000_000] {
            let bytes = Cursor::new(Vec::new());
            let error = Encoder::new(bytes, rate, SampleKind::Int16)
                .err()
                .expect("no such rate");
            assert!(error.to_string().contains(&rate.to_string()), "{error}");
        }
    }
}
