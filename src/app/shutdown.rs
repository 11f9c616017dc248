//! Ending on a signal.

use std::fs;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::Failure;

/// Exit codes of a process that a signal ended: 128 and the signal's number.
const EXIT_SIGHUP: i32 = 128 + 1;
const EXIT_SIGINT: i32 = 128 + 2;
const EXIT_SIGTERM: i32 = 128 + 15;

/// A token that is cancelled by the first SIGINT or SIGTERM; and by SIGHUP, which comes when the
/// terminal is closed, unless it was to be ignored from the start, as `nohup` asks for.
///
/// A second one ends the process at once. The handlers stand when this returns.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn on_signals() -> Result<CancellationToken, Failure> {
    let hangup = if is_hangup_ignored() {
        None
    } else {
        Some(install(SignalKind::hangup())?)
    };
    cancelled_by(hangup)
}

/// As [`on_signals`], of a service, which does not end with a terminal: SIGHUP means something else
/// to it.
///
/// # Errors
/// When the handlers cannot be installed.
pub(super) fn on_signals_of_a_service() -> Result<CancellationToken, Failure> {
    cancelled_by(None)
}

/// The SIGHUPs that come from now on; they end the process no more.
///
/// # Errors
/// When the handler cannot be installed.
pub(super) fn hangups() -> Result<Signal, Failure> {
    install(SignalKind::hangup())
}

fn install(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::runtime(format!("cannot listen for signals: {error}")))
}

fn cancelled_by(mut hangup: Option<Signal>) -> Result<CancellationToken, Failure> {
    let mut interrupt = install(SignalKind::interrupt())?;
    let mut terminate = install(SignalKind::terminate())?;
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        loop {
            let code = tokio::select! {
                _ = interrupt.recv() => EXIT_SIGINT,
                _ = terminate.recv() => EXIT_SIGTERM,
                () = next_of(&mut hangup) => EXIT_SIGHUP,
            };
            if cancel.is_cancelled() {
                std::process::exit(code);
            }
            // Said first: what ends then does not wait for it.
            tracing::info!("shutting down; a second signal ends at once");
            cancel.cancel();
        }
    });
    Ok(token)
}

/// Waits for a signal; for ever where none is listened for.
pub(super) async fn next_of(signals: &mut Option<Signal>) {
    let heard = match signals {
        Some(signals) => signals.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending::<()>().await;
    }
}

/// Whether SIGHUP was to be ignored before this program began, as Linux tells it.
fn is_hangup_ignored() -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_hangup(&status))
}

/// The mask of ignored signals has a bit for each, the lowest for the first one: SIGHUP.
fn ignores_hangup(status: &str) -> bool {
    let mut masks = status
        .lines()
        .filter_map(|line| line.strip_prefix("SigIgn:"));
    let mask = masks.next().map(str::trim).unwrap_or_default();
    u64::from_str_radix(mask, 16).is_ok_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_read_from_the_mask() {
        for (mask, ignored) in [
            ("0000000000000001", true),
            ("0000000000001001", true),
            ("0000000000001000", false),
            ("", false),
        ] {
            let status = format!("Name:\tx\nSigBlk:\t0000000000000001\nSigIgn:\t{mask}\n");
            assert_eq!(ignores_hangup(&status), ignored, "{mask}");
        }
        assert!(!ignores_hangup("Name:\tx\n"));
    }
}
