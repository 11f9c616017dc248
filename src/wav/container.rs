//! The RIFF container round a sound: where the samples are and how they are stored.
//!
//! `hound` decodes the samples, but is strict about what surrounds them: it refuses files that
//! encoders wrote to a pipe or were killed in (sizes of 0 or 0xFFFFFFFF), files that were cut off,
//! and chunks of odd size. So the chunks are walked here, and `hound` is given a plain header of
//! the same meaning with the sizes that are really there.

use std::io::{self, Read, Seek, SeekFrom};

use super::read::ReadError;

const TAG_PCM: u16 = 1;
const TAG_FLOAT: u16 = 3;
const TAG_EXTENSIBLE: u16 = 0xFFFE;
/// Bytes of a format chunk that is understood: the whole `WAVEFORMATEXTENSIBLE`.
const MAX_FORMAT_BYTES: u64 = 40;

/// What lies in the container.
pub(super) struct Layout {
    /// A plain WAV header for the samples alone, which follow it directly.
    pub(super) header: Vec<u8>,
    /// Where the samples begin, in bytes from the start.
    pub(super) data_start: u64,
    /// Bytes of whole frames that are there.
    pub(super) data_bytes: u64,
    /// Frames that are there.
    pub(super) frames: u64,
    /// Frames that the header speaks of; equal to `frames` when it leaves that open.
    pub(super) frames_announced: u64,
}

/// Walks the chunks up to the samples.
///
/// # Errors
/// [`ReadError`] when this is no WAV file, or one without samples that can be played.
pub(super) fn walk<R: Read + Seek>(reader: &mut R) -> Result<Layout, ReadError> {
    let file_bytes = reader.seek(SeekFrom::End(0))?;
    reader.seek(SeekFrom::Start(0))?;
    let riff_bytes = check_signature(reader)?;

    let mut position = 12;
    let mut format = None;
    while position + 8 <= file_bytes {
        reader.seek(SeekFrom::Start(position))?;
        let mut head = [0; 8];
        reader.read_exact(&mut head)?;
        let size = u64::from(u32_at(&head, 4));
        let start = position + 8;
        let present = size.min(file_bytes - start);
        match &head[..4] {
            b"fmt " => format = Some(Format::read(reader, present)?),
            b"data" => {
                let format =
                    format.ok_or(ReadError::Broken("there is no format before the data"))?;
                let open_ended = size == 0xFFFF_FFFF || (size == 0 && riff_bytes + 8 < file_bytes);
                let there = file_bytes - start;
                let size = if open_ended { there } else { size };
                return Ok(format.layout(start, size, there, open_ended));
            }
            _ => {}
        }
        // Chunks start at even offsets.
        position = start + size + size % 2;
    }
    Err(ReadError::Broken(match format {
        None => "it ends before the format of its samples",
        Some(_) => "it ends before its samples",
    }))
}

/// Checks that this is RIFF/WAVE and returns the size that the container gives itself.
fn check_signature<R: Read>(reader: &mut R) -> Result<u64, ReadError> {
    let mut start = Vec::with_capacity(64);
    reader.by_ref().take(64).read_to_end(&mut start)?;
    if start.is_empty() {
        return Err(ReadError::Empty);
    }
    if start.len() >= 12 && start.starts_with(b"RIFF") && &start[8..12] == b"WAVE" {
        return Ok(u64::from(u32_at(&start, 4)));
    }
    Err(ReadError::NotWav {
        seems: seems_to_be(&start),
    })
}

/// What a file that is no WAV seems to be, by its first bytes.
fn seems_to_be(start: &[u8]) -> &'static str {
    const SIGNATURES: [(usize, &[u8], &str); 13] = [
        (0, b"ID3", "an MP3 file"),
        (0, b"fLaC", "a FLAC file"),
        (0, b"OggS", "an Ogg file"),
        (0, b"FORM", "an AIFF file"),
        (0, b"RF64", "an RF64 file, a WAV beyond 4 GiB"),
        (0, b"BW64", "a BW64 file, a WAV beyond 4 GiB"),
        (0, b"RIFX", "a big-endian WAV file"),
        (
            0,
            b"RIFF",
            "another kind of RIFF file, or one that is cut off",
        ),
        (0, b"riff", "a Wave64 file"),
        (0, b"caff", "a Core Audio file"),
        (4, b"ftyp", "an MP4 file"),
        (0, b"\x89HDF", "an HDF5 file, such as a SOFA head"),
        (0, b"PK\x03\x04", "a ZIP archive"),
    ];
    for (offset, signature, name) in SIGNATURES {
        if start
            .get(offset..)
            .is_some_and(|at| at.starts_with(signature))
        {
            return name;
        }
    }
    if start.len() > 1 && start[0] == 0xFF && start[1] & 0xE0 == 0xE0 {
        return "an MP3 file";
    }
    if start
        .iter()
        .all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
    {
        return "text";
    }
    "something else"
}

/// How the samples are stored, rewritten so that `hound` accepts all that it can decode.
struct Format {
    chunk: Vec<u8>,
    frame_bytes: u64,
}

impl Format {
    fn read<R: Read>(reader: &mut R, size: u64) -> Result<Self, ReadError> {
        let mut chunk = Vec::with_capacity(MAX_FORMAT_BYTES as usize);
        reader
            .take(size.min(MAX_FORMAT_BYTES))
            .read_to_end(&mut chunk)?;
        if chunk.len() < 16 {
            return Err(ReadError::Broken("its format is cut off"));
        }
        let tag = u16_at(&chunk, 0);
        let channels = u16_at(&chunk, 2);
        let sample_rate = u32_at(&chunk, 4);
        let frame_bytes = u16_at(&chunk, 12);
        let bits = u16_at(&chunk, 14);
        if channels == 0 {
            return Err(ReadError::Broken("it has no channels"));
        }
        if !super::read::SAMPLE_RATES.contains(&sample_rate) {
            return Err(ReadError::SampleRate(sample_rate));
        }
        let kind = match tag {
            TAG_EXTENSIBLE if chunk.len() < 40 => {
                return Err(ReadError::Broken("its format is cut off"));
            }
            TAG_EXTENSIBLE => u16_at(&chunk, 24),
            other => other,
        };
        match (kind, bits) {
            (TAG_PCM, 8 | 16 | 24 | 32) | (TAG_FLOAT, 32) => {}
            (TAG_PCM | TAG_FLOAT, _) => {
                return Err(ReadError::Bits {
                    bits,
                    float: kind == TAG_FLOAT,
                });
            }
            _ => return Err(ReadError::Encoding(encoding_name(kind), kind)),
        }
        if frame_bytes == 0 || !frame_bytes.is_multiple_of(channels) {
            return Err(ReadError::Broken(
                "its frame size does not fit its channels",
            ));
        }

        // What hound wants: no extra bytes, a byte rate that agrees, all bits of a sample valid
        // (those that are not are zero, at the low end).
        let bytes_a_second = sample_rate.saturating_mul(u32::from(frame_bytes));
        chunk[8..12].copy_from_slice(&bytes_a_second.to_le_bytes());
        if tag == TAG_EXTENSIBLE {
            chunk[16..18].copy_from_slice(&22_u16.to_le_bytes());
            chunk[18..20].copy_from_slice(&bits.to_le_bytes());
        } else {
            chunk.truncate(16);
        }
        Ok(Self {
            chunk,
            frame_bytes: u64::from(frame_bytes),
        })
    }

    /// The layout for samples at `start`, `size` bytes by the header, `there` bytes in the file.
    fn layout(self, start: u64, size: u64, there: u64, open_ended: bool) -> Layout {
        // A header holds 32 bits; the reader's own limit on frames is checked by the caller.
        let most = u64::from(u32::MAX) - 1024;
        let frames = size.min(there).min(most) / self.frame_bytes;
        let data_bytes = frames * self.frame_bytes;
        let mut header = Vec::with_capacity(68);
        header.extend_from_slice(b"RIFF");
        let riff_bytes = 4 + 8 + self.chunk.len() as u64 + 8 + data_bytes;
        header.extend_from_slice(&(riff_bytes as u32).to_le_bytes());
        header.extend_from_slice(b"WAVEfmt ");
        header.extend_from_slice(&(self.chunk.len() as u32).to_le_bytes());
        header.extend_from_slice(&self.chunk);
        header.extend_from_slice(b"data");
        header.extend_from_slice(&(data_bytes as u32).to_le_bytes());
        Layout {
            header,
            data_start: start,
            data_bytes,
            frames,
            frames_announced: if open_ended {
                frames
            } else {
                size.div_ceil(self.frame_bytes)
            },
        }
    }
}

/// Names of encodings that are met in WAV files and not played.
fn encoding_name(tag: u16) -> &'static str {
    match tag {
        0x0002 => "Microsoft ADPCM",
        0x0006 => "A-law",
        0x0007 => "mu-law",
        0x0011 => "IMA ADPCM",
        0x0055 => "MP3",
        _ => "compressed or unknown",
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
