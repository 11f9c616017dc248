//! The daemon as its user has it: the program itself, real servers in another language, a real
//! audio server, and what is heard in the end.
#![cfg(target_os = "linux")]

#[path = "run/daemon.rs"]
mod daemon;
#[path = "run/ears.rs"]
mod ears;
#[path = "run/ending.rs"]
mod ending;
#[path = "run/live.rs"]
mod live;
#[path = "support/measure.rs"]
mod measure;
#[path = "run/path.rs"]
mod path;
#[path = "support/program.rs"]
mod program;
#[path = "support/pulse.rs"]
mod pulse;
#[path = "support/python.rs"]
mod python;
#[path = "support/recording.rs"]
mod recording;
#[path = "run/servers.rs"]
mod servers;
#[path = "support/signal.rs"]
mod signal;
