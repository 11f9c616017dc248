//! JACK as what is lost.

use std::ffi::OsString;

use crate::jack::{Jack, Setup};
use crate::recording::Recording;
use crate::rig::Rig;

/// A JACK server that is killed.
pub(crate) struct JackRig {
    jack: Jack,
    after: Setup,
}

impl JackRig {
    /// It comes back as `after` says.
    pub(crate) fn new(after: Setup) -> Self {
        Self {
            jack: Jack::start(Setup::default()),
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
        self.jack.kill();
    }

    fn restore(&mut self) -> Recording {
        self.jack.restart(self.after)
    }

    fn rate_after(&self) -> u32 {
        self.after.rate
    }
}
