//! Changing the sample rate of frames as they come, by the filter of [`super::resample`].

use std::collections::VecDeque;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Async, FixedAsync, Resampler};

use super::resample::{filter_parameters, length_at};
use crate::audio::StereoFrame;

/// Frames that are converted at once.
const CHUNK_FRAMES: usize = 1024;

/// Converts a stream of stereo frames from one rate to another: level and alignment kept, silence
/// before and after it.
pub struct StreamResampler {
    resampler: Async<f32>,
    from: u32,
    to: u32,
    /// What waits for a chunk to be full; interleaved.
    input: Vec<f32>,
    /// What is ready.
    output: VecDeque<StereoFrame>,
    /// Frames of the filter's delay that are still to be left out.
    skip: usize,
    frames_in: usize,
    frames_out: usize,
}

impl StreamResampler {
    /// A stream from `from` to `to` hertz.
    ///
    /// # Panics
    /// When one of them is 0.
    pub fn new(from: u32, to: u32) -> Self {
        assert!(from > 0 && to > 0, "a sample rate of 0");
        let ratio = f64::from(to) / f64::from(from);
        let parameters = filter_parameters(ratio);
        let resampler =
            Async::new_sinc(ratio, 1.0, &parameters, CHUNK_FRAMES, 2, FixedAsync::Input)
                .expect("ratio, filter and chunk are positive");
        // Frame k of what comes out stands for the input's frame (k + 1) / ratio - taps / 2.
        let delay = (parameters.sinc_len as f64 / 2.0 * ratio).round() as usize;
        Self {
            resampler,
            from,
            to,
            input: Vec::with_capacity(2 * CHUNK_FRAMES),
            output: VecDeque::new(),
            skip: delay.saturating_sub(1),
            frames_in: 0,
            frames_out: 0,
        }
    }

    /// Takes frames in.
    pub fn push(&mut self, frames: &[StereoFrame]) {
        for frame in frames {
            self.input.extend([frame.left, frame.right]);
            if self.input.len() == 2 * CHUNK_FRAMES {
                self.convert();
            }
        }
        self.frames_in += frames.len();
    }

    /// Moves frames that are ready into the beginning of `out`, and returns how many.
    pub fn pull(&mut self, out: &mut [StereoFrame]) -> usize {
        let count = out.len().min(self.output.len());
        for (slot, frame) in out.iter_mut().zip(self.output.drain(..count)) {
            *slot = frame;
        }
        self.frames_out += count;
        count
    }

    /// Nothing more comes in: what the filter still holds becomes ready, so that the whole is as
    /// long as the input was.
    pub fn finish(&mut self) {
        if self.frames_in == 0 {
            return;
        }
        let whole = length_at(self.frames_in, self.from, self.to);
        while self.frames_out + self.output.len() < whole {
            self.input.resize(2 * CHUNK_FRAMES, 0.0);
            self.convert();
        }
        self.output.truncate(whole.saturating_sub(self.frames_out));
    }

    /// Converts the chunk that waits, which is full.
    fn convert(&mut self) {
        let most = self.resampler.output_frames_max();
        let mut converted = vec![0.0; 2 * most];
        let from =
            InterleavedSlice::new(&self.input[..], 2, CHUNK_FRAMES).expect("the chunk is full");
        let mut into = InterleavedSlice::new_mut(&mut converted[..], 2, most)
            .expect("the buffer was made for it");
        let (_, count) = self
            .resampler
            .process_into_buffer(&from, &mut into, None)
            .expect("the buffers have the sizes that were asked for");
        self.input.clear();
        let skipped = self.skip.min(count);
        self.skip -= skipped;
        let frames = converted.chunks_exact(2).take(count).skip(skipped);
        self.output
            .extend(frames.map(|pair| StereoFrame::new(pair[0], pair[1])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Clip;
    use crate::wav::resample;

    #[test]
    fn a_stream_in_pieces_becomes_what_a_clip_becomes() {
        for (from, to) in [(44_100, 48_000), (48_000, 44_100), (96_000, 48_000)] {
            let left: Vec<f32> = (0..from / 4)
                .map(|n| (f64::from(n) * 0.1).sin() as f32)
                .collect();
            let mut stream = StreamResampler::new(from, to);
            let mut heard = Vec::new();
            let mut block = [StereoFrame::SILENCE; 300];
            let mut pull = |stream: &mut StreamResampler, heard: &mut Vec<StereoFrame>| {
                while let count @ 1.. = stream.pull(&mut block) {
                    heard.extend_from_slice(&block[..count]);
                }
            };
            for piece in left.chunks(777) {
                let frames: Vec<_> = piece
                    .iter()
                    .map(|&sample| StereoFrame::new(sample, -0.5 * sample))
                    .collect();
                stream.push(&frames);
                pull(&mut stream, &mut heard);
            }
            stream.finish();
            pull(&mut stream, &mut heard);

            let clip = Clip {
                samples: left.into(),
                sample_rate: from,
            };
            let expected = resample(&clip, to).samples;
            assert_eq!(heard.len(), expected.len(), "{from} -> {to}");
            for (n, (frame, sample)) in heard.iter().zip(expected.iter()).enumerate() {
                // The stream is off by less than half a frame; the tone moves 0.1 a frame.
                let off = (frame.left - sample).abs();
                assert!(off < 0.11, "{from} -> {to}, frame {n}: {off} off");
                let right = (frame.right + 0.5 * frame.left).abs();
                assert!(right < 1e-6, "{from} -> {to}, frame {n}: right {right}");
            }
        }
    }

    #[test]
    fn nothing_in_is_nothing_out() {
        let mut stream = StreamResampler::new(44_100, 48_000);
        stream.finish();
        assert_eq!(stream.pull(&mut [StereoFrame::SILENCE; 10]), 0);
    }
}
