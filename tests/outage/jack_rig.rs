//! JACK as what is lost.

use std::ffi::OsString;
use std::time::Instant;

use crate::jack::{Jack, Setup};
use crate::recording::Recording;
use crate::rig::{Loss, Restored, Rig};

/// A JACK server that is lost.
pub(crate) struct JackRig {
    jack: Jack,
    loss: Loss,
    after: Setup,
}

impl JackRig {
    /// It is killed, and comes back as `after` says.
    pub(crate) fn new(after: Setup) -> Self {
        Self::losing(Loss::Server, after)
    }

    /// It stands still for a while.
    pub(crate) fn frozen() -> Self {
        Self::losing(Loss::Frozen, Setup::default())
    }

    fn losing(loss: Loss, after: Setup) -> Self {
        Self {
            jack: Jack::start(Setup::default()),
            loss,
            after,
        }
    }
}

impl Rig for JackRig {
    fn host(&self) -> &'static str {
        "jack"
    }

    fn environment(&self) -> Vec<(&'static str, OsString)> {
        self.jack.environment()
    }

    fn record(&self) -> Recording {
        self.jack.record()
    }

    fn lose(&mut self) {
        match self.loss {
            Loss::Frozen => self.jack.signal("STOP"),
            _ => self.jack.kill(),
        }
    }

    fn restore(&mut self) -> Restored {
        if self.loss == Loss::Frozen {
            self.jack.signal("CONT");
            // The recorder's ports are what programs look for: it stays.
            return Restored {
                at: Instant::now(),
                recording: None,
            };
        }
        let (at, recording) = self.jack.restart(self.after);
        Restored {
            at,
            recording: Some(recording),
        }
    }

    fn rate_after(&self) -> u32 {
        self.after.rate
    }
}
