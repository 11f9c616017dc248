//! All that is told, as it was at one moment.

use super::histogram::Histogram;
use super::status::Status;

/// What is known of the daemon at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// What `/status` tells.
    pub status: Status,
    /// Time from each poll to its answer, in seconds.
    pub round_trips: Histogram,
    /// Time of each call of the audio callback, over what its frames play: 1 is all of it.
    pub callback_loads: Histogram,
}
