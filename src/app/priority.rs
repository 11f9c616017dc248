//! Real-time priority for the audio thread of each stream, and what is said of it.

use std::fmt;

use serde::Serialize;
use tokio::task::JoinHandle;

use crate::output::{Priority, REALTIME_PRIORITY, RunningOutput};
use crate::rtkit::{self, RtkitError};

/// What the audio thread itself was told.
const REFUSED: &str = "the limits of this user refuse it";

/// Sees to the audio thread of one stream after the other.
#[derive(Debug, Default)]
pub(super) struct RealTime {
    stage: Stage,
    /// That it is refused is said once, whatever streams come.
    told: bool,
}

/// How far it has come with a stream.
#[derive(Debug, Default)]
enum Stage {
    /// The thread has not said yet whether it got it.
    #[default]
    Waiting,
    /// `RealtimeKit` is being asked.
    Asking(JoinHandle<Result<(), RtkitError>>),
    /// The thread has it: by what.
    Held(&'static str),
    /// Nobody gives it.
    Refused(RtkitError),
}

/// The priority that an audio thread has, and why. Its fields are those of the JSON, which
/// `docs/json.md` tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Standing {
    /// Of 1 to 99; none: an ordinary one.
    realtime_priority: Option<u8>,
    realtime_priority_why: String,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = &self.realtime_priority_why;
        match self.realtime_priority {
            Some(priority) => write!(f, "real-time priority {priority} ({why})"),
            None if cfg!(target_os = "linux") => write!(f, "ordinary priority: {why}"),
            None => write!(f, "unknown priority: {why}"),
        }
    }
}

impl RealTime {
    /// Another stream begins.
    pub(super) fn begin(&mut self) {
        self.stop_asking();
        self.stage = Stage::Waiting;
    }

    /// Looks how it is, and does what is next. To be called on the runtime, every 10 ms or so.
    pub(super) async fn look(&mut self, output: &RunningOutput) {
        let priority = output.priority();
        match (&mut self.stage, priority) {
            (Stage::Waiting, Priority::RealTime) => {
                tracing::debug!("the audio thread has real-time priority");
                self.stage = Stage::Held("the limits of this user allow it");
            }
            (Stage::Waiting, Priority::Refused { thread }) => {
                let asking = rtkit::lend(thread, REALTIME_PRIORITY);
                self.stage = Stage::Asking(tokio::spawn(asking));
            }
            (Stage::Asking(answer), _) if answer.is_finished() => {
                // It has: this does not wait. A helper that failed is an answer that did not come.
                match answer.await.unwrap_or(Err(RtkitError::Timeout)) {
                    Ok(()) => {
                        output.lend_priority();
                        tracing::debug!("the audio thread has real-time priority from rtkit");
                        self.stage = Stage::Held("rtkit");
                    }
                    Err(error) => {
                        self.tell(&error);
                        self.stage = Stage::Refused(error);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether an answer is still to come, once a block has been asked for and was looked at.
    pub(super) fn is_asking(&self) -> bool {
        matches!(self.stage, Stage::Asking(_))
    }

    /// What came of it for `output`, where real-time priority was `wanted` or not.
    pub(super) fn standing(&self, output: &RunningOutput, wanted: bool) -> Standing {
        let level = output.real_time_level();
        let why = match &self.stage {
            Stage::Held(by) if level.is_some() => (*by).to_owned(),
            Stage::Held(by) => format!("it is not held any more, though it was given ({by})"),
            Stage::Refused(error) => format!("{REFUSED}, and {error}"),
            Stage::Asking(_) => "rtkit has not answered yet".to_owned(),
            Stage::Waiting if output.info().is_null() => "there is no device".to_owned(),
            Stage::Waiting if !wanted && level.is_none() => "--realtime off".to_owned(),
            Stage::Waiting => format!("as {} sets it", output.info().host),
        };
        Standing {
            realtime_priority: level,
            realtime_priority_why: why,
        }
    }

    fn tell(&mut self, error: &RtkitError) {
        if self.told {
            tracing::debug!("no real-time priority for the audio thread: {error}");
            return;
        }
        self.told = true;
        tracing::info!(
            "no real-time priority for the audio thread: {REFUSED}, and {error}; on a busy machine the \
             sound may drop out. To allow it, install rtkit, or let /etc/security/limits.d or \
             LimitRTPRIO= of systemd give an rtprio of {REALTIME_PRIORITY}; --realtime off does \
             without"
        );
    }

    fn stop_asking(&mut self) {
        if let Stage::Asking(answer) = &self.stage {
            answer.abort();
        }
    }
}

impl Drop for RealTime {
    fn drop(&mut self) {
        self.stop_asking();
    }
}
