//! What is carried over from measured directions to others.

use super::super::grid::Taps;
use super::super::lookup::Ear;
use super::super::sphere::HeadError;
use super::super::vector::Vector;
use super::apart::Apart;
use super::beside::{Beside, incidence};
use super::equalise;
use super::fill::Field;
use super::filters::FilterMaker;
use super::mesh::Mesh;
use super::shell::{Nodes, Shell};
use super::spectra::{Analyser, EXCESS_TO_HZ, Spectrum};

/// The responses of one distance as values over directions. For each ear: logarithmic levels
/// relative to the common shadow, the excess of phase, and the delay relative to the sphere's in
/// seconds.
pub(super) struct Features<'a> {
    beside: &'a Beside<'a>,
    frequencies: &'a [f64],
    distance_m: f64,
    ears: usize,
    low_bins: usize,
    field: Field,
}

/// One ear's part of a row.
struct Parts {
    log: Vec<f64>,
    excess: Vec<f64>,
    delay: f64,
}

impl<'a> Features<'a> {
    /// With `low_end`, phases at the low end are the sphere's, as its levels are; with `mirrored`,
    /// the right ear is the mirrored left one.
    pub(super) fn new(
        shell: &Apart,
        beside: &'a Beside<'a>,
        frequencies: &'a [f64],
        (low_end, mirrored): (bool, bool),
        analyser: &Analyser,
    ) -> Self {
        let low_bins = shell.ears[0][0].excess.len();
        let ears = if mirrored { 1 } else { 2 };
        let count = (shell.directions.len() * shell.ears.len()) as f64;
        // What all responses have in common is no difference between ears.
        let mut common = vec![0.0; low_bins];
        for spectrum in shell.ears.iter().flatten() {
            for (sum, phase) in common.iter_mut().zip(&spectrum.excess) {
                *sum += phase / count;
            }
        }
        let kept: Vec<f64> = frequencies.iter().map(|hz| kept(*hz, low_end)).collect();
        let delays = relative_delays(shell, beside);
        let mut field = Field::default();
        for (at, direction) in shell.directions.iter().enumerate() {
            let mut row = Vec::new();
            for ((spectra, ear), delays) in shell.ears.iter().zip(EARS).zip(&delays).take(ears) {
                let spectrum = &spectra[at];
                let shadow = beside.shadow(incidence(ear, *direction), frequencies);
                row.extend(
                    spectrum
                        .log
                        .iter()
                        .zip(&shadow)
                        .map(|(l, s)| (l - s) as f32),
                );
                let excess = spectrum.excess.iter().zip(&common).zip(&kept);
                let mut excess: Vec<f64> = excess
                    .map(|((phase, common), kept)| (phase - common) * kept)
                    .collect();
                if low_end {
                    let levels = beside.log_levels(
                        shell.distance_m,
                        incidence(ear, *direction),
                        frequencies,
                    );
                    let sphere = analyser.phase_beside(&levels, &spectrum.log, delays[at]);
                    for ((phase, sphere), hz) in excess.iter_mut().zip(sphere).zip(frequencies) {
                        *phase += sphere * equalise::low_end(*hz);
                    }
                }
                row.extend(excess.into_iter().map(|phase| phase as f32));
                row.push(delays[at] as f32);
            }
            field.directions.push(*direction);
            field.values.push(row);
        }
        Self {
            beside,
            frequencies,
            distance_m: shell.distance_m,
            ears,
            low_bins,
            field,
        }
    }

    /// Levels and phases of some responses, spread over all.
    pub(super) fn samples(&self, count: usize) -> Vec<(Vec<f64>, Vec<f64>)> {
        let step = (self.field.directions.len() * self.ears / count).max(1);
        let all = (0..self.field.directions.len()).flat_map(|at| EARS.map(|ear| (at, ear)));
        all.filter(|(_, ear)| self.ears == 2 || *ear == Ear::Left)
            .step_by(step)
            .map(|(at, ear)| {
                let parts = self.parts(&self.field.values[at], ear, self.angle(at, ear));
                (parts.log, parts.excess)
            })
            .collect()
    }

    /// Fills up the directions to neighbours `step` radians apart, and makes all filters. Says how
    /// far the middle of the widest gap is from what was measured: radians, 0 when there is none.
    pub(super) fn shell(
        mut self,
        maker: &FilterMaker,
        (taps, step): (usize, f64),
        variation: Taps,
    ) -> Result<(Shell<Taps>, f64), HeadError> {
        let gap = self.field.fill(step);
        let mesh = Mesh::new(self.field.directions.clone()).ok_or(HeadError::Directions)?;
        let left = self.nodes(Ear::Left, maker, taps);
        let right = (self.ears == 2).then(|| self.nodes(Ear::Right, maker, taps));
        let centre = self.centre(maker, taps);
        let shell = Shell {
            distance_m: self.distance_m,
            variation,
            mesh,
            left,
            right,
            centre,
        };
        Ok((shell, gap))
    }

    fn nodes(&self, ear: Ear, maker: &FilterMaker, taps: usize) -> Nodes<Taps> {
        let mut values = Vec::with_capacity(self.field.directions.len() * taps);
        let mut delays = Vec::with_capacity(self.field.directions.len());
        for (at, row) in self.field.values.iter().enumerate() {
            let parts = self.parts(row, ear, self.angle(at, ear));
            let made = maker.make(&parts.log, &parts.excess, parts.delay, taps);
            let soonest = SOONEST_S - self.beside.delay_s(self.distance_m, self.angle(at, ear));
            let delay = made.delay.max(soonest);
            values.extend(made.taps.iter().map(|tap| *tap as f32));
            delays.push(delay * self.beside.sample_rate - maker.lead() as f64);
        }
        Nodes {
            filters: Taps { taps, values },
            delays: delays.into(),
        }
    }

    /// The mean of all directions and both ears, without phase of its own.
    fn centre(&self, maker: &FilterMaker, taps: usize) -> Taps {
        let count = (self.field.values.len() * self.ears) as f64;
        let mut log = self
            .beside
            .shadow(std::f64::consts::FRAC_PI_2, self.frequencies);
        for row in &self.field.values {
            for part in row.chunks(self.stride()) {
                for (sum, value) in log.iter_mut().zip(part) {
                    *sum += f64::from(*value) / count;
                }
            }
        }
        let excess = vec![0.0; self.low_bins];
        let made = maker.make(&log, &excess, 0.0, taps);
        let values = made.taps.iter().map(|tap| *tap as f32).collect();
        Taps { taps, values }
    }

    /// Where it was measured, in metres.
    pub(super) fn distance_m(&self) -> f64 {
        self.distance_m
    }

    fn angle(&self, at: usize, ear: Ear) -> f64 {
        incidence(ear, self.field.directions[at])
    }

    fn stride(&self) -> usize {
        self.frequencies.len() + self.low_bins + 1
    }

    /// One ear's part of a row, its levels whole again.
    fn parts(&self, row: &[f32], ear: Ear, angle: f64) -> Parts {
        let start = match ear {
            Ear::Left => 0,
            Ear::Right => self.stride(),
        };
        let part = &row[start..start + self.stride()];
        let (log, rest) = part.split_at(self.frequencies.len());
        let (excess, delay) = rest.split_at(self.low_bins);
        let shadow = self.beside.shadow(angle, self.frequencies);
        Parts {
            log: log
                .iter()
                .zip(shadow)
                .map(|(l, s)| f64::from(*l) + s)
                .collect(),
            excess: excess.iter().copied().map(f64::from).collect(),
            delay: f64::from(delay[0]),
        }
    }
}

const EARS: [Ear; 2] = [Ear::Left, Ear::Right];

/// What two responses of one direction differ by in time beyond this is no interaural delay, but a
/// fault of one of them: seconds.
const LARGEST_DIFFERENCE_S: f64 = 0.002;

/// Nothing is heard sooner than so long before it would be at the centre of the head, and a filter's
/// lead: seconds. Whatever a set holds, the latency stays the same.
const SOONEST_S: f64 = -0.0004;

/// By ear and direction, what the sound takes longer than round the sphere, in seconds. Only what
/// the ears differ by is kept: what they have in common says where the loudspeaker stood, which is
/// never quite the same, and would be heard as Doppler's shift when a source moves.
fn relative_delays(shell: &Apart, beside: &Beside) -> [Vec<f64>; 2] {
    let relative = |spectrum: &Spectrum, ear: Ear, direction: Vector| {
        spectrum.delay - beside.delay_s(shell.distance_m, incidence(ear, direction))
    };
    let [left, right] = &shell.ears;
    let pairs = left.iter().zip(right).zip(&shell.directions);
    pairs
        .map(|((left, right), direction)| {
            let later =
                relative(right, Ear::Right, *direction) - relative(left, Ear::Left, *direction);
            let half = 0.5 * later.clamp(-LARGEST_DIFFERENCE_S, LARGEST_DIFFERENCE_S);
            (-half, half)
        })
        .unzip::<f64, f64, Vec<f64>, Vec<f64>>()
        .into()
}

/// How much of the measured excess of phase is kept at a frequency: 0 to 1.
fn kept(hz: f64, low_end: bool) -> f64 {
    const BEGIN_HZ: f64 = 100.0;
    const FALLING_HZ: f64 = 1200.0;
    let rise = if low_end {
        1.0 - equalise::low_end(hz)
    } else {
        ((hz - BEGIN_HZ) / BEGIN_HZ).clamp(0.0, 1.0)
    };
    rise * ((EXCESS_TO_HZ - hz) / (EXCESS_TO_HZ - FALLING_HZ)).clamp(0.0, 1.0)
}
