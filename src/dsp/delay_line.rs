//! A delay line that is read at fractions of a frame, while the delay moves.

use multiversion::multiversion;

use super::fused::{for_this_processor, fused};
use super::kernel::{Phase, TAPS};
use super::{Block, QUANTUM, STEP};

pub use super::kernel::{Kernel, MIN_DELAY_FRAMES};

/// The greatest change of a delay over a step that still is steady, in frames: 4 kHz at 48 kHz
/// are then right within -77 dB. A source that comes nearer at 5 m/s is as fast as that.
const STEADY: f64 = 0.5;

/// The greatest change over a step for which two points of it do instead of three, in frames: 16
/// kHz at 48 kHz are then right within -66 dB, 4 kHz within -90 dB.
const SLOW: f64 = 0.03;

/// How far the delay may be off their straight line in its middle: frames.
const STRAIGHT: f64 = 0.0004;

/// Frames of the line that a step is made of: within it the delay may pass a whole frame.
const NEEDED: usize = STEP + TAPS;

/// How a delay goes over a step: frames.
#[derive(Clone, Copy, Debug)]
pub struct Glide {
    /// At the step's first frame.
    pub from: f64,
    /// At the first frame after it.
    pub to: f64,
    /// By how much more it grows in this step than in the one before: 0 is a straight line,
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

    /// The delay at a frame of the step: the parabola from one end to the other whose slope
    /// grows by the bend between them.
    fn at(&self, frame: usize) -> f64 {
        let t = frame as f64 / STEP as f64;
        self.from + t * (self.to - self.from) - 0.5 * self.bend * t * (1.0 - t)
    }
}

/// The last frames of one source.
#[derive(Debug)]
pub struct DelayLine {
    /// A ring of whole quanta, and behind its end its first [`SEAM`] frames once more, so that nothing
    /// has to be read across the seam.
    frames: Box<[f32]>,
    /// Frames of the ring.
    ring: usize,
    /// Frames that can be read: the past, and at the end the newest quantum.
    span: usize,
    /// Where in the ring the oldest of these is.
    oldest: usize,
}

/// Whole quanta, as many as a step can reach beyond the ring's end.
const SEAM: usize = NEEDED.next_multiple_of(QUANTUM);

impl DelayLine {
    /// A silent line that can be read up to `max_delay_frames` before each frame of its newest
    /// quantum.
    pub fn new(max_delay_frames: usize) -> Self {
        let span = max_delay_frames + TAPS + QUANTUM;
        let ring = span.next_multiple_of(QUANTUM).max(SEAM);
        Self {
            frames: vec![0.0; ring + SEAM].into_boxed_slice(),
            ring,
            span,
            oldest: ring - span,
        }
    }

    /// Appends the next quantum; the oldest one is forgotten.
    pub fn push(&mut self, block: &Block) {
        let newest = self.wrapped(self.oldest + self.span);
        let copy = (newest < SEAM).then_some(newest + self.ring);
        for place in [Some(newest), copy].into_iter().flatten() {
            if let Some(frames) = self
                .frames
                .get_mut(place..)
                .and_then(<[_]>::first_chunk_mut)
            {
                *frames = *block;
            }
        }
        self.oldest = self.wrapped(self.oldest + QUANTUM);
    }

    /// The last `frames` frames, at most as many as the line remembers, as they were written, in two
    /// pieces: each a multiple of 16 if `frames` is one.
    pub fn last(&self, frames: usize) -> [&[f32]; 2] {
        let ring = self.frames.get(..self.ring).unwrap_or(&[]);
        let begin = self.wrapped(self.oldest + self.span.saturating_sub(frames));
        let (before, from) = ring.split_at_checked(begin).unwrap_or((&[], ring));
        match from.get(..frames) {
            Some(all) => [all, &[]],
            None => [from, before.get(..frames - from.len()).unwrap_or(&[])],
        }
    }

    /// Reads a step of the newest quantum, counted from 0, at a delay that goes along `glide`.
    ///
    /// Delays are in frames, at least [`MIN_DELAY_FRAMES`]; what lies beyond the line's length is
    /// silence. A delay that shrinks by d frames in a frame reads 1 + d times as fast as was
    /// written: what thereby comes to lie above half the sample rate is heard mirrored below it.
    pub fn read(&self, kernel: &Kernel, step: usize, glide: Glide, out: &mut [f32; STEP]) {
        let begin = (self.span - QUANTUM + step * STEP) as f64;
        // Where the first frame would be if the delay were always as at these frames.
        let points = [0, STEP / 2, STEP].map(|frame| begin - glide.at(frame));
        match self.steady(points) {
            Some((frames, below)) => {
                read_steady(frames, kernel, points.map(|point| point - below), out);
            }
            None => {
                for (frame, sample) in out.iter_mut().enumerate() {
                    *sample = self.at(kernel, begin + frame as f64 - glide.at(frame));
                }
            }
        }
    }

    /// The frames round a step whose points are near to each other, and the whole frame below the
    /// points; `None` when they are not, or not in the line.
    fn steady(&self, points: [f64; 3]) -> Option<(&[f32; NEEDED], f64)> {
        let least = points.into_iter().fold(f64::INFINITY, f64::min);
        let greatest = points.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let first = (least as usize).checked_sub(MIN_DELAY_FRAMES - 1)?;
        let last = (self.span + 1 - STEP - MIN_DELAY_FRAMES) as f64;
        let fits = (0.0..STEADY).contains(&(greatest - least)) && greatest < last;
        if !fits {
            return None;
        }
        let place = self.wrapped(self.oldest + first);
        let frames = self.frames.get(place..)?.first_chunk()?;
        Some((frames, least.floor()))
    }

    /// The sound at `point`, counted in frames from the line's oldest.
    fn at(&self, kernel: &Kernel, point: f64) -> f32 {
        let index = point as usize;
        let first = index.saturating_sub(MIN_DELAY_FRAMES - 1);
        if first > self.span - TAPS || point < 0.0 || point.is_nan() {
            return 0.0;
        }
        let place = self.wrapped(self.oldest + first);
        let Some(frames) = self.frames.get(place..).and_then(<[f32]>::first_chunk) else {
            return 0.0;
        };
        interpolate(frames, kernel, (point - index as f64) as f32)
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

/// The value at `fraction` (from 0 on, less than 1) of a frame after the eighth of sixteen frames.
#[multiversion(targets("x86_64+avx2+fma"))]
fn interpolate(frames: &[f32; TAPS], kernel: &Kernel, fraction: f32) -> f32 {
    for_this_processor!(interpolate_for(frames, kernel, fraction))
}

/// Reads a step at `points`: where its first frame would be, counted from the eighth of `frames`, if
/// the delay were always as at its begin, in its middle and at its end; all from 0 on, and less than
/// 2.
///
/// Each is a filter; between them the sound is interpolated by the parabola through the three. That
/// is done frame by frame side by side, where one kernel for each frame would have to be looked up.
#[multiversion(targets("x86_64+avx2+fma"))]
fn read_steady(frames: &[f32; NEEDED], kernel: &Kernel, points: [f64; 3], out: &mut [f32; STEP]) {
    for_this_processor!(read_steady_for(frames, kernel, points, out));
}

#[inline(always)]
fn interpolate_for<const FUSED: bool>(frames: &[f32; TAPS], kernel: &Kernel, fraction: f32) -> f32 {
    let (Phase { taps, change }, between) = kernel.phase(fraction);
    // Eight sums side by side: one after the other, each addition would wait for the last.
    let mut lanes = [0.0_f32; 8];
    for (frames, (taps, change)) in frames.as_chunks::<8>().0.iter().zip(
        taps.as_chunks::<8>()
            .0
            .iter()
            .zip(change.as_chunks::<8>().0),
    ) {
        for (((lane, frame), tap), change) in lanes.iter_mut().zip(frames).zip(taps).zip(change) {
            *lane = fused::<FUSED>(*frame, fused::<FUSED>(between, *change, *tap), *lane);
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

#[inline(always)]
fn read_steady_for<const FUSED: bool>(
    frames: &[f32; NEEDED],
    kernel: &Kernel,
    points: [f64; 3],
    out: &mut [f32; STEP],
) {
    let [begin, middle, end] = points;
    if begin == end && begin == middle {
        let taps = taps_at::<FUSED>(kernel, begin);
        *out = filtered::<FUSED, 1>(frames, &[taps])[0];
        return;
    }
    let off = middle - 0.5 * (begin + end);
    if (end - begin).abs() < SLOW && off.abs() < STRAIGHT {
        let taps = [begin, end].map(|point| taps_at::<FUSED>(kernel, point));
        let [begin, end] = filtered::<FUSED, 2>(frames, &taps);
        for (n, ((sample, begin), end)) in out.iter_mut().zip(begin).zip(end).enumerate() {
            let t = n as f32 / STEP as f32;
            *sample = fused::<FUSED>(t, end - begin, begin);
        }
        return;
    }
    let taps = points.map(|point| taps_at::<FUSED>(kernel, point));
    let [begin, middle, end] = filtered::<FUSED, 3>(frames, &taps);
    let three = begin.into_iter().zip(middle).zip(end);
    for (n, (sample, ((begin, middle), end))) in out.iter_mut().zip(three).enumerate() {
        let t = n as f32 / STEP as f32;
        let (left, right) = ((1.0 - 2.0 * t) * (1.0 - t), t * (2.0 * t - 1.0));
        *sample = left * begin + 4.0 * t * (1.0 - t) * middle + right * end;
    }
}

/// The kernel of a point from 0 on, less than 2, beginning at the first frame that any of these needs.
#[inline(always)]
fn taps_at<const FUSED: bool>(kernel: &Kernel, point: f64) -> [f32; TAPS + 1] {
    let whole = usize::from(point >= 1.0);
    let (Phase { taps, change }, between) = kernel.phase((point - whole as f64) as f32);
    let mut out = [0.0; TAPS + 1];
    for ((out, tap), change) in out.iter_mut().skip(whole).zip(taps).zip(change) {
        *out = fused::<FUSED>(between, *change, *tap);
    }
    out
}

/// A step through each of some filters.
#[inline(always)]
fn filtered<const FUSED: bool, const FILTERS: usize>(
    frames: &[f32; NEEDED],
    filters: &[[f32; TAPS + 1]; FILTERS],
) -> [[f32; STEP]; FILTERS] {
    let mut sums = [[0.0; STEP]; FILTERS];
    for (k, window) in frames.windows(STEP).enumerate() {
        for (sums, filter) in sums.iter_mut().zip(filters) {
            let tap = filter.get(k).copied().unwrap_or(0.0);
            for (sum, frame) in sums.iter_mut().zip(window) {
                *sum = fused::<FUSED>(tap, *frame, *sum);
            }
        }
    }
    sums
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
            let at = |n: usize| delay(n as f64);
            for (step, start) in (start..start + QUANTUM).step_by(STEP).enumerate() {
                let (from, to) = (at(start), at(start + STEP));
                let bend = match start.checked_sub(STEP) {
                    Some(before) => (to - from) - (from - at(before)),
                    None => 0.0,
                };
                let mut out = [0.0; STEP];
                line.read(&kernel, step, Glide { from, to, bend }, &mut out);
                for (n, sample) in out.iter().enumerate() {
                    let t = (start + n) as f64;
                    pairs.push((*sample, (tau * cycles_per_frame * (t - delay(t))).sin()));
                }
            }
        }
        pairs.split_off(512)
    }

    /// The newest quantum at a delay that stands still.
    fn delayed(line: &DelayLine, kernel: &Kernel, delay: f64) -> Block {
        let mut out = [0.0; QUANTUM];
        for (step, out) in out.as_chunks_mut().0.iter_mut().enumerate() {
            line.read(kernel, step, Glide::straight(delay, delay), out);
        }
        out
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
    fn a_delay_that_speeds_up_is_followed_between_the_ends_of_the_steps() {
        // An orbit off the head: 0.3 frames of delay off a straight line in each step.
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
        let out = delayed(&line, &kernel, 9.0);
        for (n, sample) in out.iter().enumerate() {
            let expected = if n == 12 { 1.0 } else { 0.0 };
            assert!((sample - expected).abs() < 1e-6, "{sample} at frame {n}");
        }
    }

    #[test]
    fn the_past_is_what_was_read_when_it_was_new() {
        let (kernel, mut line) = (Kernel::new(), DelayLine::new(4 * QUANTUM));
        let mut reads = Vec::new();
        for start in 0..6 {
            let mut block = [0.0; QUANTUM];
            for (n, sample) in block.iter_mut().enumerate() {
                *sample = (((start * QUANTUM + n) * 7919) % 101) as f32 / 101.0;
            }
            line.push(&block);
            reads.push(delayed(&line, &kernel, 20.3));
        }
        for ago in 1..4 {
            let past = delayed(&line, &kernel, 20.3 + (ago * QUANTUM) as f64);
            for (n, (a, b)) in past.iter().zip(&reads[5 - ago]).enumerate() {
                assert!(
                    (a - b).abs() < 1e-4,
                    "{a} is not {b} at {n}, {ago} quanta ago"
                );
            }
        }
    }

    #[test]
    fn steps_are_what_is_read_frame_by_frame_on_every_processor() {
        let (kernel, mut line) = (Kernel::new(), DelayLine::new(100));
        for start in 0..4 {
            let mut block = [0.0; QUANTUM];
            for (n, sample) in block.iter_mut().enumerate() {
                *sample = (0.5 * (start * QUANTUM + n) as f32).sin();
            }
            line.push(&block);
        }
        for (from, to, bend) in [
            (20.3, 20.3, 0.0),
            (20.9, 21.1, 0.01),
            (50.2, 49.8, -0.1),
            (9.0, 8.6, 0.0),
        ] {
            let glide = Glide { from, to, bend };
            let mut out = [0.0; STEP];
            line.read(&kernel, 0, glide, &mut out);
            let newest = (line.span - QUANTUM) as f64;
            for (n, sample) in out.iter().enumerate() {
                let expected = line.at(&kernel, newest + n as f64 - glide.at(n));
                assert!(
                    (sample - expected).abs() < 4e-4,
                    "{sample} is not {expected} at {n}"
                );
            }
            let points = [0, STEP / 2, STEP].map(|n| newest - glide.at(n));
            let (frames, below) = line.steady(points).unwrap();
            let points = points.map(|point| point - below);
            let [mut plain, mut fast] = [[0.0; STEP]; 2];
            read_steady_for::<false>(frames, &kernel, points, &mut plain);
            read_steady(frames, &kernel, points, &mut fast);
            for (plain, fast) in plain.iter().zip(fast) {
                assert!((plain - fast).abs() < 1e-6);
            }
            let window = frames.first_chunk().unwrap();
            let plain = interpolate_for::<false>(window, &kernel, 0.3);
            assert!((plain - interpolate(window, &kernel, 0.3)).abs() < 1e-6);
        }
    }

    #[test]
    fn the_ring_is_the_plain_line_of_all_frames_at_every_delay_and_seam() {
        let kernel = Kernel::new();
        let mut rng = fastrand::Rng::with_seed(5);
        for longest in [8, 31, 32, 33, 63, 64, 65, 80, 500] {
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
                    let out = delayed(&line, &kernel, delay);
                    let last = line.last(2 * (longest.min(all.len()) / 2)).concat();
                    assert!(all.ends_with(&last), "{longest}");
                    let newest = (all.len() - QUANTUM) as f64;
                    for (n, sample) in out.iter().enumerate() {
                        let point = newest + n as f64 - delay;
                        let first = point as usize + 1 - MIN_DELAY_FRAMES;
                        let frames = all[first..].first_chunk().unwrap();
                        let expected = interpolate(frames, &kernel, point.fract() as f32);
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
        for delay in [1e3, 1e12, -1e3, -1e300, f64::NAN] {
            let out = delayed(&line, &kernel, delay);
            assert!(out.iter().all(|sample| *sample == 0.0), "delay {delay}");
        }
    }
}
