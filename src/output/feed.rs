//! From stereo frames to a device's samples, on the audio thread.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::unreachable
    )
)]

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::counters::StreamCounters;
use crate::audio::StereoFrame;

/// Frames that are filled at once; a longer block is filled in several pieces.
pub(super) const PIECE_FRAMES: usize = 4096;

/// Fills a block with sound. Runs on the audio thread: it must not allocate, lock or wait.
pub(super) type Fill = Box<dyn FnMut(&mut [StereoFrame]) + Send>;

/// The audio thread's end: asks for frames, and writes them as the device wants them.
///
/// Real-time: allocates nothing after it is made. The function that fills arrives through a channel
/// of one place, which is looked at without waiting, and no more once it came.
pub(super) struct Feed {
    arriving: Receiver<Fill>,
    fill: Option<Fill>,
    frames: Box<[StereoFrame]>,
    channels: usize,
    counters: Arc<StreamCounters>,
}

impl Feed {
    /// A feed for blocks of `channels` channels (at least 1), and where its function goes.
    pub(super) fn new(channels: u16, counters: Arc<StreamCounters>) -> (SyncSender<Fill>, Self) {
        let (sender, arriving) = sync_channel(1);
        let feed = Self {
            arriving,
            fill: None,
            frames: vec![StereoFrame::SILENCE; PIECE_FRAMES].into_boxed_slice(),
            channels: usize::from(channels.max(1)),
            counters,
        };
        (sender, feed)
    }

    /// The block that is written next will be heard after `ahead`.
    pub(super) fn heard_after(&self, ahead: Duration) {
        self.counters.heard_after(ahead);
    }

    /// Writes one block of interleaved samples, whatever its length, each made by `convert`.
    pub(super) fn block<T: Copy>(&mut self, out: &mut [T], convert: impl Fn(f32) -> T) {
        let began = Instant::now();
        if self.fill.is_none() {
            self.fill = self.arriving.try_recv().ok();
        }
        let silence = convert(0.0);
        let Some(fill) = self.fill.as_mut().filter(|_| !self.counters.is_given_up()) else {
            out.fill(silence);
            return;
        };
        let channels = self.channels;
        for piece in out.chunks_mut(PIECE_FRAMES * channels) {
            let Some(frames) = self.frames.get_mut(..piece.len() / channels) else {
                // A piece is never longer; it would stay silent.
                piece.fill(silence);
                continue;
            };
            fill(frames);
            for (samples, frame) in piece.chunks_mut(channels).zip(frames.iter()) {
                match samples {
                    [mono] => *mono = convert(0.5 * (frame.left + frame.right)),
                    [left, right, others @ ..] => {
                        *left = convert(frame.left);
                        *right = convert(frame.right);
                        others.fill(silence);
                    }
                    [] => {}
                }
            }
        }
        self.counters.block(out.len() / channels, began);
    }
}

/// Rounds a sample to a signed integer of `bits` bits; beyond full scale it saturates.
///
/// Not a number becomes silence.
pub(super) fn to_integer(sample: f32, bits: u32) -> i64 {
    let full = f64::from(bits - 1).exp2();
    (f64::from(sample) * full).round().clamp(-full, full - 1.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A feed that plays a ramp: frame n is (n, -n) / 65536.
    fn ramp(channels: u16) -> (Feed, Arc<StreamCounters>) {
        let counters = Arc::new(StreamCounters::default());
        let (sender, feed) = Feed::new(channels, Arc::clone(&counters));
        let mut next = 0.0_f32;
        let fill: Fill = Box::new(move |frames| {
            for frame in frames {
                *frame = StereoFrame::new(next / 65_536.0, -next / 65_536.0);
                next += 1.0;
            }
        });
        assert!(sender.send(fill).is_ok(), "there is room for one");
        (feed, counters)
    }

    #[test]
    fn blocks_of_any_length_are_filled_without_a_gap() {
        let (mut feed, counters) = ramp(2);
        let mut heard = Vec::new();
        for frames in [1, 320, 30_464, 0, 7, 4_096] {
            let mut block = vec![9.0; frames * 2];
            feed.block(&mut block, |sample| sample);
            heard.extend(block);
        }
        for (n, pair) in heard.chunks(2).enumerate() {
            let expected = n as f32 / 65_536.0;
            assert_eq!(pair, [expected, -expected], "frame {n}");
        }
        let snapshot = counters.snapshot();
        assert_eq!(
            (snapshot.callbacks, snapshot.frames),
            (6, heard.len() as u64 / 2)
        );
    }

    #[test]
    fn the_first_two_of_many_channels_get_the_sound() {
        let (mut feed, _) = ramp(6);
        let mut block = vec![9.0; 5_000 * 6];
        feed.block(&mut block, |sample| sample);
        for (n, samples) in block.chunks(6).enumerate() {
            let expected = n as f32 / 65_536.0;
            assert_eq!(
                samples,
                [expected, -expected, 0.0, 0.0, 0.0, 0.0],
                "frame {n}"
            );
        }
    }

    #[test]
    fn a_single_channel_gets_the_mean() {
        let counters = Arc::new(StreamCounters::default());
        let (sender, mut feed) = Feed::new(1, counters);
        let fill: Fill = Box::new(|frames| frames.fill(StereoFrame::new(0.5, 0.25)));
        assert!(sender.send(fill).is_ok(), "there is room for one");
        let mut block = [9; 10];
        feed.block(&mut block, |sample| to_integer(sample, 16));
        assert_eq!(block, [12_288; 10]);
    }

    #[test]
    fn before_the_start_there_is_silence_and_nothing_is_counted() {
        let counters = Arc::new(StreamCounters::default());
        let (_sender, mut feed) = Feed::new(2, Arc::clone(&counters));
        let mut block = [9_u8; 8];
        feed.block(&mut block, |sample| (to_integer(sample, 8) + 128) as u8);
        assert_eq!(block, [128; 8]);
        assert_eq!(counters.snapshot().callbacks, 0);
    }

    #[test]
    fn a_stream_that_was_given_up_is_silent_and_asks_for_nothing() {
        let (mut feed, counters) = ramp(2);
        let mut block = [9.0; 8];
        feed.block(&mut block, |sample| sample);
        counters.give_up();
        feed.block(&mut block, |sample| sample);
        assert_eq!(block, [0.0; 8]);
        assert_eq!(counters.snapshot().callbacks, 1);
    }

    #[test]
    fn integers_are_rounded_and_saturate() {
        assert_eq!(to_integer(0.0, 16), 0);
        assert_eq!(to_integer(1.0, 16), 32_767);
        assert_eq!(to_integer(-1.0, 16), -32_768);
        assert_eq!(to_integer(3.0, 24), 8_388_607);
        assert_eq!(to_integer(-3.0, 32), -2_147_483_648);
        assert_eq!(to_integer(0.6 / 32_768.0, 16), 1);
        assert_eq!(to_integer(-0.6 / 32_768.0, 16), -1);
        assert_eq!(to_integer(f32::NAN, 24), 0);
        assert_eq!(to_integer(1.0, 64), i64::MAX);
    }
}
