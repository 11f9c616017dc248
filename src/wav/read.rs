//! Reading a WAV file into a clip.

use std::fmt;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::RangeInclusive;

use super::container::{self, Layout};
use crate::audio::Clip;

/// The most frames that are loaded: 2^28, which is 93 minutes at 48 kHz and 1 GiB of memory.
pub const MAX_FRAMES: u64 = 1 << 28;

/// The greatest sample that is no mistake: 120 dB above full scale.
const MAX_SAMPLE: f64 = 1e6;

/// Sample rates that are read, in hertz.
pub(super) const SAMPLE_RATES: RangeInclusive<u32> = 1_000..=768_000;

/// A sound that was read.
#[derive(Clone, Debug)]
pub struct LoadedClip {
    /// The sound: the mean of the file's channels.
    pub clip: Clip,
    /// Channels of the file.
    pub channels: u16,
    /// Set when the file holds less than it says; what is there was read.
    pub cut_short: Option<CutShort>,
}

/// A file that holds less than its header says, in frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutShort {
    /// Frames that are there.
    pub present: u64,
    /// Frames that the header speaks of.
    pub announced: u64,
}

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cut off: {} of {} frames are there and will be played",
            self.present, self.announced
        )
    }
}

/// Why bytes cannot be used as a sound.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system refused.
    #[error("{}", describe(.0))]
    Io(io::Error),
    /// A directory, a pipe, a device.
    #[error("it is {0}, not a file")]
    NotAFile(&'static str),
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Not RIFF/WAVE.
    #[error(
        "not a WAV file: it seems to be {seems}; convert it to WAV first, as \
         `ffmpeg -i FILE OUT.wav` does"
    )]
    NotWav {
        /// What it looks like.
        seems: &'static str,
    },
    /// RIFF/WAVE that makes no sense.
    #[error("a broken WAV file: {0}")]
    Broken(&'static str),
    /// An encoding other than plain integers and floats.
    #[error("a WAV file with {0} sound (format {1}); convert it to PCM or float first")]
    Encoding(&'static str, u16),
    /// A sample size that is not read.
    #[error(
        "a WAV file of {bits} bit {} samples; 8, 16, 24 and 32 bit integers and 32 bit floats are read",
        if *float { "float" } else { "integer" }
    )]
    Bits {
        /// Bits a sample.
        bits: u16,
        /// Float or integer.
        float: bool,
    },
    /// A rate that is not read.
    #[error("its sample rate is {0} Hz; 1000 to 768000 Hz are read: convert it first")]
    SampleRate(u32),
    /// No frames.
    #[error("there is no sound in it: 0 frames")]
    NoFrames,
    /// More than [`MAX_FRAMES`].
    #[error("it is too long: {0} frames, and at most {MAX_FRAMES} are read")]
    TooLong(u64),
    /// A sample that is no number, or beyond all that sounds: a million times full scale.
    #[error("{what} sample at frame {frame}, channel {channel}: it would be no sound")]
    NotASound {
        /// NaN, infinite, or too great.
        what: &'static str,
        /// The frame, from 0.
        frame: usize,
        /// The channel, from 1.
        channel: usize,
    },
    /// What the decoder says.
    #[error("a WAV file that cannot be decoded: {0}")]
    Decode(hound::Error),
}

/// The plain words for the errors that people meet.
fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "no permission to read it".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

/// Reads a WAV from `reader`, from its start: 8, 16, 24, 32 bit or float, any number of channels, 1
/// to 768 kHz.
///
/// # Errors
/// [`ReadError`].
pub fn read_clip<R: Read + Seek>(mut reader: R) -> Result<LoadedClip, ReadError> {
    let layout = container::walk(&mut reader)?;
    if layout.frames == 0 {
        return Err(ReadError::NoFrames);
    }
    if layout.frames > MAX_FRAMES {
        return Err(ReadError::TooLong(layout.frames));
    }
    reader.seek(SeekFrom::Start(layout.data_start))?;
    decode(reader, &layout)
}

fn decode<R: Read>(reader: R, layout: &Layout) -> Result<LoadedClip, ReadError> {
    let plain = Cursor::new(&layout.header).chain(reader.take(layout.data_bytes));
    let mut wav = hound::WavReader::new(plain).map_err(ReadError::Decode)?;
    let spec = wav.spec();
    let channels = usize::from(spec.channels);
    let frames = layout.frames as usize;
    let samples = match spec.sample_format {
        hound::SampleFormat::Float => mix_down(
            wav.samples::<f32>().map(|s| s.map(f64::from)),
            channels,
            frames,
        )?,
        hound::SampleFormat::Int => {
            // The scale is that of the sample's own bits, whose negative end is -1.
            let scale = 0.5_f64.powi(i32::from(spec.bits_per_sample) - 1);
            let scaled = wav
                .samples::<i32>()
                .map(|s| s.map(|s| f64::from(s) * scale));
            mix_down(scaled, channels, frames)?
        }
    };
    let cut_short = (layout.frames_announced > layout.frames).then_some(CutShort {
        present: layout.frames,
        announced: layout.frames_announced,
    });
    Ok(LoadedClip {
        clip: Clip {
            samples: samples.into(),
            sample_rate: spec.sample_rate,
        },
        channels: spec.channels,
        cut_short,
    })
}

/// The mean of the channels of interleaved samples.
fn mix_down(
    mut samples: impl Iterator<Item = Result<f64, hound::Error>>,
    channels: usize,
    frames: usize,
) -> Result<Vec<f32>, ReadError> {
    let mut mono = Vec::with_capacity(frames);
    for frame in 0..frames {
        let mut sum = 0.0;
        for channel in 1..=channels {
            let sample = samples
                .next()
                .ok_or(ReadError::Broken("it ends within its samples"))?
                .map_err(ReadError::Decode)?;
            if sample.is_nan() || sample.abs() > MAX_SAMPLE {
                let what = match sample {
                    s if s.is_nan() => "NaN",
                    s if s.is_infinite() => "infinite",
                    _ => "far too great",
                };
                return Err(ReadError::NotASound {
                    what,
                    frame,
                    channel,
                });
            }
            sum += sample;
        }
        mono.push((sum / channels as f64) as f32);
    }
    Ok(mono)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of the given chunks, with a true RIFF size.
    fn riff(chunks: &[(&[u8; 4], u32, &[u8])]) -> Vec<u8> {
        let mut body = b"WAVE".to_vec();
        for (id, size, content) in chunks {
            body.extend_from_slice(*id);
            body.extend_from_slice(&size.to_le_bytes());
            body.extend_from_slice(content);
            if content.len() % 2 == 1 {
                body.push(0);
            }
        }
        let mut file = b"RIFF".to_vec();
        file.extend_from_slice(&(body.len() as u32).to_le_bytes());
        file.extend_from_slice(&body);
        file
    }

    fn format(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
        let frame = channels * bits.div_ceil(8);
        let mut chunk = Vec::new();
        chunk.extend_from_slice(&tag.to_le_bytes());
        chunk.extend_from_slice(&channels.to_le_bytes());
        chunk.extend_from_slice(&rate.to_le_bytes());
        chunk.extend_from_slice(&(rate.wrapping_mul(u32::from(frame))).to_le_bytes());
        chunk.extend_from_slice(&frame.to_le_bytes());
        chunk.extend_from_slice(&bits.to_le_bytes());
        chunk
    }

    fn file(format: &[u8], data: &[u8]) -> Vec<u8> {
        riff(&[
            (b"fmt ", format.len() as u32, format),
            (b"data", data.len() as u32, data),
        ])
    }

    fn shorts(samples: &[i16]) -> Vec<u8> {
        samples.iter().flat_map(|s| s.to_le_bytes()).collect()
    }

    fn read(bytes: &[u8]) -> Result<LoadedClip, ReadError> {
        read_clip(Cursor::new(bytes))
    }

    fn samples(bytes: &[u8]) -> Vec<f32> {
        read(bytes)
            .expect("this file is playable")
            .clip
            .samples
            .to_vec()
    }

    #[test]
    fn integers_of_all_sizes_have_full_scale_at_one() {
        let quarter = [0.25, -0.5];
        assert_eq!(samples(&file(&format(1, 1, 8_000, 8), &[160, 64])), quarter);
        assert_eq!(
            samples(&file(&format(1, 1, 8_000, 16), &shorts(&[8_192, -16_384]))),
            quarter
        );
        assert_eq!(
            samples(&file(&format(1, 1, 8_000, 24), &[0, 0, 0x20, 0, 0, 0xC0])),
            quarter
        );
        assert_eq!(
            samples(&file(
                &format(1, 1, 8_000, 32),
                &[0, 0, 0, 0x20, 0, 0, 0, 0xC0]
            )),
            quarter
        );
        let floats: Vec<u8> = [0.25_f32, -0.5]
            .iter()
            .flat_map(|s| s.to_le_bytes())
            .collect();
        assert_eq!(samples(&file(&format(3, 1, 8_000, 32), &floats)), quarter);
    }

    #[test]
    fn many_channels_become_their_mean() {
        let loaded = read(&file(
            &format(1, 2, 44_100, 16),
            &shorts(&[16_384, 0, -8_192, -8_192]),
        ))
        .expect("this file is playable");
        assert_eq!(&loaded.clip.samples[..], [0.25, -0.25]);
        assert_eq!((loaded.channels, loaded.clip.sample_rate), (2, 44_100));
        assert_eq!(loaded.cut_short, None);
        let six = shorts(&[6_144, 0, 0, 0, 0, 0]);
        assert_eq!(samples(&file(&format(1, 6, 48_000, 16), &six)), [0.031_25]);
    }

    /// The extensible form: container bits, valid bits and the kind of sample apart.
    fn extensible(kind: u16, channels: u16, bits: u16, valid: u16) -> Vec<u8> {
        let mut chunk = format(0xFFFE, channels, 48_000, bits);
        chunk.extend_from_slice(&22_u16.to_le_bytes());
        chunk.extend_from_slice(&valid.to_le_bytes());
        chunk.extend_from_slice(&3_u32.to_le_bytes());
        chunk.extend_from_slice(&kind.to_le_bytes());
        chunk.extend_from_slice(&[0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
        chunk
    }

    #[test]
    fn the_extensible_form_is_read() {
        assert_eq!(
            samples(&file(&extensible(1, 1, 16, 16), &shorts(&[16_384]))),
            [0.5]
        );
        assert_eq!(
            samples(&file(&extensible(3, 1, 32, 32), &0.5_f32.to_le_bytes())),
            [0.5]
        );
        // Fewer valid bits than stored ones: the valid ones are the upper ones.
        assert_eq!(
            samples(&file(&extensible(1, 1, 24, 20), &[0, 0, 0x40])),
            [0.5]
        );
        assert_eq!(
            samples(&file(&extensible(1, 1, 32, 24), &[0, 0, 0, 0x40])),
            [0.5]
        );
    }

    #[test]
    fn a_longer_format_and_other_chunks_are_no_matter() {
        let mut long = format(3, 1, 48_000, 32);
        long.extend_from_slice(&[2, 0, 9, 9]);
        let half = 0.5_f32.to_le_bytes();
        let bytes = riff(&[
            (b"JUNK", 3, &[1, 2, 3]),
            (b"fmt ", 20, &long),
            (b"fact", 4, &[1, 0, 0, 0]),
            (b"LIST", 5, &[1, 2, 3, 4, 5]),
            (b"data", 4, &half),
            (b"LIST", 4, &[7, 7, 7, 7]),
        ]);
        assert_eq!(samples(&bytes), [0.5]);
        let mut eighteen = format(1, 1, 48_000, 32);
        eighteen.extend_from_slice(&[0, 0]);
        assert_eq!(samples(&file(&eighteen, &[0, 0, 0, 0x40])), [0.5]);
    }

    #[test]
    fn a_wrong_byte_rate_is_no_matter() {
        let mut format = format(1, 1, 48_000, 16);
        format[8..12].copy_from_slice(&[1, 2, 3, 4]);
        assert_eq!(samples(&file(&format, &shorts(&[16_384]))), [0.5]);
    }

    #[test]
    fn a_file_cut_off_plays_what_is_there() {
        let whole = file(&format(1, 2, 48_000, 16), &shorts(&[16_384; 200]));
        for (bytes, present) in [(whole.len() - 40, 90), (whole.len() - 42, 89), (44 + 5, 1)] {
            let loaded = read(&whole[..bytes]).expect("the rest is playable");
            assert_eq!(loaded.clip.samples.len() as u64, present);
            assert_eq!(
                loaded.cut_short,
                Some(CutShort {
                    present,
                    announced: 100
                })
            );
        }
        let said = CutShort {
            present: 90,
            announced: 100,
        }
        .to_string();
        assert!(said.contains("90 of 100 frames"), "{said}");
    }

    #[test]
    fn a_data_size_within_a_frame_is_a_file_cut_off() {
        let format = format(1, 2, 48_000, 16);
        let bytes = riff(&[(b"fmt ", 16, &format), (b"data", 6, &shorts(&[1, 2, 3]))]);
        let loaded = read(&bytes).expect("one frame is whole");
        assert_eq!(loaded.clip.samples.len(), 1);
        assert_eq!(
            loaded.cut_short,
            Some(CutShort {
                present: 1,
                announced: 2
            })
        );
    }

    #[test]
    fn sizes_that_a_streaming_encoder_left_open_mean_to_the_end() {
        let format = format(1, 1, 48_000, 16);
        let data = shorts(&[16_384, 8_192]);
        for (riff_size, data_size) in [(0xFFFF_FFFF_u32, 0xFFFF_FFFF_u32), (0, 0), (36, 0)] {
            let mut bytes = riff(&[(b"fmt ", 16, &format), (b"data", data_size, &data)]);
            bytes[4..8].copy_from_slice(&riff_size.to_le_bytes());
            let loaded = read(&bytes).expect("this file is playable");
            assert_eq!(&loaded.clip.samples[..], [0.5, 0.25]);
            assert_eq!(loaded.cut_short, None);
        }
    }

    #[test]
    fn no_frames_are_refused() {
        let format = format(1, 2, 48_000, 16);
        let empty = riff(&[
            (b"fmt ", 16, &format),
            (b"data", 0, &[]),
            (b"LIST", 2, &[1, 2]),
        ]);
        assert!(matches!(read(&empty), Err(ReadError::NoFrames)));
        assert!(matches!(
            read(&file(&format, &[1, 2, 3])),
            Err(ReadError::NoFrames)
        ));
    }

    #[test]
    fn a_sample_that_is_no_number_is_refused_with_its_place() {
        for (bad, what) in [(f32::NAN, "NaN"), (f32::NEG_INFINITY, "infinite")] {
            let data: Vec<u8> = [0.0, 0.1, 0.2, bad]
                .iter()
                .flat_map(|s: &f32| s.to_le_bytes())
                .collect();
            let error = read(&file(&format(3, 2, 48_000, 32), &data)).expect_err("no number");
            let text = error.to_string();
            assert!(
                text.starts_with(&format!("{what} sample at frame 1, channel 2")),
                "{text}"
            );
        }
    }

    #[test]
    fn a_header_that_claims_4_gib_takes_no_memory() {
        let bytes = riff(&[
            (b"fmt ", 16, &format(1, 1, 48_000, 16)),
            (b"data", 0xFFFF_FFF0, &shorts(&[16_384])),
        ]);
        let loaded = read(&bytes).expect("one frame is there");
        assert_eq!(loaded.clip.samples.len(), 1);
        assert_eq!(loaded.cut_short.map(|cut| cut.announced), Some(0x7FFF_FFF8));
    }

    /// A file of zeros after its start, as long as one likes.
    struct Sparse {
        start: Vec<u8>,
        bytes: u64,
        at: u64,
    }

    impl Read for Sparse {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = out.len().min((self.bytes - self.at) as usize);
            for byte in &mut out[..count] {
                *byte = self.start.get(self.at as usize).copied().unwrap_or(0);
                self.at += 1;
            }
            Ok(count)
        }
    }

    impl Seek for Sparse {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.at = match to {
                SeekFrom::Start(at) => at,
                SeekFrom::End(by) => self.bytes.saturating_add_signed(by),
                SeekFrom::Current(by) => self.at.saturating_add_signed(by),
            };
            Ok(self.at)
        }
    }

    #[test]
    fn more_than_the_limit_is_refused_before_it_is_read() {
        let start = riff(&[
            (b"fmt ", 16, &format(1, 1, 48_000, 8)),
            (b"data", 0x4000_0000, &[]),
        ]);
        let sparse = Sparse {
            bytes: start.len() as u64 + 0x4000_0000,
            start,
            at: 0,
        };
        let error = read_clip(sparse).expect_err("too long");
        assert!(matches!(error, ReadError::TooLong(0x4000_0000)), "{error}");
    }

    #[test]
    fn what_is_no_wav_is_called_by_its_name() {
        let cases: [(&[u8], &str); 9] = [
            (b"", "empty"),
            (b"ID3\x04\0\0\0", "MP3"),
            (&[0xFF, 0xFB, 0x90, 0x64, 0, 0], "MP3"),
            (b"fLaC\0\0\0\x22", "FLAC"),
            (b"\0\0\0 ftypM4A ", "MP4"),
            (b"\x89HDF\r\n\x1a\n", "SOFA"),
            (b"t,x,y,z\n0,1,0,0\n", "text"),
            (b"RIFF\x04\0\0\0AVI ", "RIFF"),
            (&[1, 2, 3, 4], "something else"),
        ];
        for (bytes, word) in cases {
            let text = read(bytes).expect_err("no WAV").to_string();
            assert!(text.contains(word), "{text:?} does not say {word:?}");
        }
    }

    #[test]
    fn what_cannot_be_played_is_refused_with_the_reason() {
        let two = [0, 0];
        let mut odd_frame = format(1, 2, 48_000, 16);
        odd_frame[12] = 5;
        let cases = [
            (file(&format(1, 1, 0, 16), &two), "sample rate is 0 Hz"),
            (
                file(&format(1, 1, 4_000_000, 16), &two),
                "sample rate is 4000000 Hz",
            ),
            (file(&format(1, 0, 48_000, 16), &two), "no channels"),
            (file(&format(1, 1, 48_000, 12), &two), "12 bit integer"),
            (file(&format(3, 1, 48_000, 64), &[0; 8]), "64 bit float"),
            (file(&format(2, 1, 48_000, 4), &two), "ADPCM"),
            (file(&format(7, 1, 8_000, 8), &two), "mu-law"),
            (file(&format(0x55, 2, 44_100, 16), &[0; 4]), "MP3"),
            (file(&odd_frame, &[0; 10]), "frame size"),
            (riff(&[(b"data", 2, &two)]), "no format"),
            (
                riff(&[(b"fmt ", 16, &format(1, 1, 48_000, 16))]),
                "before its samples",
            ),
            (riff(&[(b"fmt ", 4, &[1, 0, 1, 0])]), "cut off"),
            (riff(&[]), "before the format"),
        ];
        for (bytes, words) in cases {
            let text = read(&bytes).expect_err("not playable").to_string();
            assert!(text.contains(words), "{text:?} does not say {words:?}");
        }
    }
}
