//! `RealtimeKit`: the service of desktop systems that gives audio threads real-time priority where the
//! limits of the user do not.
//!
//! It does so for processes alone whose threads of that priority are killed by the kernel when they
//! take a core for too long without waiting (200 ms as it is set up). That limit is set here before
//! it is asked; whoever holds such a thread sees to it that it never comes to that.

#[cfg(target_os = "linux")]
mod linux;

/// Why `RealtimeKit` did not give it.
#[derive(Debug, thiserror::Error)]
pub enum RtkitError {
    /// There is no such service, or no system bus.
    #[error("rtkit is not there")]
    Absent,
    /// It said no.
    #[error("rtkit refuses it: {0}")]
    Refused(String),
    /// It did not answer in time.
    #[error("rtkit does not answer")]
    Timeout,
    /// The limit that it asks for cannot be set.
    #[error("RLIMIT_RTTIME, which rtkit asks for, cannot be set: {0}")]
    Limit(std::io::Error),
}

#[cfg(target_os = "linux")]
pub use linux::lend;

/// It is a service of Linux.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub async fn lend(_thread: i32, _priority: u8) -> Result<(), RtkitError> {
    Err(RtkitError::Absent)
}
