//! Heads that are wrong on purpose, and measured ones: measured through the library.

use std::sync::Arc;

use binaurald::app::head::{HeadReport, picture};
use binaurald::app::measure::{Held, Limits, Place, measure_at};
use binaurald::app::subject::{Subject, choose};
use binaurald::geometry::Position;
use binaurald::head::{About, Head, HeadShape, MeasuredSet, Reference};
use stage::render_still;

use crate::support::json_doc::documented;

#[path = "../support/stage.rs"]
mod stage;

const RATE: u32 = 48_000;

fn sphere() -> Subject {
    choose("sphere", RATE).expect("the sphere")
}

/// The horizontal circle in steps of 30 degrees, at 1 m.
fn circle() -> Vec<Place> {
    let azimuths = (0..12).map(|n| f64::from(n) * 30.0);
    azimuths
        .map(|azimuth_degrees| Place {
            azimuth_degrees,
            elevation_degrees: 0.0,
            distance_m: 1.0,
        })
        .collect()
}

fn held(subject: &Subject) -> Vec<Held> {
    let (common, measured) = measure_at(subject, &circle());
    Limits::of(&subject.reference).hold(&common, &measured)
}

/// What is exceeded.
fn exceeded(subject: &Subject) -> Vec<String> {
    let exceeded = held(subject).into_iter().filter(|held| !held.kept);
    exceeded.map(|held| held.what).collect()
}

/// A set whose responses are those of the sphere, at another level and 20 frames later.
fn set() -> MeasuredSet {
    let head = sphere().head;
    let sources: Vec<Position> = circle().into_iter().map(Place::position).collect();
    let samples = 256;
    let mut impulse = vec![0.0; samples];
    impulse[0] = 0.4;
    let mut responses = Vec::new();
    for source in &sources {
        let frames = render_still(&head, impulse.clone(), *source, samples);
        responses.extend(frames.iter().map(|frame| frame.left));
        responses.extend(frames.iter().map(|frame| frame.right));
    }
    MeasuredSet {
        sample_rate: f64::from(RATE),
        samples,
        responses,
        delays: vec![[20.0; 2]; sources.len()],
        sources,
        about: About {
            convention: "SimpleFreeFieldHRIR 1.0".into(),
            licence: "none".into(),
            ..About::default()
        },
        oddities: vec!["it is made of a sphere, and taken as it is".into()],
    }
}

/// The sphere, held to measured responses.
fn measured(set: MeasuredSet) -> Subject {
    assert!(set.is_consistent());
    Subject {
        name: "made.sofa".into(),
        head: sphere().head,
        reference: Reference::Measured(Arc::new(set)),
    }
}

#[test]
fn a_sphere_of_the_wrong_size_exceeds_the_limits_of_delay_and_level() {
    assert_eq!(exceeded(&sphere()), Vec::<String>::new());
    let shape = HeadShape {
        radius_m: 0.095,
        ..HeadShape::default()
    };
    let wrong = Subject {
        head: Arc::new(Head::sphere(shape, RATE).expect("a possible head")),
        ..sphere()
    };
    let exceeded = exceeded(&wrong);
    for what in [
        "interaural delay at 500 Hz, off by",
        "level of an ear, off by",
    ] {
        assert!(exceeded.iter().any(|found| found == what), "{exceeded:?}");
    }
}

#[test]
fn a_measured_head_is_held_to_its_own_responses_up_to_one_gain() {
    let subject = measured(set());
    assert_eq!(exceeded(&subject), Vec::<String>::new());
    let (common, places) = measure_at(&subject, &circle());
    let gain_db = common.gain_db.expect("a gain");
    assert!((gain_db - 20.0 * 2.5_f64.log10()).abs() < 0.05, "{gain_db}");
    assert!(
        common.spread_s.is_some_and(|spread_s| spread_s < 1e-6),
        "{common:?}"
    );
    for place in &places {
        let own = place.reference.as_ref().expect("it was measured there");
        let [heard, own] = [&place.heard, own].map(|figures| figures.onset_s.expect("sound"));
        assert!(
            (heard - own).abs() < 1e-6,
            "{heard} and {own} at {:?}",
            place.place
        );
    }
}

#[test]
fn one_wrong_response_of_a_measured_head_is_found_where_it_is() {
    let mut louder = set();
    // The right ear of the fourth direction, 90 degrees.
    for sample in &mut louder.responses[7 * 256..8 * 256] {
        *sample *= 1.1;
    }
    let found = held(&measured(louder));
    let wrong: Vec<&Held> = found.iter().filter(|held| !held.kept).collect();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert_eq!(wrong[0].what, "level of an ear, off by");
    assert!(
        (wrong[0].worst - 20.0 * 1.1_f64.log10()).abs() < 0.05,
        "{wrong:?}"
    );
    let place = wrong[0].place.expect("a place");
    assert!((place.azimuth_degrees - 90.0).abs() < 1e-9, "{place:?}");

    let mut later = set();
    later.delays[5][0] += 0.5;
    let exceeded = exceeded(&measured(later));
    let delays = [
        "interaural delay at 500 Hz, off by",
        "interaural delay at 1000 Hz, off by",
    ];
    assert_eq!(exceeded, delays);
}

#[test]
fn a_measured_head_tells_what_it_holds() {
    let mut set = set();
    set.delays[0] = [18.5; 2];
    let subject = measured(set);
    let report = HeadReport::new(&subject);
    let json = serde_json::to_value(&report).expect("JSON");
    let fields = documented(&json, "`binaurald head ... --json`");
    let own = documented(&fields["measured"], "`measured` of a head");
    assert_eq!(fields["kind"], "measured");
    assert_eq!(own["directions"], 12);
    assert_eq!(own["distances_m"].as_array().map(Vec::len), Some(1));
    assert_eq!(own["samples"], 256);
    assert_eq!(own["delay_min_samples"], 18.5);
    assert_eq!(own["delay_max_samples"], 20.0);
    assert_eq!(own["mirrored_pairs"], 12);
    let number = |name: &str| own[name].as_f64().expect("a number");
    assert!(number("asymmetry_db") < 1e-3);
    assert!((88.0..=90.0).contains(&number("largest_gap_degrees")));
    assert!(number("elevation_min_degrees").abs() < 1e-9);
    assert!(number("onset_max_ms") > number("onset_min_ms"));
    let text = report.to_string();
    for said in [
        "convention      SimpleFreeFieldHRIR 1.0",
        "listener        not told",
        "directions      12, at 1.00 m; elevation 0.0 to 0.0 degrees",
        "unusual         it is made of a sphere, and taken as it is",
    ] {
        assert!(text.contains(said), "no {said:?} in {text}");
    }
    let picture = picture(&subject).expect("a picture");
    for line in ["made.sofa, phase at 500 Hz", "sphere, phase at 500 Hz"] {
        assert!(picture.contains(line), "no {line:?}");
    }
}
