//! Which host, device and configuration a request means.

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{
    Device, DeviceDirection, ErrorKind, Host, HostId, SampleFormat, SupportedStreamConfigRange,
};

use super::error::OutputError;
use super::{DeviceChoice, OutputRequest};

/// ALSA's device without a clock: its blocks are taken as fast as they come.
const ALSA_NULL: &str = "alsa:null";

/// The hosts that are cargo features, and whether they are built in.
const FEATURES: [(&str, bool); 3] = [
    ("jack", cfg!(feature = "jack")),
    ("pipewire", cfg!(feature = "pipewire")),
    ("pulseaudio", cfg!(feature = "pulseaudio")),
];

/// A device and what names it.
pub(super) struct Selected {
    pub(super) device: Device,
    pub(super) name: String,
    pub(super) id: String,
}

impl Selected {
    fn new(device: Device) -> Self {
        let id = device
            .id()
            .map_or_else(|_| String::new(), |id| id.to_string());
        let name = device
            .description()
            .map_or_else(|_| id.clone(), |text| text.name().to_owned());
        Self { device, name, id }
    }

    /// Whether it is ALSA's null, which is never played to.
    pub(super) fn is_unclocked(&self) -> bool {
        self.id == ALSA_NULL
    }

    fn listed(&self) -> String {
        format!("{} ({:?})", self.id, self.name)
    }

    /// Whether it is a device of ALSA's host.
    pub(super) fn is_alsa(&self) -> bool {
        self.id.starts_with("alsa:")
    }

    /// The id without the host's name before it.
    fn bare_id(&self) -> &str {
        self.id.split_once(':').map_or(&self.id, |(_, bare)| bare)
    }
}

/// Checks the host's name, and that the device is not ALSA's own null.
pub(super) fn check_host(request: &OutputRequest) -> Result<(), OutputError> {
    let host = host_id(request.host.as_deref())?;
    if let DeviceChoice::Named(name) = &request.device
        && (name == ALSA_NULL || (host.is_some_and(is_alsa) && name == "null"))
    {
        return Err(OutputError::UnclockedNull);
    }
    Ok(())
}

/// A fresh view of the host that was asked for.
pub(super) fn host(name: Option<&str>) -> Result<Host, OutputError> {
    match host_id(name)? {
        None => Ok(cpal::default_host()),
        Some(id) => cpal::host_from_id(id).map_err(|error| match error.kind() {
            ErrorKind::HostUnavailable => no_server(id),
            _ => OutputError::HostUnavailable {
                host: id.name().to_owned(),
                reason: error.to_string(),
            },
        }),
    }
}

fn no_server(host: HostId) -> OutputError {
    OutputError::HostUnavailable {
        host: host.name().to_owned(),
        reason: "no server of it answers (is one running?)".to_owned(),
    }
}

fn host_id(name: Option<&str>) -> Result<Option<HostId>, OutputError> {
    let Some(name) = name else { return Ok(None) };
    let hosts = cpal::ALL_HOSTS;
    let is_named = |id: &&HostId| id.name().eq_ignore_ascii_case(name);
    if let Some(&id) = hosts.iter().find(is_named) {
        return Ok(Some(id));
    }
    let available = hosts.iter().map(|id| id.name().to_lowercase()).collect();
    let left_out = FEATURES
        .iter()
        .find(|(feature, built_in)| !built_in && feature.eq_ignore_ascii_case(name));
    Err(match left_out {
        Some((host, _)) => OutputError::HostNotBuiltIn { host, available },
        None => OutputError::UnknownHost {
            asked: name.to_owned(),
            available,
        },
    })
}

fn is_alsa(id: HostId) -> bool {
    id.name().eq_ignore_ascii_case("alsa")
}

fn is_jack(id: HostId) -> bool {
    id.name().eq_ignore_ascii_case("jack")
}

/// The device that was asked for.
pub(super) fn device(host: &Host, choice: &DeviceChoice) -> Result<Selected, OutputError> {
    let DeviceChoice::Named(asked) = choice else {
        let device = host
            .default_output_device()
            .ok_or_else(|| no_device(host.id()))?;
        return Ok(Selected::new(device));
    };
    let devices = outputs(host)?;
    if devices.is_empty() && is_jack(host.id()) {
        return Err(no_device(host.id()));
    }
    let selected = pick(devices, asked)?;
    if selected.is_unclocked() {
        return Err(OutputError::UnclockedNull);
    }
    Ok(selected)
}

/// All devices of a host but those that only record. Whether one can be played to shows when it is
/// asked: ALSA does not know before opening it.
pub(super) fn outputs(host: &Host) -> Result<Vec<Selected>, OutputError> {
    let devices = host
        .devices()
        .map_err(|error| OutputError::HostUnavailable {
            host: host.id().name().to_owned(),
            reason: error.to_string(),
        })?;
    let is_output = |device: &Device| {
        device
            .description()
            .map_or(true, |text| text.direction() != DeviceDirection::Input)
    };
    Ok(devices.filter(is_output).map(Selected::new).collect())
}

/// Why a host has no device at all. That of JACK is there even without its server, but empty.
fn no_device(host: HostId) -> OutputError {
    if is_jack(host) {
        return no_server(host);
    }
    OutputError::NoDevice {
        host: host.name().to_owned(),
        reason: "it has no default output".to_owned(),
    }
}

/// The one device of this id, else of this name, else with this in its name.
fn pick(devices: Vec<Selected>, asked: &str) -> Result<Selected, OutputError> {
    let lower = asked.to_lowercase();
    let rules: [&dyn Fn(&Selected) -> bool; 3] = [
        &|device| device.id == asked || device.bare_id() == asked,
        &|device| device.name == asked,
        &|device| device.name.to_lowercase().contains(&lower),
    ];
    for rule in rules {
        let mut matching: Vec<usize> = (0..devices.len()).filter(|&n| rule(&devices[n])).collect();
        // ALSA lists some devices twice.
        matching.dedup_by_key(|n| &devices[*n].id);
        match matching[..] {
            [] => {}
            [one] => {
                return Ok(devices
                    .into_iter()
                    .nth(one)
                    .expect("its index was just found"));
            }
            _ => {
                return Err(OutputError::AmbiguousDevice {
                    asked: asked.to_owned(),
                    matching: matching.into_iter().map(|n| devices[n].listed()).collect(),
                });
            }
        }
    }
    Err(OutputError::UnknownDevice {
        asked: asked.to_owned(),
        available: devices
            .iter()
            .filter(|device| !device.is_unclocked())
            .map(Selected::listed)
            .collect(),
    })
}

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
            available: rates(usable()),
        })?;
    Ok(Choice {
        sample_rate: rate,
        channels: best.channels(),
        format: best.sample_format(),
    })
}

/// The rates of a device, for people.
fn rates<'a>(ranges: impl Iterator<Item = &'a SupportedStreamConfigRange>) -> String {
    let mut rates: Vec<(u32, u32)> = ranges
        .map(|range| (range.min_sample_rate(), range.max_sample_rate()))
        .collect();
    rates.sort_unstable();
    rates.dedup();
    let texts: Vec<String> = rates
        .into_iter()
        .map(|(low, high)| {
            if low == high {
                low.to_string()
            } else {
                format!("{low} to {high}")
            }
        })
        .collect();
    format!("{} Hz", texts.join(", "))
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

    fn request(device: &str, host: Option<&str>) -> OutputRequest {
        OutputRequest {
            device: DeviceChoice::parse(device),
            host: host.map(str::to_owned),
            sample_rate: None,
            buffer_frames: 512,
        }
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

    #[test]
    fn an_unknown_host_is_refused_with_those_that_are_there() {
        let error = check_host(&request("default", Some("asio4all"))).expect_err("unknown");
        let text = error.to_string();
        assert!(error.is_usage() && text.contains("asio4all"), "{text}");
        let first = cpal::ALL_HOSTS[0].name().to_lowercase();
        assert!(text.contains(&first), "{text} does not list {first}");
        check_host(&request("default", Some(&first))).expect("this one is there");
    }

    #[test]
    fn a_host_that_was_left_out_is_refused_with_how_to_build_it_in() {
        for (feature, built_in) in FEATURES {
            let checked = check_host(&request("default", Some(&feature.to_uppercase())));
            if built_in {
                checked.expect("it is built in, however it is spelt");
                continue;
            }
            let error = checked.expect_err("left out");
            let text = error.to_string();
            assert!(error.is_usage(), "{text}");
            assert!(text.contains(&format!("--features {feature}`")), "{text}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_null_device_of_alsa_is_refused() {
        for (device, host) in [("alsa:null", None), ("null", Some("ALSA"))] {
            let mut request = request(device, host);
            request.device = DeviceChoice::Named(device.to_owned());
            let error = check_host(&request).expect_err("no clock");
            assert!(error.to_string().contains("--output null"), "{error}");
        }
    }
}
