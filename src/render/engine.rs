//! The engine: a fixed number of places for sources, rendered quantum by quantum.

mod succession;

use std::sync::Arc;

use crate::audio::StereoFrame;
use crate::dsp::QUANTUM;
use crate::dsp::distance::DistanceLaw;
use crate::dsp::limiter::Limiter;
use crate::head::Head;

use super::desk::Desk;
use super::fitting::{Fitter, Fitting};
use super::medium::Medium;
use super::voice::{Placement, Voice};
use succession::Former;
pub use succession::Paths;

/// Which of an engine's places a source has: 0 to its capacity - 1.
pub type SourceId = u16;

/// What an engine is built from.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Whose head one listens with; its sample rate is the engine's.
    pub head: Arc<Head>,
    /// How the level falls with the distance.
    pub distance: DistanceLaw,
    /// Master gain: a factor, 0 or more.
    pub gain: f32,
    /// Whether the output is kept below -1 dBFS.
    pub limiter: bool,
    /// A change of position faster than this is a jump: metres a second.
    pub max_speed_m_s: f64,
    /// How many sources there can be at once: 1 to 65535.
    pub sources: u16,
    /// Where the sound begins and ends.
    pub edges: Edges,
}

/// The frames at which the whole sound begins and ends, and how long it takes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edges {
    /// The frame that the engine begins at; default 0.
    pub begin: u64,
    /// The first frame that is silent again; default never (`u64::MAX`).
    pub end: u64,
    /// Length of the fades after the beginning and before the end: frames; default 0.
    pub fade: u32,
}

impl Default for Edges {
    fn default() -> Self {
        Self {
            begin: 0,
            end: u64::MAX,
            fade: 0,
        }
    }
}

impl Edges {
    /// The factor at `frame`: 0 to 1, a straight line within the fades. The first begins when the
    /// sound comes, `late` frames late.
    fn gain(&self, frame: u64, late: u64) -> f32 {
        if frame >= self.end {
            return 0.0;
        }
        let since = frame.saturating_sub(self.begin.saturating_add(late));
        let inside = since.min(self.end - frame);
        if inside >= u64::from(self.fade) {
            1.0
        } else {
            inside as f32 / self.fade as f32
        }
    }

    /// Whether every frame from `first` on for `count` frames has the factor 1.
    fn is_full(&self, first: u64, count: u64, late: u64) -> bool {
        let fade = u64::from(self.fade);
        first >= self.begin.saturating_add(fade + late)
            && first.saturating_add(count + fade) <= self.end
    }
}

/// Renders sources for one listener.
///
/// Sounds are rendered in quanta of [`QUANTUM`] frames counted from frame 0, whatever the lengths
/// of the blocks that are asked for: these do not change a bit of the result.
#[derive(Debug)]
pub struct Engine {
    desk: Desk,
    voices: Box<[Option<Box<Voice>>]>,
    /// The head before, while it is crossfaded with the new one.
    change: Option<Box<Fitting>>,
    /// The engine before, while it is crossfaded with this one.
    former: Option<Former>,
    limiter: Option<Limiter>,
    gain: f32,
    edges: Edges,
    max_speed: f64,
    /// The first frame of the next quantum.
    next: u64,
    /// The quantum that is being handed out, and how many of its frames are gone.
    quantum: [StereoFrame; QUANTUM],
    used: usize,
    limited_frames: u64,
}

impl Engine {
    /// An engine without sources.
    pub fn new(config: EngineConfig) -> Self {
        let sample_rate = config.head.sample_rate();
        Self {
            desk: Desk::new(config.head, config.distance),
            voices: (0..config.sources).map(|_| None).collect(),
            change: None,
            former: None,
            limiter: config.limiter.then(|| Limiter::new(sample_rate)),
            gain: config.gain,
            edges: config.edges,
            max_speed: config.max_speed_m_s / f64::from(sample_rate),
            next: config.edges.begin,
            quantum: [StereoFrame::SILENCE; QUANTUM],
            used: QUANTUM,
            limited_frames: 0,
        }
    }

    /// Frames a second, in hertz.
    pub fn sample_rate(&self) -> u32 {
        self.desk.head.sample_rate()
    }

    /// The first frame of the next quantum: what is changed now applies from there on.
    pub fn next_quantum(&self) -> u64 {
        self.next
    }

    /// Frames in which the limiter has held the level down so far.
    pub fn limited_frames(&self) -> u64 {
        self.limited_frames
    }

    /// Whether the end has come: all that follows is silence.
    pub fn is_over(&self) -> bool {
        self.next_frame() >= self.edges.end
    }

    /// Puts a source into a place.
    ///
    /// # Errors
    /// Gives the voice back when the place is taken or is none, or when the voice was prepared for
    /// another head than the engine's.
    pub fn add(&mut self, source: SourceId, voice: Box<Voice>) -> Result<(), Box<Voice>> {
        let fits = Arc::ptr_eq(voice.head(), &self.desk.head);
        match self.voices.get_mut(usize::from(source)) {
            Some(place) if place.is_none() && fits => {
                *place = Some(voice);
                Ok(())
            }
            _ => Err(voice),
        }
    }

    /// Lets a source fade out; [`Engine::take_over`] gives it back afterwards.
    pub fn remove(&mut self, source: SourceId) {
        if let Some(voice) = self.voice(source) {
            voice.leave();
        }
    }

    /// Lets a source become as loud as `gain` says (a factor, 0 to 1) within so many frames, from as
    /// loud as it is; in none: at once, which may click. One that was just added has 1. What is at 0
    /// is not rendered, and jumps without a crossfade.
    pub fn fade(&mut self, source: SourceId, gain: f32, frames: u32) {
        if let Some(voice) = self.voice(source) {
            voice.fade(gain, frames);
        }
    }

    /// Takes a source out whose sound is over, so that its memory can be freed elsewhere.
    pub fn take_over(&mut self) -> Option<(SourceId, Box<Voice>)> {
        let over = |place: &Option<Box<Voice>>| place.as_ref().is_some_and(|v| v.is_over());
        let (source, place) = (0..).zip(&mut self.voices).find(|(_, place)| over(place))?;
        place.take().map(|voice| (source, voice))
    }

    /// What makes other heads ready for this engine.
    pub fn fitter(&self) -> Fitter {
        Fitter {
            law: self.desk.law,
            sources: u16::try_from(self.voices.len()).unwrap_or(u16::MAX),
            sample_rate: self.sample_rate(),
        }
    }

    /// What lies between a source and the head.
    pub fn medium(&self, source: SourceId) -> Option<&Arc<Medium>> {
        let voice = self.voices.get(usize::from(source))?.as_ref()?;
        Some(voice.medium())
    }

    /// The head that one listens with.
    pub fn head(&self) -> &Arc<Head> {
        &self.desk.head
    }

    /// Whether the head can be changed now: not while a source jumps, nor while it changes already.
    /// Both take 20 ms.
    pub fn can_change_head(&self) -> bool {
        self.change.is_none() && self.voices.iter().flatten().all(|voice| voice.is_calm())
    }

    /// Changes over to another head, in 20 ms. What was the old head's comes out of
    /// [`Engine::take_change`] afterwards.
    ///
    /// # Errors
    /// Gives it back while [`Engine::can_change_head`] says no.
    pub fn change_head(&mut self, mut fitting: Box<Fitting>) -> Result<(), Box<Fitting>> {
        if !self.can_change_head() {
            return Err(fitting);
        }
        std::mem::swap(&mut self.desk, &mut fitting.desk);
        for (voice, fit) in self.voices.iter_mut().zip(&mut fitting.fits) {
            if let Some(voice) = voice {
                voice.change_head(fit);
            }
        }
        self.change = Some(fitting);
        Ok(())
    }

    /// Takes out what was the old head's, when nothing of it is heard any more, so that its memory
    /// can be freed elsewhere.
    pub fn take_change(&mut self) -> Option<Box<Fitting>> {
        let fits = &mut self.change.as_mut()?.fits;
        let mut over = true;
        for (voice, fit) in self.voices.iter_mut().zip(fits) {
            over &= voice.as_mut().is_none_or(|voice| voice.end_change(fit));
        }
        self.change.take_if(|_| over)
    }

    /// Says where a source is.
    pub fn place(&mut self, source: SourceId, placement: &Placement) {
        let max_speed = self.max_speed;
        if let Some(voice) = self.voice(source) {
            voice.place(placement, max_speed);
        }
    }

    /// The frame that [`Engine::render`] gives next.
    pub fn next_frame(&self) -> u64 {
        self.next - (QUANTUM - self.used) as u64
    }

    /// The first frame that is silent for good; `u64::MAX`: none is.
    pub fn end(&self) -> u64 {
        self.edges.end
    }

    /// Lets the whole sound end at `frame`, faded out before it as far as there is time. An end
    /// that comes sooner stays: its fade may have begun.
    pub fn end_at(&mut self, frame: u64) {
        self.edges.end = self.edges.end.min(frame.max(self.next));
    }

    /// The next frames. Whatever `out` held is overwritten.
    ///
    /// Real-time: bounded by the number of sources and frames; no allocation, lock or panic.
    pub fn render(&mut self, out: &mut [StereoFrame]) {
        self.render_with(out, |_| {});
    }

    /// As [`Engine::render`]; `before_quantum` is called before each quantum is rendered, to change
    /// what applies from there on.
    ///
    /// Real-time: as far as `before_quantum` is.
    pub fn render_with(
        &mut self,
        out: &mut [StereoFrame],
        mut before_quantum: impl FnMut(&mut Self),
    ) {
        let mut filled = 0;
        while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            if self.used >= QUANTUM {
                before_quantum(self);
                self.render_quantum();
            }
            let ready = self.quantum.get(self.used..).unwrap_or(&[]);
            for (frame, rendered) in rest.iter_mut().zip(ready) {
                *frame = *rendered;
            }
            let count = rest.len().min(ready.len());
            filled += count;
            self.used += count;
        }
    }

    fn voice(&mut self, source: SourceId) -> Option<&mut Box<Voice>> {
        self.voices.get_mut(usize::from(source))?.as_mut()
    }

    fn render_quantum(&mut self) {
        self.render_own_quantum();
        if let Some(former) = &mut self.former {
            former.fade_into(&mut self.quantum);
        }
    }

    fn render_own_quantum(&mut self) {
        let mut old_desk = self.change.as_mut().map(|change| &mut change.desk);
        for voice in self.voices.iter_mut().flatten() {
            voice.render(&mut self.desk, old_desk.as_deref_mut(), self.next);
        }
        let [left, right] = self.desk.finish();
        for ((frame, left), right) in self.quantum.iter_mut().zip(left).zip(right) {
            *frame = StereoFrame::new(left * self.gain, right * self.gain);
        }
        if let Some(old_desk) = old_desk {
            let [left, right] = old_desk.finish();
            for ((frame, left), right) in self.quantum.iter_mut().zip(left).zip(right) {
                frame.left += left * self.gain;
                frame.right += right * self.gain;
            }
        }
        let late = self.desk.head.latency_frames() as u64;
        if !self.edges.is_full(self.next, QUANTUM as u64, late) {
            for (frame, at) in self.quantum.iter_mut().zip(self.next..) {
                let gain = self.edges.gain(at, late);
                *frame = StereoFrame::new(frame.left * gain, frame.right * gain);
            }
        }
        if let Some(limiter) = &mut self.limiter {
            self.limited_frames += limiter.process(&mut self.quantum) as u64;
        }
        self.next += QUANTUM as u64;
        self.used = 0;
    }
}
