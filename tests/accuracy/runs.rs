//! Runs the commands of the document and makes figures of what they print.

use std::process::Command;

use serde_json::Value;

const RATES: [&str; 3] = ["44100", "48000", "96000"];

/// What a command prints on standard output.
///
/// # Panics
/// When it fails: then a limit is exceeded, or it is no command any more.
fn printed(command: &str, more: &[&str]) -> String {
    let mut words = command.split_whitespace();
    let program = match words.next() {
        Some("binaurald") => env!("CARGO_BIN_EXE_binaurald"),
        Some("cargo") => env!("CARGO"),
        other => panic!("no known program: {other:?}"),
    };
    let output = Command::new(program)
        .args(words)
        .args(more)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command} {more:?}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

fn measured(command: &str, more: &[&str]) -> Value {
    let text = printed(command, &[more, &["--json"]].concat());
    serde_json::from_str(&text).expect("JSON")
}

/// The worst of the limits whose names have `what`: its name and value.
fn worst(report: &Value, what: &str) -> (String, f64) {
    let limits = report["limits"].as_array().expect("limits");
    let name = |held: &Value| held["what"].as_str().expect("text").to_owned();
    let named = limits.iter().filter(|held| name(held).contains(what));
    named
        .map(|held| (name(held), held["worst"].as_f64().expect("a number")))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .expect("such a limit")
}

/// The worst of them at all rates, with the rate in kilohertz.
fn worst_of_rates(command: &str, what: &str) -> (String, f64, f64) {
    let of_rate = |rate: &&str| {
        let (name, value) = worst(&measured(command, &["--sample-rate", rate]), what);
        let rate: f64 = rate.parse().expect("a number");
        (name, value, rate / 1000.0)
    };
    let worst = RATES.iter().map(of_rate);
    worst.max_by(|a, b| a.1.total_cmp(&b.1)).expect("rates")
}

pub(crate) fn sphere_delay(command: &str) -> String {
    let (name, us, khz) = worst_of_rates(command, "interaural delay");
    let at = name.trim_start_matches("interaural delay at ");
    let hz = at.trim_end_matches(", off by");
    format!("within {us:.1} us ({hz}, {khz} kHz)")
}

pub(crate) fn sphere_level(command: &str) -> String {
    let (_, ear_db, ear_khz) = worst_of_rates(command, "level of an ear");
    let (_, ild_db, ild_khz) = worst_of_rates(command, "level between the ears");
    format!(
        "each ear within {ear_db:.2} dB ({ear_khz} kHz), ILD within {ild_db:.2} dB ({ild_khz} kHz)"
    )
}

pub(crate) fn latency(command: &str) -> String {
    let (_, stated_ms, khz) = worst_of_rates(command, "latency, as stated");
    let (_, spread_us, _) = worst_of_rates(command, "difference between places");
    format!("{stated_ms:.3} ms at most ({khz} kHz), the same within {spread_us:.1} us")
}

pub(crate) fn level_in_front(command: &str) -> String {
    let report = measured(command, &[]);
    let heard = &report["places"][0]["heard"];
    let levels = ["left_db", "right_db"].into_iter().flat_map(|ear| {
        let octaves = heard[ear].as_array().expect("octaves");
        octaves[..3].iter().map(|db| db.as_f64().expect("a number"))
    });
    let levels: Vec<f64> = levels.collect();
    let least = levels.iter().copied().fold(f64::INFINITY, f64::min);
    let most = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{least:.2} to {most:.2} dB")
}

/// The numbers of a line.
fn numbers(line: &str) -> Vec<f64> {
    line.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
        .filter_map(|word| word.trim_end_matches('.').parse().ok())
        .collect()
}

/// The lines that have `what`; at least one.
fn texts(command: &str, what: &str) -> Vec<String> {
    let text = printed(command, &[]);
    let found = text.lines().filter(|line| line.contains(what));
    let found: Vec<String> = found.map(str::to_owned).collect();
    assert!(!found.is_empty(), "{command}: no {what:?} in {text}");
    found
}

/// The numbers of those lines.
fn lines(command: &str, what: &str) -> Vec<Vec<f64>> {
    texts(command, what)
        .iter()
        .map(|line| numbers(line))
        .collect()
}

/// The last of the numbers of a line.
fn last(line: &[f64]) -> f64 {
    line[line.len() - 1]
}

/// What follows a figure that misses its target.
fn told(missed: bool) -> &'static str {
    if missed {
        ": **misses the target**"
    } else {
        ""
    }
}

/// The greatest of what `value` makes of each line.
fn greatest(lines: &[Vec<f64>], value: impl Fn(&[f64]) -> f64) -> f64 {
    let values = lines.iter().map(|line| value(line));
    values.fold(f64::NEG_INFINITY, f64::max)
}

pub(crate) fn delay_slope(command: &str) -> String {
    let lines = lines(command, "the slope is off by at most");
    let slope = greatest(&lines, |line| line[1]);
    format!("its slope is within {slope:.2} us a degree of the exact sphere's")
}

pub(crate) fn distance_law(command: &str) -> String {
    // "250 Hz: 1 m [left, right] dB, 2 m [left, right] dB"
    let lines = lines(command, " dB, 2 m [");
    let off = |near: f64, far: f64| (near - far - 20.0 * 2.0_f64.log10()).abs();
    let worst = greatest(&lines, |line| {
        off(line[2], line[5]).max(off(line[3], line[6]))
    });
    format!("within {worst:.3} dB, the near field included")
}

pub(crate) fn flatness(command: &str) -> String {
    let worst = greatest(&lines(command, "flat within"), |line| line[0]);
    format!("flat within {worst:.3} dB")
}

pub(crate) fn passes(command: &str) -> String {
    let text = printed(command, &[]);
    assert!(text.contains(" 1 passed"), "{command} ran nothing: {text}");
    "to the last bit".to_owned()
}

/// What misses its target is told too.
pub(crate) fn measured_heads(command: &str) -> String {
    let command = command.replace(" --check", "");
    let (_, db, db_khz) = worst_of_rates(&command, "level of an ear");
    let (_, us, us_khz) = worst_of_rates(&command, "interaural delay");
    let missed = told(db > 0.5 || us > 5.0);
    format!(
        "each ear within {db:.2} dB ({db_khz} kHz), ITD within {us:.1} us ({us_khz} kHz){missed}"
    )
}

pub(crate) fn between_directions(command: &str) -> String {
    // "67 left out: ours 0.68 dB r.m.s., 1.6 us; blended levels 0.67 dB, time-aligned ... 0.86 dB"
    let lines = lines(command, "left out: ours");
    let [count, ours, us, levels, aligned] = lines[0][..] else {
        panic!("not five numbers: {lines:?}");
    };
    format!(
        "{ours:.2} dB r.m.s. and {us:.1} us r.m.s. at {count} directions; levels apart from phases \
         {levels:.2} dB, time-aligned responses {aligned:.2} dB"
    )
}

pub(crate) fn other_distances(command: &str) -> String {
    // "0.25 m: 0.54 dB, 8.6 us"
    let lines = lines(command, " m: ");
    let (db, us) = (greatest(&lines, |line| line[1]), greatest(&lines, last));
    format!("within {db:.2} dB, ITD within {us:.1} us")
}

/// The worst ear of a motion: decibels beside the tone. What misses its target is told too.
fn beside_db(head: &str, motion: &str, tone: &str, updates: Option<&str>) -> f64 {
    let mut more = vec!["--head", head, "--motion", motion, "--tone", tone];
    more.extend(updates.iter().flat_map(|updates| ["--updates", updates]));
    worst(&measured("binaurald measure", &more), "beside the tone").1
}

/// The worst of all combinations for each built-in head, and which it was.
fn worst_motion(motions: &[&str], updates: &[Option<&str>], target_db: f64) -> String {
    let of_head = |head: &str| {
        let mut worst = (f64::NEG_INFINITY, String::new());
        for motion in motions {
            for tone in ["440", "4000"] {
                for updates in updates {
                    let db = beside_db(head, motion, tone, *updates);
                    if db > worst.0 {
                        let path =
                            updates.map_or("exact".to_owned(), |hz| format!("{hz} positions/s"));
                        worst = (db, format!("{motion}, {tone} Hz, {path}"));
                    }
                }
            }
        }
        let missed = told(worst.0 > target_db);
        format!("{head} {:.1} dB at worst ({}){missed}", worst.0, worst.1)
    };
    ["sphere", "kemar"].map(of_head).join("; ")
}

pub(crate) fn calm_motion(_: &str) -> String {
    let motions = ["orbit:1,10", "orbit:1,7.2", "orbit:1,1"];
    let updates = [
        None,
        Some("5"),
        Some("10"),
        Some("20"),
        Some("60"),
        Some("100"),
    ];
    worst_motion(&motions, &updates, -70.0)
}

pub(crate) fn wild_motion(_: &str) -> String {
    worst_motion(
        &[
            "orbit:1,0.5",
            "orbit:1,0.2",
            "orbit:0.15,0.5",
            "orbit:0.05,0.5",
        ],
        &[None],
        -60.0,
    )
}

pub(crate) fn fast_live_motion(_: &str) -> String {
    worst_motion(&["orbit:1,0.2"], &[Some("60"), Some("100")], -60.0)
}

pub(crate) fn not_told(command: &str) -> String {
    // "sphere, 4000 Hz, 5.00 turns/s: [-90.9, -14.2, -11.1, -64.9, -66.8] dB": at 5, 10, 20 ...
    let lines = lines(command, " 5.00 turns/s: ");
    let [whole, half, quarter] = [2, 3, 4].map(|n| greatest(&lines, |line| line[n]));
    format!(
        "{whole:.1} dB at 5 (it seems to stand still), {half:.1} dB at 10, {quarter:.1} dB at 20"
    )
}

pub(crate) fn flights(command: &str) -> String {
    // "sphere, 440 Hz, through the centre along y, 2 m/s: -52.1 dB"
    let lines = texts(command, "/s: -");
    let through_ears = |line: &&String| line.contains("the centre along y, 2 m/s");
    let (ears, others): (Vec<&String>, Vec<&String>) = lines.iter().partition(through_ears);
    let [ears, others] = [ears, others].map(|lines| {
        let lines: Vec<Vec<f64>> = lines.into_iter().map(|line| numbers(line)).collect();
        greatest(&lines, last)
    });
    format!("{others:.1} dB; through an ear itself at 2 m/s {ears:.1} dB")
}

pub(crate) fn steps(command: &str) -> String {
    let share = greatest(&lines(command, "the largest step is"), last);
    format!("{share:.2} of that")
}

pub(crate) fn live_direction(command: &str) -> String {
    let lines = lines(command, "degrees r.m.s., motion delay");
    let degrees = greatest(&lines, |line| line[1]);
    let delay_ms = greatest(&lines, |line| line[2]);
    format!("{degrees:.2} degrees r.m.s. after {delay_ms:.0} ms")
}

/// What a head holds and keeps.
pub(crate) fn about(head: &str) -> String {
    let about = printed("binaurald head", &[head]);
    let measured = printed("binaurald measure --azimuth 0:355:5", &["--head", head]);
    let (_, held) = measured.split_once("\n\nheld").expect("limits");
    format!("{}\n\nheld{}", about.trim_end(), held.trim_end())
}
