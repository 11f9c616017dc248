//! `binaurald run`: from the options to the daemon.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::cli::{RunArgs, Settings};
use crate::config::RunConfig;
use crate::output::{self, OutputError};

use super::daemon::{self, Ready};
use super::observed::Observed;
use super::printer::print_line;
use super::reload::Reload;
use super::stage::Stage;
use super::{Failure, off_runtime, scene, shutdown};

/// Runs until the sound is over or a signal ends it; SIGHUP has it read its configuration again.
/// `settings`: where `args` come from.
///
/// # Errors
/// When an option, the source or the device cannot be used.
pub async fn run(args: &RunArgs, settings: &Settings) -> Result<(), Failure> {
    // Before the files are read that are looked at again by then.
    let reload = Reload::listen(settings)?;
    let config = RunConfig::new(args).map_err(Failure::usage)?;
    check(&config)?;
    if args.print_config {
        print_line(settings.as_file().trim_end())?;
        return Ok(());
    }
    let shutdown = shutdown::on_signals_of_a_service()?;
    match open(config, &shutdown).await? {
        Opening::Ready(ready) => daemon::run(*ready, reload, |_| {}, &shutdown).await,
        Opening::Refused(error) => Err(Failure::output(error)),
        Opening::Interrupted => Ok(()),
    }
}

/// Checks what can be checked before anything is opened.
///
/// # Errors
/// With the option that cannot be used.
pub(super) fn check(config: &RunConfig) -> Result<(), Failure> {
    output::check(&config.output).map_err(Failure::output)?;
    if let Some(path) = &config.record {
        let read: Vec<&Path> = config.scene.source.as_deref().into_iter().collect();
        scene::check_output("--record", path, &read)?;
    }
    Ok(())
}

/// What came of the attempt to get ready.
pub(super) enum Opening {
    /// All is ready to play.
    Ready(Box<Ready>),
    /// There is nothing to play to.
    Refused(OutputError),
    /// The shutdown came first.
    Interrupted,
}

/// Opens the port of `--metrics`, loads the source, opens the device and prepares the head.
///
/// # Errors
/// When the port, the source or the head cannot be used.
pub(super) async fn open(
    config: RunConfig,
    shutdown: &CancellationToken,
) -> Result<Opening, Failure> {
    let observed = match &config.metrics {
        Some(address) => Some(Box::new(Observed::open(address).await?)),
        None => None,
    };
    let preparing = off_runtime(move || {
        let stage = Stage::load(config)?;
        let output = match output::open(&stage.config.output) {
            Ok(output) => output,
            Err(error) => return Ok(Opening::Refused(error)),
        };
        let prepared = stage.prepare(output.info().sample_rate)?;
        Ok(Opening::Ready(Box::new(Ready {
            stage,
            prepared,
            output,
            observed,
        })))
    });
    tokio::select! {
        opening = preparing => opening?,
        // What is being prepared is silent, and has left nothing anywhere.
        () = shutdown.cancelled() => Ok(Opening::Interrupted),
    }
}
