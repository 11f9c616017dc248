//! A source while it plays: its sound, its place, and the place that it is just leaving.

mod succession;

use std::sync::Arc;

use crate::audio::Clip;
use crate::dsp::delay_line::DelayLine;
use crate::dsp::{Block, QUANTUM};
use crate::geometry::Position;
use crate::head::Head;

use super::desk::Desk;
use super::fitting::{Fit, longest, looks_back};
use super::level::Level;
use super::medium::Medium;
use super::motion::Motion;
use super::spot::Fade;
use super::timing::Timing;

/// Time of the crossfade of a jump, in seconds.
const JUMP_S: f64 = 0.02;

/// Time in which a source that is added or removed fades, in seconds.
const FADE_S: f64 = 0.01;

/// Two positions closer to each other in time than this count as that far apart when their speed
/// is judged, in seconds: a burst after a pause in the network is no jump.
const SHORTEST_STEP_S: f64 = 0.01;

/// How a voice begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoiceOptions {
    /// Whether the clip begins again after its end; default no.
    pub looped: bool,
    /// The frame of the clip to begin at; default 0.
    pub playhead: u64,
    /// Whether it is faded in over 10 ms; default no.
    pub fade_in: bool,
}

/// A position of a source, as it comes to its voice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// When the source is there: a frame of the engine.
    pub frame: f64,
    /// Where it is.
    pub position: Position,
    /// How its path is played.
    pub timing: Timing,
    /// Whether it got there at once, however slowly it may seem to have moved.
    pub jump: bool,
}

/// What was before and what is now are heard together, so many frames after it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crossfade {
    None,
    /// Another place.
    Jump(usize),
    /// Another head.
    Head(usize),
    /// Another head, and what was the old one's is not heard any more, but not yet taken away.
    HeadOver,
}

/// A sound at a place. Built on the control side with all the memory that it will need.
#[derive(Debug)]
pub struct Voice {
    clip: Clip,
    looped: bool,
    /// The frame of the clip that comes next.
    playhead: usize,
    /// Its own fade: the gain, 0 to 1, and by how much it changes in a frame.
    gain: f32,
    gain_step: f32,
    fade_step: f32,
    /// How much of it the ears get: whatever is on its way to them then.
    level: Level,
    line: DelayLine,
    fit: Fit,
    /// Whether the place has yet to take up the sound.
    begins: bool,
    crossfade: Crossfade,
    /// The path after a jump that came during another one's crossfade: it waits for its end.
    waiting: Motion,
    has_waiting: bool,
    /// Frames for which something of the sound may still be heard after its last one.
    tail: usize,
    /// As many frames as the line remembers, and how many have been silent.
    line_frames: usize,
    silent: usize,
    jump_frames: usize,
    shortest_step: f64,
}

impl Voice {
    /// A source at `position` that plays `clip`, prepared for `head`, whose sample rate the clip
    /// has.
    ///
    /// Nothing lies between it and the head: see [`Voice::in_medium`].
    pub fn new(head: &Arc<Head>, clip: Clip, position: Position, options: VoiceOptions) -> Self {
        Self::in_medium(head, &Arc::default(), clip, position, options)
    }

    /// As [`Voice::new`], in a medium that was prepared for the head's sample rate. Where sound takes
    /// its time in it, the source begins to be heard when its first sound arrives.
    pub fn in_medium(
        head: &Arc<Head>,
        medium: &Arc<Medium>,
        clip: Clip,
        position: Position,
        options: VoiceOptions,
    ) -> Self {
        debug_assert_eq!(
            clip.sample_rate,
            head.sample_rate(),
            "the clip is at the head's rate"
        );
        let rate = f64::from(head.sample_rate());
        let head_frames = looks_back(head).max(longest(head.sample_rate()));
        let line_frames = head_frames + medium.tail_frames();
        let playhead = match clip.samples.len() as u64 {
            length if options.looped => options.playhead.checked_rem(length).unwrap_or(0),
            length => options.playhead.min(length),
        };
        let fade_step = (1.0 / (FADE_S * rate)) as f32;
        let (gain, gain_step) = if options.fade_in {
            (0.0, fade_step)
        } else {
            (1.0, 0.0)
        };
        Self {
            clip,
            looped: options.looped,
            playhead: playhead as usize,
            gain,
            gain_step,
            fade_step,
            level: Level::FULL,
            line: DelayLine::new(line_frames),
            fit: Fit::new(head, medium, position),
            begins: true,
            crossfade: Crossfade::None,
            waiting: Motion::new(position, Timing::default()),
            has_waiting: false,
            tail: line_frames,
            line_frames,
            silent: 0,
            jump_frames: (JUMP_S * rate) as usize,
            shortest_step: SHORTEST_STEP_S * rate,
        }
    }

    /// The head that it was prepared for.
    pub fn head(&self) -> &Arc<Head> {
        &self.fit.head
    }

    /// What lies between it and the head.
    pub fn medium(&self) -> &Arc<Medium> {
        self.fit.here.medium()
    }

    /// Whether it can change heads: not while a crossfade runs or waits.
    pub(super) fn is_calm(&self) -> bool {
        self.crossfade == Crossfade::None && !self.has_waiting
    }

    /// Goes over to another head, crossfaded if it can already be heard; it is calm. `fit` gets what
    /// is not needed any more.
    pub(super) fn change_head(&mut self, fit: &mut Fit) {
        debug_assert!(self.is_calm(), "no crossfade runs");
        if self.begins {
            fit.here.motion.copy_from(&self.fit.here.motion);
            std::mem::swap(&mut self.fit, fit);
            return;
        }
        fit.here.go_on_from(&self.fit.here);
        std::mem::swap(&mut self.fit, fit);
        // What was here is heard until the end of the crossfade, from the place for it; what
        // belongs in there waits in `fit` until then.
        std::mem::swap(&mut self.fit.before, &mut fit.here);
        self.begins = true;
        self.crossfade = Crossfade::Head(0);
    }

    /// Gives away what the crossfade between two heads has left over, if it is over. Returns
    /// whether it is.
    pub(super) fn end_change(&mut self, fit: &mut Fit) -> bool {
        if self.crossfade == Crossfade::HeadOver {
            std::mem::swap(&mut self.fit.before, &mut fit.here);
            self.crossfade = Crossfade::None;
            self.start_waiting();
        }
        !matches!(self.crossfade, Crossfade::Head(_))
    }

    /// Takes a position. What would be faster than `max_speed` (metres a frame) is a jump.
    pub(super) fn place(&mut self, placement: &Placement, max_speed: f64) {
        let Placement {
            frame,
            position,
            timing,
            jump,
        } = *placement;
        let motion = if self.has_waiting {
            &mut self.waiting
        } else {
            &mut self.fit.here.motion
        };
        if jump || motion.speed_to(frame, position, self.shortest_step) > max_speed {
            let now = motion.now();
            if self.crossfade == Crossfade::None {
                self.start_crossfade();
                self.fit.here.motion.restart(position, timing, now);
            } else {
                self.waiting.restart(position, timing, now);
                self.has_waiting = true;
            }
        } else {
            motion.set_timing(timing);
            motion.add(frame, position);
        }
    }

    fn start_crossfade(&mut self) {
        if self.begins {
            self.fit.here.forget_way();
        } else {
            std::mem::swap(&mut self.fit.here, &mut self.fit.before);
            self.begins = true;
            self.crossfade = Crossfade::Jump(0);
        }
    }

    /// Becomes as loud as `gain` (0 to 1) says within so many frames.
    pub(super) fn fade(&mut self, gain: f32, frames: u32) {
        self.level.go(gain.clamp(0.0, 1.0), frames);
    }

    /// Fades out and ends.
    pub(super) fn leave(&mut self) {
        self.gain_step = -self.fade_step;
    }

    /// Whether nothing of it will be heard any more.
    pub(super) fn is_over(&self) -> bool {
        self.tail == 0
    }

    /// Adds the quantum that begins at `frame` to what is on the desk; what was an old head's, while
    /// heads change, to what is on its desk.
    pub(super) fn render(&mut self, desk: &mut Desk, old_desk: Option<&mut Desk>, frame: u64) {
        if self.is_over() {
            // Nothing is left to be heard, of a crossfade neither.
            self.end_crossfade();
            return;
        }
        let mut block = [0.0; QUANTUM];
        self.next_block(&mut block);
        self.line.push(&block);
        let end = frame + QUANTUM as u64;
        let level = self.level.next_quantum();
        let is_silent = self.is_silent(&block);
        if (is_silent || level == Fade::ALL) && self.is_calm() {
            self.fit.here.pass(&desk.head, end);
            self.begins = true;
            return;
        }
        if self.begins {
            self.fit.here.begin(desk, frame, &self.line);
            self.begins = false;
        }
        let (Crossfade::Jump(since) | Crossfade::Head(since)) = self.crossfade else {
            self.fit.here.render(desk, end, &self.line, level);
            return;
        };
        // The two are the same sound a little apart, so their amplitudes (and not their powers) add
        // up to 1.
        let [from, to] = [since, since + QUANTUM].map(|since| self.crossfaded(since));
        let comes = Fade { from, to };
        let goes = Fade {
            from: 1.0 - from,
            to: 1.0 - to,
        };
        let [comes, goes] = [comes, goes].map(|fade| fade.of_what_is_left_by(level));
        self.fit.here.render(desk, end, &self.line, comes);
        let desk = match (old_desk, self.crossfade) {
            (Some(old_desk), Crossfade::Head(_)) => old_desk,
            _ => desk,
        };
        self.fit.before.render(desk, end, &self.line, goes);
        self.go_on_crossfading();
    }

    /// How much is heard of what is now, `since` frames after a crossfade began: 0 to 1.
    fn crossfaded(&self, since: usize) -> f32 {
        let t = (since as f32 / self.jump_frames as f32).min(1.0);
        0.5 - 0.5 * (std::f32::consts::PI * t).cos()
    }

    fn go_on_crossfading(&mut self) {
        if let Crossfade::Jump(since) | Crossfade::Head(since) = &mut self.crossfade {
            *since += QUANTUM;
            if *since >= self.jump_frames {
                self.end_crossfade();
            }
        }
    }

    /// Whether nothing is left of the sound, as far as it is heard, after `block`.
    fn is_silent(&mut self, block: &Block) -> bool {
        if block.iter().all(|sample| *sample == 0.0) {
            self.silent = self.silent.saturating_add(QUANTUM);
        } else {
            self.silent = 0;
        }
        self.silent > self.line_frames
    }

    /// What was before is not heard any more.
    fn end_crossfade(&mut self) {
        if matches!(self.crossfade, Crossfade::Head(_) | Crossfade::HeadOver) {
            self.crossfade = Crossfade::HeadOver;
        } else {
            self.crossfade = Crossfade::None;
            self.start_waiting();
        }
    }

    /// Starts the jump that waited for the end of a crossfade, if one did.
    fn start_waiting(&mut self) {
        if self.has_waiting {
            self.has_waiting = false;
            self.start_crossfade();
            std::mem::swap(&mut self.fit.here.motion, &mut self.waiting);
        }
    }

    /// The next quantum of the clip, faded; silence after its end, which uses up the tail.
    fn next_block(&mut self, block: &mut Block) {
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let ahead = self.clip.samples.get(self.playhead..).unwrap_or(&[]);
            if ahead.is_empty() {
                if !self.looped || self.playhead == 0 {
                    break;
                }
                self.playhead = 0;
                continue;
            }
            for (sample, sound) in rest.iter_mut().zip(ahead) {
                *sample = *sound;
            }
            let count = rest.len().min(ahead.len());
            filled += count;
            self.playhead += count;
        }
        let mut silent = QUANTUM - filled;
        if self.gain_step != 0.0 || self.gain < 1.0 {
            for sample in block.iter_mut() {
                self.gain = (self.gain + self.gain_step).clamp(0.0, 1.0);
                *sample *= self.gain;
            }
            if self.gain == 1.0 {
                self.gain_step = 0.0;
            }
            if self.gain == 0.0 {
                silent = QUANTUM;
            }
        }
        self.tail = self.tail.saturating_sub(silent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::HeadShape;

    #[test]
    fn a_clip_of_any_length_is_looped_without_a_gap_and_ends_where_it_ends() {
        let head = Arc::new(Head::sphere(HeadShape::default(), 8000).unwrap());
        for length in [1, 31, 32, 100] {
            let samples: Vec<f32> = (1..=length).map(|n: u16| f32::from(n)).collect();
            let clip = Clip {
                samples: samples.clone().into(),
                sample_rate: 8000,
            };
            for looped in [false, true] {
                let options = VoiceOptions {
                    looped,
                    ..VoiceOptions::default()
                };
                let mut voice = Voice::new(&head, clip.clone(), Position::FRONT, options);
                let mut played = Vec::new();
                for _ in 0..8 {
                    let mut block = [0.0; QUANTUM];
                    voice.next_block(&mut block);
                    played.extend(block);
                }
                for (n, sample) in played.iter().enumerate() {
                    let expected = match n {
                        n if looped => samples[n % samples.len()],
                        n => samples.get(n).copied().unwrap_or(0.0),
                    };
                    assert_eq!(
                        sample.to_bits(),
                        expected.to_bits(),
                        "frame {n} of {length}"
                    );
                }
            }
        }
    }
}
