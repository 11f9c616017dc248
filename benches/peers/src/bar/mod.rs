//! What the bar asks for beside the time for each source.

pub(crate) mod grpc;
pub(crate) mod latency;
pub(crate) mod memory;
pub(crate) mod server;
pub(crate) mod tail;
