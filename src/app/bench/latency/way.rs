//! What the way of each step to the ear consisted of.
//!
//! The whole is measured: from the moment of the step at the server until the recording is half-way
//! to the other side. The parts are each taken from what its stage says of itself, or, for the
//! device, from the noise in the recording; none of them is what the others leave over, so that what
//! they do not add up to is seen.

use super::ears::Ears;
use super::pace::Pace;
use super::perform::{Performance, Seen};
use super::steps::Steps;
use crate::app::Failure;

/// The sides are looked at for so long, so far from the steps: seconds.
const SIDE_S: f64 = 0.06;
const CLEAR_S: f64 = 0.01;

/// One step, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// From the step until it is heard.
    pub(super) whole: f64,
    /// Until the client asks.
    pub(super) poll: f64,
    /// Until it has the answer.
    pub(super) call: f64,
    /// Until the frame that the position stands for is asked for.
    pub(super) block: f64,
    /// From there until the engine has moved the source half-way to the new side.
    pub(super) motion: f64,
    /// From when a frame is asked for until it is heard.
    pub(super) device: f64,
}

impl Way {
    /// What the parts do not explain.
    pub(super) fn rest(&self) -> f64 {
        let parts = self.poll + self.call + self.block + self.motion + self.device;
        self.whole - parts
    }
}

/// The way of each step that can be found.
///
/// # Errors
/// When what was recorded is not what was played, or fewer than half of the steps are in it.
pub(super) fn ways(performance: &Performance) -> Result<Vec<Way>, Failure> {
    let finder = Finder::new(performance);
    let count = performance.steps.times_s.len();
    let ways: Vec<Way> = (0..count).filter_map(|step| finder.way(step)).collect();
    if 2 * ways.len() > count {
        return Ok(ways);
    }
    let heard = (0..count).filter(|&step| finder.delay(step).is_some());
    let problem = if 2 * heard.count() > count {
        format!(
            "only {} of {count} steps could be found in the recording: they are lost in drop-outs, \
             or take longer than {:.1} s; a larger --buffer-frames avoids drop-outs",
            ways.len(),
            performance.steps.apart_s
        )
    } else {
        format!(
            "what {} records is not what is played to {}; --capture names what does, such as the \
             monitor of the output (PULSE_SOURCE=@DEFAULT_MONITOR@ in the environment makes it the \
             default of PulseAudio and PipeWire)",
            performance.capture_device, performance.info.device
        )
    };
    Err(Failure::runtime(problem))
}

struct Finder<'a> {
    performance: &'a Performance,
    rate: f64,
    ears: Ears,
    /// The same without a device.
    replayed: Ears,
    /// When frames were asked for.
    played: Pace,
    /// When frames were heard.
    heard: Pace,
}

impl<'a> Finder<'a> {
    fn new(performance: &'a Performance) -> Self {
        let rate = performance.info.sample_rate;
        let epoch = performance.server_began.into_std();
        let calls = performance.calls.iter();
        let blocks = performance.captured.blocks.iter();
        Self {
            rate: f64::from(rate),
            ears: Ears::new(&performance.captured.frames, rate),
            replayed: Ears::new(&performance.replayed, rate),
            played: Pace::new(
                epoch,
                rate,
                calls.map(|call| (call.first_frame, call.began)),
            ),
            heard: Pace::new(
                epoch,
                rate,
                blocks.map(|block| (block.first_frame as u64, block.heard)),
            ),
            performance,
        }
    }

    fn way(&self, step: usize) -> Option<Way> {
        let stepped = *self.performance.steps.times_s.get(step)?;
        let seen = self.seen(step)?;
        let half = self.half_way(&self.ears, self.heard.frame(stepped)?, step)?;
        let half_replayed = self.half_way(&self.replayed, seen.frame, step)?;
        let asked = self.played.seconds(seen.asked.into_std());
        let at = self.played.seconds(seen.at.into_std());
        Some(Way {
            whole: self.heard.at(half)? - stepped,
            poll: asked - stepped,
            call: at - asked,
            block: self.played.at(seen.frame)? - at,
            motion: (half_replayed - seen.frame) / self.rate,
            device: self.delay(step)?,
        })
    }

    /// The frame at which a step is half-way that begins after `start`.
    fn half_way(&self, ears: &Ears, start: f64, step: usize) -> Option<f64> {
        let frames = |seconds: f64| seconds * self.rate;
        let end = start + frames(self.performance.steps.apart_s);
        ears.half_way(
            start - frames(SIDE_S)..start - frames(CLEAR_S),
            end - frames(SIDE_S)..end - frames(CLEAR_S),
            Steps::goes_left(step),
        )
    }

    /// The first position on the new side.
    fn seen(&self, step: usize) -> Option<&Seen> {
        let stepped = *self.performance.steps.times_s.get(step)?;
        let is_new = |seen: &Seen| {
            let at = self.played.seconds(seen.at.into_std());
            at >= stepped && (seen.position.y > 0.0) == Steps::goes_left(step)
        };
        self.performance.seen.iter().find(|seen| is_new(seen))
    }

    /// How long after it was asked for a frame was heard that was heard shortly before a step.
    fn delay(&self, step: usize) -> Option<f64> {
        let stepped = *self.performance.steps.times_s.get(step)?;
        let frame = self.heard.frame(stepped - SIDE_S)?;
        let heard = self.heard.at(frame)?;
        // What is heard then was asked for in the second before it.
        let newest = self.played.frame(heard)?;
        let delay = self.ears.delay(frame, frame - newest)? - self.performance.render_frames;
        Some(heard - self.played.at(frame - delay)?)
    }
}
