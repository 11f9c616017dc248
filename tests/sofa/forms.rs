//! The forms that a good file can have.

use std::fs;
use std::path::Path;

use binaurald::geometry::Position;
use binaurald::head::read_sofa;

use super::builder::{SAMPLES, Sofa, Stored, level};
use super::{assert_odd, assert_sources, kemar_bytes, read};

const FOUR: [[f64; 3]; 4] = [
    [1.0, 0.0, 0.0],
    [0.0, 1.0, 0.0],
    [-1.0, 0.0, 0.0],
    [0.0, -1.0, 0.0],
];

/// Asserts that the pulses of [`Sofa::four`] came as they were written.
fn assert_pulses(sofa: &Sofa, form: &str) {
    let set = read(sofa);
    assert_eq!(set.samples, SAMPLES, "{form}");
    for m in 0..4 {
        let [left, right] = set.pair(m).expect("it is there");
        // From the front and the back in the middle; from the sides 4 samples apart either way.
        let [first, second] = [[12, 12], [8, 16], [12, 12], [16, 8]][m];
        let mut wanted = [[0.0; SAMPLES]; 2];
        wanted[0][first] = level(m) as f32;
        wanted[1][second] = level(m) as f32 / 2.0;
        assert_eq!([left, right], [&wanted[0][..], &wanted[1]], "{form}, {m}");
    }
}

#[test]
fn a_plain_file_is_read_as_it_is() {
    let set = read(&Sofa::four());
    assert_eq!(set.sample_rate, 48_000.0);
    assert_sources(&set, &FOUR);
    assert_eq!(set.delays, [[0.0; 2]; 4]);
    assert_eq!(set.oddities, [""; 0]);
    assert_eq!(set.about.convention, "SimpleFreeFieldHRIR 1.0");
    assert_eq!(set.about.title, "Pulses");
    assert_eq!(set.about.database, "Tests");
    assert_eq!(set.about.listener, "nobody");
    assert_eq!(set.about.author, "author@example.org");
    assert_eq!(set.about.organization, "binaurald");
    assert_eq!(set.about.licence, "CC0");
    assert_pulses(&Sofa::four(), "plain");
}

#[test]
fn the_measured_head_of_the_project_is_read() {
    let set = read_sofa(&kemar_bytes()).expect("it can be used");
    assert!(set.is_consistent());
    assert_eq!((set.sources.len(), set.samples), (710, 512));
    assert_eq!(set.sample_rate, 44_100.0);
    assert_eq!(set.about.listener, "KEMAR, normal pinna");
    assert_eq!(set.oddities, [""; 0]);
    for source in &set.sources {
        assert!((source.distance() - 1.4).abs() < 1e-9, "{source:?}");
        assert!(source.elevation_degrees() > -40.1, "{source:?}");
    }
    // A dummy head hears the left by its left ear first, by some 0.7 ms.
    let left = |(_, source): &(usize, _)| {
        let source: &Position = source;
        (source.azimuth_degrees() - 90.0).abs() < 1e-6 && source.z.abs() < 1e-9
    };
    let (index, _) = set
        .sources
        .iter()
        .copied()
        .enumerate()
        .find(left)
        .expect("it was measured");
    let [near, far] = set.pair(index).expect("it is there").map(onset);
    assert!((25..40).contains(&(far - near)), "{near} and {far} samples");
}

/// The first sample that is half as great as the greatest.
fn onset(response: &[f32]) -> usize {
    let most = response.iter().fold(0.0, |most: f32, x| most.max(x.abs()));
    response
        .iter()
        .position(|x| x.abs() > most / 2.0)
        .expect("it is not silent")
}

#[test]
fn numbers_are_read_however_they_are_stored() {
    for stored in [
        Stored::F64,
        Stored::F32,
        Stored::BigEndian,
        Stored::I16,
        Stored::I64,
        Stored::Packed,
        Stored::Checked,
    ] {
        assert_pulses(&Sofa::four().stored(stored), &format!("{stored:?}"));
    }
}

#[test]
fn files_of_another_writer_are_read_in_the_old_form_and_in_the_new() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/sofa");
    for name in ["old.sofa", "packed.sofa", "new.sofa"] {
        let bytes = fs::read(seeds.join(name)).expect("it is there");
        let set = read_sofa(&bytes).expect(name);
        assert_sources(&set, &FOUR);
        assert_eq!(set.oddities, [""; 0], "{name}");
        assert_eq!(set.about.listener, "nobody", "{name}");
        for m in 0..4 {
            let [left, right] = set.pair(m).expect("it is there");
            // From the side, three samples later at the other ear.
            let [first, second] = [[6, 6], [6, 9], [6, 6], [9, 6]][m];
            let level = (m + 1) as f32;
            assert_eq!([left[first], right[second]], [level; 2], "{name}, {m}");
        }
    }
}

#[test]
fn sources_are_read_in_either_coordinates() {
    let cartesian: Vec<f64> = FOUR.as_flattened().to_vec();
    let sofa = Sofa::four().table("SourcePosition", &[4, 3], &cartesian);
    let set = read(&sofa.clone().of_kind("cartesian", "metre"));
    assert_sources(&set, &FOUR);
    assert_eq!(set.oddities, [""; 0]);
    let set = read(&sofa);
    assert_sources(&set, &FOUR);
    assert_odd(&set, &["SourcePosition", "Type", "cartesian is assumed"]);
    let degrees = [
        0.0, 0.0, 1.0, 90.0, 0.0, 1.0, 180.0, 0.0, 1.0, 270.0, 0.0, 1.0,
    ];
    let set = read(&Sofa::four().table("SourcePosition", &[4, 3], &degrees));
    assert_sources(&set, &FOUR);
    assert_odd(&set, &["SourcePosition", "Type", "spherical is assumed"]);
    let radians = degrees.map(|n| if n == 1.0 { n } else { f64::to_radians(n) });
    let sofa = Sofa::four().table("SourcePosition", &[4, 3], &radians);
    let set = read(&sofa.of_kind("spherical", "radian, radian, metre"));
    assert_sources(&set, &FOUR);
    assert_odd(&set, &["radians"]);
}

#[test]
fn other_conventions_for_two_ears_are_read_alike() {
    for convention in ["FreeFieldHRIR", "GeneralFIR"] {
        let sofa = Sofa::four().text("SOFAConventions", convention);
        assert_pulses(&sofa, convention);
    }
    let mut with_emitters = Vec::new();
    let sofa = Sofa::four()
        .text("SOFAConventions", "FreeFieldHRIR")
        .change("Data.IR", |values| with_emitters.clone_from(values));
    assert_pulses(
        &sofa.table("Data.IR", &[4, 2, SAMPLES, 1], &with_emitters),
        "one emitter",
    );
}

#[test]
fn delays_are_kept_in_either_shape() {
    let set = read(&Sofa::four().table("Data.Delay", &[1, 2], &[3.0, 4.5]));
    assert_eq!(set.delays, [[3.0, 4.5]; 4]);
    let each = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.25];
    let set = read(&Sofa::four().table("Data.Delay", &[4, 2], &each));
    assert_eq!(
        set.delays,
        [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.25]]
    );
    assert_eq!(set.oddities, [""; 0]);
}

#[test]
fn negative_delays_are_made_positive_by_the_same_for_all() {
    let each = [0.0, 1.0, -2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
    let set = read(&Sofa::four().table("Data.Delay", &[4, 2], &each));
    assert_eq!(set.delays, [[2.0, 3.0], [0.0, 5.0], [6.0, 7.0], [8.0, 9.0]]);
    assert_odd(&set, &["Data.Delay", "negative", "2 were added"]);
}

#[test]
fn what_is_missing_is_assumed_with_a_word() {
    for (name, assumed) in [
        ("Data.Delay", "none is assumed"),
        ("ListenerPosition", "[0.0, 0.0, 0.0] is assumed"),
        ("ListenerView", "[1.0, 0.0, 0.0] is assumed"),
        ("ListenerUp", "[0.0, 0.0, 1.0] is assumed"),
        ("ReceiverPosition", "the left ear first is assumed"),
    ] {
        let set = read(&Sofa::four().without(name));
        assert_odd(&set, &[name, "missing", assumed]);
        assert_sources(&set, &FOUR);
    }
    for name in ["EmitterPosition", "Title", "License", "M", "R", "N", "C"] {
        assert_eq!(
            read(&Sofa::four().without(name)).oddities,
            [""; 0],
            "{name}"
        );
    }
}

#[test]
fn a_right_ear_that_comes_first_is_put_second() {
    let swapped = Sofa::four()
        .table(
            "ReceiverPosition",
            &[2, 3],
            &[0.0, -0.09, 0.0, 0.0, 0.09, 0.0],
        )
        .of_kind("cartesian", "metre")
        .table("Data.Delay", &[1, 2], &[3.0, 4.0])
        .change("Data.IR", |values| {
            for pair in values.chunks_exact_mut(2 * SAMPLES) {
                pair.rotate_left(SAMPLES);
            }
        });
    assert_pulses(&swapped, "swapped");
    let set = read(&swapped);
    assert_eq!(set.delays, [[4.0, 3.0]; 4]);
    assert_odd(&set, &["first receiver", "right ear", "put right"]);
}

#[test]
fn ears_that_hear_the_wrong_side_first_are_warned_of_and_kept() {
    let sofa = Sofa::four().change("Data.IR", |values| {
        for pair in values.chunks_exact_mut(2 * SAMPLES) {
            pair.rotate_left(SAMPLES);
        }
    });
    let set = read(&sofa);
    assert_odd(&set, &["swapped", "not changed"]);
    let [_, right] = set.pair(1).expect("it is there");
    assert_eq!(right[8], level(1) as f32);
}

#[test]
fn several_distances_are_kept_and_places_that_come_twice_are_not() {
    let places = [
        [0.0, 0.0, 1.0],
        [0.0, 0.0, 0.5],
        // The same in other words.
        [360.0, 0.0, 1.0],
        [0.0, 90.0, 1.0],
    ];
    let sofa = Sofa::four()
        .table("SourcePosition", &[4, 3], places.as_flattened())
        .of_kind("spherical", "degree, degree, metre");
    let set = read(&sofa);
    assert_sources(&set, &[[1.0, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    assert_odd(
        &set,
        &["1 of 4 measurements", "measured before", "left out"],
    );
    let [left, _] = set.pair(2).expect("it is there");
    assert_eq!(
        left[16],
        level(3) as f32,
        "the fourth measurement is the third now"
    );
}

#[test]
fn a_silent_measurement_is_left_out() {
    let sofa = Sofa::four().change("Data.IR", |values| values[..SAMPLES].fill(0.0));
    let set = read(&sofa);
    assert_sources(&set, &FOUR[1..]);
    assert_odd(&set, &["1 of 4 measurements", "silent", "left out"]);
}

#[test]
fn distances_that_cannot_be_are_replaced() {
    let at = |distance: f64| {
        let change = |values: &mut Vec<f64>| {
            for place in values.chunks_exact_mut(3) {
                place[2] = distance;
            }
        };
        read(&Sofa::four().change("SourcePosition", change))
    };
    let set = at(0.0);
    assert_sources(&set, &FOUR);
    assert_odd(&set, &["distance 0", "1 m is assumed"]);
    let set = at(0.01);
    assert_sources(&set, &FOUR);
    assert_odd(&set, &["nearer", "1 m is assumed"]);
    let set = at(140.0);
    assert_sources(&set, &FOUR.map(|place| place.map(|part| part * 20.0)));
    assert_odd(&set, &["farther", "20 m is assumed"]);
}

#[test]
fn texts_in_latin_1_are_read() {
    let sofa = Sofa::four()
        .latin1("AuthorContact", b"Andr\xe9 M\xfcller")
        .latin1("Title", b"two\nlines\x1b[31m");
    let set = read(&sofa);
    assert_eq!(set.about.author, "André Müller");
    assert_eq!(set.about.title, "two lines [31m");
}
