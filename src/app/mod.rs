//! Where the parts meet: one file for each command.

pub mod bench;
mod daemon;
pub mod demo;
pub mod devices;
mod direction;
pub mod fault;
mod flight;
mod following;
mod frame_clock;
pub mod head;
mod heads;
#[cfg(binaurald_rtsan)]
mod interposed;
mod listen;
pub mod log;
pub mod manual;
pub mod measure;
mod observed;
mod outage;
mod playing;
mod plot;
pub mod position;
mod presence;
pub mod printer;
mod priority;
mod recording;
mod reload;
pub mod render;
pub mod run;
mod scene;
pub mod serve;
pub mod service;
pub mod shutdown;
mod situation;
pub mod sofa;
mod stage;
pub mod status;
pub mod subject;
mod takes;
mod totals;
#[cfg(binaurald_rtsan)]
pub mod violation;
mod watch;

use std::fmt;

use tokio::task::JoinHandle;

use crate::output::OutputError;

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

    /// No output: the fault of what was asked for, or of the audio system.
    fn output(error: OutputError) -> Self {
        if error.is_usage() {
            Self::usage(error)
        } else {
            Self::runtime(error)
        }
    }

    /// What must not happen.
    fn helper_thread() -> Self {
        Self::runtime("a helper thread failed; please report this")
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

/// Does what may take its time on a thread where that holds up nobody.
async fn off_runtime<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let worker: JoinHandle<T> = tokio::task::spawn_blocking(work);
    worker.await.map_err(|_| Failure::helper_thread())
}
