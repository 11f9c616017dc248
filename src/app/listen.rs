//! Addresses to listen on, as they are typed.

use std::net::SocketAddr;

use super::Failure;

/// The address that `--OPTION TEXT` means: numbers, or a host's name and port, of which an IPv4
/// address is preferred: it is what the clients' defaults ask for.
///
/// # Errors
/// When it is none; the message has `example` in it.
pub(super) async fn address(
    option: &str,
    text: &str,
    example: &str,
) -> Result<SocketAddr, Failure> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let refuse = |problem: &str| {
        Failure::usage(format!(
            "--{option} {text}: {problem}; must be an address and a port, such as {example} or \
             [::1]:0"
        ))
    };
    let known = tokio::net::lookup_host(text)
        .await
        .map_err(|error| refuse(&error.to_string()))?;
    known
        .min_by_key(SocketAddr::is_ipv6)
        .ok_or_else(|| refuse("this host has no address"))
}
