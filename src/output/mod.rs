//! Where the sound goes: a device, or nowhere in the time that a device would take.
//!
//! Opening has two phases. [`open`] settles on device, rate and buffer; then the engine can be built
//! at that rate; [`OpenOutput::start`] takes the function that fills blocks, and the sound begins.
//! Nothing here waits for ever: each call into the audio system happens on a helper thread with a
//! time limit.

mod bounded;
mod calls;
mod capture;
mod choice;
mod counters;
mod device;
mod error;
mod feed;
mod heartbeat;
mod list;
mod null;
mod priority;
mod record;
mod running;
mod select;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub use calls::{Call, CallLog};
pub use capture::{Capture, CaptureError, CaptureRequest, Captured, CapturedBlock};
pub use choice::range_text;
pub use counters::{CounterSnapshot, StreamCounters, StreamErrorKind};
pub use error::OutputError;
pub use heartbeat::Heartbeat;
pub use list::{Listed, ListedHost, Offer, list, null_device};
pub use priority::{Priority, REALTIME_PRIORITY};
pub use record::{FrameSource, RecordError, RecordSummary, Recorder};
pub use running::{OpenOutput, RunningOutput};

/// How long opening, and starting, may take.
pub const OPEN_LIMIT: Duration = Duration::from_secs(2);
/// How long stopping may take before the stream is left to its own thread.
pub const STOP_LIMIT: Duration = Duration::from_secs(1);

/// Attempts to open that may hang at a time. Audio systems open one device after the other, so more
/// would only wait behind those.
const MAX_HANGING: usize = 2;

/// What to play to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The host's default device.
    Default,
    /// No device: blocks are taken by the clock, and dropped.
    Null,
    /// The device of this id or name.
    Named(String),
}

impl DeviceChoice {
    /// What `--output` means: `default`, `null`, or a device.
    pub fn parse(text: &str) -> Self {
        match text {
            "default" => Self::Default,
            "null" => Self::Null,
            name => Self::Named(name.to_owned()),
        }
    }
}

/// What is asked of an output.
#[derive(Clone, Debug)]
pub struct OutputRequest {
    /// What to play to.
    pub device: DeviceChoice,
    /// Audio host by name; the platform's when not given.
    pub host: Option<String>,
    /// Sample rate in hertz; the device's (`null`: 48000) when not given.
    pub sample_rate: Option<u32>,
    /// Frames a block. A device may give another size; see [`StreamInfo::buffer_frames`].
    pub buffer_frames: u32,
    /// Whether the audio thread asks for real-time priority; see [`RunningOutput::priority`].
    pub realtime: bool,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamInfo {
    /// Audio host: `ALSA`, ..., or `null`.
    pub host: String,
    /// The device's name for people.
    pub device: String,
    /// The device's id, which names it again another time.
    pub device_id: String,
    /// Frames a second, in hertz.
    pub sample_rate: u32,
    /// Channels of the device. The first two get the sound, others are silent; a single one gets the
    /// mean of both ears.
    pub channels: u16,
    /// Frames a block, as the device says; single blocks may be shorter or longer.
    pub buffer_frames: u32,
    /// Format of the device's samples.
    pub sample_format: String,
}

impl StreamInfo {
    /// Whether this is no device.
    pub fn is_null(&self) -> bool {
        self.device_id == null::ID
    }

    /// How long a block takes to be heard.
    pub fn block_time(&self) -> Duration {
        Duration::from_secs(1) * self.buffer_frames / self.sample_rate.max(1)
    }

    /// What a listener should be warned of.
    pub fn warning(&self) -> Option<&'static str> {
        (self.channels == 1).then_some(
            "the device has a single channel: both ears are mixed, and directions cannot be heard",
        )
    }
}

impl fmt::Display for StreamInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}), {} Hz, {} channels, {}, blocks of {} frames",
            self.device,
            self.device_id,
            self.sample_rate,
            self.channels,
            self.sample_format,
            self.buffer_frames
        )
    }
}

/// Opens an output; it is silent until [`OpenOutput::start`].
///
/// Takes at most [`OPEN_LIMIT`]; while earlier attempts still hang in the audio system, no time at
/// all, so that trying again and again is safe. Each call begins with a fresh view of the audio system, so a server
/// that came up since the last call is found.
///
/// # Errors
/// [`OutputError`], with what to do about it.
pub fn open(request: &OutputRequest) -> Result<OpenOutput, OutputError> {
    if request.device == DeviceChoice::Null {
        select::check_host(request)?;
        return Ok(null::open(request));
    }
    let attempt = Attempt::begin().ok_or(OutputError::Timeout { limit: OPEN_LIMIT })?;
    let request = request.clone();
    bounded::within(OPEN_LIMIT, "output-open", move || {
        let opened = device::open(&request);
        drop(attempt);
        opened
    })?
}

/// An attempt to open that has not come back.
struct Attempt;

static ATTEMPTS: AtomicUsize = AtomicUsize::new(0);

impl Attempt {
    /// None: too many hang already.
    fn begin() -> Option<Self> {
        let before = ATTEMPTS.fetch_add(1, Ordering::Relaxed);
        let attempt = Self;
        (before < MAX_HANGING).then_some(attempt)
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        ATTEMPTS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Checks what can be checked of a request without touching a device: the host's name, and devices
/// that are never played to.
///
/// # Errors
/// [`OutputError`], with what to do about it.
pub fn check(request: &OutputRequest) -> Result<(), OutputError> {
    select::check_host(request)
}
