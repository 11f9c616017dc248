//! The control side: what is to be heard, and from where.

use std::sync::Arc;

use ringbuf::traits::{Consumer, Observer, Producer};
use ringbuf::{HeapCons, HeapProd};

use crate::geometry::Position;
use crate::head::Head;
use crate::render::{Engine, Fitter, Medium, Paths, Placement, SourceId, Timing, Unfit, Voice};

use super::BridgeConfig;
use super::command::{Action, Command, Retired};
use super::counters::Counters;
use super::pace::{MotionDelay, Pace};

/// The ring had no room for a command: what it held comes back.
#[derive(Debug, thiserror::Error)]
#[error("the audio side takes no commands at present")]
pub struct Full<T>(pub T);

/// Why a source was not sent: it comes back.
#[derive(Debug, thiserror::Error)]
pub enum VoiceRefused {
    /// The ring has no room at present.
    #[error("the audio side takes no commands at present")]
    Full(Box<Voice>),
    /// It was prepared for another head than the one that it would be heard with: it has to be made
    /// anew, for [`Controller::head`].
    #[error("the source was prepared for another head than the one that is played with")]
    OtherHead(Box<Voice>),
}

/// Why a head was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadRefused {
    /// The ring has no room at present.
    #[error("the audio side takes no commands at present")]
    Full,
    /// What plays cannot change over to it.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

/// Why an engine was not sent: it comes back.
#[derive(Debug, thiserror::Error)]
pub enum EngineRefused {
    /// The ring has no room at present.
    #[error("the audio side takes no commands at present")]
    Full(Box<Engine>),
    /// It cannot go on with what plays.
    #[error("the engine has another sample rate or other places than the one that plays")]
    Unlike(Box<Engine>),
}

/// The head that an engine plays with, and what makes others ready for it.
pub(super) struct PlayedWith {
    pub(super) head: Arc<Head>,
    pub(super) fitter: Fitter,
    /// What lies between it and its sources, by source.
    pub(super) media: Vec<Arc<Medium>>,
}

impl PlayedWith {
    pub(super) fn of(engine: &Engine) -> Self {
        let fitter = engine.fitter();
        let media = (0..fitter.sources()).map(|source| engine.medium(source).cloned());
        Self {
            head: Arc::clone(engine.head()),
            media: media.map(Option::unwrap_or_default).collect(),
            fitter,
        }
    }

    /// What lies between the head and a source.
    fn medium(&self, source: SourceId) -> Arc<Medium> {
        let medium = self.media.get(usize::from(source));
        medium.cloned().unwrap_or_default()
    }
}

/// The control half of a bridge.
pub struct Controller {
    commands: HeapProd<Command>,
    retired: HeapCons<Retired>,
    counters: Arc<Counters>,
    sample_rate: u32,
    played_with: PlayedWith,
    motion_delay: MotionDelay,
    /// By source.
    sources: Vec<Followed>,
}

/// What is known of a source's positions.
struct Followed {
    /// What lies between it and the head.
    medium: Arc<Medium>,
    pace: Pace,
    timing: Timing,
    last: Option<Position>,
    /// The newest position, while there was no room for it.
    unsent: Option<Placement>,
    /// So is the newest fade: the gain, and its length in frames.
    unsent_fade: Option<(f32, u32)>,
    merged: u64,
}

impl Followed {
    fn new(motion_delay: MotionDelay, sample_rate: u32, medium: Arc<Medium>) -> Self {
        Self {
            medium,
            pace: Pace::new(motion_delay, sample_rate),
            timing: Timing::default(),
            last: None,
            unsent: None,
            unsent_fade: None,
            merged: 0,
        }
    }
}

impl Controller {
    pub(super) fn new(
        commands: HeapProd<Command>,
        retired: HeapCons<Retired>,
        counters: Arc<Counters>,
        played_with: PlayedWith,
        config: BridgeConfig,
    ) -> Self {
        let sample_rate = played_with.head.sample_rate();
        let followed = |source: SourceId| {
            Followed::new(config.motion_delay, sample_rate, played_with.medium(source))
        };
        let sources = (0..config.sources).map(followed).collect();
        Self {
            commands,
            retired,
            counters,
            sample_rate,
            played_with,
            motion_delay: config.motion_delay,
            sources,
        }
    }

    /// What the audio side counts.
    pub fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    /// Adds a source at frame `at` or as soon after it as can be. What was known of an earlier source
    /// in its place is forgotten; place it after it was added.
    ///
    /// Commands are applied in their order: until frame `at` has come, all that follow wait too,
    /// positions of other sources among them. So let it be a few quanta ahead at most. This holds
    /// for [`Controller::remove`] and [`Controller::end`] too.
    ///
    /// # Errors
    /// Gives the voice back while the ring is full, or when it was prepared for another head than
    /// [`Controller::head`].
    pub fn add(
        &mut self,
        source: SourceId,
        voice: Box<Voice>,
        at: u64,
    ) -> Result<(), VoiceRefused> {
        if !Arc::ptr_eq(voice.head(), &self.played_with.head) {
            return Err(VoiceRefused::OtherHead(voice));
        }
        let medium = Arc::clone(voice.medium());
        let command = Command {
            frame: at,
            action: Action::Add(source, voice),
        };
        self.commands
            .try_push(command)
            .map_err(|command| match command.action {
                Action::Add(_, voice) => VoiceRefused::Full(voice),
                _ => unreachable!("the ring gives back what it was given"),
            })?;
        if let Some(followed) = self.sources.get_mut(usize::from(source)) {
            *followed = Followed::new(self.motion_delay, self.sample_rate, medium);
        }
        Ok(())
    }

    /// The head that is played with, once all that was sent has been applied: what a new source is
    /// to be prepared for.
    pub fn head(&self) -> &Arc<Head> {
        &self.played_with.head
    }

    /// Changes over to another head from frame `at` on, or as soon after it as no source jumps and
    /// no other head comes in: both take 20 ms, and so does this. All that the audio side needs for
    /// it is made here; what was the old head's comes home afterwards, where
    /// [`Controller::free_retired`] frees it.
    ///
    /// # Errors
    /// While the ring is full, and when the head does not fit what plays.
    pub fn switch_head(&mut self, head: &Arc<Head>, at: u64) -> Result<(), HeadRefused> {
        if self.commands.is_full() {
            return Err(HeadRefused::Full);
        }
        let media = self
            .sources
            .iter()
            .map(|followed| Arc::clone(&followed.medium));
        let fitting = self.played_with.fitter.fit(head, media)?;
        self.send(at, Action::ChangeHead(fitting))
            .map_err(|_| HeadRefused::Full)?;
        self.played_with.head = Arc::clone(head);
        Ok(())
    }

    /// Puts another engine in the place of the one that plays, as soon as no other does so: crossfaded
    /// in 20 ms. Everything may be different in it but the sample rate and how many places it has. It
    /// takes up the sound where it is, and the one before comes home afterwards, where
    /// [`Controller::free_retired`] frees it.
    ///
    /// What is known of how often positions come stays; if `paths` begin anew, the next position of
    /// each source is a jump. An end that was told before is forgotten.
    ///
    /// # Errors
    /// Gives the engine back while the ring is full, and when it cannot go on with what plays.
    pub fn replace(
        &mut self,
        engine: Box<Engine>,
        motion_delay: MotionDelay,
        paths: Paths,
    ) -> Result<(), EngineRefused> {
        let next = PlayedWith::of(&engine);
        if !next.fitter.is_like(&self.played_with.fitter) {
            return Err(EngineRefused::Unlike(engine));
        }
        // Positions that were seen before it are the former's.
        if !self.flush() {
            return Err(EngineRefused::Full(engine));
        }
        let command = Command {
            frame: 0,
            action: Action::Replace(engine, paths),
        };
        self.commands
            .try_push(command)
            .map_err(|command| match command.action {
                Action::Replace(engine, _) => EngineRefused::Full(engine),
                _ => unreachable!("the ring gives back what it was given"),
            })?;
        self.motion_delay = motion_delay;
        for (source, followed) in (0..).zip(&mut self.sources) {
            followed.medium = next.medium(source);
            followed.pace.set_delay(motion_delay);
            if paths == Paths::Anew {
                followed.last = None;
            }
        }
        self.played_with = next;
        Ok(())
    }

    /// The next position of a source is a jump, as its first one was: the sound stood still, or
    /// nothing was known of it for a while.
    pub fn interrupt(&mut self, source: SourceId) {
        if let Some(followed) = self.sources.get_mut(usize::from(source)) {
            followed.last = None;
        }
    }

    /// Fades a source out from frame `at` on. It comes home afterwards, where
    /// [`Controller::free_retired`] frees it.
    ///
    /// # Errors
    /// While the ring is full.
    pub fn remove(&mut self, source: SourceId, at: u64) -> Result<(), Full<()>> {
        self.send(at, Action::Remove(source))
    }

    /// Lets a source become as loud as `gain` says (a factor, 0 to 1) within so many frames, as
    /// [`crate::render::Engine::fade`] does. It stays where it is, and in its place. Never lost: while the
    /// ring is full the newest fade waits for [`Controller::flush`].
    pub fn fade(&mut self, source: SourceId, gain: f32, frames: u32) {
        if let Some(followed) = self.sources.get_mut(usize::from(source)) {
            followed.unsent_fade = Some((gain, frames));
            self.flush();
        }
    }

    /// Fades everything out over `fade` frames from frame `at` on.
    ///
    /// # Errors
    /// While the ring is full.
    pub fn end(&mut self, fade: u32, at: u64) -> Result<(), Full<()>> {
        self.send(at, Action::End(fade))
    }

    fn send(&mut self, frame: u64, action: Action) -> Result<(), Full<()>> {
        self.commands
            .try_push(Command { frame, action })
            .map_err(|_| Full(()))
    }

    /// The position of a source, seen at frame `at`. Never lost: while the ring is full the newest
    /// one waits for [`Controller::flush`].
    ///
    /// The first position is a jump, every other one a move (or a jump, if it would be too fast).
    pub fn place(&mut self, source: SourceId, position: Position, at: f64) {
        let Some(followed) = self.sources.get_mut(usize::from(source)) else {
            return;
        };
        followed.timing = followed.pace.position_at(at);
        let mut jump = followed.last.replace(position).is_none();
        if let Some(unsent) = followed.unsent.take() {
            followed.merged += 1;
            jump |= unsent.jump;
        }
        followed.unsent = Some(Placement {
            frame: at,
            position,
            timing: followed.timing,
            jump,
        });
        self.flush();
    }

    /// Sends what found no room before. Returns whether all is sent.
    pub fn flush(&mut self) -> bool {
        for (source, followed) in (0..).zip(&mut self.sources) {
            if let Some(placement) = followed.unsent {
                // Due at once: the frame of a placement says where on the path it is.
                let command = Command {
                    frame: 0,
                    action: Action::Place(source, placement),
                };
                if self.commands.try_push(command).is_err() {
                    return false;
                }
                followed.unsent = None;
            }
            if let Some((gain, frames)) = followed.unsent_fade {
                let command = Command {
                    frame: 0,
                    action: Action::Fade(source, gain, frames),
                };
                if self.commands.try_push(command).is_err() {
                    return false;
                }
                followed.unsent_fade = None;
            }
        }
        true
    }

    /// How a source's path is played at present.
    pub fn timing(&self, source: SourceId) -> Timing {
        self.sources
            .get(usize::from(source))
            .map_or_else(Timing::default, |f| f.timing)
    }

    /// The newest position of a source.
    pub fn position(&self, source: SourceId) -> Option<Position> {
        self.sources.get(usize::from(source))?.last
    }

    /// Positions that were replaced by newer ones while the ring was full.
    pub fn merged_positions(&self) -> u64 {
        self.sources.iter().map(|followed| followed.merged).sum()
    }

    /// Frees what came home: engines and heads that are not heard any more, and sources. Returns which sources:
    /// those whose sound is over, and those that could not be added because their place was taken.
    pub fn free_retired(&mut self) -> Vec<SourceId> {
        std::iter::from_fn(|| self.retired.try_pop())
            .filter_map(|retired| match retired {
                Retired::Source(source, _voice) => Some(source),
                Retired::Head(_fitting) => None,
                Retired::Engine(_former) => None,
            })
            .collect()
    }
}
