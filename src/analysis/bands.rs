//! Octaves and their sixths, in which levels are told.

/// Centres of the octaves, in hertz.
pub const OCTAVES_HZ: [u32; 8] = [125, 250, 500, 1000, 2000, 4000, 8000, 16_000];

/// Sixths of an octave in each of them.
pub const SIXTHS_PER_OCTAVE: usize = 6;

/// How many sixths of an octave there are: those of [`OCTAVES_HZ`].
pub const SIXTHS: usize = OCTAVES_HZ.len() * SIXTHS_PER_OCTAVE;

/// Frequencies in a sixth of an octave at which the response is looked at.
const POINTS: u32 = 5;

/// Above this frequency nothing is told of a level: hertz. Few hear it, and heads are not prepared
/// for it.
const HIGHEST_HZ: f64 = 20_000.0;

/// Nor above this part of the sample rate, where resamplers end.
const HIGHEST_PART: f64 = 0.45;

/// A sixth of an octave: its edges in hertz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sixth {
    /// The lower edge.
    pub from_hz: f64,
    /// The upper edge.
    pub to_hz: f64,
}

impl Sixth {
    /// The one of this index, from 0 (88 Hz) to [`SIXTHS`] - 1 (below 22.6 kHz).
    pub fn new(index: usize) -> Self {
        let edge = |n: usize| 125.0 * ((n as f64 / SIXTHS_PER_OCTAVE as f64) - 0.5).exp2();
        Self {
            from_hz: edge(index),
            to_hz: edge(index + 1),
        }
    }

    /// The middle, in hertz.
    pub fn centre_hz(self) -> f64 {
        (self.from_hz * self.to_hz).sqrt()
    }

    /// Whether sound of this rate has it, and something can be told of it.
    pub fn is_told(self, sample_rate: f64) -> bool {
        self.to_hz <= HIGHEST_HZ.min(HIGHEST_PART * sample_rate)
    }

    /// Frequencies in it, evenly spread over its pitch.
    pub fn frequencies(self) -> impl Iterator<Item = f64> {
        let ratio = self.to_hz / self.from_hz;
        let part = move |n: u32| (f64::from(n) + 0.5) / f64::from(POINTS);
        (0..POINTS).map(move |n| self.from_hz * ratio.powf(part(n)))
    }
}

/// The level of each octave of those of its sixths, in decibels: the mean of their powers. None
/// where less than half of it is told.
pub fn octave_levels_db(sixths_db: &[Option<f64>; SIXTHS]) -> [Option<f64>; OCTAVES_HZ.len()] {
    let mut octaves = [None; OCTAVES_HZ.len()];
    for (octave, sixths) in octaves.iter_mut().zip(sixths_db.chunks(SIXTHS_PER_OCTAVE)) {
        let powers: Vec<f64> = sixths
            .iter()
            .flatten()
            .map(|level| 10.0_f64.powf(level / 10.0))
            .collect();
        if 2 * powers.len() >= SIXTHS_PER_OCTAVE {
            let mean = powers.iter().sum::<f64>() / powers.len() as f64;
            *octave = Some(10.0 * mean.log10());
        }
    }
    octaves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixths_fill_the_octaves() {
        for (n, centre) in OCTAVES_HZ.into_iter().enumerate() {
            let low = Sixth::new(n * SIXTHS_PER_OCTAVE).from_hz;
            let high = Sixth::new((n + 1) * SIXTHS_PER_OCTAVE - 1).to_hz;
            assert!((high / low - 2.0).abs() < 1e-12);
            assert!(((low * high).sqrt() - f64::from(centre)).abs() < 1e-9);
        }
        let sixth = Sixth::new(20);
        let frequencies: Vec<f64> = sixth.frequencies().collect();
        assert!(frequencies.is_sorted() && frequencies.len() == 5);
        assert!(sixth.from_hz < frequencies[0] && frequencies[4] < sixth.to_hz);
    }

    #[test]
    fn an_octave_is_told_when_half_of_it_is() {
        let mut sixths = [None; SIXTHS];
        sixths[6..9].fill(Some(-3.0));
        sixths[12..14].fill(Some(-3.0));
        let octaves = octave_levels_db(&sixths);
        assert!((octaves[1].expect("half") + 3.0).abs() < 1e-12);
        assert_eq!((octaves[0], octaves[2]), (None, None));
        let told = |rate: f64| (0..SIXTHS).filter(|n| Sixth::new(*n).is_told(rate)).count();
        assert!(told(8000.0) < told(44_100.0) && told(48_000.0) < SIXTHS);
        assert_eq!(told(48_000.0), told(384_000.0));
    }
}
