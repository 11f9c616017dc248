//! The bundled `PositionService` server.
//!
//! It answers under both names of the service, offers health checking and reflection, and tells
//! where a [`Trajectory`](crate::trajectory::Trajectory) is or what was published last.

mod calls;
mod config;
mod connection;
mod connections;
mod gate;
mod handshake;
mod incoming;
mod limits;
mod motion;
mod notice;
mod pace;
mod security;
mod service;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::server::NamedService as _;
use tonic::service::Routes;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_reflection::server::Builder as Reflection;

use crate::proto::DESCRIPTORS;
use crate::proto::positin_service_server::PositinServiceServer;
use crate::proto::position_service_server::PositionServiceServer;

pub use config::ServerConfig;
pub use limits::Limits;
pub use security::{Security, SecurityError, SecurityFiles, TokenFor};
pub use service::check_publication;

use calls::Limited;
use connections::Connections;
use gate::{Asking, Gate};
use handshake::Handshakes;
use motion::Motion;
use service::PositionAnswers;

/// How long calls in flight may go on after the shutdown began.
const DRAIN: Duration = Duration::from_secs(1);

/// What a connection may send before it was read, in bytes: the least that HTTP/2 knows.
const CONNECTION_WINDOW: u32 = 65_535;

/// What is beyond this closes a connection: streams that the server has reset for an error of the
/// client, over the life of the connection; and those at a time that the client has reset before
/// the server took them.
const MAX_RESETS: usize = 20;

/// Why the server ended.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Reflection could not be built from the descriptors.
    #[error("cannot offer reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the server failed: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// A server whose port is open but that does not answer yet.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

/// Opens `address`; port 0 takes a free one.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn bind(address: SocketAddr) -> Result<Bound, ServerError> {
    let failed = |source| ServerError::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Bound { listener, address })
}

/// The names that health checks ask for: the server as a whole, and the service under both names.
fn health_names() -> [&'static str; 3] {
    [
        "",
        PositionServiceServer::<PositionAnswers>::NAME,
        PositinServiceServer::<PositionAnswers>::NAME,
    ]
}

impl Bound {
    /// The address that clients connect to.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `shutdown` is cancelled, then finishes the calls in flight, for one second at
    /// most, and cuts what is still connected.
    ///
    /// The time of its trajectory begins now.
    ///
    /// # Errors
    /// When the server cannot start or its transport fails.
    pub async fn serve(
        self,
        config: ServerConfig,
        shutdown: CancellationToken,
    ) -> Result<(), ServerError> {
        let limits = config.limits;
        let longest = limits.message_bytes;
        let motion = Motion::new(config.trajectory, config.pub_hold);
        let gate = Arc::new(Gate::new(&config.security, self.address));
        let answers = Arc::new(PositionAnswers::new(motion, gate.clone()));
        let (health, health_service) = tonic_health::server::health_reporter();
        for name in health_names() {
            health
                .set_service_status(name, ServingStatus::Serving)
                .await;
        }
        let cut = CancellationToken::new();
        let _cut_at_the_end = cut.clone().drop_guard();
        let connections = Connections::new(limits.clone(), cut);
        let handshakes = config.security.tls().map(Handshakes::new);
        let routes = routes(&answers, health_service, &Asking(gate), longest)?;
        let accepted = incoming::accept(self.listener, connections, handshakes);
        let serving = transport(&limits).serve_with_incoming_shutdown(
            Limited::new(routes.prepare(), &limits),
            ReceiverStream::new(accepted),
            shutdown.clone().cancelled_owned(),
        );
        let overdue = async {
            shutdown.cancelled().await;
            for name in health_names() {
                health
                    .set_service_status(name, ServingStatus::NotServing)
                    .await;
            }
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            result = serving => Ok(result?),
            () = overdue => {
                tracing::info!("cutting the clients that are still connected");
                Ok(())
            }
        }
    }
}

/// What is answered, each message at most `longest` bytes.
fn routes(
    answers: &Arc<PositionAnswers>,
    health: HealthServer<impl Health>,
    asking: &Asking,
    longest: usize,
) -> Result<Routes, ServerError> {
    let reflection = || Reflection::configure().register_encoded_file_descriptor_set(DESCRIPTORS);
    let v1 = reflection().build_v1()?.max_decoding_message_size(longest);
    let v1alpha = reflection().build_v1alpha()?;
    let v1alpha = v1alpha.max_decoding_message_size(longest);
    let contract = PositionServiceServer::from_arc(answers.clone());
    let misprint = PositinServiceServer::from_arc(answers.clone());
    Ok(Routes::new(contract.max_decoding_message_size(longest))
        .add_service(misprint.max_decoding_message_size(longest))
        .add_service(health.max_decoding_message_size(longest))
        .add_service(InterceptedService::new(v1, asking.clone()))
        .add_service(InterceptedService::new(v1alpha, asking.clone())))
}

/// HTTP/2 with its own part of the limits.
fn transport(limits: &Limits) -> Server {
    Server::builder()
        // More calls than are answered at a time, such that those are refused in words.
        .max_concurrent_streams(2 * limits.calls_per_connection as u32)
        .initial_stream_window_size(2 * limits.message_bytes as u32)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keepalive_interval(Some(limits.keepalive_interval))
        .http2_keepalive_timeout(Some(limits.keepalive_timeout))
        .http2_max_local_error_reset_streams(Some(MAX_RESETS))
        .http2_max_pending_accept_reset_streams(Some(MAX_RESETS))
}
