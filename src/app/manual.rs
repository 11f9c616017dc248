//! `binaurald completions` and `binaurald man`: what shells and manuals read.

use std::fs;
use std::io::{self, Write as _};

use crate::cli::{self, CompletionsArgs, ManArgs};
use crate::files;

use super::Failure;

/// Prints what a shell reads to complete the command line.
///
/// # Errors
/// When it cannot be written for another reason than a closed pipe.
pub fn completions(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(&args.script()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::runtime(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Writes the manual, a page for each command.
///
/// # Errors
/// When the directory cannot be made, or a page cannot be written there.
pub fn man(args: &ManArgs) -> Result<(), Failure> {
    let directory = &args.directory;
    fs::create_dir_all(directory).map_err(|error| {
        Failure::usage(format!(
            "man {}: is no directory, and cannot be made: {error}",
            directory.display()
        ))
    })?;
    let pages = cli::manual_pages().map_err(Failure::runtime)?;
    for page in &pages {
        files::write_text(&directory.join(&page.file), &page.text).map_err(Failure::runtime)?;
    }
    tracing::info!("{} pages in {}", pages.len(), directory.display());
    Ok(())
}
