//! `binaurald bench`

use std::ops::RangeInclusive;

use crate::cli::BenchArgs;

use super::{ConfigError, HeadConfig, refuse, sample_rate, within};

/// Numbers that `--sources` and `--frames` may have each.
const MAX_NUMBERS: usize = 16;
const SOURCES: RangeInclusive<u32> = 1..=4096;
const FRAMES: RangeInclusive<u32> = 1..=65_536;
const SECONDS: RangeInclusive<f64> = 0.1..=3600.0;

/// `binaurald bench`
#[derive(Clone, Debug)]
pub struct BenchConfig {
    /// How many sources to measure with: at most 4096.
    pub sources: Vec<u16>,
    /// Sizes of block to measure, in frames.
    pub frames: Vec<u32>,
    /// How long to measure each combination: seconds.
    pub seconds: f64,
    /// Hertz.
    pub sample_rate: u32,
    /// Whose head one listens with.
    pub head: HeadConfig,
}

impl BenchConfig {
    /// Checks what was typed.
    ///
    /// # Errors
    /// When an option cannot be used; the message names it.
    pub fn new(args: &BenchArgs) -> Result<Self, ConfigError> {
        let sources = numbers("sources", &args.sources, SOURCES, "sources")?;
        Ok(Self {
            sources: sources.iter().map(|&sources| sources as u16).collect(),
            frames: numbers("frames", &args.frames, FRAMES, "frames")?,
            seconds: within("seconds", args.seconds, SECONDS, "seconds")?,
            sample_rate: sample_rate(args.sample_rate)?,
            head: HeadConfig::named(&args.head)?,
        })
    }
}

/// Numbers of a list, each in `range`.
fn numbers(
    option: &'static str,
    numbers: &[u32],
    range: RangeInclusive<u32>,
    unit: &str,
) -> Result<Vec<u32>, ConfigError> {
    if let Some(number) = numbers.iter().find(|number| !range.contains(number)) {
        let must = format!("{} to {} {unit}", range.start(), range.end());
        return Err(refuse(option, number, must));
    }
    if numbers.len() > MAX_NUMBERS {
        let list: Vec<String> = numbers.iter().map(u32::to_string).collect();
        let must = format!("a list of at most {MAX_NUMBERS} numbers");
        return Err(refuse(option, list.join(","), must));
    }
    Ok(numbers.to_vec())
}
