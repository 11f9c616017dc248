//! `binaurald demo`: the bundled server and the daemon in one process.

use crate::cli::DemoArgs;

use super::Failure;

/// Plays until a signal ends it.
///
/// # Errors
/// When an option cannot be used.
pub async fn demo(_args: &DemoArgs) -> Result<(), Failure> {
    Err(Failure::runtime("demo: being built"))
}
