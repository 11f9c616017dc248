//! The audio side: commands in, frames out.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use ringbuf::traits::{Consumer, Observer, Producer};
use ringbuf::{HeapCons, HeapProd};

use crate::audio::StereoFrame;
use crate::render::Engine;

use super::command::{Action, Command, Retired};
use super::counters::Counters;
use super::denormals::without_denormals;
use super::tap::Tap;

/// Commands that are applied between two quanta at most; the others wait for the next.
const COMMANDS_PER_QUANTUM: usize = 256;

/// The audio half of a bridge. It owns the engine and moves into the audio callback.
pub struct Endpoint {
    engine: Engine,
    link: Link,
    tap: Option<Tap>,
    counters: Arc<Counters>,
    /// After a panic nothing in here is trusted any more.
    broken: bool,
}

impl Endpoint {
    pub(super) fn new(
        engine: Engine,
        commands: HeapCons<Command>,
        home: HeapProd<Retired>,
        tap: Option<Tap>,
        counters: Arc<Counters>,
    ) -> Self {
        let playhead = engine.next_quantum();
        counters.playhead.store(playhead, Ordering::Release);
        Self {
            engine,
            link: Link { commands, home },
            tap,
            counters,
            broken: false,
        }
    }

    /// Fills the device's block, whatever its length.
    ///
    /// Real-time: bounded by the number of frames and sources; never allocates, frees, locks,
    /// waits, logs or makes a system call, and no number takes longer than another
    /// ([`without_denormals`]). Should a panic get here in spite of all, it becomes
    /// silence and a count ([`Counters::panics`]), and the endpoint stays silent.
    pub fn fill(&mut self, out: &mut [StereoFrame]) {
        if !self.broken {
            let result =
                without_denormals(|| catch_unwind(AssertUnwindSafe(|| self.fill_unguarded(out))));
            if result.is_err() {
                self.broken = true;
                self.counters.panics.fetch_add(1, Ordering::Relaxed);
            }
        }
        if self.broken {
            out.fill(StereoFrame::SILENCE);
        }
        self.counters.calls.fetch_add(1, Ordering::Relaxed);
        self.counters
            .playhead
            .fetch_add(out.len() as u64, Ordering::Release);
    }

    fn fill_unguarded(&mut self, out: &mut [StereoFrame]) {
        let first = self.engine.next_frame();
        let link = &mut self.link;
        self.engine.render_with(out, |engine| {
            link.send_home(engine);
            link.apply_commands(engine, &self.counters);
        });
        // A recording ends where the sound does, and not with the device's block.
        let heard = self.engine.end().saturating_sub(first);
        let heard = out.len().min(usize::try_from(heard).unwrap_or(usize::MAX));
        if let (Some(tap), Some(heard)) = (&mut self.tap, out.get(..heard)) {
            tap.write(heard);
        }
        let counters = &self.counters;
        counters.peaks.raise(out);
        counters
            .limited_frames
            .store(self.engine.limited_frames(), Ordering::Relaxed);
        counters
            .over
            .store(self.engine.is_over(), Ordering::Release);
    }
}

/// The rings to and from the control side.
struct Link {
    commands: HeapCons<Command>,
    home: HeapProd<Retired>,
}

impl Link {
    /// Applies what is due at the engine's next quantum.
    fn apply_commands(&mut self, engine: &mut Engine, counters: &Counters) {
        let due = engine.next_quantum();
        for _ in 0..COMMANDS_PER_QUANTUM {
            // A source that cannot be added goes home at once, so there must be room for one.
            if self.home.is_full() || !self.commands.try_peek().is_some_and(|c| c.is_due(engine)) {
                return;
            }
            let Some(command) = self.commands.try_pop() else {
                return;
            };
            counters.commands.fetch_add(1, Ordering::Relaxed);
            match command.action {
                Action::Add(source, voice) => {
                    if let Err(voice) = engine.add(source, voice) {
                        self.retire(Retired::Source(source, voice));
                    }
                }
                Action::Remove(source) => engine.remove(source),
                Action::Place(source, placement) => engine.place(source, &placement),
                Action::Fade(source, gain, frames) => engine.fade(source, gain, frames),
                Action::ChangeHead(fitting) => {
                    if let Err(fitting) = engine.change_head(fitting) {
                        self.retire(Retired::Head(fitting));
                    }
                }
                Action::Replace(next, paths) => {
                    if let Err(next) = engine.replace(next, paths) {
                        self.retire(Retired::Engine(next));
                    }
                }
                Action::End(frames) => engine.end_at(due + u64::from(frames)),
            }
        }
    }

    /// Sends home what is left of an engine and of a head, and sources whose sound is over, as far as there is room.
    fn send_home(&mut self, engine: &mut Engine) {
        if !self.home.is_full()
            && let Some(former) = engine.take_former()
        {
            self.retire(Retired::Engine(former));
        }
        if !self.home.is_full()
            && let Some(fitting) = engine.take_change()
        {
            self.retire(Retired::Head(fitting));
        }
        while !self.home.is_full() {
            let Some((source, voice)) = engine.take_over() else {
                return;
            };
            self.retire(Retired::Source(source, voice));
        }
    }

    /// Sends one thing home; there is room for it.
    fn retire(&mut self, retired: Retired) {
        if let Err(lost) = self.home.try_push(retired) {
            // Cannot be: this is the only producer and saw room. Leaking is the one thing that is
            // safe here, freeing is not.
            debug_assert!(false, "the way home was full");
            std::mem::forget(lost);
        }
    }
}
