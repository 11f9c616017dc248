//! The bundled `PositionService` server.
//!
//! It answers under both names of the service, offers health checking and reflection, and tells
//! where a [`Trajectory`] is or what was published last.

mod incoming;
mod motion;
mod service;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::server::NamedService as _;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_reflection::server::Builder as Reflection;

use crate::proto::DESCRIPTORS;
use crate::proto::positin_service_server::PositinServiceServer;
use crate::proto::position_service_server::PositionServiceServer;
use crate::trajectory::Trajectory;

use motion::Motion;
use service::PositionAnswers;

/// How long calls in flight may go on after the shutdown began.
const DRAIN: Duration = Duration::from_secs(1);

/// Silence on a connection after which the client is asked whether it still lives.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// How long it may take to answer that.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

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
    /// The time of `trajectory` begins now. A published position stands in its place for
    /// `pub_hold`, or for ever.
    ///
    /// # Errors
    /// When the server cannot start or its transport fails.
    pub async fn serve(
        self,
        trajectory: Trajectory,
        pub_hold: Option<Duration>,
        shutdown: CancellationToken,
    ) -> Result<(), ServerError> {
        let answers = Arc::new(PositionAnswers::new(Motion::new(trajectory, pub_hold)));
        let (health, health_service) = tonic_health::server::health_reporter();
        for name in health_names() {
            health
                .set_service_status(name, ServingStatus::Serving)
                .await;
        }
        let reflection =
            || Reflection::configure().register_encoded_file_descriptor_set(DESCRIPTORS);

        let cut = CancellationToken::new();
        let _cut_at_the_end = cut.clone().drop_guard();
        let connections = incoming::accept(self.listener, cut);
        let serving = Server::builder()
            .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
            .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
            .add_service(PositionServiceServer::from_arc(answers.clone()))
            .add_service(PositinServiceServer::from_arc(answers))
            .add_service(health_service)
            .add_service(reflection().build_v1()?)
            .add_service(reflection().build_v1alpha()?)
            .serve_with_incoming_shutdown(
                ReceiverStream::new(connections),
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
