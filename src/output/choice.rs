//! Which of a device's configurations is played at.

use cpal::{SampleFormat, SupportedStreamConfigRange};

use super::error::OutputError;

/// Rate, channels and format to play at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) sample_rate: u32,
    pub(super) channels: u16,
    pub(super) format: SampleFormat,
}

/// Sample formats by preference: the finest first.
const FORMATS: [SampleFormat; 12] = [
    SampleFormat::F32,
    SampleFormat::F64,
    SampleFormat::I32,
    SampleFormat::I24,
    SampleFormat::I64,
    SampleFormat::U32,
    SampleFormat::U24,
    SampleFormat::U64,
    SampleFormat::I16,
    SampleFormat::U16,
    SampleFormat::I8,
    SampleFormat::U8,
];

/// Whether samples of a format are played: bit streams are not.
pub(super) fn is_playable(format: SampleFormat) -> bool {
    FORMATS.contains(&format)
}

/// The configuration for a device that offers `ranges`, at `sample_rate` when given, else at its own
/// `default_rate`: two channels where it has them, else the fewest above, else one; then the finest
/// format.
pub(super) fn configuration(
    device: &str,
    ranges: &[SupportedStreamConfigRange],
    default_rate: u32,
    sample_rate: Option<u32>,
) -> Result<Choice, OutputError> {
    let rate = sample_rate.unwrap_or(default_rate);
    let usable = || {
        ranges
            .iter()
            .filter(|range| is_playable(range.sample_format()))
    };
    if usable().next().is_none() {
        return Err(OutputError::NoFormat {
            device: device.to_owned(),
        });
    }
    let best = usable()
        .filter(|range| range.contains_rate(rate))
        .min_by_key(|range| {
            let channels = match range.channels() {
                1 => u16::MAX,
                more => more,
            };
            let format = FORMATS
                .iter()
                .position(|&format| format == range.sample_format());
            (channels, format)
        })
        .ok_or_else(|| OutputError::SampleRate {
            device: device.to_owned(),
            asked: rate,
            available: rates_text(usable()),
        })?;
    Ok(Choice {
        sample_rate: rate,
        channels: best.channels(),
        format: best.sample_format(),
    })
}

/// The rates of a device, for people.
fn rates_text<'a>(ranges: impl Iterator<Item = &'a SupportedStreamConfigRange>) -> String {
    let rates = rates(ranges).into_iter();
    let texts: Vec<String> = rates.map(|(low, high)| range_text(low, high)).collect();
    format!("{} Hz", texts.join(", "))
}

/// The rates of a device, from and to, in hertz: each once, ascending.
pub(super) fn rates<'a>(
    ranges: impl Iterator<Item = &'a SupportedStreamConfigRange>,
) -> Vec<(u32, u32)> {
    ascending(ranges.map(|range| (range.min_sample_rate(), range.max_sample_rate())))
}

/// Each once, in order.
pub(super) fn ascending<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable();
    items.dedup();
    items
}

/// A range for people; of a single number only that.
pub fn range_text(low: u32, high: u32) -> String {
    if low == high {
        low.to_string()
    } else {
        format!("{low} to {high}")
    }
}

#[cfg(test)]
mod tests {
    use cpal::SupportedBufferSize;

    use super::*;

    fn range(
        channels: u16,
        low: u32,
        high: u32,
        format: SampleFormat,
    ) -> SupportedStreamConfigRange {
        SupportedStreamConfigRange::new(channels, low, high, SupportedBufferSize::Unknown, format)
    }

    #[test]
    fn two_channels_and_float_are_preferred() {
        let ranges = [
            range(1, 8_000, 96_000, SampleFormat::F32),
            range(6, 8_000, 96_000, SampleFormat::F32),
            range(2, 8_000, 96_000, SampleFormat::I16),
            range(2, 8_000, 96_000, SampleFormat::I24),
            range(2, 8_000, 48_000, SampleFormat::F32),
        ];
        let choose = |rate| configuration("x", &ranges, 48_000, rate).expect("it has this rate");
        let choice = |sample_rate, format| Choice {
            sample_rate,
            channels: 2,
            format,
        };
        assert_eq!(choose(None), choice(48_000, SampleFormat::F32));
        assert_eq!(choose(Some(44_100)), choice(44_100, SampleFormat::F32));
        assert_eq!(choose(Some(96_000)), choice(96_000, SampleFormat::I24));
    }

    #[test]
    fn without_two_channels_the_next_more_are_taken_and_one_only_at_last() {
        let rate = |channels| range(channels, 48_000, 48_000, SampleFormat::I32);
        let channels = |ranges: &[_]| {
            configuration("x", ranges, 48_000, None)
                .expect("it has 48 kHz")
                .channels
        };
        assert_eq!(channels(&[rate(8), rate(1), rate(6)]), 6);
        assert_eq!(channels(&[rate(1)]), 1);
    }

    #[test]
    fn a_rate_that_is_not_there_is_refused_with_those_that_are() {
        let ranges = [
            range(2, 44_100, 44_100, SampleFormat::I16),
            range(2, 48_000, 48_000, SampleFormat::I16),
            range(6, 48_000, 48_000, SampleFormat::I16),
            range(2, 88_200, 192_000, SampleFormat::I16),
            range(2, 2_822_400, 2_822_400, SampleFormat::DsdU8),
        ];
        let error = configuration("Card", &ranges, 48_000, Some(22_050)).expect_err("not there");
        assert_eq!(
            error.to_string(),
            "--sample-rate 22050: Card does not play at it; it has 44100, 48000, 88200 to 192000 Hz"
        );
    }

    #[test]
    fn a_device_of_bit_streams_alone_cannot_be_played_to() {
        let ranges = [range(2, 2_822_400, 2_822_400, SampleFormat::DsdU32)];
        let error = configuration("Card", &ranges, 2_822_400, None).expect_err("no PCM");
        assert!(matches!(error, OutputError::NoFormat { .. }), "{error}");
    }
}
