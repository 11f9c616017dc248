//! `binaurald serve`: the bundled server.

use std::net::SocketAddr;
use std::time::Duration;

use crate::cli::ServeArgs;
use crate::files;
use crate::server::{self, ServerError};

use super::printer::print_line;
use super::{Failure, shutdown};

/// The longest `--pub-hold`: a year, in seconds.
const MAX_PUB_HOLD_S: f64 = 366.0 * 86_400.0;

/// Serves until a signal ends it.
///
/// # Errors
/// When an option cannot be used, or the address cannot be listened on.
pub async fn serve(args: &ServeArgs) -> Result<(), Failure> {
    let trajectory = files::load_trajectory(&args.trajectory).map_err(Failure::usage)?;
    let pub_hold = args.pub_hold.map(parse_pub_hold).transpose()?;
    let address = parse_listen(&args.listen).await?;
    let shutdown = shutdown::on_signals()?;

    let bound = server::bind(address).await.map_err(explain)?;
    let address = bound.local_addr();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        %address,
        trajectory = args.trajectory,
        pub_hold_s = args.pub_hold,
        "serving positions"
    );
    // Whether anybody reads it makes no difference to the server.
    print_line(&format!("listening on {address}"))?;
    bound
        .serve(trajectory, pub_hold, shutdown)
        .await
        .map_err(explain)
}

fn parse_pub_hold(seconds: f64) -> Result<Duration, Failure> {
    if (0.0..=MAX_PUB_HOLD_S).contains(&seconds) {
        return Ok(Duration::from_secs_f64(seconds));
    }
    Err(Failure::usage(format!(
        "--pub-hold {seconds:?}: must be 0 seconds or more, and at most a year; without it a \
         published position stands for ever"
    )))
}

/// An address as numbers, or a host's name and port, of which an IPv4 address is preferred: it is
/// what the clients' default asks for.
async fn parse_listen(listen: &str) -> Result<SocketAddr, Failure> {
    if let Ok(address) = listen.parse() {
        return Ok(address);
    }
    let refuse = |problem: &str| {
        Failure::usage(format!(
            "--listen {listen}: {problem}; must be an address and a port, such as \
             127.0.0.1:50051 or [::1]:0"
        ))
    };
    let known = tokio::net::lookup_host(listen)
        .await
        .map_err(|error| refuse(&error.to_string()))?;
    known
        .min_by_key(SocketAddr::is_ipv6)
        .ok_or_else(|| refuse("this host has no address"))
}

fn explain(error: ServerError) -> Failure {
    match error {
        ServerError::Bind { address, source } if source.kind() == std::io::ErrorKind::AddrInUse => {
            Failure::runtime(format!(
                "--listen {address}: the address is in use, maybe by another server; end that one, \
                 or take another port (0 takes a free one)"
            ))
        }
        ServerError::Bind { address, source } => Failure::runtime(format!(
            "--listen {address}: cannot listen there: {source}; 127.0.0.1:0 takes a free port of \
             this machine"
        )),
        other => Failure::runtime(other),
    }
}
