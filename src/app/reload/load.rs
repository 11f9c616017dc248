//! Reads everything anew, and makes it ready to play.

use std::sync::Arc;

use crate::app::stage::{Kept, Prepared, Stage};
use crate::app::{Failure, run};
use crate::cli::{Cli, Command, Effective, Settings};
use crate::config::RunConfig;

use super::changes::Changes;
use super::{Change, Holding};

/// What came of it.
pub(super) enum Loaded {
    /// There is something to apply.
    Change(Box<Change>),
    /// There is not; what needs a restart.
    Nothing(Changes),
}

/// Reads the command line, the environment and the file again, and what they name; checks all of it,
/// and prepares it for the rate that `prepared` has. Blocks, and takes its time.
///
/// # Errors
/// When anything cannot be used: none of it is applied then.
pub(super) fn load(
    stage: &Stage,
    prepared: &Prepared,
    holding: &Holding,
) -> Result<Loaded, Failure> {
    let (cli, settings) = Cli::read_again().map_err(Failure::usage)?;
    let explain = |failure: Failure| Failure::usage(settings.explain(&failure.to_string()));
    // Before they are read: one that changes meanwhile is another one at the next reload.
    let mut now = Holding::of(&settings);
    let config = match &cli.command {
        Command::Run(args) => RunConfig::new(args).map_err(|e| explain(Failure::usage(e)))?,
        // The words are those that started this.
        _ => return Err(Failure::usage("only `run` reads its configuration again")),
    };
    run::check(&config).map_err(explain)?;
    let changes = Changes::between(
        (&holding.settings, &holding.stamps),
        (&now.settings, &now.stamps),
    );
    now.settings = Arc::new(still(&holding.settings, &settings, &changes));
    if changes.is_empty() {
        return Ok(Loaded::Nothing(changes));
    }
    let config = config.until_restart(&stage.config);
    // A recording that goes on must not be read, whatever its option says now.
    run::check(&config).map_err(explain)?;
    let kept = kept(&changes, &config, stage);
    let stage = Stage::load_again(config, stage, kept).map_err(explain)?;
    let prepared = stage.prepare_again(prepared, kept).map_err(explain)?;
    Ok(Loaded::Change(Box::new(Change {
        stage: Arc::new(stage),
        prepared,
        changes,
        holding: now,
    })))
}

/// The settings that hold when all is applied that can be: of those that need a restart, the values
/// of before.
fn still(before: &[Effective], settings: &Settings, changes: &Changes) -> Vec<Effective> {
    let after = settings.effective().iter();
    let holds = |after: &Effective| {
        let waits = changes.waits(&after.option);
        let before = before.iter().find(|b| waits && b.option == after.option);
        before.unwrap_or(after).clone()
    };
    after.map(holds).collect()
}

/// What need not be loaded and prepared again.
fn kept(changes: &Changes, config: &RunConfig, before: &Stage) -> Kept {
    let head = ["head", "diffuse-field-eq", "head-radius", "speed-of-sound"];
    Kept {
        source: !changes.has(&["source"]),
        head: !changes.has(&head),
        medium: config.scene.medium == before.config.scene.medium,
    }
}
