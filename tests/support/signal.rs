//! Signals to other processes.

use std::process::Command;

/// Sends a signal by its name (`TERM`, `STOP`) to a process.
///
/// By the shell's own `kill`: a program of that name is not on every system.
///
/// # Panics
/// When it cannot be sent.
pub(crate) fn send(process: u32, name: &str) {
    let status = Command::new("sh")
        .args(["-c", &format!("kill -s {name} {process}")])
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{name} was not sent to {process}"
    );
}
