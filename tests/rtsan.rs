//! What runs in the audio callback, watched by LLVM's `RealtimeSanitizer`: it ends the process with
//! a report at the first allocation, lock, wait or system call. See `docs/realtime.md`.
//!
//! Built and run by `scripts/rtsan`; without the sanitizer there is nothing in here.
#![cfg(binaurald_rtsan)]
#![cfg_attr(binaurald_rtsan, feature(sanitize))]

#[path = "support/child.rs"]
mod child;
#[path = "rtsan/controls.rs"]
mod controls;
#[path = "run/daemon.rs"]
#[allow(dead_code, reason = "shared with other test programs")]
mod daemon;
#[path = "rtsan/live.rs"]
mod live;
#[path = "support/measure.rs"]
mod measure;
#[path = "rtsan/offline.rs"]
mod offline;
#[path = "support/program.rs"]
mod program;
#[path = "support/pulse.rs"]
mod pulse;
#[path = "support/recording.rs"]
mod recording;
#[path = "rtsan/server.rs"]
mod server;
#[path = "support/signal.rs"]
mod signal;
#[path = "support/stage.rs"]
mod stage;
#[path = "support/storm.rs"]
mod storm;

#[test]
#[ignore = "what the controls run in a process of its own"]
fn child() {
    if let Some(action) = child::action() {
        controls::act(&action);
    }
}

/// The audio callback of tests without a device: all of `work` is watched.
#[sanitize(realtime = "nonblocking")]
#[inline(never)]
fn watched(work: impl FnOnce()) {
    work();
}
