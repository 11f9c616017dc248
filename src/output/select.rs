//! Which host, device and configuration a request means.

use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{Device, DeviceDirection, ErrorKind, Host, HostId};

use super::error::OutputError;
use super::{DeviceChoice, OPEN_LIMIT, OutputRequest};

/// ALSA's device without a clock: its blocks are taken as fast as they come.
const ALSA_NULL: &str = "alsa:null";

/// How long ALSA may wait for the device at a time; without it, it waits for ever.
const POLL_LIMIT: Duration = Duration::from_millis(500);

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
    pub(super) fn new(device: Device) -> Self {
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

    pub(super) fn listed(&self) -> String {
        format!("{} ({:?})", self.id, self.name)
    }

    /// Whether it is a device of ALSA's host.
    fn is_alsa(&self) -> bool {
        self.id.starts_with("alsa:")
    }

    /// Whether its host sees to the priority of its threads by itself, as its server is set up.
    pub(super) fn is_real_time(&self) -> bool {
        ["jack:", "pipewire:"]
            .iter()
            .any(|host| self.id.starts_with(host))
    }

    /// How long the host may wait. What this limits is another thing for each: to ALSA it is each
    /// wait for the device, to the sound servers how long they may take to build the stream.
    pub(super) fn time_limit(&self) -> Duration {
        if self.is_alsa() {
            POLL_LIMIT
        } else {
            OPEN_LIMIT
        }
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

/// The host of this name. Without a name, on Linux: ALSA, whatever else is built in and answers at
/// the moment, so that it is the same one each time. Elsewhere none: it is the platform's.
pub(super) fn host_id(name: Option<&str>) -> Result<Option<HostId>, OutputError> {
    let hosts = cpal::ALL_HOSTS;
    let Some(name) = name else {
        return Ok(hosts.iter().copied().find(|id| is_alsa(*id)));
    };
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
    let is_output = |device: &Device| {
        device
            .description()
            .map_or(true, |text| text.direction() != DeviceDirection::Input)
    };
    Ok(devices(host)?
        .filter(is_output)
        .map(Selected::new)
        .collect())
}

/// All devices of a host, those that record and those that play.
pub(super) fn devices(host: &Host) -> Result<impl Iterator<Item = Device>, OutputError> {
    host.devices()
        .map_err(|error| OutputError::HostUnavailable {
            host: host.id().name().to_owned(),
            reason: error.to_string(),
        })
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
pub(super) fn pick(devices: Vec<Selected>, asked: &str) -> Result<Selected, OutputError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn request(device: &str, host: Option<&str>) -> OutputRequest {
        OutputRequest {
            device: DeviceChoice::parse(device),
            host: host.map(str::to_owned),
            sample_rate: None,
            buffer_frames: 512,
            realtime: false,
        }
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
