//! binaurald: a spatial audio renderer daemon.
//!
//! It asks a gRPC `PositionService` where a source is and makes its sound come from there, for
//! somebody who wears headphones. The way of a position:
//!
//! ```text
//! PositionService --gRPC--> position client --ring buffer--> audio callback --> headphones
//!                           (tokio, retries)  (ringbuf)      motion -> distance -> interaural
//!                                                            delay -> ear filters -> limiter
//! ```
//!
//! In the source: [`position::follow`] polls and sends what changes; `app::run` turns it into the
//! listener's coordinates and gives it to [`bridge::Controller::place`]; the ring buffer carries it
//! to [`bridge::Endpoint::fill`], which the device calls; there [`render::Engine`] moves the source
//! along its path and renders both ears.
//!
//! # Threads
//!
//! ```text
//!  main thread and tokio              |  the device's callback      |  beside it
//!                                     |                             |
//!  position client ---> Controller ---|--> Endpoint( Engine ) ------|--> recorder --> file
//!  signals, log lines     ^           |    fills blocks             |    log --> standard error
//!                         +-----------|--- things to free, counters |    opening, closing
//!                                     |                             |    of devices
//! ```
//!
//! The callback never allocates, frees, locks, logs, waits or panics (`docs/realtime.md`); what it needs comes through
//! ring buffers and atomics ([`bridge`]). Another configuration comes that way too, as a whole engine. Whether it still runs is judged by its counters
//! ([`output::Heartbeat`]). When it does not, time goes on without it: a new device is opened beside
//! it all, a new engine is built for that and goes on where the sound would be by then, and the old
//! one ends with its stream.
//!
//! # Layers
//!
//! Each uses only those above it; `tests/architecture.rs` enforces it.
//!
//! | layer | holds |
//! | --- | --- |
//! | [`geometry`], [`audio`], [`trajectory`] | positions, frames, clips, paths |
//! | [`dsp`] | delay line, filters, limiter, distance laws, air |
//! | [`analysis`] | what a sound is, in figures |
//! | [`head`], [`wav`] | heads and sounds as data |
//! | [`render`] | the engine: sources and a head in, frames out |
//! | [`bridge`] | the real-time boundary |
//! | [`output`], [`position`], [`server`], [`files`], [`credentials`], [`rtkit`], [`metrics`] | devices, client, server, files, certificates and tokens, priorities, who looks on: one external world each |
//! | [`app`], [`cli`], [`config`] | the commands |
//!
//! # Units and axes
//!
//! Metres, seconds, hertz and radians unless a name says otherwise (`_frames`, `_ms`, `_degrees`).
//! x is in front, y left, z up; azimuth is counter-clockwise from the front (see [`geometry`]).
//! A *frame* is one sample for each channel, a *block* a run of frames that a device asks for, a
//! *quantum* the engine's own block of 128, a *step* a quarter of it.

// Only scripts/rtsan sets it: see docs/realtime.md.
#![cfg_attr(binaurald_rtsan, feature(sanitize))]

pub mod analysis;
pub mod app;
pub mod audio;
pub mod bridge;
pub mod cli;
pub mod config;
pub mod credentials;
pub mod dsp;
pub mod files;
pub mod geometry;
pub mod head;
pub mod metrics;
pub mod output;
pub mod position;
pub mod proto;
pub mod render;
pub mod rtkit;
pub mod server;
pub mod trajectory;
pub mod wav;
