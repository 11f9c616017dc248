//! Where the parts meet: one file for each command.

pub mod bench;
pub mod demo;
pub mod devices;
pub mod fault;
mod flight;
mod frame_clock;
pub mod log;
pub mod position;
pub mod printer;
mod recording;
pub mod render;
pub mod run;
mod scene;
pub mod serve;
pub mod shutdown;
mod watch;

use std::fmt;

/// Why a command ended without doing what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Wrong usage, configuration or input, found before a port or a device is opened: exit code 2.
    Usage(String),
    /// Anything later: exit code 1.
    Runtime(String),
}

impl Failure {
    /// Wrong usage, configuration or input.
    pub fn usage(reason: impl fmt::Display) -> Self {
        Self::Usage(reason.to_string())
    }

    /// Something that failed while it ran.
    pub fn runtime(reason: impl fmt::Display) -> Self {
        Self::Runtime(reason.to_string())
    }

    /// The exit code of the process.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Runtime(_) => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(reason) | Self::Runtime(reason)) = self;
        f.write_str(reason)
    }
}
