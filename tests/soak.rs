//! A soak: one daemon, and one trouble after the other at random. `make soak` makes it long.
//!
//! `SOAK_SECONDS` is how long it lasts, `SOAK_SEED` which troubles there are.
#![cfg(target_os = "linux")]

#[path = "run/daemon.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod daemon;
#[path = "support/measure.rs"]
mod measure;
#[path = "soak/ordeal.rs"]
mod ordeal;
#[path = "metrics/page.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod page;
#[path = "support/process.rs"]
mod process;
#[path = "support/program.rs"]
mod program;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/pulse.rs"]
mod pulse;
#[path = "support/puppet.rs"]
mod puppet;
#[path = "support/recording.rs"]
mod recording;
#[path = "support/signal.rs"]
mod signal;
#[path = "soak/soaking.rs"]
mod soaking;
#[path = "support/summary.rs"]
mod summary;
#[path = "support/timeline.rs"]
mod timeline;
#[path = "metrics/watched.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod watched;

use std::time::Duration;

use soaking::Soak;

/// How long it lasts, in seconds.
const SECONDS: u64 = 60;

/// From when on memory, files and threads stay as they are: after a minute, or a third of it all.
const SETTLED: u64 = 60;

/// Memory may grow by this part from then on.
const MEMORY: f64 = 0.02;

/// Crossfades of places and another rate add this to the steps of a sound, at most.
const STEP: f64 = 1.1;

/// A number in the environment.
fn number(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text}: not a number"))
    })
}

#[test]
fn no_trouble_leaves_anything_behind() {
    let (lasts, seed) = (number("SOAK_SECONDS", SECONDS), number("SOAK_SEED", 1));
    println!("SOAK_SECONDS={lasts} SOAK_SEED={seed}");
    let mut soak = Soak::start(seed);
    let tell = |soak: &Soak, trouble| println!("{trouble}; then {:?}", soak.held());
    soak.go_through_outages();
    soak.go_through_any(Duration::from_secs(SETTLED.min(lasts / 3)), tell);
    let early = soak.held_at_rest();
    soak.go_through_any(Duration::from_secs(lasts), tell);
    let late = soak.held_at_rest();
    println!("held {early:?}, later {late:?}");
    let outcome = soak.finish();
    for (trouble, (count, worst)) in &outcome.seen {
        let worst = worst.as_secs_f64();
        println!("{trouble}: {count} times, well again within {worst:.2} s");
    }
    let step = outcome.step();
    println!(
        "{} troubles, all well again within {:.2} s; {} frames of silence; largest step {step:.2} of the \
         sound's own",
        outcome.troubles(),
        outcome.worst_s(),
        outcome.silent_frames()
    );
    assert!(step < STEP, "a step {step} times the sound's");
    assert_eq!((late.threads, late.files), (early.threads, early.files));
    let grown = late.memory_kib as f64 / early.memory_kib as f64 - 1.0;
    assert!(grown < MEMORY, "memory grew by {:.1} %", 100.0 * grown);
}
