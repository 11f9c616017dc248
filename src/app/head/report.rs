//! What a head holds, as text or JSON.

use std::fmt;

use serde::Serialize;

use crate::app::scene::milliseconds;
use crate::app::subject::Subject;
use crate::geometry::Position;
use crate::head::{MeasuredSet, Reference};

use super::grid::{asymmetry, largest_gap_degrees};

/// Distances this near to each other are one, in metres.
const SAME_DISTANCE_M: f64 = 0.005;

/// What a head holds. Its fields are those of the JSON, which `docs/json.md` tells of.
#[derive(Clone, Debug, Serialize)]
pub struct HeadReport {
    version: &'static str,
    head: String,
    kind: &'static str,
    radius_m: f64,
    speed_of_sound_m_s: f64,
    sample_rate_hz: u32,
    taps: usize,
    latency_ms: f64,
    measured: Option<Set>,
    oddities: Vec<String>,
}

/// What it was measured from.
#[derive(Clone, Debug, Serialize)]
struct Set {
    convention: String,
    title: String,
    database: String,
    listener: String,
    author: String,
    organization: String,
    licence: String,
    directions: usize,
    distances_m: Vec<f64>,
    elevation_min_degrees: f64,
    elevation_max_degrees: f64,
    largest_gap_degrees: f64,
    sample_rate_hz: f64,
    samples: usize,
    delay_min_samples: f64,
    delay_max_samples: f64,
    onset_min_ms: Option<f64>,
    onset_max_ms: Option<f64>,
    asymmetry_db: Option<f64>,
    mirrored_pairs: usize,
}

impl HeadReport {
    /// Of a head that was prepared.
    pub fn new(subject: &Subject) -> Self {
        let head = &subject.head;
        let shape = head.shape();
        let set = subject.reference.set();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            head: subject.name.clone(),
            kind: match subject.reference {
                Reference::Sphere(_) => "computed",
                Reference::Measured(_) | Reference::Treated(_) => "measured",
            },
            radius_m: shape.radius_m,
            speed_of_sound_m_s: shape.speed_of_sound_m_s,
            sample_rate_hz: head.sample_rate(),
            taps: head.taps(),
            latency_ms: milliseconds(head.latency_frames() as f64, head.sample_rate()),
            measured: set.map(Set::new),
            oddities: set
                .map_or(&[][..], |set| &set.oddities)
                .iter()
                .chain(head.remarks())
                .cloned()
                .collect(),
        }
    }
}

impl Set {
    fn new(set: &MeasuredSet) -> Self {
        let about = set.about.clone();
        let (elevation_min_degrees, elevation_max_degrees) =
            range(set.sources.iter().map(|at| at.elevation_degrees())).unwrap_or_default();
        let (delay_min_samples, delay_max_samples) =
            range(set.delays.iter().flatten().copied()).unwrap_or_default();
        let onsets = (0..set.sources.len())
            .filter_map(|source| set.onsets_s(source))
            .flatten();
        let onsets = range(onsets);
        let asymmetry = asymmetry(set);
        Self {
            convention: about.convention,
            title: about.title,
            database: about.database,
            listener: about.listener,
            author: about.author,
            organization: about.organization,
            licence: about.licence,
            directions: set.sources.len(),
            distances_m: distances_m(&set.sources),
            elevation_min_degrees,
            elevation_max_degrees,
            largest_gap_degrees: largest_gap_degrees(&set.sources),
            sample_rate_hz: set.sample_rate,
            samples: set.samples,
            delay_min_samples,
            delay_max_samples,
            onset_min_ms: onsets.map(|(least, _)| least * 1e3),
            onset_max_ms: onsets.map(|(_, most)| most * 1e3),
            asymmetry_db: asymmetry.map(|found| found.rms_db),
            mirrored_pairs: asymmetry.map_or(0, |found| found.pairs),
        }
    }
}

/// The least and the greatest.
fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |range, value| {
        let (least, most) = range.unwrap_or((value, value));
        Some((value.min(least), value.max(most)))
    })
}

/// The distances of sources, ascending, each once.
fn distances_m(sources: &[Position]) -> Vec<f64> {
    let mut distances: Vec<f64> = sources.iter().map(|at| at.distance()).collect();
    distances.sort_by(f64::total_cmp);
    distances.dedup_by(|a, b| (*a - *b).abs() < SAME_DISTANCE_M);
    distances
}

impl fmt::Display for HeadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<16}{}", "head", self.head)?;
        match &self.measured {
            None => write!(
                f,
                "\n{:<16}a rigid sphere of {} m radius, computed; speed of sound {} m/s\n\
                 {:<16}all, at any distance; nearer than 1.15 radii both ears go over into one",
                "kind", self.radius_m, self.speed_of_sound_m_s, "directions"
            )?,
            Some(set) => write!(f, "\n{:<16}measured\n{set}", "kind")?,
        }
        write!(
            f,
            "\n{:<16}at {} Hz filters of {} taps; the sound is {:.3} ms late in all directions",
            "prepared", self.sample_rate_hz, self.taps, self.latency_ms
        )?;
        if self.oddities.is_empty() {
            write!(f, "\n{:<16}nothing", "unusual")?;
        }
        for oddity in &self.oddities {
            write!(f, "\n{:<16}{oddity}", "unusual")?;
        }
        Ok(())
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, text) in [
            ("convention", &self.convention),
            ("title", &self.title),
            ("database", &self.database),
            ("listener", &self.listener),
            ("author", &self.author),
            ("organization", &self.organization),
            ("licence", &self.licence),
        ] {
            let text = if text.is_empty() { "not told" } else { text };
            writeln!(f, "{name:<16}{text}")?;
        }
        let distances: Vec<String> = self.distances_m.iter().map(|m| format!("{m:.2}")).collect();
        writeln!(
            f,
            "{:<16}{}, at {} m; elevation {:.1} to {:.1} degrees, none farther than {:.0} degrees \
             from a measured one",
            "directions",
            self.directions,
            distances.join(", "),
            self.elevation_min_degrees,
            self.elevation_max_degrees,
            self.largest_gap_degrees,
        )?;
        writeln!(
            f,
            "{:<16}{} samples at {} Hz",
            "responses", self.samples, self.sample_rate_hz
        )?;
        write!(
            f,
            "{:<16}taken out: {} to {} samples",
            "delays", self.delay_min_samples, self.delay_max_samples
        )?;
        if let (Some(least), Some(most)) = (self.onset_min_ms, self.onset_max_ms) {
            write!(f, "; responses begin at {least:.3} to {most:.3} ms")?;
        }
        write!(f, "\n{:<16}", "asymmetry")?;
        match self.asymmetry_db {
            Some(db) => write!(
                f,
                "{db:.2} dB between left and right (r.m.s., {} mirrored places)",
                self.mirrored_pairs
            ),
            None => f.write_str("not known: no two places mirror each other"),
        }
    }
}
