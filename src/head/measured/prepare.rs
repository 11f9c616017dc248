//! From a measured set to a head.

use crate::dsp::spectrum::Transform;

use super::super::design::Designer;
use super::super::lookup::{Ears, Head, Inertia, transform_frames};
use super::super::set::MeasuredSet;
use super::super::sphere::{
    HeadError, HeadShape, SphereField, check_rate, latency_frames, latest_frames,
};
use super::apart::{fitted_radius, taken_apart};
use super::beside::Beside;
use super::features::Features;
use super::filters::FilterMaker;
use super::kemar::kemar_set;
use super::select::selected;
use super::shell::Shell;
use super::spectra::Analyser;
use super::variation::variation;

/// Taps of the filters of distance at 48 kHz: as few as meet the exact sphere within 0.2 dB.
const VARIATION_TAPS_AT_48_KHZ: f64 = 32.0;

/// Steps between neighbouring directions of a head of one distance: radians.
const STEP: f64 = 3.0 * std::f64::consts::PI / 180.0;

/// The latency that no set exceeds, but for that of all heads at low rates: seconds.
const LONGEST_LATENCY_S: f64 = 0.000_99;

/// Gaps from whose middle it is farther than this to what was measured are told of: radians.
const TOLD_GAP: f64 = 0.5;

/// A set measured nearer than this counts as measured there: head radii.
const NEAREST_SHELL_RADII: f64 = 2.0;

/// Responses that the length of the filters is chosen by.
const SAMPLES: usize = 256;

/// Taps of the built-in head at 48 kHz: within 0.6 dB of the whole in half of the directions, in
/// every sixth of an octave.
const KEMAR_TAPS_AT_48_KHZ: f64 = 128.0;

/// How a measured head is prepared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredOptions {
    /// Whether what is common to all directions is taken out; default no.
    pub diffuse_field_eq: bool,
    /// Metres a second, 200 to 2000; default 343.
    pub speed_of_sound_m_s: f64,
}

impl Default for MeasuredOptions {
    fn default() -> Self {
        Self {
            diffuse_field_eq: false,
            speed_of_sound_m_s: HeadShape::default().speed_of_sound_m_s,
        }
    }
}

/// What is done to a set besides.
#[derive(Clone, Copy, Debug)]
struct Treatment {
    options: MeasuredOptions,
    /// Whether the low end comes from the sphere.
    low_end: bool,
    /// Whether the right ear is the mirrored left one.
    mirrored: bool,
    /// Length that the filters have at most.
    taps_at_48_khz: Option<f64>,
}

impl Head {
    /// A measured head for `sample_rate` hertz.
    ///
    /// Its level is such that what comes from the front is as loud as in front of the sphere.
    ///
    /// # Errors
    /// When the set holds nothing that can be used, or the speed of sound or the rate (8 to 384 kHz)
    /// is out of range.
    pub fn measured(
        set: &MeasuredSet,
        options: MeasuredOptions,
        sample_rate: u32,
    ) -> Result<Self, HeadError> {
        let treatment = Treatment {
            options,
            low_end: false,
            mirrored: false,
            taps_at_48_khz: None,
        };
        let name = [&set.about.title, &set.about.listener, &set.about.database];
        let name = name.into_iter().find(|name| !name.is_empty());
        prepare(set, treatment, sample_rate).map(|head| Self {
            name: name.cloned().unwrap_or_else(|| "measured".into()),
            ..head
        })
    }

    /// The built-in measured head: KEMAR, exactly symmetric, its common colour taken out, its low
    /// end the sphere's.
    ///
    /// # Errors
    /// When the speed of sound or the rate (8 to 384 kHz) is out of range.
    pub fn kemar(speed_of_sound_m_s: f64, sample_rate: u32) -> Result<Self, HeadError> {
        let treatment = Treatment {
            options: MeasuredOptions {
                diffuse_field_eq: true,
                speed_of_sound_m_s,
            },
            low_end: true,
            mirrored: true,
            taps_at_48_khz: Some(KEMAR_TAPS_AT_48_KHZ),
        };
        prepare(&kemar_set(), treatment, sample_rate).map(|head| Self {
            name: "kemar".into(),
            ..head
        })
    }
}

fn prepare(set: &MeasuredSet, treatment: Treatment, sample_rate: u32) -> Result<Head, HeadError> {
    let default = HeadShape {
        speed_of_sound_m_s: treatment.options.speed_of_sound_m_s,
        ..HeadShape::default()
    };
    default.check()?;
    check_rate(sample_rate)?;
    if !set.is_consistent() || set.sources.is_empty() || set.samples == 0 {
        return Err(HeadError::Empty);
    }
    let selected = selected(set);
    let analyser = Analyser::new(set.sample_rate, selected.samples.len(), sample_rate);
    let frequencies: Vec<f64> = analyser.frequencies().collect();
    let mut shells = taken_apart(set, &selected, &analyser);
    let shape = HeadShape {
        radius_m: fitted_radius(&shells, default),
        ..default
    };
    for shell in &mut shells {
        shell.distance_m = shell.distance_m.max(NEAREST_SHELL_RADII * shape.radius_m);
    }
    let designer = Designer::new(sample_rate, variation_taps(sample_rate));
    let distances: Vec<f64> = shells.iter().map(|shell| shell.distance_m).collect();
    let sphere = SphereField::new(shape, &distances, &designer);
    let (creeping, _) = sphere.creeping(&sphere.designed(&designer), sample_rate);
    let beside = Beside {
        sphere: &sphere,
        creeping: &creeping,
        designer: &designer,
        sample_rate: f64::from(sample_rate),
    };
    let changes = (treatment.options.diffuse_field_eq, treatment.low_end);
    let features = (treatment.low_end, treatment.mirrored);
    let tables: Vec<Features> = shells
        .into_iter()
        .map(|mut shell| {
            shell.treat(changes, &frequencies, &analyser, &beside);
            Features::new(&shell, &beside, &frequencies, features, &analyser)
        })
        .collect();
    let maker = FilterMaker::new(&analyser, sample_rate);
    let longest = selected.samples.len() as f64 * f64::from(sample_rate) / set.sample_rate;
    let longest = (longest.ceil() as usize + 2 * maker.lead()).min(analyser.transform.size());
    let most = treatment
        .taps_at_48_khz
        .map(|taps| (taps * f64::from(sample_rate) / 48_000.0).round() as usize);
    let taps = enough_taps(&maker, &tables, longest.min(most.unwrap_or(longest)));
    let step = STEP * (tables.len() as f64).sqrt().min(2.0);
    let mut made = Vec::new();
    let mut remarks = selected.remarks;
    for table in tables {
        let variation = variation(&sphere, &designer, table.distance_m());
        let (shell, gap) = table.shell(&maker, (taps, step), variation)?;
        remarks.extend(told_gap(shell.distance_m, gap));
        made.push(shell);
    }
    let earliest_s = made
        .iter()
        .map(|shell| shell.earliest_s(&beside))
        .fold(0.0, f64::min);
    // A set that would need longer is no head's: what it has sooner comes when it can.
    let most = (LONGEST_LATENCY_S * f64::from(sample_rate)) as usize;
    let most = most.max(latency_frames(0.0, sample_rate));
    let latency_frames = latency_frames(earliest_s, sample_rate).min(most);
    let taps = taps + designer.taps() - 1;
    let later = made.iter().map(Shell::max_delay_frames);
    let latest = latest_frames(shape, sample_rate, &creeping) + later.fold(0.0, f64::max);
    let frames = transform_frames(taps, latency_frames + latest.ceil() as usize);
    let mut transform = Transform::new(frames);
    let shells = made
        .into_iter()
        .map(|shell| shell.by_frequency(&mut transform))
        .collect();
    Ok(Head {
        name: String::new(),
        remarks,
        shape,
        sample_rate,
        taps,
        grid: sphere.grid,
        creeping,
        ears: Ears::Measured(shells),
        inertia: Inertia::measured(sample_rate),
        latency_frames,
        frames,
    })
}

/// The fewest taps that keep the responses as they are, of some of each distance.
fn enough_taps(maker: &FilterMaker, tables: &[Features], longest: usize) -> usize {
    let each = SAMPLES / tables.len();
    let samples: Vec<_> = tables
        .iter()
        .flat_map(|table| table.samples(each))
        .collect();
    maker.enough_taps(&samples, longest)
}

/// What is said of a gap from whose middle it is `gap` radians to what was measured.
fn told_gap(distance_m: f64, gap: f64) -> Option<String> {
    (gap > TOLD_GAP).then(|| {
        format!(
            "at {distance_m:.3} m nothing was measured within {:.0} degrees of some directions: what \
             is heard from there is made of the nearest ones and a sphere",
            gap.to_degrees()
        )
    })
}

/// The same time for any rate; a multiple of 8, as vector registers like it.
fn variation_taps(sample_rate: u32) -> usize {
    let taps = VARIATION_TAPS_AT_48_KHZ * f64::from(sample_rate) / 48_000.0;
    ((taps / 8.0).round() as usize).max(1) * 8
}
