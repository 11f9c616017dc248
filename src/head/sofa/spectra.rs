//! Transfer functions, as impulse responses.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use super::file::{SofaFile, Table};
use super::responses::{Responses, check_values, lengths};
use super::{MAX_VALUES, Notes, RATES_HZ, SAMPLES, SofaError};

/// More of the energy than this in the last quarter of the responses is their beginning: they come
/// before time 0, as those of a computed head do at the ear that is nearer than its centre.
const EARLY: f64 = 0.01;

/// The frequencies of a file.
struct Frequencies {
    /// Of one response, with those at 0 Hz and at half the rate.
    bins: usize,
    /// Whether the file leaves 0 Hz away.
    without_zero: bool,
    /// Of the impulse responses, in hertz.
    rate: f64,
}

/// Reads `Data.Real` and `Data.Imag`.
pub(super) fn read(file: &SofaFile, notes: &mut Notes) -> Result<Responses, SofaError> {
    let frequencies = Frequencies::read(file, notes)?;
    let part = |name| {
        let table = file.samples(name)?.ok_or(SofaError::Missing(name))?;
        let lengths = lengths(file, &table)?;
        check_values(&table)?;
        Ok((table, lengths))
    };
    let (real, [measurements, given]) = part("Data.Real")?;
    let (imaginary, _) = part("Data.Imag")?;
    let expected = frequencies.bins - usize::from(frequencies.without_zero);
    if real.shape != imaginary.shape || given != expected {
        return Err(SofaError::Shape {
            name: "Data.Imag",
            found: imaginary.shape,
            wanted: format!("{measurements} x 2 x {expected}, as Data.Real and N"),
        });
    }
    let samples = 2 * (frequencies.bins - 1);
    if !SAMPLES.contains(&samples) {
        return Err(SofaError::Length(samples));
    }
    if measurements * 2 * samples > MAX_VALUES {
        return Err(SofaError::TooMany {
            name: "Data.Real",
            found: (measurements * 2 * samples) as u64,
        });
    }
    let mut values = impulses(&frequencies, &real, &imaginary);
    delay_what_is_early(&mut values, samples, frequencies.rate, notes);
    Ok(Responses {
        rate: frequencies.rate,
        measurements,
        samples,
        values,
        delays: vec![[0.0; 2]; measurements],
    })
}

impl Frequencies {
    fn read(file: &SofaFile, notes: &mut Notes) -> Result<Self, SofaError> {
        let table = file.numbers("N")?.ok_or(SofaError::Missing("N"))?;
        let frequencies = &table.values;
        let [first, second, ..] = frequencies[..] else {
            return Err(SofaError::Frequencies("are too few"));
        };
        let step = second - first;
        let is_even = |(index, frequency): (usize, &f64)| {
            (frequency - (first + index as f64 * step)).abs() <= 1e-3 * step
        };
        if !(step > 0.0 && frequencies.iter().enumerate().all(is_even)) {
            return Err(SofaError::Frequencies("are not in equal steps"));
        }
        let without_zero = (first - step).abs() <= 1e-3 * step;
        if first != 0.0 && !without_zero {
            return Err(SofaError::Frequencies("begin too high"));
        }
        let bins = frequencies.len() + usize::from(without_zero);
        let rate = (2.0 * (bins - 1) as f64 * step).round();
        if !RATES_HZ.contains(&rate) {
            return Err(SofaError::Rate(rate));
        }
        if without_zero {
            notes.add(format!(
                "its transfer functions begin at {first} Hz; the level there is taken at 0 Hz too"
            ));
        }
        notes.add(format!(
            "its transfer functions were made impulse responses at {rate} Hz"
        ));
        Ok(Self {
            bins,
            without_zero,
            rate,
        })
    }
}

/// The inverse transform of every response.
fn impulses(frequencies: &Frequencies, real: &Table<f32>, imaginary: &Table<f32>) -> Vec<f32> {
    let samples = 2 * (frequencies.bins - 1);
    let given = frequencies.bins - usize::from(frequencies.without_zero);
    let inverse = RealFftPlanner::<f64>::new().plan_fft_inverse(samples);
    let mut spectrum = inverse.make_input_vec();
    let mut impulse = inverse.make_output_vec();
    let mut values = Vec::with_capacity(real.values.len() / given * samples);
    let responses = real.values.chunks_exact(given);
    for (real, imaginary) in responses.zip(imaginary.values.chunks_exact(given)) {
        let known = real.iter().zip(imaginary);
        let known = known.map(|(re, im)| Complex::new(f64::from(*re), f64::from(*im)));
        let begin = usize::from(frequencies.without_zero);
        for (bin, value) in spectrum[begin..].iter_mut().zip(known) {
            *bin = value;
        }
        if frequencies.without_zero {
            spectrum[0] = Complex::new(spectrum[1].norm(), 0.0);
        }
        // Real numbers in time have real ones here.
        spectrum[0].im = 0.0;
        spectrum[frequencies.bins - 1].im = 0.0;
        inverse
            .process(&mut spectrum, &mut impulse)
            .expect("the buffers are the plan's own, and both ends are real");
        let scale = 1.0 / samples as f64;
        values.extend(impulse.iter().map(|value| (value * scale) as f32));
    }
    values
}

/// Delays all responses by as much where some begin before time 0, and so at the end of their
/// transform.
fn delay_what_is_early(values: &mut [f32], samples: usize, rate: f64, notes: &mut Notes) {
    let quarter = samples / 4;
    let energy = |part: &[f32]| part.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    let (mut late, mut all) = (0.0, 0.0);
    for response in values.chunks_exact(samples) {
        late += energy(&response[samples - quarter..]);
        all += energy(response);
    }
    if late <= EARLY * all {
        return;
    }
    for response in values.chunks_exact_mut(samples) {
        response.rotate_right(quarter);
    }
    notes.add(format!(
        "its responses begin before time 0; all of them were delayed by {:.2} ms",
        quarter as f64 / rate * 1e3
    ));
}
