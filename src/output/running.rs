//! An output between opening and stopping.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::bounded;
use super::counters::StreamCounters;
use super::device::DeviceStream;
use super::error::OutputError;
use super::null::Clock;
use super::priority::Priority;
use super::{OPEN_LIMIT, STOP_LIMIT, StreamInfo};
use crate::audio::StereoFrame;

/// An output that is open and silent.
#[derive(Debug)]
pub struct OpenOutput {
    info: StreamInfo,
    counters: Arc<StreamCounters>,
    /// None: no device.
    stream: Option<DeviceStream>,
}

impl OpenOutput {
    pub(super) fn null(info: StreamInfo) -> Self {
        Self {
            info,
            counters: Arc::default(),
            stream: None,
        }
    }

    pub(super) fn device(
        info: StreamInfo,
        counters: Arc<StreamCounters>,
        stream: DeviceStream,
    ) -> Self {
        Self {
            info,
            counters,
            stream: Some(stream),
        }
    }

    /// What came of the request.
    pub fn info(&self) -> &StreamInfo {
        &self.info
    }

    /// Lets it play what `fill` writes. Takes at most [`OPEN_LIMIT`].
    ///
    /// Real-time: `fill` runs on the audio thread, for blocks of any length up to 4096 frames; it
    /// must not allocate, lock or wait. It is dropped on the audio thread when the output stops.
    ///
    /// # Errors
    /// [`OutputError`] when the audio system refuses.
    pub fn start(
        mut self,
        fill: impl FnMut(&mut [StereoFrame]) + Send + 'static,
    ) -> Result<RunningOutput, OutputError> {
        let fill = Box::new(fill);
        let backend = match self.stream.take() {
            None => Backend::Null(Clock::start(&self.info, &self.counters, fill)?),
            Some(stream) => {
                let device = self.info.device.clone();
                let started =
                    bounded::within(OPEN_LIMIT, "output-start", move || stream.start(fill))?;
                Backend::Device(started.map_err(|reason| OutputError::Refused { device, reason })?)
            }
        };
        Ok(RunningOutput {
            info: self.info.clone(),
            counters: Arc::clone(&self.counters),
            backend: Some(backend),
        })
    }
}

impl Drop for OpenOutput {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take() {
            close(stream);
        }
    }
}

/// An output that plays, until it is dropped.
///
/// Dropping cuts off what the device still holds: play silence for [`RunningOutput::drain_time`]
/// before, when the end matters.
pub struct RunningOutput {
    info: StreamInfo,
    counters: Arc<StreamCounters>,
    /// None: stopped.
    backend: Option<Backend>,
}

enum Backend {
    Null(Clock),
    Device(DeviceStream),
}

impl RunningOutput {
    /// What came of the request.
    pub fn info(&self) -> &StreamInfo {
        &self.info
    }

    /// What the audio thread counts.
    pub fn counters(&self) -> &Arc<StreamCounters> {
        &self.counters
    }

    /// The priority of the audio thread. Without a device it is always [`Priority::Ordinary`].
    ///
    /// The thread asks for real time before its first block. Where it is refused, somebody else may
    /// give it to the thread; it is told so by [`RunningOutput::lend_priority`].
    pub fn priority(&self) -> Priority {
        match &self.backend {
            Some(Backend::Device(stream)) => stream.priority().get(),
            Some(Backend::Null(_)) | None => Priority::Ordinary,
        }
    }

    /// The real-time priority that the audio thread has at this moment, of 1 to 99, as the system tells
    /// it, whoever gave it; none: an ordinary one, or the system does not tell. Reads a file.
    pub fn real_time_level(&self) -> Option<u8> {
        match &self.backend {
            Some(Backend::Device(stream)) => stream.priority().level(),
            Some(Backend::Null(_)) | None => None,
        }
    }

    /// The audio thread has been given real-time priority from outside: from now on it looks after
    /// that, and rests when it would keep a whole core from others.
    pub fn lend_priority(&self) {
        if let Some(Backend::Device(stream)) = &self.backend {
            stream.priority().lent();
        }
    }

    /// How long what was filled last takes to be heard in full: the device's latency and one block.
    /// Where the device does not say its latency, two blocks stand for it.
    pub fn drain_time(&self) -> Duration {
        let block = self.info.block_time();
        match (&self.backend, self.counters.snapshot().latency) {
            (Some(Backend::Null(_)) | None, _) => Duration::ZERO,
            (_, Some(latency)) => latency + block,
            (_, None) => 3 * block,
        }
    }

    /// Stops; what the device still holds is cut off. Takes at most [`STOP_LIMIT`]: a stream that
    /// hangs is left to a thread of its own.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for RunningOutput {
    fn drop(&mut self) {
        // Should it hang and wake up again: nothing may be heard of it beside its successor.
        self.counters.give_up();
        match self.backend.take() {
            Some(Backend::Null(clock)) => clock.stop(STOP_LIMIT),
            Some(Backend::Device(stream)) => close(stream),
            None => {}
        }
    }
}

impl fmt::Debug for RunningOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningOutput")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

/// Drops a stream where a hang does no harm; a thread that cannot be had, or that hangs, is no
/// reason to fail: the stream is not used any more.
fn close(stream: DeviceStream) {
    let _ = bounded::within(STOP_LIMIT, "output-stop", move || drop(stream));
}
