//! One engine in place of another while the sound goes on.
//!
//! The next engine is made on the control side, with all its memory, and is brought to where the
//! sound is. It takes over from there what the one before knows of its sources; for 20 ms both are
//! rendered and crossfaded. The former comes out again to be freed elsewhere.

use std::f32::consts::PI;

use crate::audio::StereoFrame;
use crate::dsp::QUANTUM;

use super::Engine;

/// Time of the crossfade from one engine to the next, in seconds.
const CROSSFADE_S: f64 = 0.02;

/// What becomes of the paths of the sources when one engine follows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paths {
    /// They go on as they are: the next engine has its positions in the same coordinates.
    GoOn,
    /// They begin anew, from where the sources of the next engine are.
    Anew,
}

/// The engine before, while it is crossfaded with the next one.
#[derive(Debug)]
pub(super) struct Former {
    engine: Box<Engine>,
    /// How many frames of the crossfade have gone, of how many.
    since: usize,
    frames: usize,
}

impl Former {
    /// How much is heard of the next engine at a frame of the crossfade: 0 to 1.
    fn crossfaded(&self, since: usize) -> f32 {
        let t = (since as f32 / self.frames as f32).min(1.0);
        0.5 - 0.5 * (PI * t).cos()
    }

    /// Renders its next quantum, and fades from it to that of the next engine.
    pub(super) fn fade_into(&mut self, quantum: &mut [StereoFrame; QUANTUM]) {
        self.engine.render_quantum();
        for (n, frame) in quantum.iter_mut().enumerate() {
            // The two are nearly the same sound, so their amplitudes (and not their powers) add up
            // to 1. What is the same in both stays as it is, to the bit.
            let comes = self.crossfaded(self.since + n);
            let before = self.engine.quantum.get(n).copied().unwrap_or_default();
            frame.left = before.left + (frame.left - before.left) * comes;
            frame.right = before.right + (frame.right - before.right) * comes;
        }
        self.since += QUANTUM;
    }

    /// Whether nothing of it is heard any more.
    pub(super) fn is_over(&self) -> bool {
        self.since >= self.frames
    }
}

impl Engine {
    /// Goes on to the last quantum that begins at `frame` or before it, unheard: sounds are then
    /// where they would be had they been rendered, and remembered as far as something of them is
    /// still to be heard. An earlier frame changes nothing.
    ///
    /// Real-time: bounded by what the sources remember, however far it is.
    pub fn skip_to(&mut self, frame: u64) {
        let quantum = QUANTUM as u64;
        let frames = frame.saturating_sub(self.next) / quantum * quantum;
        if frames > 0 {
            for voice in self.voices.iter_mut().flatten() {
                voice.skip(frames);
            }
            self.next += frames;
        }
    }

    /// Whether another engine can take its place now: not while it takes that of one itself, which
    /// lasts 20 ms.
    pub fn can_be_replaced(&self) -> bool {
        self.former.is_none()
    }

    /// Puts `next` in its place from the next quantum on, crossfaded in 20 ms. Afterwards this one
    /// comes out of [`Engine::take_former`].
    ///
    /// `next` has its own head, levels, limits and end. From this one it has the moment, the frames
    /// that were limited, how far the limiter holds the level down, and of each source the fade that
    /// it is in and, as `paths` says, its path.
    ///
    /// # Errors
    /// Gives it back while [`Engine::can_be_replaced`] says no, and when it has another sample rate.
    pub fn replace(&mut self, mut next: Box<Self>, paths: Paths) -> Result<(), Box<Self>> {
        let fits = next.former.is_none() && next.sample_rate() == self.sample_rate();
        if !fits || !self.can_be_replaced() {
            return Err(next);
        }
        next.skip_to(self.next);
        next.next = self.next;
        (next.quantum, next.used) = (self.quantum, self.used);
        for (voice, former) in next.voices.iter_mut().zip(&self.voices) {
            if let (Some(voice), Some(former)) = (voice, former) {
                voice.take_over_from(former, paths);
            }
        }
        if let (Some(limiter), Some(former)) = (&mut next.limiter, &self.limiter) {
            limiter.go_on_from(former);
        }
        next.limited_frames = self.limited_frames;
        let frames = (CROSSFADE_S * f64::from(self.sample_rate())) as usize;
        // One that would be over already is heard as it goes.
        let over = next
            .next
            .saturating_add(frames.next_multiple_of(QUANTUM) as u64);
        next.edges.end = next.edges.end.max(over);
        std::mem::swap(self, &mut *next);
        self.former = Some(Former {
            frames,
            since: 0,
            engine: next,
        });
        Ok(())
    }

    /// Takes out the engine before, when nothing of it is heard any more, so that its memory can be
    /// freed elsewhere.
    pub fn take_former(&mut self) -> Option<Box<Self>> {
        let former = self.former.take_if(|former| former.is_over())?;
        Some(former.engine)
    }
}
