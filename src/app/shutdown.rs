//! Ending on a signal.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::Failure;

/// Exit codes of a process that a signal ended: 128 and the signal's number.
const EXIT_SIGINT: i32 = 128 + 2;
const EXIT_SIGTERM: i32 = 128 + 15;

/// A token that is cancelled by the first SIGINT or SIGTERM.
///
/// A second one ends the process at once. The handlers stand when this returns.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn on_signals() -> Result<CancellationToken, Failure> {
    let install = |kind| {
        signal(kind)
            .map_err(|error| Failure::runtime(format!("cannot listen for signals: {error}")))
    };
    let mut interrupt = install(SignalKind::interrupt())?;
    let mut terminate = install(SignalKind::terminate())?;
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        loop {
            let code = tokio::select! {
                _ = interrupt.recv() => EXIT_SIGINT,
                _ = terminate.recv() => EXIT_SIGTERM,
            };
            if cancel.is_cancelled() {
                std::process::exit(code);
            }
            cancel.cancel();
            tracing::info!("shutting down; a second signal ends at once");
        }
    });
    Ok(token)
}
