//! Listeners that stand and look elsewhere.

use super::builder::Sofa;
use super::{assert_odd, assert_sources, read};

fn with_listener(position: [f64; 3], view: [f64; 3], up: [f64; 3]) -> Sofa {
    Sofa::four()
        .table("ListenerPosition", &[1, 3], &position)
        .of_kind("cartesian", "metre")
        .table("ListenerView", &[1, 3], &view)
        .of_kind("cartesian", "metre")
        .table("ListenerUp", &[1, 3], &up)
}

#[test]
fn sources_are_turned_into_the_axes_of_a_listener_who_looks_elsewhere() {
    // Looking along +y: what stood at +y is in front now, what stood at +x to the right.
    let set = read(&with_listener([0.0; 3], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]));
    assert_sources(
        &set,
        &[
            [0.0, -1.0, 0.0],
            [1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0],
            [-1.0, 0.0, 0.0],
        ],
    );
    assert!(set.oddities[0].contains("turned into the listener's axes"));
    // The sides are other ones now, which the responses do not follow.
    assert!(!set.oddities.is_empty());
}

#[test]
fn a_listener_on_the_back_hears_above_what_is_in_front_of_the_feet() {
    // Looking up, with the top of the head towards -x.
    let set = read(&with_listener([0.0; 3], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]));
    assert_sources(
        &set,
        &[
            [0.0, 0.0, -1.0],
            [0.0, 1.0, 0.0],
            [0.0, 0.0, 1.0],
            [0.0, -1.0, 0.0],
        ],
    );
    assert_odd(&set, &["turned into the listener's axes"]);
}

#[test]
fn sources_are_seen_from_where_the_listener_stands() {
    let set = read(&with_listener(
        [0.0, 0.0, 0.5],
        [1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0],
    ));
    assert_sources(
        &set,
        &[
            [1.0, 0.0, -0.5],
            [0.0, 1.0, -0.5],
            [-1.0, 0.0, -0.5],
            [0.0, -1.0, -0.5],
        ],
    );
    assert_odd(&set, &["turned into the listener's axes"]);
}

#[test]
fn a_listener_who_turns_before_a_fixed_source_has_it_all_round() {
    let views = [
        [0.0, 0.0, 1.0],
        [-90.0, 0.0, 1.0],
        [180.0, 0.0, 1.0],
        [90.0, 0.0, 1.0],
    ];
    let sofa = Sofa::four()
        .table("SourcePosition", &[1, 3], &[0.0, 0.0, 1.5])
        .of_kind("spherical", "degree, degree, metre")
        .table("ListenerView", &[4, 3], views.as_flattened())
        .of_kind("spherical", "degree, degree, metre")
        .table("ListenerUp", &[1, 3], &[0.0, 90.0, 1.0]);
    let set = read(&sofa);
    assert_sources(
        &set,
        &[
            [1.5, 0.0, 0.0],
            [0.0, 1.5, 0.0],
            [-1.5, 0.0, 0.0],
            [0.0, -1.5, 0.0],
        ],
    );
    assert_odd(&set, &["turned into the listener's axes"]);
}

#[test]
fn axes_that_are_none_are_taken_as_the_usual_ones() {
    for (view, up) in [
        ([0.0; 3], [0.0, 0.0, 1.0]),
        ([1.0, 0.0, 0.0], [2.0, 0.0, 0.0]),
        ([1.0, 0.0, 0.0], [0.0; 3]),
    ] {
        let set = read(&with_listener([0.0; 3], view, up));
        assert_odd(&set, &["no axes of the head (4 of 4", "is assumed"]);
        assert_eq!(set.sources[0].x, 1.0);
    }
}

#[test]
fn a_listener_in_the_place_of_a_source_loses_that_one() {
    let set = read(&with_listener(
        [1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0],
    ));
    assert_eq!(set.sources.len(), 3);
    assert!(
        set.oddities[1].contains("1 of 4 measurements stand in the centre"),
        "{:?}",
        set.oddities
    );
}
