//! The responses themselves: read, and checked to be such.

use super::convention::Data;
use super::file::{SofaFile, Table};
use super::{MAX_DELAY_S, MAX_LEVEL, Notes, RATES_HZ, SAMPLES, SofaError, spectra};

/// Impulse responses by measurement, receiver, sample.
#[derive(Debug)]
pub(super) struct Responses {
    /// Hertz.
    pub(super) rate: f64,
    pub(super) measurements: usize,
    /// Samples of one.
    pub(super) samples: usize,
    pub(super) values: Vec<f32>,
    /// By measurement and receiver, in samples, not negative.
    pub(super) delays: Vec<[f64; 2]>,
}

impl Responses {
    pub(super) fn read(file: &SofaFile, data: Data, notes: &mut Notes) -> Result<Self, SofaError> {
        match data {
            Data::Impulses => Self::from_impulses(file, notes),
            Data::Spectra => spectra::read(file, notes),
        }
    }

    fn from_impulses(file: &SofaFile, notes: &mut Notes) -> Result<Self, SofaError> {
        // Before all else: it says how much the rest may be.
        let rate = rate(file)?;
        let table = file
            .samples("Data.IR")?
            .ok_or(SofaError::Missing("Data.IR"))?;
        let [measurements, samples] = lengths(file, &table)?;
        if !SAMPLES.contains(&samples) {
            return Err(SofaError::Length(samples));
        }
        check_values(&table)?;
        let delays = delays(file, measurements, rate, notes)?;
        Ok(Self {
            rate,
            measurements,
            samples,
            values: table.values,
            delays,
        })
    }

    /// The two responses of a measurement.
    pub(super) fn pair(&self, measurement: usize) -> [&[f32]; 2] {
        let pair = &self.values[measurement * 2 * self.samples..][..2 * self.samples];
        let (first, second) = pair.split_at(self.samples);
        [first, second]
    }
}

fn rate(file: &SofaFile) -> Result<f64, SofaError> {
    let table = file
        .numbers("Data.SamplingRate")?
        .ok_or(SofaError::Missing("Data.SamplingRate"))?;
    let rate = table.values[0];
    if !RATES_HZ.contains(&rate) {
        return Err(SofaError::Rate(rate));
    }
    match table.values.iter().find(|other| **other != rate) {
        Some(other) => Err(SofaError::Rates(rate, *other)),
        None => Ok(rate),
    }
}

/// Measurements and values for each of two receivers, which agree with what else the file says of
/// its dimensions.
pub(super) fn lengths<T>(file: &SofaFile, table: &Table<T>) -> Result<[usize; 2], SofaError> {
    let name = table.name;
    let [measurements, receivers, values] = match table.shape[..] {
        [m, r, n] | [m, r, n, 1] => [m, r, n],
        [_, _, _, emitters] => return Err(SofaError::Emitters(emitters)),
        _ => {
            return Err(SofaError::Shape {
                name,
                found: table.shape.clone(),
                wanted: "measurements x 2 x samples".to_owned(),
            });
        }
    };
    if receivers != 2 {
        return Err(SofaError::Receivers(receivers));
    }
    for (dimension, length) in [("M", measurements), ("R", receivers), ("N", values)] {
        match file.dimension(dimension)? {
            Some(declared) if declared != length => {
                return Err(SofaError::Damaged {
                    part: name.to_owned(),
                    detail: format!(
                        "it has the length {length} where the file's dimension {dimension} is \
                         {declared}"
                    ),
                });
            }
            _ => {}
        }
    }
    Ok([measurements, values])
}

/// Refuses what no measurement gives.
pub(super) fn check_values(table: &Table<f32>) -> Result<(), SofaError> {
    let name = table.name;
    let bad = table
        .values
        .iter()
        // NaN is not within anything.
        .position(|value| !(-MAX_LEVEL..=MAX_LEVEL).contains(value));
    let Some(index) = bad else {
        return Ok(());
    };
    let value = f64::from(table.values[index]);
    let measurement = index / (table.values.len() / table.shape[0]) + 1;
    Err(if value.is_finite() {
        SofaError::TooLoud {
            name,
            value,
            measurement,
        }
    } else {
        SofaError::NotFinite {
            name,
            value,
            measurement,
        }
    })
}

/// By measurement and receiver, made so that none is negative.
fn delays(
    file: &SofaFile,
    measurements: usize,
    rate: f64,
    notes: &mut Notes,
) -> Result<Vec<[f64; 2]>, SofaError> {
    let Some(table) = file.numbers("Data.Delay")? else {
        notes.add("Data.Delay is missing; none is assumed".to_owned());
        return Ok(vec![[0.0; 2]; measurements]);
    };
    let (rows, receivers) = match table.shape[..] {
        [receivers] => (1, receivers),
        [rows, receivers] | [rows, receivers, 1] => (rows, receivers),
        _ => (0, 0),
    };
    let fits = (rows == 1 || rows == measurements) && (receivers == 1 || receivers == 2);
    if !fits {
        return Err(SofaError::Shape {
            name: table.name,
            found: table.shape,
            wanted: format!("1 x 2 or {measurements} x 2"),
        });
    }
    let longest = MAX_DELAY_S * rate;
    // NaN is not within anything.
    let is_believed = |delay: &f64| (-longest..=longest).contains(delay);
    if let Some(index) = table.values.iter().position(|delay| !is_believed(delay)) {
        return Err(SofaError::Delay {
            found: table.values[index],
            measurement: index / receivers + 1,
        });
    }
    let least = table.values.iter().copied().fold(0.0, f64::min);
    if least < 0.0 {
        notes.add(format!(
            "Data.Delay is negative, down to {least} samples; {} were added to all",
            -least
        ));
    }
    let of = |measurement: usize, receiver: usize| {
        let row = if rows == 1 { 0 } else { measurement };
        let column = if receivers == 1 { 0 } else { receiver };
        table.values[row * receivers + column] - least
    };
    Ok((0..measurements).map(|m| [of(m, 0), of(m, 1)]).collect())
}
