//! `binaurald devices`: what can be played to.

use crate::cli::DevicesArgs;

use super::Failure;

/// Lists what can be played to.
///
/// # Errors
/// When the host is unknown.
pub fn devices(_args: &DevicesArgs) -> Result<(), Failure> {
    Err(Failure::runtime("devices: being built"))
}
