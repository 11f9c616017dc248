//! Calls that may hang, with a time limit.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::error::OutputError;

/// Does `work` on a thread of its own, without what the audio system's library prints by itself.
///
/// After `limit` the thread is left to itself; what it still brings is dropped there.
///
/// # Errors
/// [`OutputError::Timeout`]; [`OutputError::Thread`].
pub(super) fn within<T: Send + 'static>(
    limit: Duration,
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, OutputError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            silence_library();
            // Nobody waits any more after the limit: the result is dropped here.
            let _ = sender.send(work());
        })?;
    receiver.recv_timeout(limit).map_err(|error| match error {
        RecvTimeoutError::Timeout => OutputError::Timeout { limit },
        RecvTimeoutError::Disconnected => OutputError::Refused {
            device: "the audio system".to_owned(),
            reason: "its library failed".to_owned(),
        },
    })
}

/// libasound prints its own lines to standard error; on this thread they go nowhere.
#[cfg(target_os = "linux")]
fn silence_library() {
    // The handler lives as long as the thread. Without it there are only more lines.
    let _ = alsa::Output::local_error_handler();
}

#[cfg(not(target_os = "linux"))]
fn silence_library() {}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_call_that_hangs_does_not_hang_the_caller() {
        let began = Instant::now();
        let limit = Duration::from_millis(50);
        let result = within(limit, "test", || thread::sleep(Duration::from_secs(5)));
        assert!(
            matches!(result, Err(OutputError::Timeout { .. })),
            "{result:?}"
        );
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "{:?}",
            began.elapsed()
        );
    }

    #[test]
    fn a_call_that_panics_is_an_error() {
        let result = within(Duration::from_secs(5), "test", || {
            std::panic::resume_unwind(Box::new("no message of its own"));
        });
        assert!(
            matches!(result, Err(OutputError::Refused { .. })),
            "{result:?}"
        );
    }
}
