//! binaurald: a spatial audio renderer daemon.

pub mod app;
pub mod audio;
pub mod cli;
pub mod config;
pub mod geometry;
pub mod output;
pub mod position;
pub mod proto;
pub mod server;
pub mod trajectory;
pub mod wav;
