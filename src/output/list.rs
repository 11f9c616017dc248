//! What there is to play to: hosts, their devices, and what each of them offers.

use std::time::{Duration, Instant};

use cpal::traits::DeviceTrait;
use cpal::{Device, HostId, SupportedBufferSize, SupportedStreamConfigRange};

use crate::head::SAMPLE_RATES;

use super::bounded::within;
use super::choice;
use super::error::OutputError;
use super::select::{self, Selected};
use super::{DeviceChoice, null};

/// How long a host may take to name its devices, and a device to say what it offers.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
/// How long the devices of a host may take together; those that had no turn by then are not asked.
const HOST_LIMIT: Duration = Duration::from_secs(8);

/// ALSA's way to JACK. Asked without a server, JACK's library writes to standard error by itself, and
/// nothing can keep it from that.
const ALSA_JACK: &str = "alsa:jack";

/// An audio host that this binary was built with, and its devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedHost {
    /// Its name.
    pub name: String,
    /// Whether it is the one that is played to when none is asked for.
    pub is_default: bool,
    /// Its devices, the default one first; or why it is not available.
    pub devices: Result<Vec<Listed>, String>,
}

impl ListedHost {
    /// What `--host` takes for it.
    pub fn option(&self) -> String {
        self.name.to_lowercase()
    }
}

/// A device that can be named as an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name for people.
    pub name: String,
    /// What more is said of it: devices of the same name differ in this.
    pub detail: Option<String>,
    /// What names it again another time.
    pub id: String,
    /// Whether it is what its host plays to when no device is asked for.
    pub is_default: bool,
    /// What it offers, or why it cannot be played to at present.
    pub offer: Result<Offer, String>,
}

/// What a device offers, as far as it can be used here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The rate that is taken when none is asked for, in hertz.
    pub sample_rate: u32,
    /// The channels that are taken at that rate.
    pub channels: u16,
    /// The format of samples that is taken at that rate.
    pub sample_format: String,
    /// All its rates, from and to, in hertz, ascending.
    pub sample_rates: Vec<(u32, u32)>,
    /// All its numbers of channels, ascending.
    pub channel_counts: Vec<u16>,
    /// All its formats of samples that can be played.
    pub sample_formats: Vec<String>,
    /// The shortest and the longest block at what is taken, in frames, where the host tells.
    pub buffer_frames: Option<(u32, u32)>,
}

/// Lists all hosts, or only `host`, and all their devices but those that only record. Each host is
/// looked at afresh. Takes a few seconds at most for each.
///
/// # Errors
/// [`OutputError::UnknownHost`]; what is not available is part of the list.
pub fn list(host: Option<&str>) -> Result<Vec<ListedHost>, OutputError> {
    select::host_id(host)?;
    let default = within(ANSWER_LIMIT, "output-list", || {
        select::host(None).map(|host| host.id())
    });
    let default = default.and_then(|found| found).ok();
    let is_meant = |id: &&HostId| host.is_none_or(|asked| id.name().eq_ignore_ascii_case(asked));
    let mut hosts: Vec<ListedHost> = cpal::ALL_HOSTS
        .iter()
        .filter(is_meant)
        .map(|id| ListedHost {
            name: id.name().to_owned(),
            is_default: default == Some(*id),
            devices: devices(id.name()),
        })
        .collect();
    hosts.sort_by_key(|host| !host.is_default);
    Ok(hosts)
}

/// binaurald's own output, which is no device.
pub fn null_device() -> Listed {
    Listed {
        name: "no device: blocks are taken by the clock, and dropped".to_owned(),
        detail: None,
        id: null::ID.to_owned(),
        is_default: false,
        offer: Ok(Offer {
            sample_rate: null::DEFAULT_RATE,
            channels: 2,
            sample_format: "f32".to_owned(),
            sample_rates: vec![(*SAMPLE_RATES.start(), *SAMPLE_RATES.end())],
            channel_counts: vec![2],
            sample_formats: vec!["f32".to_owned()],
            buffer_frames: Some(null::BLOCK_FRAMES),
        }),
    }
}

/// The devices of a host, or why there are none.
fn devices(host: &'static str) -> Result<Vec<Listed>, String> {
    // Once more round it all: to let go of a device may hang too.
    let work = move || {
        let began = Instant::now();
        let found = within(ANSWER_LIMIT, "output-list", move || found(host))
            .and_then(|found| found)
            .map_err(|error| error.reason())?;
        let listed = found.into_iter().map(|(selected, is_default)| {
            let left = HOST_LIMIT.saturating_sub(began.elapsed());
            ask(selected, is_default, left.min(ANSWER_LIMIT))
        });
        Ok(listed.collect())
    };
    within(HOST_LIMIT + ANSWER_LIMIT, "output-list", work)
        .unwrap_or_else(|error| Err(error.reason()))
}

/// The devices of a host by what names them: the default one first, and whether it is that.
fn found(name: &str) -> Result<Vec<(Selected, bool)>, OutputError> {
    let host = select::host(Some(name))?;
    let default = select::device(&host, &DeviceChoice::Default).ok();
    let mut all: Vec<(Selected, bool)> = Vec::new();
    for selected in select::outputs(&host)? {
        // ALSA lists some devices twice.
        if !selected.is_unclocked() && all.iter().all(|(other, _)| other.id != selected.id) {
            let is_default = default.as_ref().is_some_and(|d| d.id == selected.id);
            all.push((selected, is_default));
        }
    }
    // It can be played to though it is not in the host's own list.
    if let Some(default) = default
        && all.iter().all(|(_, is_default)| !is_default)
    {
        all.push((default, true));
    }
    all.sort_by_key(|(_, is_default)| !is_default);
    Ok(all)
}

/// Asks a device what it offers, within `limit`.
fn ask(selected: Selected, is_default: bool, limit: Duration) -> Listed {
    let (name, id) = (selected.name.clone(), selected.id.clone());
    let detail = detail(&selected);
    let offer = if id == ALSA_JACK {
        Err(
            "it was not asked: without a JACK server, its library writes to the terminal"
                .to_owned(),
        )
    } else if limit.is_zero() {
        Err("it was not asked: the devices before it took too long".to_owned())
    } else {
        within(limit, "output-ask", move || {
            offer(&selected.name, &selected.device)
        })
        .unwrap_or_else(|error| Err(error.reason()))
    };
    Listed {
        name,
        detail,
        id,
        is_default,
        offer,
    }
}

/// What the host says of a device beside its name, on one line.
fn detail(selected: &Selected) -> Option<String> {
    let description = selected.device.description().ok()?;
    let lines: Vec<&str> = description
        .extended()
        .filter(|line| *line != description.name())
        .collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

fn offer(name: &str, device: &Device) -> Result<Offer, String> {
    let plain = |error: cpal::Error| error.to_string().trim_end_matches('.').to_owned();
    let mut ranges: Vec<SupportedStreamConfigRange> =
        device.supported_output_configs().map_err(plain)?.collect();
    let default = device.default_output_config().map_err(plain)?;
    let choice = choice::configuration(name, &ranges, default.sample_rate(), None)
        .map_err(|error| error.reason())?;
    ranges.retain(|range| choice::is_playable(range.sample_format()));
    let taken = ranges.iter().find(|range| {
        range.sample_format() == choice.format
            && range.channels() == choice.channels
            && range.contains_rate(choice.sample_rate)
    });
    let buffer_frames = match taken.map(SupportedStreamConfigRange::buffer_size) {
        Some(&SupportedBufferSize::Range { min, max }) => Some((min, max)),
        _ => None,
    };
    let mut sample_formats: Vec<String> = Vec::new();
    for range in &ranges {
        let format = range.sample_format().to_string();
        if !sample_formats.contains(&format) {
            sample_formats.push(format);
        }
    }
    Ok(Offer {
        sample_rate: choice.sample_rate,
        channels: choice.channels,
        sample_format: choice.format.to_string(),
        sample_rates: choice::rates(ranges.iter()),
        channel_counts: choice::ascending(ranges.iter().map(SupportedStreamConfigRange::channels)),
        sample_formats,
        buffer_frames,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_host_is_refused_and_a_known_one_is_listed_alone() {
        let error = list(Some("asio4all")).expect_err("unknown");
        assert!(error.is_usage(), "{error}");
        let name = cpal::ALL_HOSTS[0].name();
        let hosts = list(Some(&name.to_lowercase())).expect("this one is there");
        let names: Vec<&str> = hosts.iter().map(|host| &*host.name).collect();
        assert_eq!(names, [name]);
        assert_eq!(hosts[0].option(), name.to_lowercase());
    }
}
