//! What goes wrong round the daemon, tried with real processes: position servers that are killed,
//! frozen, out of reach, slow or talk nonsense, and sound servers that go, stand still or change. What
//! is heard, said and counted of each is a row of `docs/reliability.md`, which `make reliability`
//! writes anew.
//!
//! `FAULTS=frozen` in the environment tries those alone whose names have this in them.
#![cfg(all(target_os = "linux", feature = "jack", feature = "pulseaudio"))]

#[path = "faults/audio.rs"]
mod audio;
#[path = "support/busy.rs"]
mod busy;
#[path = "outage/checks.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod checks;
#[path = "run/daemon.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod daemon;
#[path = "support/desktop.rs"]
mod desktop;
#[path = "faults/document.rs"]
mod document;
#[path = "run/ears.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod ears;
#[path = "faults/fault.rs"]
mod fault;
#[path = "faults/follower.rs"]
mod follower;
#[path = "support/jack.rs"]
mod jack;
#[path = "outage/jack_rig.rs"]
mod jack_rig;
#[path = "support/measure.rs"]
mod measure;
#[path = "soak/ordeal.rs"]
mod ordeal;
#[path = "metrics/page.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod page;
#[path = "run/path.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod path;
#[path = "support/pipewire.rs"]
mod pipewire;
#[path = "faults/pipewire_rig.rs"]
mod pipewire_rig;
#[path = "faults/position.rs"]
mod position;
#[path = "support/process.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod process;
#[path = "support/program.rs"]
mod program;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/pulse.rs"]
mod pulse;
#[path = "support/puppet.rs"]
mod puppet;
#[path = "support/python.rs"]
mod python;
#[path = "support/recording.rs"]
mod recording;
#[path = "outage/rig.rs"]
mod rig;
#[path = "faults/row.rs"]
mod row;
#[path = "outage/scenario.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod scenario;
#[path = "faults/scenes.rs"]
mod scenes;
#[path = "support/serve.rs"]
mod serve;
#[path = "support/signal.rs"]
mod signal;
#[path = "soak/soaking.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod soaking;
#[path = "faults/storm.rs"]
mod storm;
#[path = "support/summary.rs"]
mod summary;
#[path = "support/timeline.rs"]
mod timeline;
#[path = "faults/unbroken.rs"]
mod unbroken;
#[path = "metrics/watched.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod watched;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use fault::Fault;
use row::Row;

/// So many are tried at a time: each waits most of its time.
const LANES: usize = 4;

/// So many may need a second try, as the machine has other work too: with more it is not the machine.
const MOST_TWICE: usize = 6;

/// All faults, in the order of the table.
fn faults() -> impl Iterator<Item = &'static Fault> {
    [
        position::FAULTS,
        audio::FAULTS,
        pipewire_rig::FAULTS,
        unbroken::FAULTS,
        storm::FAULTS,
    ]
    .into_iter()
    .flatten()
}

/// Tries all that are asked for, and prints the table, and how many needed a second try.
///
/// # Panics
/// With all that was wrong, or when too many needed a second try.
fn try_all() -> Vec<(&'static str, Row)> {
    let asked = std::env::var("FAULTS").unwrap_or_default();
    let faults: Vec<&Fault> = faults()
        .filter(|fault| fault.name.contains(&asked))
        .collect();
    assert!(!faults.is_empty(), "FAULTS={asked}: there is no such fault");
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let tried = fault.try_out();
                    let mut results = results.lock().expect("no one panics with it");
                    results.push((fault.name, tried));
                }
            });
        }
    });
    let results = results.into_inner().expect("no one panics with it");
    let (mut rows, mut wrong, mut twice) = (Vec::new(), Vec::new(), Vec::new());
    for fault in &faults {
        for (name, tried) in results.iter().filter(|(name, _)| *name == fault.name) {
            if tried.twice {
                twice.push(*name);
            }
            match &tried.result {
                Ok(row) => rows.push((*name, row.clone())),
                Err(why) => wrong.push(format!("{name}: {why}")),
            }
        }
    }
    println!("{}", row::table(&rows));
    let (count, all) = (twice.len(), faults.len());
    println!("{count} of {all} rows needed a second try: {twice:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        count <= MOST_TWICE,
        "{count} rows needed a second try, and not {MOST_TWICE} at most: {twice:?}"
    );
    rows
}

#[test]
fn what_goes_wrong_is_heard_said_and_over_as_documented() {
    try_all();
}

#[test]
#[ignore = "writes docs/reliability.md: make reliability"]
fn write_the_document() {
    document::write(&try_all());
}

#[test]
fn the_document_has_every_fault() {
    let known: Vec<&str> = faults().map(|fault| fault.name).collect();
    assert_eq!(document::faults(), known, "make reliability");
}
