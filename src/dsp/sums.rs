//! Where all sources of a quantum come together: by frequency, before one transform for all.
//!
//! The filters of what moves go in a straight line from one quantum to the next. Filtered by the old
//! ones and filtered by the new ones, all sources are added up apart; faded into each other over the
//! quantum, the two sums are what the blended filters would give.
#![allow(
    clippy::indexing_slicing,
    reason = "all indices run over arrays whose length is a constant"
)]

use multiversion::multiversion;

use super::fused::{for_this_processor, fused};
use super::spectrum::{Spectrum, Transform};
use super::{Block, QUANTUM, ramp};

/// Values that are computed side by side.
const LANES: usize = 8;

/// Rows at most that a filter is the sum of; more are not heard.
pub const MAX_ROWS: usize = 8;

/// The partitions of a filter and how much it counts.
pub type Row<'a> = (f32, &'a [Spectrum]);

/// What one ear hears in a quantum.
#[derive(Clone, Copy, Debug)]
pub struct Sums {
    /// Of what moves, with the filters that it comes with.
    old: Spectrum,
    /// Of what moves, with the filters that it goes to.
    new: Spectrum,
    /// Of what stands still.
    still: Spectrum,
}

/// A partition of the filter of one ear.
#[derive(Debug)]
pub struct Partition<'a> {
    /// Which one of the filter's.
    pub at: usize,
    /// The sound that it filters.
    pub sound: &'a Spectrum,
    /// Its filter, which goes a part of the way to [`Partition::between`].
    pub here: &'a mut Spectrum,
    /// What goes a part of the way to where the filter is to be.
    pub between: &'a mut Spectrum,
}

impl Sums {
    /// Nothing is heard.
    pub const SILENCE: Self = Self {
        old: Spectrum::SILENCE,
        new: Spectrum::SILENCE,
        still: Spectrum::SILENCE,
    };

    /// Adds a sound through the filter of a partition that stays as it is.
    pub fn add_still(&mut self, sound: &Spectrum, filter: &Spectrum) {
        multiply(sound, filter, &mut self.still);
    }

    /// Adds a sound through a filter that changes: it goes `part` (0 to 1) of the way to one that
    /// goes as large a part of the way to the sum of `rows`, each times its weight. 1: it is there.
    pub fn add_moving(&mut self, partition: Partition, rows: &[Row], part: f32) {
        let sums = (&mut self.old, &mut self.new);
        if part < 1.0 {
            follow(partition, rows, part, sums);
        } else {
            go(partition, rows, sums);
        }
    }

    /// Adds all that `other` holds, times a factor that goes from `from` to `to`.
    pub fn add_faded(&mut self, other: &Self, from: f32, to: f32) {
        for heard in [&other.old, &other.still] {
            self.old.add(heard, from);
        }
        for heard in [&other.new, &other.still] {
            self.new.add(heard, to);
        }
    }

    /// The quantum that comes of all.
    ///
    /// Real-time: bounded, no allocation.
    pub fn finish(mut self, transform: &mut Transform) -> Block {
        self.old.add(&self.still, 1.0);
        self.new.add(&self.still, 1.0);
        let (mut old, mut new) = ([0.0; QUANTUM], [0.0; QUANTUM]);
        transform.newer(&self.old, &mut old);
        transform.newer(&self.new, &mut new);
        for ((sample, new), t) in old.iter_mut().zip(new).zip(ramp()) {
            *sample += t * (new - *sample);
        }
        old
    }
}

/// Writes the sum of a partition of `rows`, each times its weight: to the bit what a filter that has
/// come there is.
#[multiversion(targets("x86_64+avx2+fma"))]
pub fn sum_of(rows: &[Row], at: usize, out: &mut Spectrum) {
    for_this_processor!(sum_for(rows, at, out));
}

/// Adds a product of spectra to `sum`.
#[multiversion(targets("x86_64+avx2+fma"))]
fn multiply(sound: &Spectrum, filter: &Spectrum, sum: &mut Spectrum) {
    for_this_processor!(multiply_for(sound, filter, sum));
}

/// Adds the products with the filter as it is and as it becomes, when it follows.
#[multiversion(targets("x86_64+avx2+fma"))]
fn follow(partition: Partition, rows: &[Row], part: f32, sums: (&mut Spectrum, &mut Spectrum)) {
    for_this_processor!(follow_for(partition, rows, part, sums));
}

/// The same when it is there at once.
#[multiversion(targets("x86_64+avx2+fma"))]
fn go(partition: Partition, rows: &[Row], sums: (&mut Spectrum, &mut Spectrum)) {
    for_this_processor!(go_for(partition, rows, sums));
}

#[inline(always)]
fn sum_for<const FUSED: bool>(rows: &[Row], at: usize, out: &mut Spectrum) {
    let rows = Partitions::new(rows, at);
    for first in (0..QUANTUM).step_by(LANES) {
        let (re, im) = rows.blended::<FUSED>(first);
        out.re[first..first + LANES].copy_from_slice(&re);
        out.im[first..first + LANES].copy_from_slice(&im);
    }
}

#[inline(always)]
fn multiply_for<const FUSED: bool>(sound: &Spectrum, filter: &Spectrum, sum: &mut Spectrum) {
    let ends = product_at_ends(sound, filter, sum);
    for first in (0..QUANTUM).step_by(LANES) {
        let (re, im) = lanes(filter, first);
        add_product::<FUSED>(sound, (&re, &im), sum, first);
    }
    (sum.re[0], sum.im[0]) = ends;
}

#[inline(always)]
fn follow_for<const FUSED: bool>(
    partition: Partition,
    rows: &[Row],
    part: f32,
    (old, new): (&mut Spectrum, &mut Spectrum),
) {
    let Partition {
        at,
        sound,
        here,
        between,
    } = partition;
    let rows = Partitions::new(rows, at);
    let old_ends = product_at_ends(sound, here, old);
    let new_before = (new.re[0], new.im[0]);
    for first in (0..QUANTUM).step_by(LANES) {
        let (mut re, mut im) = rows.blended::<FUSED>(first);
        let was = lanes(here, first);
        add_product::<FUSED>(sound, (&was.0, &was.1), old, first);
        approach::<FUSED>(&mut re, &mut between.re[first..], part);
        approach::<FUSED>(&mut im, &mut between.im[first..], part);
        approach::<FUSED>(&mut re, &mut here.re[first..], part);
        approach::<FUSED>(&mut im, &mut here.im[first..], part);
        add_product::<FUSED>(sound, (&re, &im), new, first);
    }
    (old.re[0], old.im[0]) = old_ends;
    (new.re[0], new.im[0]) = new_before;
    (new.re[0], new.im[0]) = product_at_ends(sound, here, new);
}

#[inline(always)]
fn go_for<const FUSED: bool>(
    partition: Partition,
    rows: &[Row],
    (old, new): (&mut Spectrum, &mut Spectrum),
) {
    let Partition {
        at,
        sound,
        here,
        between,
    } = partition;
    let rows = Partitions::new(rows, at);
    let old_ends = product_at_ends(sound, here, old);
    let new_before = (new.re[0], new.im[0]);
    for first in (0..QUANTUM).step_by(LANES) {
        let (re, im) = rows.blended::<FUSED>(first);
        let was = lanes(here, first);
        add_product::<FUSED>(sound, (&was.0, &was.1), old, first);
        add_product::<FUSED>(sound, (&re, &im), new, first);
        for filter in [&mut *here, &mut *between] {
            filter.re[first..first + LANES].copy_from_slice(&re);
            filter.im[first..first + LANES].copy_from_slice(&im);
        }
    }
    (old.re[0], old.im[0]) = old_ends;
    (new.re[0], new.im[0]) = new_before;
    (new.re[0], new.im[0]) = product_at_ends(sound, here, new);
}

/// The partitions that one partition is the sum of, with their weights.
struct Partitions<'a> {
    parts: [(f32, &'a Spectrum); MAX_ROWS],
    count: usize,
}

impl<'a> Partitions<'a> {
    #[inline(always)]
    fn new(rows: &[Row<'a>], at: usize) -> Self {
        let mut parts = [(0.0, &Spectrum::SILENCE); MAX_ROWS];
        let mut count = 0;
        for (part, (weight, row)) in parts.iter_mut().zip(rows) {
            if let Some(partition) = row.get(at) {
                *part = (*weight, partition);
            }
            count += 1;
        }
        Self { parts, count }
    }

    /// Their sum from `first` on.
    #[inline(always)]
    fn blended<const FUSED: bool>(&self, first: usize) -> ([f32; LANES], [f32; LANES]) {
        let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
        for (weight, part) in self.parts.iter().take(self.count) {
            let (part_re, part_im) = lanes(part, first);
            for i in 0..LANES {
                re[i] = fused::<FUSED>(*weight, part_re[i], re[i]);
                im[i] = fused::<FUSED>(*weight, part_im[i], im[i]);
            }
        }
        (re, im)
    }
}

/// What the sum is at 0 Hz and at half the sample rate when the product is added.
#[inline(always)]
fn product_at_ends(sound: &Spectrum, filter: &Spectrum, sum: &Spectrum) -> (f32, f32) {
    (
        sum.re[0] + sound.re[0] * filter.re[0],
        sum.im[0] + sound.im[0] * filter.im[0],
    )
}

/// A part of a spectrum, from `first` on.
#[inline(always)]
fn lanes(spectrum: &Spectrum, first: usize) -> ([f32; LANES], [f32; LANES]) {
    let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
    re.copy_from_slice(&spectrum.re[first..first + LANES]);
    im.copy_from_slice(&spectrum.im[first..first + LANES]);
    (re, im)
}

/// `from` goes a part of the way to `to`, and `to` becomes where it got to.
#[inline(always)]
fn approach<const FUSED: bool>(to: &mut [f32; LANES], from: &mut [f32], part: f32) {
    for (to, from) in to.iter_mut().zip(from) {
        *from = fused::<FUSED>(part, *to - *from, *from);
        *to = *from;
    }
}

#[inline(always)]
fn add_product<const FUSED: bool>(
    sound: &Spectrum,
    (re, im): (&[f32; LANES], &[f32; LANES]),
    sum: &mut Spectrum,
    first: usize,
) {
    let (x_re, x_im) = lanes(sound, first);
    let (mut sum_re, mut sum_im) = lanes(sum, first);
    for i in 0..LANES {
        sum_re[i] = fused::<FUSED>(-x_im[i], im[i], fused::<FUSED>(x_re[i], re[i], sum_re[i]));
        sum_im[i] = fused::<FUSED>(x_im[i], re[i], fused::<FUSED>(x_re[i], im[i], sum_im[i]));
    }
    sum.re[first..first + LANES].copy_from_slice(&sum_re);
    sum.im[first..first + LANES].copy_from_slice(&sum_im);
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAPS: usize = 150;

    /// As many frames as the newest quantum needs.
    const FRAMES: usize = (TAPS.div_ceil(QUANTUM) + 1) * QUANTUM;

    fn noise(count: usize, seed: u64) -> Vec<f32> {
        let mut rng = fastrand::Rng::with_seed(seed);
        (0..count).map(|_| rng.f32() - 0.5).collect()
    }

    /// The spectra of a sound's last quanta, the newest first.
    fn spectra(sound: &[f32], transform: &mut Transform) -> Vec<Spectrum> {
        let blocks = sound.as_chunks::<QUANTUM>().0;
        let pairs = blocks.windows(2).rev().take(TAPS.div_ceil(QUANTUM));
        pairs
            .map(|pair| {
                let mut spectrum = Spectrum::SILENCE;
                transform.forward(&pair[0], &pair[1], &mut spectrum);
                spectrum
            })
            .collect()
    }

    /// The newest quantum through a filter, by the sum that defines it.
    fn filtered(sound: &[f32], taps: &[f32]) -> Vec<f64> {
        let at = |n: usize| {
            let past = sound[..=n].iter().rev().zip(taps);
            past.map(|(x, h)| f64::from(*x) * f64::from(*h)).sum()
        };
        (sound.len() - QUANTUM..sound.len()).map(at).collect()
    }

    #[test]
    fn what_stands_still_is_filtered_as_the_sum_that_defines_it() {
        let mut transform = Transform::new();
        let (sound, taps) = (noise(FRAMES, 1), noise(TAPS, 2));
        let filter = transform.partitions(&taps);
        let mut sums = Sums::SILENCE;
        for (sound, filter) in spectra(&sound, &mut transform).iter().zip(&filter) {
            sums.add_still(sound, filter);
        }
        let out = sums.finish(&mut transform);
        for (n, (got, expected)) in out.iter().zip(filtered(&sound, &taps)).enumerate() {
            assert!((f64::from(*got) - expected).abs() < 1e-5, "frame {n}");
        }
    }

    #[test]
    fn what_moves_goes_in_a_straight_line_to_the_sum_of_its_rows_or_a_part_of_the_way() {
        let mut transform = Transform::new();
        let sound = noise(FRAMES, 3);
        let [here, between, a, b] = [4, 5, 6, 7].map(|seed| noise(TAPS, seed));
        for part in [1.0, 0.3] {
            let mut filters = [&here, &between].map(|taps| transform.partitions(taps));
            let rows = [&a, &b].map(|taps| transform.partitions(taps));
            let (own, others) = filters.split_at_mut(1);
            let filters = own[0].iter_mut().zip(&mut others[0]);
            let mut sums = Sums::SILENCE;
            let spectra = spectra(&sound, &mut transform);
            for (at, (sound, (here, between))) in spectra.iter().zip(filters).enumerate() {
                let partition = Partition {
                    at,
                    sound,
                    here,
                    between,
                };
                sums.add_moving(partition, &[(0.2, &rows[0]), (0.7, &rows[1])], part);
            }
            let out = sums.finish(&mut transform);
            let next: Vec<f32> = (0..TAPS)
                .map(|n| {
                    let target = 0.2 * a[n] + 0.7 * b[n];
                    let half_way = between[n] + part * (target - between[n]);
                    here[n] + part * (half_way - here[n])
                })
                .collect();
            let (old, new) = (filtered(&sound, &here), filtered(&sound, &next));
            for (n, got) in out.iter().enumerate() {
                let t = n as f64 / QUANTUM as f64;
                let expected = old[n] + t * (new[n] - old[n]);
                assert!(
                    (f64::from(*got) - expected).abs() < 1e-5,
                    "part {part}, frame {n}"
                );
            }
        }
    }

    #[test]
    fn a_fade_goes_in_a_straight_line() {
        let mut transform = Transform::new();
        let (sound, taps) = (noise(FRAMES, 8), noise(TAPS, 9));
        let filter = transform.partitions(&taps);
        let mut own = Sums::SILENCE;
        for (sound, filter) in spectra(&sound, &mut transform).iter().zip(&filter) {
            own.add_still(sound, filter);
        }
        let mut sums = Sums::SILENCE;
        sums.add_faded(&own, 0.25, 0.75);
        let out = sums.finish(&mut transform);
        for (n, (got, whole)) in out.iter().zip(filtered(&sound, &taps)).enumerate() {
            let expected = (0.25 + 0.5 * n as f64 / QUANTUM as f64) * whole;
            assert!((f64::from(*got) - expected).abs() < 1e-5, "frame {n}");
        }
    }

    fn first_of<'a>(sound: &'a Spectrum, filters: &'a mut [Spectrum; 2]) -> Partition<'a> {
        let [here, between] = filters;
        Partition {
            at: 0,
            sound,
            here,
            between,
        }
    }

    #[test]
    fn every_processor_gives_the_same_up_to_rounding() {
        let spectrum = |seed| {
            let values = noise(2 * QUANTUM, seed);
            let (re, im) = values.split_at(QUANTUM);
            let part = |half: &[f32]| *half.first_chunk().unwrap();
            Spectrum {
                re: part(re),
                im: part(im),
            }
        };
        let [sound, here, between, row, sum] = [1, 2, 3, 4, 5].map(spectrum);
        let (one, other) = ([row], [sound]);
        let rows: [Row; 2] = [(0.5, &one), (0.25, &other)];
        let run = |fast: bool| {
            let (mut filters, mut others) = ([here, between], [row, between]);
            let [mut a, mut b, mut c, mut d, mut e] = [sum; 5];
            if fast {
                follow(first_of(&sound, &mut filters), &rows, 0.3, (&mut a, &mut b));
                go(first_of(&sound, &mut others), &rows, (&mut c, &mut d));
                multiply(&sound, &row, &mut e);
            } else {
                follow_for::<false>(first_of(&sound, &mut filters), &rows, 0.3, (&mut a, &mut b));
                go_for::<false>(first_of(&sound, &mut others), &rows, (&mut c, &mut d));
                multiply_for::<false>(&sound, &row, &mut e);
            }
            [filters[0], filters[1], others[0], others[1], a, b, c, d, e]
        };
        for (plain, fast) in run(false).iter().zip(run(true)) {
            for k in 0..QUANTUM {
                assert!((plain.re[k] - fast.re[k]).abs() < 1e-6, "{k}");
                assert!((plain.im[k] - fast.im[k]).abs() < 1e-6, "{k}");
            }
        }
    }
}
