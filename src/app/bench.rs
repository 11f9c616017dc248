//! `binaurald bench`: how long the audio callback takes.

use crate::cli::BenchArgs;

use super::Failure;

/// Runs the audio callback and prints how long it takes.
///
/// # Errors
/// When an option cannot be used.
pub fn bench(_args: &BenchArgs) -> Result<(), Failure> {
    Err(Failure::runtime("bench: being built"))
}
