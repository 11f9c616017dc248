//! Filters by frequency, and where all sources of a quantum come together: before one transform for
//! all.
//!
//! What moves goes from one filter to the next in a straight line over a quantum. Filtered by the old
//! ones and by the new ones, all sources are added up apart, and the two sums faded into each other.
//! Between two delays that would bend the level of the highs: half way between them, two waves that
//! are turned against each other by an angle a add up to a wave that is too weak by a^2 / 8. What is
//! missing is a parabola over the quantum, in proportion to the square of frequency and of the
//! change of delay. It is added up for all sources as well, so that what is left is of the third
//! order.
//!
//! What moves so fast that its path within the quantum is no straight line goes in steps, each with
//! sums of its own.

use multiversion::multiversion;

use super::fused::{for_this_processor, fused};
use super::shift::Shift;
use super::spectrum::{Bins, LANES, Spectrum, Transform, silence};
use super::{Block, QUANTUM, STEP, STEPS, ramp};

/// Changes of delay count as this many frames at most, squared, for what is missing between two
/// delays: beyond, the highs are turned by more than half a period, and it would be too much.
const MOST_BEND: f64 = 1.0;

/// A spectrum and how much it counts.
pub type Row<'a> = (f32, &'a Spectrum);

/// A filter: by frequency, and its delay.
#[derive(Clone, Copy, Debug)]
pub struct Filter<'a> {
    /// As long as the sound's spectrum.
    pub bins: &'a Spectrum,
    /// Beside that.
    pub shift: Shift,
    /// The factor that it counts with.
    pub gain: f32,
}

/// How a filter becomes another one.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// As it is.
    pub from: Filter<'a>,
    /// The delay that it comes to.
    pub shift: Shift,
    /// The factor that it comes to count with.
    pub gain: f32,
    /// By how many frames that delay is longer than the one before.
    pub later: f64,
}

/// When in a quantum something moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// From its first frame to its end.
    Quantum,
    /// In one of its steps, counted from 0.
    Step(usize),
}

/// What one ear hears in a quantum.
#[derive(Debug)]
pub struct Sums {
    /// Of what stands still.
    still: Sum,
    /// Of what moves evenly.
    quantum: Moving,
    /// Of what moves fast.
    steps: [Moving; STEPS],
    /// A quarter of the square of frequency, in radians a frame.
    squares: Box<[[f32; LANES]]>,
}

/// A sum of spectra.
#[derive(Debug)]
struct Sum {
    bins: Box<Spectrum>,
    /// Whether there is anything.
    any: bool,
}

/// Sums of what goes from one filter to another.
#[derive(Debug)]
struct Moving {
    old: Box<Spectrum>,
    new: Box<Spectrum>,
    /// Of both, each source by the square of its change of delay.
    bend: Box<Spectrum>,
    any: bool,
}

impl Sums {
    /// Nothing is heard; for transforms of `frames`.
    pub fn new(frames: usize) -> Self {
        let squares = (0..frames / 2).map(|k| {
            let omega = std::f64::consts::TAU * k as f64 / frames as f64;
            (0.25 * omega * omega) as f32
        });
        let squares: Vec<f32> = squares.collect();
        Self {
            still: Sum {
                bins: silence(frames),
                any: false,
            },
            quantum: Moving::new(frames),
            steps: std::array::from_fn(|_| Moving::new(frames)),
            squares: squares.as_chunks().0.into(),
        }
    }

    /// Adds a sound through a filter that stays as it is.
    pub fn add_still(&mut self, sound: &Spectrum, filter: &Filter) {
        self.still.any = true;
        add_product(sound, filter, &mut self.still.bins);
    }

    /// Adds a sound through a filter that becomes another one, `to`.
    pub fn add_moving(&mut self, sound: &Spectrum, change: &Change, to: &Spectrum, span: Span) {
        if let Some(sums) = self.begun(span) {
            add_products(sound, change, to, sums);
        }
    }

    fn begun(&mut self, span: Span) -> Option<&mut Moving> {
        let sums = match span {
            Span::Quantum => Some(&mut self.quantum),
            Span::Step(step) => self.steps.get_mut(step),
        }?;
        sums.any = true;
        Some(sums)
    }

    /// Writes the quantum that comes of all, and begins the next one.
    ///
    /// Real-time: bounded, no allocation.
    pub fn finish(&mut self, transform: &mut Transform, out: &mut Block) {
        out.fill(0.0);
        if self.still.any {
            let heard = transform.backward(&self.still.bins);
            for (sample, heard) in out.iter_mut().zip(newest(heard)) {
                *sample = *heard;
            }
            self.still.clear();
        }
        self.quantum.finish(transform, &self.squares, 0, out);
        let steps = out.as_chunks_mut::<STEP>().0.iter_mut();
        for ((moving, at), out) in self.steps.iter_mut().zip((0..).step_by(STEP)).zip(steps) {
            moving.finish(transform, &self.squares, at, out);
        }
    }
}

/// The last quantum of a sound.
fn newest(sound: &[f32]) -> &[f32] {
    sound
        .len()
        .checked_sub(QUANTUM)
        .and_then(|before| sound.get(before..))
        .unwrap_or(&[])
}

impl Sum {
    fn clear(&mut self) {
        self.bins.fill(Bins::default());
        self.any = false;
    }
}

impl Moving {
    fn new(frames: usize) -> Self {
        Self {
            old: silence(frames),
            new: silence(frames),
            bend: silence(frames),
            any: false,
        }
    }

    /// Adds what comes of it to `out`, which begins `at` frames into the quantum; and forgets it.
    fn finish(
        &mut self,
        transform: &mut Transform,
        squares: &[[f32; LANES]],
        at: usize,
        out: &mut [f32],
    ) {
        if !std::mem::take(&mut self.any) {
            return;
        }
        for (bins, squares) in self.bend.iter_mut().zip(squares) {
            for (value, square) in bins.re.iter_mut().zip(squares) {
                *value *= square;
            }
            for (value, square) in bins.im.iter_mut().zip(squares) {
                *value *= square;
            }
        }
        let frames = out.len();
        let weights: [fn(f32) -> f32; 3] = [|t| 1.0 - t, |t| t, |t| t * (1.0 - t)];
        for (sum, weight) in [&mut self.old, &mut self.new, &mut self.bend]
            .into_iter()
            .zip(weights)
        {
            let heard = transform.backward(sum);
            let heard = newest(heard).get(at..).unwrap_or(&[]);
            for ((sample, heard), t) in out.iter_mut().zip(heard).zip(ramp(frames)) {
                *sample += weight(t) * heard;
            }
            sum.fill(Bins::default());
        }
    }
}

/// Writes the sum of `rows`, each times its weight.
///
/// Real-time: bounded, no allocation.
pub fn blend(rows: &[Row], out: &mut Spectrum) {
    let mut begun = false;
    for rows in rows.chunks(4) {
        match *rows {
            [a, b, c] if !begun => blend_three([a, b, c], out),
            [a, ref rest @ ..] => {
                let none = (0.0, a.1);
                let mut four = [a, none, none, none];
                for (place, row) in four.iter_mut().skip(1).zip(rest) {
                    *place = *row;
                }
                blend_four(four, begun, out);
            }
            [] => {}
        }
        begun = true;
    }
    if !begun {
        out.fill(Bins::default());
    }
}

/// A filter goes a `part` (0 to 1) of the way to what goes as large a part of the way to `target`,
/// which becomes where it is then.
#[multiversion(targets("x86_64+avx2+fma"))]
pub fn follow(target: &mut Spectrum, between: &mut Spectrum, filter: &Spectrum, part: f32) {
    for_this_processor!(follow_for(target, between, filter, part));
}

/// Multiplies a spectrum by another one.
#[multiversion(targets("x86_64+avx2+fma"))]
pub fn multiply(spectrum: &mut Spectrum, by: &Spectrum) {
    for_this_processor!(multiply_for(spectrum, by));
}

#[multiversion(targets("x86_64+avx2+fma"))]
fn blend_three(rows: [Row; 3], out: &mut Spectrum) {
    for_this_processor!(blend_three_for(rows, out));
}

/// Adds to what is there if `begun`.
#[multiversion(targets("x86_64+avx2+fma"))]
fn blend_four(rows: [Row; 4], begun: bool, out: &mut Spectrum) {
    for_this_processor!(blend_four_for(rows, begun, out));
}

/// Adds a sound through a filter to `sum`.
#[multiversion(targets("x86_64+avx2+fma"))]
pub fn add_product(sound: &Spectrum, filter: &Filter, sum: &mut Spectrum) {
    for_this_processor!(add_product_for(sound, filter, sum));
}

#[multiversion(targets("x86_64+avx2+fma"))]
fn add_products(sound: &Spectrum, change: &Change, to: &Spectrum, sums: &mut Moving) {
    for_this_processor!(add_products_for(sound, change, to, sums));
}

#[inline(always)]
fn follow_for<const FUSED: bool>(
    target: &mut Spectrum,
    between: &mut Spectrum,
    filter: &Spectrum,
    part: f32,
) {
    for ((target, between), filter) in target.iter_mut().zip(between).zip(filter) {
        approach::<FUSED>(&mut target.re, &mut between.re, &filter.re, part);
        approach::<FUSED>(&mut target.im, &mut between.im, &filter.im, part);
    }
}

#[inline(always)]
fn approach<const FUSED: bool>(
    target: &mut [f32; LANES],
    between: &mut [f32; LANES],
    filter: &[f32; LANES],
    part: f32,
) {
    for ((target, between), filter) in target.iter_mut().zip(between).zip(filter) {
        *between = fused::<FUSED>(part, *target - *between, *between);
        *target = fused::<FUSED>(part, *between - filter, *filter);
    }
}

#[inline(always)]
fn multiply_for<const FUSED: bool>(spectrum: &mut Spectrum, by: &Spectrum) {
    for (bins, by) in spectrum.iter_mut().zip(by) {
        *bins = product::<FUSED>(bins, by);
    }
}

#[inline(always)]
fn blend_three_for<const FUSED: bool>([a, b, c]: [Row; 3], out: &mut Spectrum) {
    for (((out, x), y), z) in out.iter_mut().zip(a.1).zip(b.1).zip(c.1) {
        let first = add_scaled::<FUSED>(Bins::default(), x, a.0);
        let second = add_scaled::<FUSED>(first, y, b.0);
        *out = add_scaled::<FUSED>(second, z, c.0);
    }
}

#[inline(always)]
fn blend_four_for<const FUSED: bool>([a, b, c, d]: [Row; 4], begun: bool, out: &mut Spectrum) {
    for ((((out, x), y), z), w) in out.iter_mut().zip(a.1).zip(b.1).zip(c.1).zip(d.1) {
        let before = if begun { *out } else { Bins::default() };
        let first = add_scaled::<FUSED>(before, x, a.0);
        let second = add_scaled::<FUSED>(first, y, b.0);
        let third = add_scaled::<FUSED>(second, z, c.0);
        *out = add_scaled::<FUSED>(third, w, d.0);
    }
}

#[inline(always)]
fn add_product_for<const FUSED: bool>(sound: &Spectrum, filter: &Filter, sum: &mut Spectrum) {
    let turns = filter.shift.turns::<FUSED>();
    for (((sum, sound), bins), turn) in sum.iter_mut().zip(sound).zip(filter.bins).zip(turns) {
        let heard = product::<FUSED>(&product::<FUSED>(sound, &turn), bins);
        *sum = add_scaled::<FUSED>(*sum, &heard, filter.gain);
    }
}

#[inline(always)]
fn add_products_for<const FUSED: bool>(
    sound: &Spectrum,
    change: &Change,
    to: &Spectrum,
    sums: &mut Moving,
) {
    let Moving { old, new, bend, .. } = sums;
    let sums = old.iter_mut().zip(new.iter_mut()).zip(bend.iter_mut());
    let begin = change
        .from
        .bins
        .iter()
        .zip(change.from.shift.turns::<FUSED>());
    let end = to.iter().zip(change.shift.turns::<FUSED>());
    for (((((old, new), bend), sound), begin), end) in sums.zip(sound).zip(begin).zip(end) {
        let was = filtered::<FUSED>(sound, begin);
        let is = filtered::<FUSED>(sound, end);
        change.add::<FUSED>([&was, &is], [old, new, bend]);
    }
}

/// A sound, delayed by a turn, through a filter.
#[inline(always)]
fn filtered<const FUSED: bool>(sound: &Bins, (filter, turn): (&Bins, Bins)) -> Bins {
    product::<FUSED>(&product::<FUSED>(sound, &turn), filter)
}

impl Change<'_> {
    /// Adds what is heard through the filter as it is and as it becomes to the sums of the old, of
    /// the new, and of the bend.
    #[inline(always)]
    fn add<const FUSED: bool>(&self, [was, is]: [&Bins; 2], [old, new, bend]: [&mut Bins; 3]) {
        *old = add_scaled::<FUSED>(*old, was, self.from.gain);
        *new = add_scaled::<FUSED>(*new, is, self.gain);
        let both = add_scaled::<FUSED>(*was, is, 1.0);
        let square = (self.later * self.later).min(MOST_BEND) as f32;
        *bend = add_scaled::<FUSED>(*bend, &both, square * self.from.gain);
    }
}

#[inline(always)]
fn product<const FUSED: bool>(a: &Bins, b: &Bins) -> Bins {
    let mut product = Bins::default();
    let lanes = product.re.iter_mut().zip(&mut product.im);
    let factors = a.re.iter().zip(&a.im).zip(b.re.iter().zip(&b.im));
    for ((re, im), ((a_re, a_im), (b_re, b_im))) in lanes.zip(factors) {
        *re = fused::<FUSED>(*a_re, *b_re, -*a_im * *b_im);
        *im = fused::<FUSED>(*a_re, *b_im, *a_im * *b_re);
    }
    product
}

/// `sum` and `weight` times `bins`.
#[inline(always)]
fn add_scaled<const FUSED: bool>(mut sum: Bins, bins: &Bins, weight: f32) -> Bins {
    for (sum, value) in sum.re.iter_mut().zip(&bins.re) {
        *sum = fused::<FUSED>(weight, *value, *sum);
    }
    for (sum, value) in sum.im.iter_mut().zip(&bins.im) {
        *sum = fused::<FUSED>(weight, *value, *sum);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAMES: usize = 288;

    fn noise(count: usize, seed: u64) -> Vec<f32> {
        let mut rng = fastrand::Rng::with_seed(seed);
        (0..count).map(|_| rng.f32() - 0.5).collect()
    }

    fn spectrum(transform: &mut Transform, sound: &[f32]) -> Box<Spectrum> {
        let mut spectrum = silence(FRAMES);
        transform.filter(sound, &mut spectrum);
        spectrum
    }

    /// Taps without anything at half the sample rate, as all filters are.
    fn taps(count: usize, seed: u64) -> Vec<f32> {
        let mut taps = noise(count, seed);
        let half: f32 = taps.chunks(2).map(|pair| pair[0] - pair[1]).sum();
        taps[0] -= half;
        taps
    }

    /// The newest quantum through a filter, by the sum that defines it.
    fn filtered(sound: &[f32], taps: &[f32]) -> Vec<f64> {
        let at = |n: usize| {
            let past = sound[..=n].iter().rev().zip(taps);
            past.map(|(x, h)| f64::from(*x) * f64::from(*h)).sum()
        };
        (sound.len() - QUANTUM..sound.len()).map(at).collect()
    }

    fn filter(bins: &Spectrum, delay: f64, gain: f32) -> Filter<'_> {
        Filter {
            bins,
            shift: Shift::new(delay, FRAMES),
            gain,
        }
    }

    fn change(from: &Spectrum, delays: [f64; 2], gains: [f32; 2]) -> Change<'_> {
        Change {
            from: filter(from, delays[0], gains[0]),
            shift: Shift::new(delays[1], FRAMES),
            gain: gains[1],
            later: delays[1] - delays[0],
        }
    }

    fn assert_near(out: &[f32], expected: impl IntoIterator<Item = f64>) {
        let mut count = 0;
        for (got, expected) in out.iter().zip(expected) {
            let error = (f64::from(*got) - expected).abs();
            assert!(error < 2e-5, "{got} is not {expected} at frame {count}");
            count += 1;
        }
        assert_eq!(count, out.len());
    }

    #[test]
    fn what_stands_still_is_filtered_as_the_sum_that_defines_it() {
        let mut transform = Transform::new(FRAMES);
        let (sound, taps) = (noise(FRAMES, 1), taps(150, 2));
        let bins = spectrum(&mut transform, &taps);
        let heard = spectrum(&mut transform, &sound);
        let mut sums = Sums::new(FRAMES);
        let mut out = [0.0; QUANTUM];
        for gain in [1.0, 0.25] {
            sums.add_still(&heard, &filter(&bins, 7.0, gain));
            sums.finish(&mut transform, &mut out);
            let late: Vec<f32> = [0.0; 7].iter().chain(&taps).copied().collect();
            let expected = filtered(&sound, &late);
            assert_near(&out, expected.iter().map(|x| f64::from(gain) * x));
        }
        sums.finish(&mut transform, &mut out);
        assert_eq!(out, [0.0; QUANTUM], "the next quantum begins with nothing");
    }

    #[test]
    fn what_moves_goes_in_a_straight_line_over_the_quantum_or_a_step_of_it() {
        let mut transform = Transform::new(FRAMES);
        let sound = noise(FRAMES, 3);
        let both = [4, 5].map(|seed| taps(140, seed));
        let heard = spectrum(&mut transform, &sound);
        let [a, b] = both.each_ref().map(|taps| spectrum(&mut transform, taps));
        let [old, new] = both.each_ref().map(|taps| filtered(&sound, taps));
        let change = change(&a, [0.0, 0.0], [0.5, 0.75]);
        let mut sums = Sums::new(FRAMES);
        let mut out = [0.0; QUANTUM];
        sums.add_moving(&heard, &change, &b, Span::Quantum);
        sums.finish(&mut transform, &mut out);
        let line = |n: usize, t: f64| 0.5 * (1.0 - t) * old[n] + 0.75 * t * new[n];
        assert_near(
            &out,
            (0..QUANTUM).map(|n| line(n, n as f64 / QUANTUM as f64)),
        );
        sums.add_moving(&heard, &change, &b, Span::Step(2));
        sums.finish(&mut transform, &mut out);
        assert_near(
            &out,
            (0..QUANTUM).map(|n| match n.checked_sub(2 * STEP) {
                Some(into) if into < STEP => line(n, into as f64 / STEP as f64),
                _ => 0.0,
            }),
        );
    }

    #[test]
    fn a_delay_that_moves_keeps_the_level_of_the_highs() {
        // A fifth of a frame in a quantum, as of a source that turns once a second.
        let (from, to) = (20.1, 20.3);
        let mut transform = Transform::new(FRAMES);
        let one = spectrum(&mut transform, &[1.0]);
        for (cycles, allowed) in [(4.0 / 48.0, 1.5e-5), (12.0 / 48.0, 5e-4)] {
            let tone = |n: f64| (std::f64::consts::TAU * cycles * n).sin();
            let sound: Vec<f32> = (0..FRAMES).map(|n| tone(n as f64) as f32).collect();
            let heard = spectrum(&mut transform, &sound);
            let mut sums = Sums::new(FRAMES);
            let change = change(&one, [from, to], [1.0, 1.0]);
            sums.add_moving(&heard, &change, &one, Span::Quantum);
            let mut out = [0.0; QUANTUM];
            sums.finish(&mut transform, &mut out);
            for (n, got) in out.iter().enumerate() {
                let delay = from + (to - from) * n as f64 / QUANTUM as f64;
                let expected = tone((FRAMES - QUANTUM + n) as f64 - delay);
                let error = (f64::from(*got) - expected).abs();
                assert!(error < allowed, "{error} at frame {n}, {cycles}");
            }
        }
    }

    #[test]
    fn rows_are_added_up_by_their_weights() {
        let mut transform = Transform::new(FRAMES);
        let rows: Vec<_> = (0..8)
            .map(|n| spectrum(&mut transform, &taps(60, n)))
            .collect();
        let weights = [0.5_f32, -0.2, 0.3, 0.7, 0.1, 0.9, -1.0, 0.4];
        let mut out = silence(FRAMES);
        for count in 0..=8 {
            let rows: Vec<Row> = weights.into_iter().zip(rows.iter().map(|r| &**r)).collect();
            blend(&rows[..count], &mut out);
            for (at, bins) in out.iter().enumerate() {
                for lane in 0..LANES {
                    let sum = |part: fn(&Bins) -> &[f32; LANES]| -> f32 {
                        let rows = rows[..count].iter();
                        rows.map(|(weight, row)| weight * part(&row[at])[lane])
                            .sum()
                    };
                    assert!((bins.re[lane] - sum(|bins| &bins.re)).abs() < 1e-5);
                    assert!((bins.im[lane] - sum(|bins| &bins.im)).abs() < 1e-5);
                }
            }
        }
    }

    #[test]
    fn a_filter_follows_what_follows_its_target() {
        let mut transform = Transform::new(FRAMES);
        let [target, middle, here] = [1, 2, 3].map(|seed| taps(60, seed));
        let [mut to, mut between, from] =
            [&target, &middle, &here].map(|taps| spectrum(&mut transform, taps));
        follow(&mut to, &mut between, &from, 0.3);
        let step = |from: &[f32], to: &[f32]| -> Vec<f32> {
            let pairs = from.iter().zip(to);
            pairs.map(|(a, b)| a + 0.3 * (b - a)).collect()
        };
        let half_way = step(&middle, &target);
        let next = step(&here, &half_way);
        for (spectrum, expected) in [(&between, half_way), (&to, next)] {
            for (is, expected) in transform.backward(spectrum).iter().zip(&expected) {
                assert!((is - expected).abs() < 1e-5, "{is} is not {expected}");
            }
        }
    }

    #[test]
    fn every_processor_gives_the_same_up_to_rounding() {
        let mut transform = Transform::new(FRAMES);
        let [sound, a, b, c] = [1, 2, 3, 4].map(|n| spectrum(&mut transform, &noise(100, n)));
        let change = change(&a, [12.3, 12.5], [0.5, 0.7]);
        let run = |fast: bool| {
            let (mut sums, mut sum) = (Moving::new(FRAMES), silence(FRAMES));
            let [mut three, mut four, mut target, mut between] = [&a, &b, &c, &a].map(Clone::clone);
            let rows: [Row; 4] = [(0.5, &a), (0.2, &b), (0.1, &c), (0.7, &a)];
            let [first, second, third, _] = rows;
            let three_rows = [first, second, third];
            if fast {
                add_products(&sound, &change, &b, &mut sums);
                add_product(&sound, &change.from, &mut sum);
                blend_three(three_rows, &mut three);
                blend_four(rows, true, &mut four);
                follow(&mut target, &mut between, &b, 0.3);
                multiply(&mut target, &c);
            } else {
                add_products_for::<false>(&sound, &change, &b, &mut sums);
                add_product_for::<false>(&sound, &change.from, &mut sum);
                blend_three_for::<false>(three_rows, &mut three);
                blend_four_for::<false>(rows, true, &mut four);
                follow_for::<false>(&mut target, &mut between, &b, 0.3);
                multiply_for::<false>(&mut target, &c);
            }
            let Moving { old, new, bend, .. } = sums;
            [old, new, bend, sum, three, four, target, between].concat()
        };
        for (plain, fast) in run(false).iter().zip(run(true)) {
            let scale = 1.0 + plain.re[0].abs();
            for lane in 0..LANES {
                assert!((plain.re[lane] - fast.re[lane]).abs() < 1e-4 * scale);
                assert!((plain.im[lane] - fast.im[lane]).abs() < 1e-4 * scale);
            }
        }
    }
}
