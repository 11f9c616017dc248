//! The port on which the daemon is seen from outside: it answers HTTP and nothing that is asked
//! there changes anything.
//!
//! What it tells is plain data, a [`Snapshot`] that the daemon publishes several times a second: as
//! Prometheus text (`/metrics`), as JSON (`/status`), and as the two questions that supervisors ask
//! (`/healthz`: does it live? `/readyz`: is it heard where the server says?). Whoever asks holds up
//! nobody: neither the daemon, which only leaves the newest snapshot there, nor the audio thread,
//! which knows nothing of it.

mod histogram;
mod incoming;
mod port;
mod snapshot;
mod status;
mod text;

pub use histogram::Histogram;
pub use port::{Bound, PortError, Publisher, bind};
pub use snapshot::Snapshot;
pub use status::{
    CallbackStatus, ErrorCounts, Heard, OutputStatus, PositionStatus, RejectedCounts, ReloadCounts,
    ServerStatus, Status, XrunCounts,
};
