//! What the daemon plays to, and how that is lost.

use std::ffi::OsString;

use crate::pulse::{Pulse, Sink};
use crate::recording::Recording;

/// A sound server that can be lost.
pub(crate) trait Rig {
    /// Audio host, as `--host` takes it.
    fn host(&self) -> &'static str;

    /// The variables that lead a child process there.
    fn environment(&self) -> Vec<(&'static str, OsString)>;

    /// Begins to record what is played.
    fn record(&self) -> Recording;

    /// Takes away what plays.
    fn lose(&mut self);

    /// Brings it back, and records from then on.
    fn restore(&mut self) -> Recording;

    /// Hertz after it was restored.
    fn rate_after(&self) -> u32;
}

/// What is lost of a `PulseAudio` server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// All of it: it is killed.
    Server,
    /// The sink, while the server lives.
    Sink,
}

/// `PulseAudio` by way of one of the audio hosts that lead there.
pub(crate) struct PulseRig {
    pulse: Pulse,
    host: &'static str,
    loss: Loss,
    rate_after: u32,
}

impl PulseRig {
    pub(crate) fn new(host: &'static str, loss: Loss) -> Self {
        let sink = Sink::default();
        Self {
            rate_after: sink.rate,
            pulse: Pulse::start(sink),
            host,
            loss,
        }
    }

    /// It comes back at this rate, in hertz.
    pub(crate) fn back_at(self, rate_after: u32) -> Self {
        Self { rate_after, ..self }
    }
}

impl Rig for PulseRig {
    fn host(&self) -> &'static str {
        self.host
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
            Loss::Sink => self.pulse.unload_sink(),
        }
    }

    fn restore(&mut self) -> Recording {
        self.pulse.set_rate(self.rate_after);
        match self.loss {
            Loss::Server => self.pulse.restart(),
            Loss::Sink => self.pulse.load_sink(),
        }
        self.pulse.record()
    }

    fn rate_after(&self) -> u32 {
        self.rate_after
    }
}
