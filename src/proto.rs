//! The wire: messages, client and server generated from `proto/position.proto`.
//!
//! The service stands here twice: as [`position_service_client`] and [`position_service_server`],
//! and under the name that its first published implementation misprinted, as
//! [`positin_service_client`] and [`positin_service_server`]. Messages and methods are the same.

pub use generated::*;

#[allow(missing_docs, clippy::pedantic, unreachable_pub)]
mod generated {
    tonic::include_proto!("pos_xyz");
    include!(concat!(env!("OUT_DIR"), "/posXYZ.PositinService.rs"));
}

/// The encoded descriptors of both services, for server reflection.
pub const DESCRIPTORS: &[u8] = tonic::include_file_descriptor_set!("position_descriptor");
