//! What peers can take of the bundled server.

use std::time::Duration;

/// File descriptors that are not for connections: the listener, standard streams, the runtime's
/// own.
const OTHER_FILES: u64 = 64;

/// Connections that were told to end and have not yet, and newer ones that already took their
/// place.
pub(super) const ENDING_CONNECTIONS: usize = 32;

/// What one peer, and all together, can take of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at one time. With more of them, that one ends that made no call for the
    /// longest. Default 512.
    pub connections: usize,
    /// Connections from one address at one time, or from one IPv6 network of 64 bits.
    /// Default 256.
    pub connections_per_address: usize,
    /// How long a connection may be open before its first call. Default 10 s.
    pub first_call: Duration,
    /// What is read of a connection in a second, in bytes, after a burst of 64 KiB; 1 or more. A
    /// client that polls 1000 times a second sends about 70 000, with the longest token about
    /// 350 000. Default 524288.
    pub bytes_per_second: u32,
    /// Calls in flight on all connections; above that, each connection has one. Default 1024.
    pub calls: usize,
    /// Calls in flight on one connection. Default 16.
    pub calls_per_connection: usize,
    /// Time from the beginning of a call to that of its answer. Default 5 s.
    pub call_time: Duration,
    /// Length of a message, in bytes. Default 4096.
    pub message_bytes: usize,
    /// Length of the header of a call, in bytes, each field counted with 32 more. Default 8192.
    pub header_bytes: usize,
    /// Silence on a connection after which the client is asked whether it still lives.
    /// Default 30 s.
    pub keepalive_interval: Duration,
    /// How long it may take to answer that. Default 10 s.
    pub keepalive_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            connections_per_address: 256,
            first_call: Duration::from_secs(10),
            bytes_per_second: 524_288,
            calls: 1024,
            calls_per_connection: 16,
            call_time: Duration::from_secs(5),
            message_bytes: 4096,
            header_bytes: 8192,
            keepalive_interval: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// No more connections than a process can have that may open so many `files`, but one.
    #[must_use]
    pub fn within_files(self, files: u64) -> Self {
        let left = files.saturating_sub(OTHER_FILES + ENDING_CONNECTIONS as u64);
        let most = usize::try_from(left).unwrap_or(usize::MAX).max(1);
        Self {
            connections: self.connections.min(most),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_file_descriptors_to_the_rest_of_the_process() {
        let within = |files| Limits::default().within_files(files).connections;
        assert_eq!(within(u64::MAX), 512);
        assert_eq!(within(1024), 512);
        assert_eq!(within(256), 160);
        assert_eq!(within(20), 1);
    }
}
