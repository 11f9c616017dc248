//! Real-time priority for the audio thread of each stream, and what is said of it.

use tokio::task::JoinHandle;

use crate::output::{Priority, REALTIME_PRIORITY, RunningOutput};
use crate::rtkit::{self, RtkitError};

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
    /// The thread has it.
    Held,
    /// Nothing more is to be done.
    Settled,
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
                self.stage = Stage::Held;
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
                        self.stage = Stage::Held;
                    }
                    Err(error) => {
                        self.tell(&error);
                        self.stage = Stage::Settled;
                    }
                }
            }
            (Stage::Held, Priority::GivenBack) => {
                tracing::debug!("the audio thread took a whole core: its priority is ordinary now");
                self.stage = Stage::Settled;
            }
            _ => {}
        }
    }

    fn tell(&mut self, error: &RtkitError) {
        if self.told {
            tracing::debug!("no real-time priority for the audio thread: {error}");
            return;
        }
        self.told = true;
        tracing::info!(
            "no real-time priority for the audio thread: the limits of this user refuse it, and \
             {error}; on a busy machine the sound may drop out. To allow it, install rtkit, or let \
             /etc/security/limits.d or LimitRTPRIO= of systemd give an rtprio of \
             {REALTIME_PRIORITY}; --realtime off does without"
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
