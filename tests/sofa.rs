//! SOFA files: every form that is read, what is said of odd ones, and that no damage to a file can
//! do more than have it refused.

#[path = "support/child.rs"]
mod child_process;

#[path = "sofa/builder.rs"]
mod builder;
#[path = "sofa/damaged.rs"]
mod damaged;
#[path = "sofa/forms.rs"]
mod forms;
#[path = "sofa/listener.rs"]
mod listener;
#[path = "sofa/process.rs"]
mod process;
#[path = "sofa/refused.rs"]
mod refused;
#[path = "sofa/spectra.rs"]
mod spectra;

use std::fs;
use std::path::{Path, PathBuf};

use binaurald::geometry::Position;
use binaurald::head::{MeasuredSet, read_sofa};

use builder::Sofa;

/// What is read of a file.
fn read(sofa: &Sofa) -> MeasuredSet {
    let set = read_sofa(&sofa.bytes()).expect("it can be used");
    assert!(set.is_consistent());
    set
}

/// Why a file is refused.
fn refusal(sofa: &Sofa) -> String {
    read_sofa(&sofa.bytes())
        .expect_err("it cannot be used")
        .to_string()
}

/// Asserts that one thing is unusual about a set, and what.
fn assert_odd(set: &MeasuredSet, words: &[&str]) {
    let [oddity] = &set.oddities[..] else {
        panic!("not one oddity: {:?}", set.oddities);
    };
    for word in words {
        assert!(oddity.contains(word), "{word} is not in {oddity:?}");
    }
}

/// Asserts where the sources are, in metres.
fn assert_sources(set: &MeasuredSet, wanted: &[[f64; 3]]) {
    assert_eq!(set.sources.len(), wanted.len(), "{:?}", set.sources);
    for (source, [x, y, z]) in set.sources.iter().zip(wanted) {
        let distance = source.distance_to(Position::new(*x, *y, *z));
        assert!(distance < 1e-6, "{:?} is not {wanted:?}", set.sources);
    }
}

/// The measured head that the project comes with.
fn kemar() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/kemar/mit_kemar_normal_44k.sofa")
}

fn kemar_bytes() -> Vec<u8> {
    fs::read(kemar()).expect("it is there")
}

/// What this program does when a test starts it anew.
#[test]
#[ignore = "a part of other tests, which start it"]
fn child() {
    if child_process::action().as_deref() == Some("flips") {
        damaged::read_flipped();
    }
}
