//! Recording what is played: from a monitor of the output, or from wherever it loops back.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::unreachable
    )
)]

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, FromSample, Host, I24, InputCallbackInfo, SampleFormat, SizedSample, Stream,
    StreamConfig,
};

use super::error::OutputError;
use super::select::{self, Selected};
use super::{OPEN_LIMIT, STOP_LIMIT, StreamInfo, bounded};
use crate::audio::StereoFrame;

/// Louder than this is sound: full scale is 1.
const SOUND: f32 = 1e-5;

/// Shorter blocks than this are not expected: frames. It bounds how many are noted.
const SHORTEST_BLOCK: usize = 16;

/// Why nothing can be recorded.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// There is no input at all.
    #[error("{host} has no input to record from; {WAY_OUT}")]
    NoInput {
        /// The audio host.
        host: String,
    },
    /// `--capture` names none, or several.
    #[error("--capture {asked}: {problem}; there are: {}", available.join(", "))]
    Unknown {
        /// What was asked for.
        asked: String,
        /// What is wrong with it.
        problem: &'static str,
        /// What there is.
        available: Vec<String>,
    },
    /// What it offers cannot be used.
    #[error("{device} does not record two channels at {sample_rate} Hz; {WAY_OUT}")]
    Format {
        /// The device.
        device: String,
        /// Hertz.
        sample_rate: u32,
    },
    /// The audio system refuses.
    #[error("{device} cannot be recorded from: {reason}; {WAY_OUT}")]
    Refused {
        /// The device.
        device: String,
        /// What it says.
        reason: String,
    },
    /// The audio system cannot be reached, or does not answer.
    #[error(transparent)]
    System(#[from] OutputError),
}

/// What to do about it.
const WAY_OUT: &str = "--capture names what records what is played, such as the monitor of the \
                       output (PULSE_SOURCE=@DEFAULT_MONITOR@ in the environment makes it the \
                       default of PulseAudio and PipeWire)";

/// What is to be recorded.
#[derive(Clone, Debug)]
pub struct CaptureRequest {
    /// The input's id or name; when not given: the monitor of the output where the host lists it,
    /// else the host's default input.
    pub device: Option<String>,
    /// Audio host by name, as the output's.
    pub host: Option<String>,
    /// What plays: it is recorded at the same rate.
    pub output: StreamInfo,
    /// Frames that are recorded at most: what comes after them is left out.
    pub frames: usize,
}

/// A block that was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapturedBlock {
    /// Its first frame, counted in recorded frames.
    pub first_frame: usize,
    /// When that was heard, as the device states it.
    pub heard: Instant,
    /// How long before it was handed over that was, as the device states it.
    pub ago: Duration,
}

/// What was recorded.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    /// The first two channels.
    pub frames: Vec<StereoFrame>,
    /// When they were heard.
    pub blocks: Vec<CapturedBlock>,
}

/// A recording that goes on.
pub struct Capture {
    /// The device's name for people, with its id.
    device: String,
    stream: Stream,
    reel: Reel,
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Capture({})", self.device)
    }
}

impl Capture {
    /// Begins to record. Takes at most [`OPEN_LIMIT`].
    ///
    /// # Errors
    /// [`CaptureError`], with what to do about it.
    pub fn start(request: CaptureRequest) -> Result<Self, CaptureError> {
        bounded::within(OPEN_LIMIT, "capture-open", move || open(&request))?
    }

    /// What is recorded from.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Whether there was any sound in it so far.
    pub fn hears(&self) -> bool {
        self.reel.hears.load(Relaxed)
    }

    /// Stops, and hands out what was recorded. Takes at most [`STOP_LIMIT`].
    ///
    /// # Errors
    /// When the stream hangs.
    pub fn stop(self) -> Result<Captured, CaptureError> {
        let Self { stream, reel, .. } = self;
        bounded::within(STOP_LIMIT, "capture-stop", move || drop(stream))?;
        // The tape was sent when the stream was dropped.
        Ok(reel.captured.recv_timeout(STOP_LIMIT).unwrap_or_default())
    }
}

/// What the audio thread writes to: made in full beforehand, and handed over at the end.
struct Tape {
    captured: Captured,
    channels: usize,
    hears: Arc<AtomicBool>,
    done: Sender<Captured>,
}

/// The other end of it.
struct Reel {
    hears: Arc<AtomicBool>,
    captured: Receiver<Captured>,
}

impl Tape {
    /// A tape for so many channels, two or more, and frames.
    fn new(channels: usize, frames: usize) -> (Self, Reel) {
        let (done, captured) = channel();
        let hears = Arc::new(AtomicBool::new(false));
        let tape = Self {
            captured: Captured {
                frames: Vec::with_capacity(frames),
                blocks: Vec::with_capacity(frames / SHORTEST_BLOCK),
            },
            channels,
            hears: Arc::clone(&hears),
            done,
        };
        (tape, Reel { hears, captured })
    }

    /// Audio thread: never asks for memory.
    fn block<T: Copy>(&mut self, samples: &[T], info: &InputCallbackInfo, to: impl Fn(T) -> f32) {
        let times = info.timestamp();
        let ago = times.callback.duration_since(times.capture);
        let now = Instant::now();
        let Captured { frames, blocks } = &mut self.captured;
        let room = frames.capacity() - frames.len();
        if blocks.len() == blocks.capacity() || room < samples.len() / self.channels {
            return;
        }
        blocks.push(CapturedBlock {
            first_frame: frames.len(),
            heard: now.checked_sub(ago).unwrap_or(now),
            ago,
        });
        let mut loudest = 0.0_f32;
        for samples in samples.chunks_exact(self.channels) {
            if let [left, right, ..] = *samples {
                let frame = StereoFrame::new(to(left), to(right));
                loudest = loudest.max(frame.left.abs()).max(frame.right.abs());
                frames.push(frame);
            }
        }
        if loudest > SOUND {
            self.hears.store(true, Relaxed);
        }
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        // Nobody may wait for it any more.
        let _ = self.done.send(std::mem::take(&mut self.captured));
    }
}

fn open(request: &CaptureRequest) -> Result<Capture, CaptureError> {
    let host = select::host(request.host.as_deref())?;
    let input = input(&host, request)?;
    let name = input.listed();
    let refused = |error: cpal::Error| CaptureError::Refused {
        device: name.clone(),
        reason: error.to_string(),
    };
    let sample_rate = request.output.sample_rate;
    let ranges = input.device.supported_input_configs().map_err(refused)?;
    let range = ranges
        .filter(|range| range.channels() >= 2 && range.contains_rate(sample_rate))
        .filter_map(|range| Some((range.channels(), preference(range.sample_format())?, range)))
        .min_by_key(|(channels, preference, _)| (*channels, *preference));
    let Some((channels, _, range)) = range else {
        return Err(CaptureError::Format {
            device: name,
            sample_rate,
        });
    };
    let config = |buffer_size| StreamConfig {
        channels,
        sample_rate,
        buffer_size,
    };
    let fixed = config(BufferSize::Fixed(request.output.buffer_frames));
    let build = |config| build(&input, config, range.sample_format(), request.frames);
    let (stream, reel) = build(fixed)
        .or_else(|_| build(config(BufferSize::Default)))
        .map_err(refused)?;
    stream.play().map_err(refused)?;
    Ok(Capture {
        device: name,
        stream,
        reel,
    })
}

/// What is recorded from.
fn input(host: &Host, request: &CaptureRequest) -> Result<Selected, CaptureError> {
    let inputs = || -> Result<Vec<Selected>, OutputError> {
        let is_input = |device: &cpal::Device| {
            device.description().map_or(true, |text| {
                text.direction() != cpal::DeviceDirection::Output
            })
        };
        let devices = select::devices(host)?;
        Ok(devices.filter(is_input).map(Selected::new).collect())
    };
    let Some(asked) = &request.device else {
        let monitor = format!("{}.monitor", request.output.device_id);
        if let Some(input) = inputs()?.into_iter().find(|input| input.id == monitor) {
            return Ok(input);
        }
        let input = host.default_input_device().map(Selected::new);
        return input.ok_or_else(|| CaptureError::NoInput {
            host: host.id().name().to_owned(),
        });
    };
    let problem = |problem, available| CaptureError::Unknown {
        asked: asked.clone(),
        problem,
        available,
    };
    select::pick(inputs()?, asked).map_err(|error| match error {
        OutputError::UnknownDevice { available, .. } => {
            problem("there is no such input", available)
        }
        OutputError::AmbiguousDevice { matching, .. } => {
            problem("several inputs have this in their names", matching)
        }
        other => other.into(),
    })
}

/// Formats of samples that are recorded, the finest first.
fn preference(format: SampleFormat) -> Option<usize> {
    let formats = [
        SampleFormat::F32,
        SampleFormat::I32,
        SampleFormat::I24,
        SampleFormat::I16,
    ];
    formats.iter().position(|known| *known == format)
}

/// What a stream that was built writes to.
type Built = (Stream, Reel);

fn build(
    input: &Selected,
    config: StreamConfig,
    format: SampleFormat,
    frames: usize,
) -> Result<Built, cpal::Error> {
    match format {
        SampleFormat::F32 => build_as::<f32>(input, config, frames),
        SampleFormat::I32 => build_as::<i32>(input, config, frames),
        SampleFormat::I24 => build_as::<I24>(input, config, frames),
        _ => build_as::<i16>(input, config, frames),
    }
}

fn build_as<T: SizedSample + Send + 'static>(
    input: &Selected,
    config: StreamConfig,
    frames: usize,
) -> Result<Built, cpal::Error>
where
    f32: FromSample<T>,
{
    let (mut tape, reel) = Tape::new(usize::from(config.channels), frames);
    let stream = input.device.build_input_stream(
        config,
        move |samples: &[T], info: &InputCallbackInfo| {
            tape.block(samples, info, T::to_sample::<f32>);
        },
        // What is missing is seen in what was recorded.
        |_| {},
        Some(input.time_limit()),
    )?;
    Ok((stream, reel))
}

#[cfg(test)]
mod tests {
    use cpal::{InputStreamTimestamp, StreamInstant};

    use super::*;

    /// Handed over 3 ms after it was recorded.
    fn info() -> InputCallbackInfo {
        InputCallbackInfo::new(InputStreamTimestamp {
            callback: StreamInstant::new(1, 5_000_000),
            capture: StreamInstant::new(1, 2_000_000),
        })
    }

    #[test]
    fn the_first_two_channels_are_kept_until_the_tape_is_full() {
        let (mut tape, reel) = Tape::new(3, 64);
        let before = Instant::now();
        tape.block(&[0_i16; 60], &info(), f32::from);
        assert!(!reel.hears.load(Relaxed));
        tape.block(&[1_i16, 2, 9].repeat(20), &info(), f32::from);
        assert!(reel.hears.load(Relaxed));
        tape.block(&[5_i16; 75], &info(), f32::from);
        drop(tape);
        let captured = reel.captured.recv().expect("it is sent at the end");
        assert_eq!(captured.frames.len(), 40, "the last block had no room");
        assert_eq!(captured.frames[19], StereoFrame::SILENCE);
        assert_eq!(captured.frames[20], StereoFrame::new(1.0, 2.0));
        let [first, second] = captured.blocks[..] else {
            panic!("two blocks: {:?}", captured.blocks);
        };
        assert_eq!((first.first_frame, second.first_frame), (0, 20));
        assert_eq!(first.ago, Duration::from_millis(3));
        assert!(first.heard + first.ago >= before);
    }
}
