//! How loud it is: the highest sample for each ear.
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

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::audio::StereoFrame;

/// Frames that are looked at together: so many that the compiler makes vectors of them.
const TOGETHER: usize = 4;

/// The highest absolute sample of the left and the right ear since they were taken last.
///
/// They are kept as bits: those of numbers that are not negative are in the numbers' order.
#[derive(Debug, Default)]
pub(super) struct Peaks {
    left: AtomicU32,
    right: AtomicU32,
}

impl Peaks {
    /// Takes in a block. Audio thread: tried anew only when the peaks are taken in between.
    pub(super) fn raise(&self, block: &[StereoFrame]) {
        let highest = highest(block);
        self.left.fetch_max(highest.left.to_bits(), Relaxed);
        self.right.fetch_max(highest.right.to_bits(), Relaxed);
    }

    /// The peaks since the last time: left and right. Begins anew.
    pub(super) fn take(&self) -> [f32; 2] {
        [&self.left, &self.right].map(|peak| f32::from_bits(peak.swap(0, Relaxed)))
    }
}

/// The highest absolute sample of each ear; what is not a number counts as silence.
fn highest(block: &[StereoFrame]) -> StereoFrame {
    let mut highest = [StereoFrame::SILENCE; TOGETHER];
    let (whole, rest) = block.as_chunks::<TOGETHER>();
    for frames in whole {
        raise_each(&mut highest, frames);
    }
    raise_each(&mut highest, rest);
    highest
        .into_iter()
        .fold(StereoFrame::SILENCE, |a, b| StereoFrame {
            left: higher(a.left, b.left),
            right: higher(a.right, b.right),
        })
}

fn raise_each(highest: &mut [StereoFrame], frames: &[StereoFrame]) {
    for (highest, frame) in highest.iter_mut().zip(frames) {
        highest.left = higher(highest.left, frame.left.abs());
        highest.right = higher(highest.right, frame.right.abs());
    }
}

/// The higher one; `highest` when the other is not a number.
fn higher(highest: f32, other: f32) -> f32 {
    // One instruction, which f32::max is not.
    if other > highest { other } else { highest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ear_has_its_highest_sample_of_either_sign_wherever_it_is() {
        for length in [1, 3, 4, 5, 64, 67] {
            for at in 0..length {
                let mut block = vec![StereoFrame::new(0.1, -0.1); length];
                block[at] = StereoFrame::new(-0.75, 0.5);
                let peaks = Peaks::default();
                peaks.raise(&block);
                assert_eq!(peaks.take(), [0.75, 0.5], "frame {at} of {length}");
                assert_eq!(peaks.take(), [0.0, 0.0]);
            }
        }
    }

    #[test]
    fn a_peak_stands_until_it_is_taken_and_what_is_no_number_is_none() {
        let peaks = Peaks::default();
        peaks.raise(&[StereoFrame::new(0.5, f32::NAN)]);
        peaks.raise(&[StereoFrame::new(0.25, 0.125)]);
        peaks.raise(&[]);
        assert_eq!(peaks.take(), [0.5, 0.125]);
    }
}
