//! The sound between two frames.
//!
//! It is interpolated by a windowed sinc (16 taps, Kaiser window), which is flat within 0.01 dB to
//! 16 kHz at 48 kHz at every fraction and while the delay moves. Linear interpolation would lose 6
//! dB there, differently for each fraction: a moving source would tremble in the treble. Method:
//! Laakso, Välimäki, Karjalainen, Laine, "Splitting the unit delay", IEEE Signal Processing Magazine
//! 13(1), 1996.

/// Taps of the interpolation kernel.
pub(super) const TAPS: usize = 16;

/// The smallest delay that can be read, in frames: half the kernel lies in the future of the point.
pub const MIN_DELAY_FRAMES: usize = TAPS / 2;

/// Fractions of a frame for which the kernel is tabulated; between them it is interpolated
/// linearly, with an error below -90 dB.
const PHASES: usize = 256;

/// Shape of the Kaiser window: chosen by measuring the flatness to 16 kHz at 48 kHz.
const KAISER_BETA: f64 = 6.0;

/// The interpolation kernel, tabulated by fraction. One serves every delay line.
#[derive(Debug)]
pub struct Kernel {
    phases: Box<[Phase]>,
}

/// The kernel of a fraction.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Phase {
    /// The taps, from the oldest frame to the newest.
    pub(super) taps: [f32; TAPS],
    /// What each becomes at the next fraction of the table, less what it is.
    pub(super) change: [f32; TAPS],
}

impl Kernel {
    /// Computes the table.
    pub fn new() -> Self {
        let at = |phase: usize| taps_at(phase as f64 / PHASES as f64);
        let phase = |n: usize| {
            let (taps, mut change) = (at(n), at(n + 1));
            for (change, tap) in change.iter_mut().zip(taps) {
                *change -= tap;
            }
            Phase { taps, change }
        };
        Self {
            phases: (0..PHASES).map(phase).collect(),
        }
    }

    /// The kernel of the table below `fraction` (from 0 on, less than 1), and how far it is on the
    /// way to the next one.
    #[inline(always)]
    pub(super) fn phase(&self, fraction: f32) -> (&Phase, f32) {
        const NONE: Phase = Phase {
            taps: [0.0; TAPS],
            change: [0.0; TAPS],
        };
        let phase = fraction * PHASES as f32;
        let index = (phase as usize).min(PHASES - 1);
        let between = phase - index as f32;
        (self.phases.get(index).unwrap_or(&NONE), between)
    }
}

impl Default for Kernel {
    fn default() -> Self {
        Self::new()
    }
}

/// The taps that read `fraction` of a frame after the eighth of sixteen frames.
fn taps_at(fraction: f64) -> [f32; TAPS] {
    let mut taps = [0.0_f64; TAPS];
    for (k, tap) in taps.iter_mut().enumerate() {
        let t = k as f64 - (MIN_DELAY_FRAMES - 1) as f64 - fraction;
        *tap = sinc(t) * kaiser(t / MIN_DELAY_FRAMES as f64, KAISER_BETA);
    }
    // A constant comes out unchanged, at every fraction.
    let sum: f64 = taps.iter().sum();
    taps.map(|tap| (tap / sum) as f32)
}

/// sin(pi t) / (pi t)
pub(super) fn sinc(t: f64) -> f64 {
    if t == 0.0 {
        return 1.0;
    }
    let x = std::f64::consts::PI * t;
    x.sin() / x
}

/// The Kaiser window of shape `beta` at `t`, from -1 to 1.
pub(super) fn kaiser(t: f64, beta: f64) -> f64 {
    bessel_i0(beta * (1.0 - t * t).max(0.0).sqrt()) / bessel_i0(beta)
}

/// Modified Bessel function of the first kind and order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..64_u8 {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum += term;
    }
    sum
}
