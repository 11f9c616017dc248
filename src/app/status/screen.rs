//! How a daemon is, on one screen of 80 columns. It says in words what colours would say elsewhere.

use std::fmt::Write as _;

use crate::app::direction::{describe, describe_height};
use crate::geometry::Position;
use crate::metrics::{CallbackStatus, Heard, OutputStatus, PositionStatus, ServerStatus, Status};

/// Cells of a bar, and the level at its left end; the right one is full scale.
const CELLS: usize = 30;
const LOWEST_DB: f64 = -60.0;

/// The whole screen.
pub(super) fn screen(status: &Status) -> String {
    let mut rows = Rows::default();
    rows.add(
        "binaurald",
        &format!("{}, for {}", plain(&status.version), long(status.uptime_s)),
    );
    let ready = status.not_ready.as_ref();
    rows.add(
        "ready",
        &ready.map_or_else(|| "yes".to_owned(), |why| format!("NO: {}", plain(why))),
    );
    rows.gap();
    position(&mut rows, &status.position);
    server(&mut rows, &status.server);
    rows.gap();
    output(&mut rows, &status.output);
    rows.gap();
    callback(&mut rows, &status.callback, status.output.rebuilds);
    rows.gap();
    rows.add("source", &plain(&status.source));
    rows.add("head", &plain(&status.head));
    let reloads = &status.reloads;
    if reloads.applied > 0 || reloads.refused > 0 {
        let text = format!("{} applied, {} refused", reloads.applied, reloads.refused);
        rows.add("reloads", &text);
    }
    rows.0
}

fn position(rows: &mut Rows, position: &PositionStatus) {
    let place = Position::new(position.x_m, position.y_m, position.z_m);
    let height = describe_height(place);
    let metres = position.distance_m;
    rows.add(
        "position",
        &format!("{}{height}, {metres:.2} m away", describe(place)),
    );
    let age = match position.age_s {
        None => "none has come yet: it is heard in front".to_owned(),
        Some(age_s) if position.stale => format!("STALE: the last answer came {} ago", long(age_s)),
        Some(age_s) => format!("answered {} ago", long(age_s)),
    };
    let heard = match position.heard {
        Heard::Followed => "",
        Heard::Held => "; it is heard where it was",
        Heard::Silent => "; it has faded out (--stale fade)",
        Heard::Front => "; it is heard in front (--stale front)",
    };
    let times = match position.times_stale {
        0 => String::new(),
        times => format!("; stale {}", counted(times, "time")),
    };
    rows.more(&format!("{age}{heard}{times}"));
}

fn server(rows: &mut Rows, server: &ServerStatus) {
    let state = if server.connected {
        "connected"
    } else {
        "NOT CONNECTED"
    };
    rows.add("server", &format!("{}, {state}", plain(&server.address)));
    if let Some(trouble) = &server.trouble {
        rows.more(&plain(trouble));
    }
    if let Some(ms) = server.round_trip_ms {
        rows.more(&format!(
            "answers after {ms:.1} ms (mean of the last minute)"
        ));
    }
    let bad = server
        .rejected
        .by_reason()
        .iter()
        .fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
    rows.more(&format!(
        "{}, {}, {}, {}",
        counted(server.positions, "position"),
        counted(bad, "bad answer"),
        counted(server.timeouts, "timeout"),
        counted(server.losses, "loss"),
    ));
    let reasons = server.rejected.by_reason();
    let reasons = reasons.iter().filter(|(_, count)| *count > 0);
    let reasons: Vec<String> = reasons
        .map(|(why, count)| format!("{count} {why}"))
        .collect();
    if !reasons.is_empty() {
        rows.more(&format!("bad answers: {}", reasons.join(", ")));
    }
}

fn output(rows: &mut Rows, output: &OutputStatus) {
    let state = if output.up { "" } else { ": ASKS FOR NO SOUND" };
    let name = plain(&output.device);
    let id = plain(&output.device_id);
    let named = if name == id {
        name
    } else {
        format!("{name} ({id})")
    };
    rows.add("device", &format!("{named}{state}"));
    let latency = output
        .latency_ms
        .map(|ms| format!(", {ms:.1} ms until it is heard"));
    rows.more(&format!(
        "{} Hz, {}, blocks of {} frames{}",
        output.sample_rate_hz,
        counted(u64::from(output.channels), "channel"),
        output.buffer_frames,
        latency.unwrap_or_default(),
    ));
    rows.add("left", &level(output.left_peak));
    rows.add("right", &level(output.right_peak));
    if output.limited_frames > 0 {
        rows.more(&format!(
            "{} held below -1 dBFS",
            counted(output.limited_frames, "frame")
        ));
    }
}

fn callback(rows: &mut Rows, callback: &CallbackStatus, rebuilds: u64) {
    let shares = [
        ("median", callback.load_median_share),
        ("p99", callback.load_p99_share),
        ("max", callback.load_max_share),
    ];
    let shares: Vec<String> = shares
        .into_iter()
        .filter_map(|(name, share)| Some(format!("{name} {}", percent(share?))))
        .collect();
    if shares.is_empty() {
        rows.add("load", "nothing was asked for in the last minute");
    } else {
        rows.add(
            "load",
            &format!("{} of the deadline (last minute)", shares.join(", ")),
        );
    }
    // A block that came late is often reported too.
    let drop_outs = callback.xruns.reported.max(callback.xruns.late);
    rows.add(
        "trouble",
        &format!(
            "{}, {}, {}",
            counted(drop_outs, "drop-out"),
            counted(callback.deadline_misses, "deadline miss"),
            counted(rebuilds, "new stream"),
        ),
    );
    if callback.renderer_panics > 0 {
        let failures = counted(callback.renderer_panics, "failure");
        rows.more(&format!("{failures} OF THE RENDERER: please report this"));
    }
}

/// Lines with what they are about in front.
#[derive(Default)]
struct Rows(String);

impl Rows {
    fn add(&mut self, about: &str, text: &str) {
        // Writing to a string never fails.
        let _ = writeln!(self.0, "{about:<11}{text}");
    }

    /// More about the same.
    fn more(&mut self, text: &str) {
        self.add("", text);
    }

    fn gap(&mut self) {
        self.0.push('\n');
    }
}

/// A peak in words and as a bar.
fn level(peak: f64) -> String {
    let db = 20.0 * peak.log10();
    let (text, filled) = if db < LOWEST_DB {
        ("silent".to_owned(), 0)
    } else {
        let share = (1.0 - db / LOWEST_DB).min(1.0);
        (
            format!("{db:.1} dBFS"),
            (share * CELLS as f64).round() as usize,
        )
    };
    let bar = "#".repeat(filled) + &".".repeat(CELLS - filled);
    format!("[{bar}] {text:>10}")
}

fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent < 10.0 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// A time in the units that fit.
fn long(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    let (days, hours, minutes) = (whole / 86_400, whole / 3_600 % 24, whole / 60 % 60);
    match whole {
        0..10 => format!("{:.1} s", seconds.max(0.0)),
        10..120 => format!("{whole} s"),
        120..7_200 => format!("{} min", whole / 60),
        7_200..172_800 => format!("{} h {minutes:02} min", whole / 3_600),
        _ => format!("{days} days {hours} h"),
    }
}

/// A number of things; of such as end in s, too.
fn counted(count: u64, what: &str) -> String {
    let plural = match what {
        _ if count == 1 => "",
        what if what.ends_with('s') => "es",
        _ => "s",
    };
    format!("{count} {what}{plural}")
}

/// Text of the daemon such that it stays where it is printed, and does nothing to a terminal.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        match c {
            '"' | '\'' | '\\' => plain.push(c),
            other => plain.extend(other.escape_debug()),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{ErrorCounts, RejectedCounts, ReloadCounts, XrunCounts};

    /// A daemon that does well.
    fn status() -> Status {
        Status {
            version: "1.2.3".to_owned(),
            uptime_s: 3_723.4,
            not_ready: None,
            head: "kemar".to_owned(),
            source: "samples/voice.wav".to_owned(),
            server: ServerStatus {
                address: "http://127.0.0.1:50051".to_owned(),
                connected: true,
                polls: 1_000,
                answers: 1_000,
                positions: 940,
                rejected: RejectedCounts::default(),
                timeouts: 0,
                losses: 0,
                reconnects: 0,
                round_trip_ms: Some(0.64),
                trouble: None,
            },
            position: PositionStatus {
                x_m: 0.0,
                y_m: 2.0,
                z_m: 2.0,
                azimuth_degrees: 90.0,
                elevation_degrees: 45.0,
                distance_m: 8.0_f64.sqrt(),
                age_s: Some(0.013),
                stale: false,
                times_stale: 0,
                heard: Heard::Followed,
            },
            output: OutputStatus {
                up: true,
                host: "ALSA".to_owned(),
                device: "USB headphones".to_owned(),
                device_id: "alsa:hw:1".to_owned(),
                sample_rate_hz: 48_000,
                channels: 2,
                sample_format: "f32".to_owned(),
                buffer_frames: 512,
                latency_ms: Some(21.33),
                rebuilds: 0,
                left_peak: 0.5,
                right_peak: 0.0,
                limited_frames: 0,
            },
            callback: CallbackStatus {
                calls: 90_000,
                frames: 46_080_000,
                calls_unread: 0,
                load_median_share: Some(0.002),
                load_p99_share: Some(0.0049),
                load_max_share: Some(0.123),
                deadline_misses: 0,
                xruns: XrunCounts::default(),
                stream_errors: ErrorCounts::default(),
                renderer_panics: 0,
            },
            reloads: ReloadCounts::default(),
        }
    }

    #[test]
    fn a_daemon_that_does_well_is_told_in_columns() {
        let expected = "\
binaurald  1.2.3, for 62 min
ready      yes

position   left, 90 degrees, 45 degrees up, 2.83 m away
           answered 0.0 s ago
server     http://127.0.0.1:50051, connected
           answers after 0.6 ms (mean of the last minute)
           940 positions, 0 bad answers, 0 timeouts, 0 losses

device     USB headphones (alsa:hw:1)
           48000 Hz, 2 channels, blocks of 512 frames, 21.3 ms until it is heard
left       [###########################...]  -6.0 dBFS
right      [..............................]     silent

load       median 0.2 %, p99 0.5 %, max 12 % of the deadline (last minute)
trouble    0 drop-outs, 0 deadline misses, 0 new streams

source     samples/voice.wav
head       kemar
";
        let screen = screen(&status());
        assert_eq!(screen, expected);
        assert!(screen.lines().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn trouble_is_said_in_words() {
        let mut status = status();
        status.not_ready = Some("the position is stale".to_owned());
        status.server.connected = false;
        status.server.round_trip_ms = None;
        status.server.losses = 1;
        status.server.rejected.not_finite = 2;
        status.server.rejected.status = 1;
        status.position.stale = true;
        status.position.times_stale = 2;
        status.position.age_s = Some(61.0);
        status.position.heard = Heard::Silent;
        status.server.trouble = Some("connection refused".to_owned());
        status.output.up = false;
        status.output.rebuilds = 1;
        status.output.limited_frames = 3;
        status.callback.load_median_share = None;
        status.callback.load_p99_share = None;
        status.callback.load_max_share = None;
        status.callback.deadline_misses = 2;
        status.callback.xruns = XrunCounts {
            reported: 2,
            late: 1,
        };
        status.callback.renderer_panics = 1;
        status.reloads.refused = 1;
        let screen = screen(&status);
        for told in [
            "ready      NO: the position is stale\n",
            "           STALE: the last answer came 61 s ago; it has faded out (--stale fade); stale 2 times\n",
            "127.0.0.1:50051, NOT CONNECTED\n           connection refused\n           940 positions, 3 bad answers, 0 timeouts, 1 loss\n",
            "           bad answers: 1 status, 2 not_finite\n",
            "device     USB headphones (alsa:hw:1): ASKS FOR NO SOUND\n",
            "           3 frames held below -1 dBFS\n",
            "load       nothing was asked for in the last minute\n",
            "trouble    2 drop-outs, 2 deadline misses, 1 new stream\n",
            "           1 failure OF THE RENDERER: please report this\n",
            "reloads    0 applied, 1 refused\n",
        ] {
            assert!(screen.contains(told), "{told}\n{screen}");
        }
        status.position.age_s = None;
        status.position.stale = false;
        status.position.times_stale = 0;
        status.position.heard = Heard::Followed;
        let screen = super::screen(&status);
        assert!(
            screen.contains("none has come yet: it is heard in front\n"),
            "{screen}"
        );
    }

    #[test]
    fn text_of_the_daemon_does_nothing_to_the_terminal() {
        assert_eq!(plain("a \"b\" c:\\d ü"), "a \"b\" c:\\d ü");
        assert_eq!(plain("x\x1b[31m\n\u{9b}y"), "x\\u{1b}[31m\\n\\u{9b}y");
        let mut status = status();
        status.output.device = "\x1b]0;title\x07".to_owned();
        status.source = "a\nready      yes".to_owned();
        let screen = screen(&status);
        assert!(
            !screen.contains('\x1b') && !screen.contains('\x07'),
            "{screen}"
        );
        assert_eq!(screen.matches("\nready ").count(), 1);
    }

    #[test]
    fn levels_and_times_are_told_as_far_as_they_say_something() {
        let full = "#".repeat(CELLS);
        let none = ".".repeat(CELLS);
        assert_eq!(level(1.0), format!("[{full}]   0.0 dBFS"));
        assert_eq!(level(4.0), format!("[{full}]  12.0 dBFS"));
        assert_eq!(level(0.0), format!("[{none}]     silent"));
        assert_eq!(level(1e-4), format!("[{none}]     silent"));
        for (seconds, told) in [
            (0.04, "0.0 s"),
            (9.96, "10.0 s"),
            (59.9, "59 s"),
            (3_600.0, "60 min"),
            (7_260.0, "2 h 01 min"),
            (180_000.0, "2 days 2 h"),
        ] {
            assert_eq!(long(seconds), told);
        }
    }
}
