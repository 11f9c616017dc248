//! What the daemon plays to, and how that is lost.

use std::ffi::OsString;
use std::time::Instant;

use crate::pulse::{Pulse, Sink};
use crate::recording::Recording;

/// A sound server that can be lost.
pub(crate) trait Rig {
    /// Audio host, as `--host` takes it.
    fn host(&self) -> &'static str;

    /// Device, as `--output` takes it.
    fn output(&self) -> &'static str {
        "default"
    }

    /// The variables that lead a child process there.
    fn environment(&self) -> Vec<(&'static str, OsString)>;

    /// Begins to record what is played.
    fn record(&self) -> Recording;

    /// Takes away what plays.
    fn lose(&mut self);

    /// Brings it back.
    fn restore(&mut self) -> Restored;

    /// Hertz after it was restored.
    fn rate_after(&self) -> u32;

    /// How many streams play there, where the server tells.
    fn streams(&self) -> Option<usize> {
        None
    }
}

/// What plays is back.
pub(crate) struct Restored {
    /// Since when.
    pub(crate) at: Instant,
    /// A recording from then on; none: the one before goes on.
    pub(crate) recording: Option<Recording>,
}

/// What is lost of a sound server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// All of it: it is killed.
    Server,
    /// It stands still.
    Frozen,
    /// The sink, while the server lives.
    Sink,
    /// The sink takes no sound.
    Suspended,
}

/// `PulseAudio` by way of one of the audio hosts that lead there.
pub(crate) struct PulseRig {
    pulse: Pulse,
    host: &'static str,
    output: &'static str,
    loss: Loss,
    after: Sink,
}

impl PulseRig {
    pub(crate) fn new(host: &'static str, loss: Loss) -> Self {
        let sink = Sink::default();
        Self {
            after: sink.clone(),
            pulse: Pulse::start(sink),
            host,
            output: "default",
            loss,
        }
    }

    /// It comes back with such a sink.
    pub(crate) fn back_as(self, after: Sink) -> Self {
        Self { after, ..self }
    }

    /// What is played to is this device of `Pulse`.
    pub(crate) fn played_to_by(self, output: &'static str) -> Self {
        Self { output, ..self }
    }
}

impl Rig for PulseRig {
    fn host(&self) -> &'static str {
        self.host
    }

    fn output(&self) -> &'static str {
        self.output
    }

    fn environment(&self) -> Vec<(&'static str, OsString)> {
        self.pulse.environment()
    }

    fn record(&self) -> Recording {
        self.pulse.record()
    }

    fn lose(&mut self) {
        match self.loss {
            Loss::Server => self.pulse.kill(),
            Loss::Frozen => self.pulse.signal("STOP"),
            Loss::Sink => self.pulse.unload_sink(),
            Loss::Suspended => self.pulse.suspend_sink(true),
        }
    }

    fn restore(&mut self) -> Restored {
        self.pulse.set_sink(self.after.clone());
        match self.loss {
            Loss::Server => self.pulse.restart(),
            Loss::Frozen => self.pulse.signal("CONT"),
            Loss::Sink => self.pulse.load_sink(),
            Loss::Suspended => self.pulse.suspend_sink(false),
        }
        Restored {
            at: Instant::now(),
            recording: Some(self.pulse.record()),
        }
    }

    fn rate_after(&self) -> u32 {
        self.after.rate
    }

    fn streams(&self) -> Option<usize> {
        Some(self.pulse.streams())
    }
}
