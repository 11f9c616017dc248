//! A voice that takes the place of another one in an engine that takes the place of another one.

use std::sync::Arc;

use crate::dsp::QUANTUM;
use crate::render::engine::Paths;

use super::Voice;

impl Voice {
    /// Goes on by so many frames unheard, and remembers of them what it would if they had been heard.
    /// Real-time: bounded by what it remembers.
    pub(in crate::render) fn skip(&mut self, frames: u64) {
        let quantum = QUANTUM as u64;
        let most = self.line_frames.next_multiple_of(QUANTUM) as u64;
        let remembered = frames.min(most) / quantum * quantum;
        self.leap(frames - remembered);
        for _ in 0..remembered / quantum {
            let mut block = [0.0; QUANTUM];
            self.next_block(&mut block);
            self.line.push(&block);
            self.is_silent(&block);
        }
    }

    /// Goes on by so many frames of the clip, of which nothing is remembered.
    fn leap(&mut self, frames: u64) {
        let length = self.clip.samples.len() as u64;
        let to = self.playhead as u64 + frames;
        if self.looped {
            self.playhead = to.checked_rem(length).unwrap_or(0) as usize;
        } else {
            self.playhead = to.min(length) as usize;
            let silent = usize::try_from(to.saturating_sub(length)).unwrap_or(usize::MAX);
            self.tail = self.tail.saturating_sub(silent);
        }
    }

    /// Takes over from the voice that has this place in an engine whose place is taken: the fades that
    /// it is in, and if `paths` go on, its path and what of it is still to be heard.
    /// Real-time: no allocation.
    pub(in crate::render) fn take_over_from(&mut self, former: &Self, paths: Paths) {
        (self.gain, self.gain_step) = (former.gain, former.gain_step);
        self.level = former.level;
        if paths == Paths::Anew {
            return;
        }
        let (here, there) = (&mut self.fit.here, &former.fit.here);
        if former.has_waiting {
            here.motion.copy_from(&former.waiting);
        } else if former.begins || !Arc::ptr_eq(here.medium(), there.medium()) {
            here.motion.copy_from(&there.motion);
        } else {
            here.go_on_from(there);
        }
    }
}
