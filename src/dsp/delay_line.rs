//! A delay line that is read at fractions of a frame, while the delay moves.

use super::kernel::TAPS;
use super::{Block, QUANTUM};

pub use super::kernel::{Kernel, MIN_DELAY_FRAMES};

/// How a delay goes over a quantum: frames.
#[derive(Clone, Copy, Debug)]
pub struct Glide {
    /// At the quantum's first frame.
    pub from: f64,
    /// At the first frame after it.
    pub to: f64,
    /// By how much more it grows in this quantum than in the one before: 0 is a straight line,
    /// otherwise it is a parabola.
    pub bend: f64,
}

impl Glide {
    /// A straight line.
    pub fn straight(from: f64, to: f64) -> Self {
        Self {
            from,
            to,
            bend: 0.0,
        }
    }
}

/// The last frames of one source.
#[derive(Debug)]
pub struct DelayLine {
    /// A ring of whole quanta, and behind its end its first [`TAPS`] frames once more, so that the
    /// kernel never has to read across the seam.
    frames: Box<[f32]>,
    /// Frames of the ring.
    ring: usize,
    /// Frames that can be read: the past, and at the end the newest quantum.
    span: usize,
    /// Where in the ring the oldest of these is.
    oldest: usize,
}

// The copy behind the ring's end is that of one quantum.
const _: () = assert!(TAPS <= QUANTUM);

impl DelayLine {
    /// A silent line that can be read up to `max_delay_frames` before each frame of its newest
    /// quantum.
    pub fn new(max_delay_frames: usize) -> Self {
        let span = max_delay_frames + TAPS + QUANTUM;
        let ring = span.next_multiple_of(QUANTUM);
        Self {
            frames: vec![0.0; ring + TAPS].into_boxed_slice(),
            ring,
            span,
            oldest: ring - span,
        }
    }

    /// Appends the next quantum; the oldest one is forgotten. Takes as long for any length.
    pub fn push(&mut self, block: &Block) {
        let newest = self.wrapped(self.oldest + self.span);
        if let Some(place) = self
            .frames
            .get_mut(newest..)
            .and_then(<[_]>::first_chunk_mut)
        {
            *place = *block;
        }
        if newest == 0
            && let Some((begin, seam)) = self.frames.split_at_mut_checked(self.ring)
        {
            for (copy, frame) in seam.iter_mut().zip(begin) {
                *copy = *frame;
            }
        }
        self.oldest = self.wrapped(self.oldest + QUANTUM);
    }

    /// Reads the newest quantum at a delay that goes along `glide`.
    ///
    /// Delays are in frames, at least [`MIN_DELAY_FRAMES`]; what lies beyond the line's length is
    /// silence. A delay that shrinks by d frames in a frame reads 1 + d times as fast as was
    /// written: what thereby comes to lie above half the sample rate is heard mirrored below it.
    pub fn read(&self, kernel: &Kernel, glide: Glide, out: &mut Block) {
        const FRAMES: f64 = QUANTUM as f64;
        let Glide { from, to, bend } = glide;
        // The parabola from one end to the other whose slope grows by `bend` between them.
        let mut step = (to - from) / FRAMES - 0.5 * bend * (1.0 - 1.0 / FRAMES) / FRAMES;
        let mut point = (self.span - QUANTUM) as f64 - from;
        for sample in out {
            *sample = self.at(kernel, point);
            point += 1.0 - step;
            step += bend / (FRAMES * FRAMES);
        }
    }

    /// Reads the frames just before the newest quantum at a delay that stands still: what a filter
    /// needs of the past to begin in the middle of a sound.
    pub fn read_past(&self, kernel: &Kernel, delay: f64, out: &mut [f32]) {
        let first = self.span as f64 - (QUANTUM + out.len()) as f64 - delay;
        for (n, sample) in out.iter_mut().enumerate() {
            *sample = self.at(kernel, first + n as f64);
        }
    }

    /// The sound at `point`, counted in frames from the line's oldest.
    #[inline]
    fn at(&self, kernel: &Kernel, point: f64) -> f32 {
        let index = point as usize;
        let fraction = (point - index as f64) as f32;
        let first = index.saturating_sub(MIN_DELAY_FRAMES - 1);
        if first > self.span - TAPS {
            return 0.0;
        }
        let place = self.wrapped(self.oldest + first);
        match self.frames.get(place..).and_then(<[f32]>::first_chunk) {
            Some(frames) if point >= 0.0 => kernel.interpolate(frames, fraction),
            _ => 0.0,
        }
    }

    /// A place in the ring, of one less than twice as far.
    #[inline]
    fn wrapped(&self, place: usize) -> usize {
        if place >= self.ring {
            place - self.ring
        } else {
            place
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Renders `frames` of a sine through a line whose delay is `delay(frame)`, and returns it
    /// beside what an exact delay gives, both from frame 512 on.
    fn delayed_sine(cycles_per_frame: f64, delay: impl Fn(f64) -> f64) -> Vec<(f32, f64)> {
        let tau = std::f64::consts::TAU;
        let (kernel, mut line) = (Kernel::new(), DelayLine::new(64));
        let mut pairs = Vec::new();
        for start in (0..8192).step_by(QUANTUM) {
            let mut block = [0.0; QUANTUM];
            for (n, sample) in block.iter_mut().enumerate() {
                *sample = (tau * cycles_per_frame * (start + n) as f64).sin() as f32;
            }
            line.push(&block);
            let mut out = [0.0; QUANTUM];
            let at = |n: usize| delay(n as f64);
            let (from, to) = (at(start), at(start + QUANTUM));
            let bend = match start.checked_sub(QUANTUM) {
                Some(before) => (to - from) - (from - at(before)),
                None => 0.0,
            };
            line.read(&kernel, Glide { from, to, bend }, &mut out);
            for (n, sample) in out.iter().enumerate() {
                let t = (start + n) as f64;
                pairs.push((*sample, (tau * cycles_per_frame * (t - delay(t))).sin()));
            }
        }
        pairs.split_off(512)
    }

    fn level_db(pairs: &[(f32, f64)]) -> f64 {
        let power = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
        let ours = power(&mut pairs.iter().map(|pair| f64::from(pair.0)));
        10.0 * (ours / power(&mut pairs.iter().map(|pair| pair.1))).log10()
    }

    #[test]
    fn every_fraction_is_flat_to_16_khz_at_48_khz() {
        let mut worst = 0.0_f64;
        for fraction in 0..20 {
            let delay = 12.0 + f64::from(fraction) / 20.0;
            for hz in [100.0, 1000.0, 4000.0, 8000.0, 12_000.0, 16_000.0] {
                let level = level_db(&delayed_sine(hz / 48_000.0, |_| delay));
                assert!(level.abs() < 0.03, "{level} dB at {hz} Hz, delay {delay}");
                worst = worst.max(level.abs());
            }
        }
        println!("flat within {worst:.4} dB");
    }

    #[test]
    fn a_moving_delay_is_as_exact_as_a_standing_one() {
        // 2 frames of delay in 1000 frames: faster than any source of ours turns.
        for hz in [440.0, 4000.0, 12_000.0] {
            let pairs = delayed_sine(hz / 48_000.0, |t| 10.0 + t * 0.002);
            let error = pairs
                .iter()
                .map(|(a, b)| (f64::from(*a) - b).abs())
                .fold(0.0, f64::max);
            assert!(error < 4e-3, "{error} at {hz} Hz");
        }
    }

    #[test]
    fn a_delay_that_speeds_up_is_followed_between_the_ends_of_the_quanta() {
        // An orbit off the head: 0.3 frames of delay off a straight line in each quantum.
        let pairs = delayed_sine(4000.0 / 48_000.0, |t| 30.0 + 20.0 * (t * 0.004).sin());
        let error = pairs
            .iter()
            .map(|(a, b)| (f64::from(*a) - b).abs())
            .fold(0.0, f64::max);
        // Straight lines would be 0.3 / 8 frames off in the middle: 0.3 radians of this tone.
        assert!(error < 2e-2, "{error}");
    }

    #[test]
    fn a_whole_delay_of_an_impulse_is_that_impulse() {
        let (kernel, mut line) = (Kernel::new(), DelayLine::new(64));
        let mut block = [0.0; QUANTUM];
        block[3] = 1.0;
        line.push(&block);
        let mut out = [0.0; QUANTUM];
        line.read(&kernel, Glide::straight(9.0, 9.0), &mut out);
        for (n, sample) in out.iter().enumerate() {
            let expected = if n == 12 { 1.0 } else { 0.0 };
            assert!((sample - expected).abs() < 1e-6, "{sample} at frame {n}");
        }
    }

    #[test]
    fn the_past_is_what_was_read_when_it_was_new() {
        let (kernel, mut line) = (Kernel::new(), DelayLine::new(128));
        let mut reads = Vec::new();
        for start in 0..6 {
            let mut block = [0.0; QUANTUM];
            for (n, sample) in block.iter_mut().enumerate() {
                *sample = (((start * QUANTUM + n) * 7919) % 101) as f32 / 101.0;
            }
            line.push(&block);
            let mut out = [0.0; QUANTUM];
            line.read(&kernel, Glide::straight(20.3, 20.3), &mut out);
            reads.extend(out);
        }
        let mut past = vec![0.0; 63];
        line.read_past(&kernel, 20.3, &mut past);
        let expected = &reads[5 * QUANTUM - 63..5 * QUANTUM];
        for (n, (a, b)) in past.iter().zip(expected).enumerate() {
            assert!((a - b).abs() < 1e-4, "{a} is not {b} at {n}");
        }
    }

    #[test]
    fn the_ring_is_the_plain_line_of_all_frames_at_every_delay_and_seam() {
        let kernel = Kernel::new();
        let mut rng = fastrand::Rng::with_seed(5);
        for longest in [8, 63, 64, 65, 80, 500] {
            let mut line = DelayLine::new(longest);
            // All that was ever pushed, after as much silence as can be read.
            let mut all = vec![0.0; longest + TAPS];
            for _ in 0..60 {
                let mut block = [0.0; QUANTUM];
                block.fill_with(|| rng.f32() - 0.5);
                line.push(&block);
                all.extend(block);
                for delay in [8.0, 8.4, longest as f64 - 0.3, longest as f64] {
                    let delay = delay.max(MIN_DELAY_FRAMES as f64);
                    let mut out = [0.0; QUANTUM];
                    line.read(&kernel, Glide::straight(delay, delay), &mut out);
                    let newest = (all.len() - QUANTUM) as f64;
                    for (n, sample) in out.iter().enumerate() {
                        let point = newest + n as f64 - delay;
                        let first = point as usize + 1 - MIN_DELAY_FRAMES;
                        let frames = all[first..].first_chunk().unwrap();
                        let expected = kernel.interpolate(frames, point.fract() as f32);
                        assert!(
                            (sample - expected).abs() < 1e-5,
                            "{sample}, not {expected}: delay {delay} of {longest}, frame {n}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn delays_beyond_the_line_are_silence() {
        let (kernel, mut line) = (Kernel::new(), DelayLine::new(64));
        line.push(&[1.0; QUANTUM]);
        let mut out = [1.0; QUANTUM];
        for delay in [1e3, 1e12, -1e3, -1e300, f64::NAN] {
            line.read(&kernel, Glide::straight(delay, delay), &mut out);
            assert!(out.iter().all(|sample| *sample == 0.0), "delay {delay}");
        }
    }
}
