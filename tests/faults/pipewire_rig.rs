//! Faults of `PipeWire`.

use std::ffi::OsString;
use std::time::Instant;

use crate::audio::outage;
use crate::fault::Fault;
use crate::pipewire::PipeWire;
use crate::recording::Recording;
use crate::rig::{Loss, Restored, Rig};

/// All of them that are an outage.
pub(crate) const FAULTS: &[Fault] = &[
    Fault::new("PipeWire killed", || outage(PipeWireRig::new(Loss::Server))),
    Fault::new("PipeWire frozen for 3 s", || {
        outage(PipeWireRig::new(Loss::Frozen))
    }),
];

/// A `PipeWire` that is lost.
struct PipeWireRig {
    pipewire: PipeWire,
    loss: Loss,
}

impl PipeWireRig {
    fn new(loss: Loss) -> Self {
        Self {
            pipewire: PipeWire::start(),
            loss,
        }
    }
}

impl Rig for PipeWireRig {
    fn host(&self) -> &'static str {
        "alsa"
    }

    fn environment(&self) -> Vec<(&'static str, OsString)> {
        self.pipewire.environment()
    }

    fn record(&self) -> Recording {
        self.pipewire.record_from("rig")
    }

    fn lose(&mut self) {
        match self.loss {
            Loss::Frozen => self.pipewire.signal("STOP"),
            _ => self.pipewire.kill(),
        }
    }

    fn restore(&mut self) -> Restored {
        match self.loss {
            Loss::Frozen => self.pipewire.signal("CONT"),
            _ => self.pipewire.restart(),
        }
        Restored {
            at: Instant::now(),
            recording: Some(self.pipewire.record_from("rig")),
        }
    }

    fn rate_after(&self) -> u32 {
        crate::daemon::RATE
    }

    fn streams(&self) -> Option<usize> {
        Some(self.pipewire.streams())
    }
}
