//! binaurald: a spatial audio renderer daemon.

pub mod app;
pub mod audio;
pub mod bridge;
pub mod cli;
pub mod config;
pub mod dsp;
pub mod geometry;
pub mod head;
pub mod output;
pub mod position;
pub mod proto;
pub mod render;
pub mod server;
pub mod trajectory;
pub mod wav;
