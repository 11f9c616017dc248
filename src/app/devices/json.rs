//! The list as JSON. Its fields are told of in `docs/json.md`.

use serde::Serialize;

use crate::output::{Listed, ListedHost, null_device};

/// All of it.
#[derive(Debug, Serialize)]
pub(super) struct Devices {
    hosts: Vec<Host>,
    devices: Vec<Device>,
}

#[derive(Debug, Serialize)]
struct Host {
    name: String,
    option: String,
    default: bool,
    available: bool,
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
struct Device {
    host: Option<String>,
    name: String,
    detail: Option<String>,
    id: String,
    default: bool,
    available: bool,
    reason: Option<String>,
    sample_rate_hz: Option<u32>,
    channels: Option<u16>,
    sample_format: Option<String>,
    sample_rates_hz: Vec<(u32, u32)>,
    channel_counts: Vec<u16>,
    sample_formats: Vec<String>,
    buffer_frames_min: Option<u32>,
    buffer_frames_max: Option<u32>,
}

impl Devices {
    pub(super) fn new(hosts: &[ListedHost]) -> Self {
        let of_hosts = hosts.iter().flat_map(|host| {
            let devices = host.devices.iter().flatten();
            devices.map(|device| Device::new(Some(host.option()), device))
        });
        let own = Device::new(None, &null_device());
        Self {
            devices: of_hosts.chain([own]).collect(),
            hosts: hosts.iter().map(Host::new).collect(),
        }
    }
}

impl Host {
    fn new(host: &ListedHost) -> Self {
        Self {
            name: host.name.clone(),
            option: host.option(),
            default: host.is_default,
            available: host.devices.is_ok(),
            reason: host.devices.as_ref().err().cloned(),
        }
    }
}

impl Device {
    fn new(host: Option<String>, device: &Listed) -> Self {
        let offer = device.offer.as_ref().ok();
        let buffer_frames = offer.and_then(|offer| offer.buffer_frames);
        Self {
            host,
            name: device.name.clone(),
            detail: device.detail.clone(),
            id: device.id.clone(),
            default: device.is_default,
            available: offer.is_some(),
            reason: device.offer.as_ref().err().cloned(),
            sample_rate_hz: offer.map(|offer| offer.sample_rate),
            channels: offer.map(|offer| offer.channels),
            sample_format: offer.map(|offer| offer.sample_format.clone()),
            sample_rates_hz: offer.map(|o| o.sample_rates.clone()).unwrap_or_default(),
            channel_counts: offer.map(|o| o.channel_counts.clone()).unwrap_or_default(),
            sample_formats: offer.map(|o| o.sample_formats.clone()).unwrap_or_default(),
            buffer_frames_min: buffer_frames.map(|(min, _)| min),
            buffer_frames_max: buffer_frames.map(|(_, max)| max),
        }
    }
}
