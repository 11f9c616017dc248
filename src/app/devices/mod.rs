//! `binaurald devices`: what can be played to.

mod json;
mod text;

use crate::cli::DevicesArgs;
use crate::output;

use super::Failure;
use super::printer::print_line;

/// Lists what can be played to. A list of nothing is a list too, and no failure.
///
/// # Errors
/// When the host is unknown.
pub fn devices(args: &DevicesArgs) -> Result<(), Failure> {
    let hosts = output::list(args.host.as_deref()).map_err(Failure::usage)?;
    let text = if args.json {
        serde_json::to_string(&json::Devices::new(&hosts)).map_err(Failure::runtime)?
    } else {
        text::show(&hosts)
    };
    print_line(&text)?;
    Ok(())
}
