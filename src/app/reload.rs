//! SIGHUP: the configuration is read again, checked as a whole, and what differs is applied while
//! the sound goes on.

mod changes;
mod load;
mod stamp;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::signal::unix::Signal;
use tokio::task::JoinHandle;

use crate::cli::{Effective, Settings};
use crate::render::Paths;

use super::stage::{Prepared, Stage};
use super::{Failure, off_runtime, shutdown};
pub(super) use changes::Changes;
use load::{Loaded, load};
use stamp::Stamps;

/// What holds at present, and what it was read from.
#[derive(Clone)]
pub(super) struct Holding {
    settings: Arc<Vec<Effective>>,
    file: Option<PathBuf>,
    /// Of the files that the settings name.
    stamps: Stamps,
}

/// How often it was asked for, by what came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) applied: u64,
    pub(super) refused: u64,
}

/// Listens for SIGHUP, and reads everything anew.
pub(super) struct Reload {
    /// None: it is not asked for.
    hangups: Option<Signal>,
    holding: Holding,
    loading: Option<JoinHandle<Result<Loaded, Failure>>>,
    /// How many have begun.
    begun: u64,
    tally: Tally,
}

/// A configuration that is sound, and differs from the one that holds.
pub(super) struct Change {
    pub(super) stage: Arc<Stage>,
    /// For the rate of the one before.
    pub(super) prepared: Prepared,
    pub(super) changes: Changes,
    holding: Holding,
}

impl Reload {
    /// Listens from now on, where `settings` hold.
    ///
    /// # Errors
    /// When it cannot be listened for.
    pub(super) fn listen(settings: &Settings) -> Result<Self, Failure> {
        Ok(Self::of(Some(shutdown::hangups()?), Holding::of(settings)))
    }

    /// Never reloads.
    pub(super) fn never() -> Self {
        Self::of(None, Holding::of(&Settings::default()))
    }

    fn of(hangups: Option<Signal>, holding: Holding) -> Self {
        Self {
            hangups,
            holding,
            loading: None,
            begun: 0,
            tally: Tally::default(),
        }
    }

    /// Waits until it is asked for and there is something to apply; then [`Reload::applied`] is to be
    /// told. May be dropped and called again. One that comes while another one is read is heeded
    /// after it, and reads again.
    ///
    /// What is refused, or changes nothing, is dealt with here: what plays goes on.
    pub(super) async fn next(&mut self, stage: &Arc<Stage>, prepared: &Prepared) -> Change {
        loop {
            if self.loading.is_none() {
                shutdown::next_of(&mut self.hangups).await;
                self.begins();
                let (stage, prepared) = (Arc::clone(stage), prepared.clone());
                let holding = self.holding.clone();
                let work = off_runtime(move || load(&stage, &prepared, &holding));
                self.loading = Some(tokio::spawn(async { work.await.and_then(|loaded| loaded) }));
            }
            let Some(loading) = &mut self.loading else {
                continue;
            };
            let loaded = loading.await.map_err(|_| Failure::helper_thread());
            self.loading = None;
            match loaded.and_then(|loaded| loaded) {
                Ok(Loaded::Change(change)) => return *change,
                Ok(Loaded::Nothing(changes)) => self.is_done(&changes),
                Err(reason) => self.is_refused(&reason),
            }
        }
    }

    /// The change is made.
    pub(super) fn applied(&mut self, change: Change) {
        self.holding = change.holding;
        self.is_done(&change.changes);
    }

    /// Says what came of all of them, where there were any.
    pub(super) fn tell_tally(&self) {
        let Tally { applied, refused } = self.tally;
        if applied + refused > 0 {
            tracing::info!("reloads: {applied} applied, {refused} refused");
        }
    }

    /// How often it was asked for, by what came of it.
    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    /// Whether one has begun since `known` of them had; all of them are known then.
    pub(super) fn has_begun(&self, known: &mut u64) -> bool {
        std::mem::replace(known, self.begun) != self.begun
    }

    /// Whether one has begun and not ended.
    pub(super) fn is_at_work(&self) -> bool {
        self.begun > self.tally.applied + self.tally.refused
    }

    /// It was asked for. Every one that begins also ends, by [`Reload::ends`].
    fn begins(&mut self) {
        self.begun += 1;
        tracing::debug!("SIGHUP: reading the configuration again");
    }

    /// It was applied or refused, and all of it goes on as it now is.
    fn ends(&self) {
        let Tally { applied, refused } = self.tally;
        tracing::debug!("reloads so far: {applied} applied, {refused} refused");
    }

    fn is_done(&mut self, changes: &Changes) {
        changes.tell(self.holding.file.as_deref());
        self.tally.applied += 1;
        self.ends();
    }

    /// It cannot be applied.
    pub(super) fn is_refused(&mut self, reason: &Failure) {
        tracing::error!("not reloaded, and all goes on as before: {reason}");
        self.tally.refused += 1;
        self.ends();
    }
}

impl Holding {
    fn of(settings: &Settings) -> Self {
        Self {
            settings: Arc::new(settings.effective().to_vec()),
            file: settings.file().map(PathBuf::from),
            stamps: Stamps::of(settings.effective()),
        }
    }
}

impl Change {
    /// What becomes of the paths, if the scene changes: they go on in the same coordinates.
    pub(super) fn paths(&self, before: &Stage) -> Option<Paths> {
        let same = self.stage.config.scene.view == before.config.scene.view;
        let paths = if same { Paths::GoOn } else { Paths::Anew };
        self.changes.renews_scene().then_some(paths)
    }
}
