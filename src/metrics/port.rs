//! The port: who asks for what, and what is answered.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CONNECTION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::incoming::Incoming;
use super::snapshot::Snapshot;
use super::text;

/// A daemon whose newest snapshot is older than this does not live any more. A device may take 2 s to
/// start.
const ALIVE: Duration = Duration::from_secs(5);

const PLAIN: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// Why the port cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct PortError {
    /// What was asked for.
    pub address: SocketAddr,
    /// Why.
    pub source: io::Error,
}

/// A port that is open, on which nothing is answered yet.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

/// Opens `address`; port 0 takes a free one.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn bind(address: SocketAddr) -> Result<Bound, PortError> {
    let failed = |source| PortError { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Bound { listener, address })
}

/// A snapshot, and when it was published.
type Newest = Option<(Instant, Arc<Snapshot>)>;

/// Where the daemon leaves its snapshots; the port is closed when it is dropped.
#[derive(Debug)]
pub struct Publisher {
    newest: watch::Sender<Newest>,
    serving: JoinHandle<()>,
}

impl Publisher {
    /// Puts `snapshot` in the place of the one before. Never waits.
    pub fn publish(&self, snapshot: Snapshot) {
        let newest = Some((Instant::now(), Arc::new(snapshot)));
        self.newest.send_replace(newest);
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Bound {
    /// The address that is listened on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers from now on: that it starts, until the first snapshot is there.
    pub fn serve(self) -> Publisher {
        let (newest, seen) = watch::channel(None);
        let incoming = Incoming::new(self.listener);
        let serving = tokio::spawn(async move {
            // It goes on for ever: what cannot be accepted is tried again.
            let _ = axum::serve(incoming, routes(seen)).await;
        });
        Publisher { newest, serving }
    }
}

fn routes(seen: watch::Receiver<Newest>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/status", get(status))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .fallback(|| async {
            answer(
                StatusCode::NOT_FOUND,
                PLAIN,
                "here are /metrics, /status, /healthz and /readyz\n",
            )
        })
        .with_state(seen)
}

async fn metrics(State(seen): State<watch::Receiver<Newest>>) -> Response {
    let Some((_, snapshot)) = seen.borrow().clone() else {
        return starting();
    };
    match text::encoded(&snapshot) {
        Ok(text) => answer(StatusCode::OK, text::CONTENT_TYPE, text),
        Err(error) => failed(&error),
    }
}

async fn status(State(seen): State<watch::Receiver<Newest>>) -> Response {
    let Some((_, snapshot)) = seen.borrow().clone() else {
        return starting();
    };
    match serde_json::to_string(&snapshot.status) {
        Ok(json) => answer(StatusCode::OK, JSON, json + "\n"),
        Err(error) => failed(&error),
    }
}

/// Whether the daemon's loop turns.
async fn healthz(State(seen): State<watch::Receiver<Newest>>) -> Response {
    match newest_age(&seen) {
        None => starting(),
        Some(age) if age > ALIVE => stands_still(age),
        Some(_) => answer(StatusCode::OK, PLAIN, "it lives\n"),
    }
}

/// Whether it is heard where the server says.
async fn readyz(State(seen): State<watch::Receiver<Newest>>) -> Response {
    let age = newest_age(&seen);
    let Some((_, snapshot)) = seen.borrow().clone() else {
        return starting();
    };
    match (age, &snapshot.status.not_ready) {
        (Some(age), _) if age > ALIVE => stands_still(age),
        (_, Some(missing)) => unavailable(missing),
        (_, None) => answer(StatusCode::OK, PLAIN, "ready\n"),
    }
}

fn newest_age(seen: &watch::Receiver<Newest>) -> Option<Duration> {
    seen.borrow().as_ref().map(|(at, _)| at.elapsed())
}

fn starting() -> Response {
    unavailable("the daemon is starting")
}

fn stands_still(age: Duration) -> Response {
    unavailable(&format!(
        "the daemon has not been seen for {:.1} s",
        age.as_secs_f64()
    ))
}

/// One line that says what is missing; whatever is in it stays on that line.
fn unavailable(missing: &str) -> Response {
    let line = format!("{}\n", missing.escape_debug());
    answer(StatusCode::SERVICE_UNAVAILABLE, PLAIN, line)
}

fn failed(error: &dyn std::error::Error) -> Response {
    let line = format!("cannot be written: {error}\n");
    answer(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, line)
}

/// An answer, after which the connection is closed: it has done what its time was for.
fn answer(code: StatusCode, kind: &'static str, body: impl Into<String>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CONNECTION, HeaderValue::from_static("close")),
    ];
    (code, headers, body.into()).into_response()
}
