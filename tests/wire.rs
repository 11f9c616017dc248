//! The wire: our client and server against programs that are not ours, and against each other.

#![allow(
    clippy::float_cmp,
    reason = "coordinates come over the wire to the bit"
)]

#[path = "wire/cli.rs"]
mod cli;
#[path = "wire/client.rs"]
mod client;
#[path = "wire/faults.rs"]
mod faults;
#[path = "support/program.rs"]
mod program;
#[path = "support/python.rs"]
mod python;
#[path = "wire/server.rs"]
mod server;
#[path = "support/signal.rs"]
mod signal;
#[path = "wire/support.rs"]
mod support;
#[path = "wire/unreadable.rs"]
mod unreadable;
