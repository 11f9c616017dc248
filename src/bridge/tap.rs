//! The record tap: what is played, on its way to a file, without ever holding up the callback.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use crate::audio::StereoFrame;

use super::counters::Counters;

/// Gaps that can be on their way at once; more are joined to the last.
const GAPS: usize = 64;

/// Frames that were not recorded because the ring was full.
#[derive(Clone, Copy, Debug)]
struct Gap {
    /// Counted in recorded frames and gaps: where in the recording it lies.
    at: u64,
    frames: u64,
}

/// The callback's end of the tap.
pub(super) struct Tap {
    frames: HeapProd<StereoFrame>,
    gaps: HeapProd<Gap>,
    counters: Arc<Counters>,
    /// Where the recording is: frames written and frames lost.
    at: u64,
    /// The gap that has not been told yet.
    open: Option<Gap>,
}

/// The recorder's end of the tap.
pub struct RecordTap {
    frames: HeapCons<StereoFrame>,
    gaps: HeapCons<Gap>,
    at: u64,
    /// The gap that is being handed out.
    gap: Option<Gap>,
}

/// What [`RecordTap::read`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// So many frames were read, from the beginning of the buffer. 0: nothing there at present.
    Frames(usize),
    /// So many frames were lost here; they are to be replaced by silence.
    Lost(u64),
}

pub(super) fn tap(capacity: usize, counters: Arc<Counters>) -> (Tap, RecordTap) {
    let (frames, read_frames) = HeapRb::new(capacity).split();
    let (gaps, read_gaps) = HeapRb::new(GAPS).split();
    let tap = Tap {
        frames,
        gaps,
        counters,
        at: 0,
        open: None,
    };
    (
        tap,
        RecordTap {
            frames: read_frames,
            gaps: read_gaps,
            at: 0,
            gap: None,
        },
    )
}

impl Tap {
    /// Takes a block, whole or not at all.
    pub(super) fn write(&mut self, block: &[StereoFrame]) {
        if let Some(gap) = self.open
            && self.frames.vacant_len() >= block.len()
            && self.gaps.try_push(gap).is_ok()
        {
            self.open = None;
        }
        let count = block.len() as u64;
        if self.open.is_none() && self.frames.vacant_len() >= block.len() {
            self.frames.push_slice(block);
        } else {
            self.open
                .get_or_insert(Gap {
                    at: self.at,
                    frames: 0,
                })
                .frames += count;
            self.counters
                .unrecorded_frames
                .fetch_add(count, Ordering::Relaxed);
        }
        self.at += count;
    }
}

impl RecordTap {
    /// Reads the next frames, or the gap that lies before them.
    pub fn read(&mut self, out: &mut [StereoFrame]) -> Chunk {
        // A gap is told before the frames behind it: seen in this order, none is overtaken.
        let available = self.frames.occupied_len();
        if self.gap.is_none() {
            self.gap = self.gaps.try_pop();
        }
        let mut limit = available.min(out.len());
        if let Some(gap) = self.gap {
            let before = gap.at - self.at;
            if before == 0 {
                self.gap = None;
                self.at += gap.frames;
                return Chunk::Lost(gap.frames);
            }
            limit = limit.min(usize::try_from(before).unwrap_or(usize::MAX));
        }
        let count = self.frames.pop_slice(&mut out[..limit]);
        self.at += count as u64;
        Chunk::Frames(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCKS: u16 = 4000;

    fn frames(values: std::ops::Range<u16>) -> Vec<StereoFrame> {
        values
            .map(|n| StereoFrame::new(f32::from(n), -f32::from(n)))
            .collect()
    }

    #[test]
    fn lost_blocks_are_told_where_they_were_lost() {
        let counters = Arc::new(Counters::default());
        let (mut tap, mut record) = tap(8, Arc::clone(&counters));
        let mut out = [StereoFrame::SILENCE; 16];
        tap.write(&frames(0..4));
        tap.write(&frames(4..8));
        tap.write(&frames(8..12));
        tap.write(&frames(12..13));
        assert_eq!(counters.unrecorded_frames(), 5);
        assert_eq!(record.read(&mut out), Chunk::Frames(8));
        assert_eq!(out[..8], frames(0..8));
        tap.write(&frames(13..17));
        assert_eq!(record.read(&mut out), Chunk::Lost(5));
        assert_eq!(record.read(&mut out), Chunk::Frames(4));
        assert_eq!(out[..4], frames(13..17));
        assert_eq!(record.read(&mut out), Chunk::Frames(0));
    }

    #[test]
    fn nothing_is_mixed_up_when_both_ends_run_at_once() {
        let counters = Arc::new(Counters::default());
        let (mut tap, mut record) = tap(64, Arc::clone(&counters));
        let writer = std::thread::spawn(move || {
            for block in 0..BLOCKS {
                tap.write(&frames(block * 8..block * 8 + 8));
                std::hint::spin_loop();
            }
            tap
        });
        let (mut at, mut lost) = (0_u64, 0_u64);
        let mut out = [StereoFrame::SILENCE; 24];
        loop {
            let finished = writer.is_finished();
            match record.read(&mut out) {
                Chunk::Frames(0) if finished => break,
                Chunk::Frames(count) => {
                    for frame in &out[..count] {
                        assert_eq!(frame.left, at as f32, "the recording stays in step");
                        at += 1;
                    }
                }
                Chunk::Lost(count) => {
                    lost += count;
                    at += count;
                }
            }
        }
        let open = writer.join().unwrap().open.map_or(0, |gap| gap.frames);
        assert_eq!(at + open, u64::from(BLOCKS) * 8);
        assert_eq!(lost + open, counters.unrecorded_frames());
    }
}
