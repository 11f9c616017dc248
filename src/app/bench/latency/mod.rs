//! `bench --latency`: how long a position takes from the server to the ear.
//!
//! The bundled server's source stands to the left and to the right of the front in turns, and is
//! followed as `run` does it: polled, put through the ring buffer, and played to the device. It
//! sounds as a tone, whose difference in phase between the ears says on which side it is, and as
//! noise, which says which frame is heard when. What is played is recorded as it comes out, and read
//! afterwards. All times are of the one monotonic clock of this process.

mod ears;
mod monitor;
mod pace;
mod perform;
mod replay;
mod report;
mod steps;
mod test_sound;
mod way;

use crate::config::LatencyConfig;

use super::machine::About;
use crate::app::{Failure, off_runtime};
pub(super) use monitor::prefer as prefer_monitor;
use report::Report;

/// Plays, records, and finds each step in the recording.
///
/// # Errors
/// When the device or what records it cannot be used, or the steps are not in the recording.
pub(super) async fn measured(about: About, config: LatencyConfig) -> Result<Report, Failure> {
    let polls_hz = (1e3 / config.run.client.poll_interval.as_secs_f64()).round() / 1e3;
    let performance = perform::perform(config).await?;
    off_runtime(move || {
        let ways = way::ways(&performance)?;
        Ok(Report::new(about, polls_hz, &performance, &ways))
    })
    .await?
}
