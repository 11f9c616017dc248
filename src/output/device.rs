//! Playing to a device, by `cpal`.
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
use std::sync::mpsc::SyncSender;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{
    BufferSize, ErrorKind, I24, OutputCallbackInfo, SampleFormat, SizedSample, Stream,
    StreamConfig, U24,
};

use super::choice::{self, Choice};
use super::counters::{StreamCounters, StreamErrorKind};
use super::error::OutputError;
use super::feed::{Feed, Fill, to_integer};
use super::priority::ThreadPriority;
use super::running::OpenOutput;
use super::select::{self, Selected};
use super::{DeviceChoice, OutputRequest, StreamInfo};

/// A stream that was built and is paused, or plays.
pub(super) struct DeviceStream {
    stream: Stream,
    fill: SyncSender<Fill>,
    priority: Arc<ThreadPriority>,
}

impl DeviceStream {
    /// Lets it play; the error is the audio system's text.
    pub(super) fn start(self, fill: Fill) -> Result<Self, String> {
        // The callback has not run yet, and its channel has one place: this never waits.
        let _ = self.fill.try_send(fill);
        self.stream.play().map_err(|error| error.to_string())?;
        Ok(self)
    }

    /// The priority of its audio thread.
    pub(super) fn priority(&self) -> &ThreadPriority {
        &self.priority
    }
}

impl fmt::Debug for DeviceStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceStream")
    }
}

/// Opens a device and builds a stream for it, paused. May hang as long as the audio system does.
pub(super) fn open(request: &OutputRequest) -> Result<OpenOutput, OutputError> {
    select::check_host(request)?;
    let host = select::host(request.host.as_deref())?;
    let host_name = host.id().name().to_owned();
    let selected = select::device(&host, &request.device)?;
    let refused = |error: cpal::Error| match request.device {
        // It is taken for what there is, until it says something.
        DeviceChoice::Default if error.kind() != ErrorKind::DeviceBusy => OutputError::NoDevice {
            host: host_name.clone(),
            reason: error.to_string(),
        },
        _ => unusable(&selected.name, &error),
    };
    let ranges: Vec<_> = selected
        .device
        .supported_output_configs()
        .map_err(refused)?
        .collect();
    let default = selected.device.default_output_config().map_err(refused)?;
    let choice = choice::configuration(
        &selected.name,
        &ranges,
        default.sample_rate(),
        request.sample_rate,
    )?;

    let counters = Arc::new(StreamCounters::default());
    let fixed = BufferSize::Fixed(request.buffer_frames);
    let asks = request.realtime && !selected.is_real_time();
    let priority = Arc::new(ThreadPriority::new(asks));
    let stream = match build(&selected, choice, fixed, &counters, &priority) {
        // The device does not take this size of block: it gets its own.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::UnsupportedConfig | ErrorKind::InvalidInput
            ) =>
        {
            let own = BufferSize::Default;
            build(&selected, choice, own, &counters, &priority)
        }
        result => result,
    }
    .map_err(|error| unusable(&selected.name, &error))?;
    let info = StreamInfo {
        host: host_name,
        device: selected.name,
        device_id: selected.id,
        sample_rate: choice.sample_rate,
        channels: choice.channels,
        buffer_frames: stream.stream.buffer_size().unwrap_or(request.buffer_frames),
        sample_format: choice.format.to_string(),
    };
    Ok(OpenOutput::device(info, counters, stream))
}

/// A device that is there, and cannot be played to.
fn unusable(device: &str, error: &cpal::Error) -> OutputError {
    let device = device.to_owned();
    match error.kind() {
        ErrorKind::DeviceBusy => OutputError::Busy { device },
        _ => OutputError::Refused {
            device,
            reason: error.to_string(),
        },
    }
}

/// Builds the stream in the device's sample format.
fn build(
    selected: &Selected,
    choice: Choice,
    buffer_size: BufferSize,
    counters: &Arc<StreamCounters>,
    priority: &Arc<ThreadPriority>,
) -> Result<DeviceStream, cpal::Error> {
    let target = Target {
        selected,
        config: StreamConfig {
            channels: choice.channels,
            sample_rate: choice.sample_rate,
            buffer_size,
        },
        counters,
        priority,
    };
    match choice.format {
        SampleFormat::F32 => target.build(|sample| sample),
        SampleFormat::F64 => target.build(f64::from),
        SampleFormat::I8 => target.build(|sample| to_integer(sample, 8) as i8),
        SampleFormat::I16 => target.build(|sample| to_integer(sample, 16) as i16),
        SampleFormat::I24 => {
            target.build(|s| I24::new(to_integer(s, 24) as i32).unwrap_or_default())
        }
        SampleFormat::I32 => target.build(|sample| to_integer(sample, 32) as i32),
        SampleFormat::I64 => target.build(|sample| to_integer(sample, 64)),
        SampleFormat::U8 => target.build(|sample| (to_integer(sample, 8) + (1 << 7)) as u8),
        SampleFormat::U16 => target.build(|sample| (to_integer(sample, 16) + (1 << 15)) as u16),
        SampleFormat::U24 => {
            target.build(|s| U24::new((to_integer(s, 24) + (1 << 23)) as i32).unwrap_or_default())
        }
        SampleFormat::U32 => target.build(|sample| (to_integer(sample, 32) + (1 << 31)) as u32),
        SampleFormat::U64 => {
            target.build(|sample| to_integer(sample, 64).cast_unsigned() ^ (1 << 63))
        }
        other => Err(cpal::Error::with_message(
            ErrorKind::UnsupportedConfig,
            format!("{other} samples are not played"),
        )),
    }
}

/// What a stream is built for.
struct Target<'a> {
    selected: &'a Selected,
    config: StreamConfig,
    counters: &'a Arc<StreamCounters>,
    priority: &'a Arc<ThreadPriority>,
}

impl Target<'_> {
    fn build<T: SizedSample>(
        &self,
        convert: impl Fn(f32) -> T + Send + 'static,
    ) -> Result<DeviceStream, cpal::Error> {
        let (fill, mut feed) = Feed::new(self.config.channels, Arc::clone(self.counters));
        let errors = Arc::clone(self.counters);
        let (asking, watching) = (Arc::clone(self.priority), Arc::clone(self.priority));
        let stream = self.selected.device.build_output_stream(
            self.config,
            move |out: &mut [T], info: &OutputCallbackInfo| {
                asking.before_first_block();
                called(&mut feed, out, info, &convert);
            },
            // The error itself was allocated by the backend and is freed here; no more is done.
            move |error: cpal::Error| {
                errors.error(kind(error.kind()));
                watching.watch();
            },
            Some(self.selected.time_limit()),
        )?;
        Ok(DeviceStream {
            stream,
            fill,
            priority: Arc::clone(self.priority),
        })
    }
}

/// The callback: all that runs in it begins here, on the audio thread.
#[cfg_attr(binaurald_rtsan, sanitize(realtime = "nonblocking"), inline(never))]
fn called<T: Copy>(
    feed: &mut Feed,
    out: &mut [T],
    info: &OutputCallbackInfo,
    convert: impl Fn(f32) -> T,
) {
    let times = info.timestamp();
    feed.heard_after(times.playback.duration_since(times.callback));
    feed.block(out, convert);
}

/// What an error of a running stream means.
fn kind(kind: ErrorKind) -> StreamErrorKind {
    match kind {
        ErrorKind::Xrun => StreamErrorKind::Xrun,
        ErrorKind::StreamInvalidated
        | ErrorKind::DeviceNotAvailable
        | ErrorKind::HostUnavailable => StreamErrorKind::Lost,
        ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => StreamErrorKind::Notice,
        _ => StreamErrorKind::Backend,
    }
}
