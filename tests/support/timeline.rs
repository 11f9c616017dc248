//! Where a recorded sound is heard, over time; what of it is missing, and its largest steps.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::ops::Range;

use crate::measure::level_db;

/// A side is heard in windows of this length: 50 ms at 48 kHz, in frames.
const WINDOW: usize = 2_400;

/// From window to window: 10 ms at 48 kHz, in frames.
const HOP: usize = 480;

/// A place is where it is for good when it has been so for so many windows: half a second.
const FOR_GOOD: usize = 50;

/// The nearer ear of a source at the side is louder by this at least, in decibels.
const NEARER_DB: f64 = 3.0;

/// In front, the ears differ by less than this, in decibels.
const FRONT_DB: f64 = 0.5;

/// Nobody hears what is softer, in decibels.
const SILENT_DB: f64 = -90.0;

/// So many silent frames in a row are missing: sound is nothing for some by chance.
const MISSING: usize = 48;

/// Where a sound is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Left,
    Right,
    Front,
    /// On its way, or fading.
    Between,
    Silent,
}

/// What a step into a silence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cuts {
    /// The end of a stream that was lost: it ends where it is, and that is no step.
    Allowed,
    /// A step like any other.
    Counted,
}

/// Both ears of a recording at 48 kHz.
pub(crate) struct Timeline {
    ears: [Vec<f32>; 2],
}

impl Timeline {
    pub(crate) fn new(ears: [Vec<f32>; 2]) -> Self {
        assert_eq!(ears[0].len(), ears[1].len(), "two ears hear as long");
        Self { ears }
    }

    /// Its length in frames.
    pub(crate) fn frames(&self) -> usize {
        self.ears[0].len()
    }

    /// Where it is heard in the window that begins with this frame.
    fn place(&self, from: usize) -> Place {
        let [left, right] = [0, 1].map(|ear| level_db(&self.ears[ear][from..from + WINDOW]));
        let side = left - right;
        match () {
            () if left.max(right) < SILENT_DB => Place::Silent,
            () if side > NEARER_DB => Place::Left,
            () if side < -NEARER_DB => Place::Right,
            () if side.abs() < FRONT_DB => Place::Front,
            () => Place::Between,
        }
    }

    /// The places of all windows within a range, and where each window begins.
    fn places(&self, range: Range<usize>) -> impl Iterator<Item = (usize, Place)> {
        let last = range.end.min(self.frames()).saturating_sub(WINDOW);
        (range.start..=last)
            .step_by(HOP)
            .map(|from| (from, self.place(from)))
    }

    /// That it is heard at `place` alone within a range.
    ///
    /// # Errors
    /// With where else it is heard, and when.
    pub(crate) fn expect_only(&self, place: Place, range: Range<usize>) -> Result<(), String> {
        if range.end < range.start + WINDOW {
            return Err(format!("{range:?} is too short to hear {place:?} in it"));
        }
        match self
            .places(range.clone())
            .find(|(_, found)| *found != place)
        {
            Some((at, found)) => Err(format!(
                "{found:?} in place of {place:?}, {} frames after frame {}",
                at - range.start,
                range.start
            )),
            None => Ok(()),
        }
    }

    /// From which frame on, not before `from`, it is heard at `place` for half a second.
    pub(crate) fn settles(&self, place: Place, from: usize) -> Option<usize> {
        let places: Vec<_> = self.places(from..self.frames()).collect();
        let mut runs = places.windows(FOR_GOOD);
        let run = runs.find(|run| run.iter().all(|(_, found)| *found == place))?;
        run.first().map(|(at, _)| *at)
    }

    /// The silences within a range: runs of frames that are nothing in both ears.
    pub(crate) fn silences(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let [left, right] = &self.ears;
        let mut silences: Vec<Range<usize>> = Vec::new();
        for n in range {
            if left[n] != 0.0 || right[n] != 0.0 {
                continue;
            }
            match silences.last_mut() {
                Some(last) if last.end == n => last.end = n + 1,
                _ => silences.push(n..n + 1),
            }
        }
        silences.retain(|silence| silence.len() >= MISSING);
        silences
    }

    /// How many frames of silence there are within a range.
    pub(crate) fn missing(&self, range: Range<usize>) -> usize {
        self.silences(range).iter().map(Range::len).sum()
    }

    /// The level of the louder ear within a range, in decibels.
    pub(crate) fn level_db(&self, range: Range<usize>) -> f64 {
        let [left, right] = [0, 1].map(|ear| level_db(&self.ears[ear][range.clone()]));
        left.max(right)
    }

    /// The largest step from sample to sample within a range; `cuts` says what those into silences are.
    pub(crate) fn largest_step(&self, range: Range<usize>, cuts: Cuts) -> f32 {
        let silences = match cuts {
            Cuts::Allowed => self.silences(range.clone()),
            Cuts::Counted => Vec::new(),
        };
        let cuts: Vec<usize> = silences.iter().map(|silence| silence.start).collect();
        let steps = range.skip(1).filter(|n| cuts.binary_search(n).is_err());
        steps.fold(0.0, |largest, n| {
            let step = |ear: &Vec<f32>| (ear[n] - ear[n - 1]).abs();
            largest.max(step(&self.ears[0])).max(step(&self.ears[1]))
        })
    }

    /// Whether every sample is a finite number.
    pub(crate) fn is_finite(&self) -> bool {
        self.ears.iter().flatten().all(|sample| sample.is_finite())
    }
}

/// Frames at 48 kHz, as seconds.
pub(crate) fn seconds(frames: usize) -> f64 {
    frames as f64 / 48_000.0
}
