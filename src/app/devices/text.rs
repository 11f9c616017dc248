//! The list for people, to read at 80 columns: what can be played to with its name first, then
//! what is not available, by the reason.

use crate::output::{Listed, ListedHost, Offer, null_device, range_text};

/// Columns of a line.
const WIDTH: usize = 80;

/// The whole list.
pub(super) fn show(hosts: &[ListedHost]) -> String {
    let mut lines = Vec::new();
    for host in hosts {
        show_host(host, &mut lines);
        lines.push(String::new());
    }
    let playable = |host: &ListedHost| host.devices.iter().flatten().any(|d| d.offer.is_ok());
    if hosts.iter().any(playable) {
        lines.push("* is what is played to when no --output is given.".to_owned());
    } else {
        let advice = "There is no sound device and no sound server to play to. Connect a device, \
                      or start a sound server (PipeWire or PulseAudio) as the user who runs this. \
                      Until then --output null goes on without one, and --record FILE.wav keeps \
                      the sound.";
        wrap(advice, "", &mut lines);
    }
    lines.push(String::new());
    show_device(&null_device(), ' ', "", &mut lines);
    lines.join("\n")
}

fn show_host(host: &ListedHost, lines: &mut Vec<String>) {
    let devices = match &host.devices {
        Ok(devices) => devices,
        Err(reason) => {
            let text = format!("{}: not available: {reason}", host.name);
            wrap(&text, "", lines);
            return;
        }
    };
    // A device of another host is only found with that host.
    let (note, option) = if host.is_default {
        (
            "the host that is used when no --host is given",
            String::new(),
        )
    } else {
        (
            "the host must be named too",
            format!(" --host {}", host.option()),
        )
    };
    lines.push(format!("{}, {note}", host.name));
    for device in devices.iter().filter(|device| device.offer.is_ok()) {
        lines.push(String::new());
        let mark = if device.is_default { '*' } else { ' ' };
        show_device(device, mark, &option, lines);
    }
    for (reason, ids) in unavailable(devices) {
        lines.push(String::new());
        wrap(&format!("  not available: {reason}"), "    ", lines);
        wrap(&format!("    {}", ids.join(", ")), "    ", lines);
    }
    if devices.is_empty() {
        lines.push("  no devices".to_owned());
    }
}

/// Name, how it is asked for, and what it offers.
fn show_device(device: &Listed, mark: char, host_option: &str, lines: &mut Vec<String>) {
    let Ok(offer) = &device.offer else { return };
    let detail = device.detail.iter().map(|detail| format!(" ({detail})"));
    let name = format!("{mark} {}{}", device.name, detail.collect::<String>());
    wrap(&name, "  ", lines);
    lines.push(format!("    --output {}{host_option}", quoted(&device.id)));
    wrap(&format!("    {}", offered(offer)), "    ", lines);
}

/// What is taken when nothing else is asked for, and what there is beside it.
fn offered(offer: &Offer) -> String {
    let rate = offer.sample_rate.to_string();
    let channels = offer.channels.to_string();
    let plural = if offer.channels == 1 { "" } else { "s" };
    let mut parts = vec![
        format!("{rate} Hz{}", among(&ranges(&offer.sample_rates), &rate)),
        format!(
            "{channels} channel{plural}{}",
            among(&runs(&offer.channel_counts), &channels)
        ),
        format!(
            "{}{}",
            offer.sample_format,
            among(&offer.sample_formats, &offer.sample_format)
        ),
    ];
    if let Some((min, max)) = offer.buffer_frames {
        parts.push(format!("blocks of {} frames", range_text(min, max)));
    }
    parts.join("; ")
}

/// All there is, in parentheses; nothing when that is only `taken`.
fn among(all: &[String], taken: &str) -> String {
    if all == [taken] {
        String::new()
    } else {
        format!(" (of {})", all.join(", "))
    }
}

fn ranges(pairs: &[(u32, u32)]) -> Vec<String> {
    pairs
        .iter()
        .map(|&(low, high)| range_text(low, high))
        .collect()
}

/// Ascending numbers, with those that follow one another as a range.
fn runs(numbers: &[u16]) -> Vec<String> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in numbers.iter().copied().map(u32::from) {
        match runs.last_mut() {
            Some((_, high)) if *high + 1 == number => *high = number,
            _ => runs.push((number, number)),
        }
    }
    ranges(&runs)
}

/// The ids of devices that cannot be played to, by the reason, each reason once.
fn unavailable(devices: &[Listed]) -> Vec<(&str, Vec<&str>)> {
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for device in devices {
        let Err(reason) = &device.offer else { continue };
        match by_reason.iter_mut().find(|(known, _)| known == reason) {
            Some((_, ids)) => ids.push(&device.id),
            None => by_reason.push((reason, vec![&device.id])),
        }
    }
    by_reason
}

/// An id as a shell takes it.
fn quoted(id: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_.,:=/@+".contains(c);
    if !id.is_empty() && id.chars().all(is_plain) {
        id.to_owned()
    } else {
        format!("'{}'", id.replace('\'', r"'\''"))
    }
}

/// Adds `text` in lines of at most [`WIDTH`] columns, where its words allow; all but the first begin
/// with `indent`.
fn wrap(text: &str, indent: &str, lines: &mut Vec<String>) {
    let words = text.trim_start();
    let mut line = text[..text.len() - words.len()].to_owned();
    let mut is_empty = true;
    for word in words.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(std::mem::replace(&mut line, indent.to_owned()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer() -> Offer {
        Offer {
            sample_rate: 48_000,
            channels: 2,
            sample_format: "i32".to_owned(),
            sample_rates: vec![(44_100, 44_100), (48_000, 48_000), (88_200, 192_000)],
            channel_counts: vec![2, 3, 4, 6, 8],
            sample_formats: vec!["i16".to_owned(), "i32".to_owned()],
            buffer_frames: Some((32, 4096)),
        }
    }

    fn device(name: &str, id: &str, offer: Result<Offer, String>) -> Listed {
        Listed {
            name: name.to_owned(),
            detail: None,
            id: id.to_owned(),
            is_default: false,
            offer,
        }
    }

    fn host(is_default: bool, devices: Result<Vec<Listed>, String>) -> ListedHost {
        ListedHost {
            name: "ALSA".to_owned(),
            is_default,
            devices,
        }
    }

    #[test]
    fn a_device_is_shown_by_its_name_its_id_and_what_it_offers() {
        let mut default = device("Headphones", "alsa:default", Ok(offer()));
        default.is_default = true;
        default.detail = Some("USB".to_owned());
        let single = Offer {
            sample_rates: vec![(48_000, 48_000)],
            channel_counts: vec![2],
            sample_formats: vec!["i32".to_owned()],
            buffer_frames: None,
            ..offer()
        };
        let plain = device("The built-in one", "alsa:odd name", Ok(single));
        let shown = show(&[host(true, Ok(vec![default, plain]))]);
        let expected = "\
ALSA, the host that is used when no --host is given

* Headphones (USB)
    --output alsa:default
    48000 Hz (of 44100, 48000, 88200 to 192000); 2 channels (of 2 to 4, 6, 8);
    i32 (of i16, i32); blocks of 32 to 4096 frames

  The built-in one
    --output 'alsa:odd name'
    48000 Hz; 2 channels; i32

* is what is played to when no --output is given.
";
        assert!(shown.starts_with(expected), "{shown}");
        assert!(shown.contains("    --output null\n"), "{shown}");
    }

    #[test]
    fn what_is_not_available_is_told_by_the_reason_with_what_to_do_when_it_is_all() {
        let gone = |id: &str| device("x", id, Err("it is busy".to_owned()));
        let many: Vec<Listed> = (0..20).map(|n| gone(&format!("alsa:card{n}"))).collect();
        let shown = show(&[
            host(true, Ok(many)),
            host(false, Err("no server".to_owned())),
        ]);
        assert_eq!(shown.matches("not available: it is busy").count(), 1);
        assert!(shown.contains("alsa:card0, alsa:card1,"), "{shown}");
        assert!(shown.contains("ALSA: not available: no server"), "{shown}");
        assert!(shown.contains("There is no sound device"), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= WIDTH));
    }

    #[test]
    fn a_device_of_another_host_is_named_with_its_host() {
        let shown = show(&[host(false, Ok(vec![device("x", "alsa:x", Ok(offer()))]))]);
        assert!(shown.contains("--output alsa:x --host alsa\n"), "{shown}");
    }

    #[test]
    fn words_longer_than_a_line_stay_whole() {
        let long = "x".repeat(100);
        let mut lines = Vec::new();
        wrap(&format!("  a {long} b"), "    ", &mut lines);
        assert_eq!(
            lines,
            ["  a".to_owned(), format!("    {long}"), "    b".to_owned()]
        );
    }
}
