//! `binaurald serve`: the bundled server.

use std::time::Duration;

use tokio::signal::unix::Signal;

use crate::cli::ServeArgs;
use crate::config;
use crate::files;
use crate::server::{self, Limits, ServerConfig, ServerError};

use super::printer::print_line;
use super::service::Service;
use super::{Failure, listen, shutdown};

/// The longest `--pub-hold`: a year, in seconds.
const MAX_PUB_HOLD_S: f64 = 366.0 * 86_400.0;

/// Serves until a signal ends it.
///
/// # Errors
/// When an option cannot be used, or the address cannot be listened on.
pub async fn serve(args: &ServeArgs) -> Result<(), Failure> {
    let trajectory = files::load_trajectory(&args.trajectory).map_err(Failure::usage)?;
    let pub_hold = args.pub_hold.map(parse_pub_hold).transpose()?;
    let security = config::security(args).map_err(Failure::usage)?;
    let address = listen::address("listen", &args.listen, "127.0.0.1:50051").await?;
    tokio::spawn(say_nothing_to_reload(shutdown::hangups()?));
    let shutdown = shutdown::on_signals_of_a_service()?;

    let config = ServerConfig {
        pub_hold,
        security,
        limits: limits(),
        ..ServerConfig::new(trajectory)
    };
    let bound = server::bind(address).await.map_err(explain)?;
    let address = bound.local_addr();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        %address,
        trajectory = args.trajectory,
        pub_hold_s = args.pub_hold,
        security = config.security.describe(),
        "serving positions"
    );
    if config.security.refuses_publications(address) {
        tracing::warn!(
            "publications are refused: {address} can be reached from elsewhere, and nothing tells \
             who sends them; start it with --token-file, best with --tls-cert, or with \
             --tls-client-ca, or with --insecure"
        );
    }
    if args.insecure && args.token_file.is_some() {
        tracing::warn!(
            "--insecure does nothing beside --token-file: publications must carry the token"
        );
    }
    if config.security.shows_token(address) {
        tracing::warn!(
            "the token can be read on its way to {address}: --tls-cert and --tls-key keep it from that"
        );
    }
    // Whether anybody reads it makes no difference to the server.
    print_line(&format!("listening on {address}"))?;
    let serving = async {
        let served = bound.serve(config, shutdown.clone()).await;
        shutdown.cancel();
        served
    };
    let status = format!("serving positions on {address}");
    let (served, ()) = tokio::join!(serving, Service::keep(&status, &shutdown));
    served.map_err(explain)
}

/// The default limits, within those of this process.
fn limits() -> Limits {
    let limits = Limits::default();
    #[cfg(unix)]
    if let Ok(files) = rlimit::Resource::NOFILE.get_soft() {
        return limits.within_files(files);
    }
    limits
}

/// SIGHUP does not end a service.
async fn say_nothing_to_reload(mut hangups: Signal) {
    while hangups.recv().await.is_some() {
        tracing::info!("SIGHUP: `serve` has nothing to reload; what has changed needs a restart");
    }
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
