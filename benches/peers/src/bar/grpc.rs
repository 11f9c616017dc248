//! Servers to be called, and many callers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use binaurald::files::load_trajectory;
use binaurald::proto::position_service_client::PositionServiceClient;
use binaurald::proto::position_service_server::{PositionService, PositionServiceServer};
use binaurald::proto::{Msg, Pos, Position};
use binaurald::server::{self, ServerConfig};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};

/// Calls under way at a time, over one connection.
pub(crate) const IN_FLIGHT: usize = 64;
/// After this the callers are at work.
const WARM_UP: Duration = Duration::from_millis(500);

/// A server on threads of its own; it ends with this.
pub(crate) struct Served {
    address: SocketAddr,
    _runtime: Ending,
}

/// Ends without waiting for its tasks.
struct Ending(Option<Runtime>);

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn failed(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

impl Served {
    /// The bundled server, as `binaurald serve` runs it.
    pub(crate) fn bundled() -> Result<Self, String> {
        let runtime = Runtime::new().map_err(failed)?;
        let config = ServerConfig::new(load_trajectory("orbit").map_err(failed)?);
        let bound = runtime.block_on(server::bind(any_port())).map_err(failed)?;
        let address = bound.local_addr();
        runtime.spawn(bound.serve(config, CancellationToken::new()));
        Ok(Self {
            address,
            _runtime: Ending(Some(runtime)),
        })
    }

    /// Nothing but tonic, with an answer that is always the same.
    pub(crate) fn bare() -> Result<Self, String> {
        let runtime = Runtime::new().map_err(failed)?;
        let incoming = {
            let _inside = runtime.enter();
            TcpIncoming::bind(any_port()).map_err(failed)?
        };
        let address = incoming.local_addr().map_err(failed)?;
        let server = Server::builder().add_service(PositionServiceServer::new(Bare));
        runtime.spawn(server.serve_with_incoming(incoming.with_nodelay(Some(true))));
        Ok(Self {
            address,
            _runtime: Ending(Some(runtime)),
        })
    }

    /// Calls it from [`IN_FLIGHT`] tasks, each with the next call as soon as it has its answer.
    /// `heard` is told of each.
    pub(crate) fn call(
        &self,
        heard: impl Fn(Pos) + Send + Sync + 'static,
    ) -> Result<Callers, String> {
        let runtime = Runtime::new().map_err(failed)?;
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).map_err(failed)?;
        let channel = runtime.block_on(endpoint.connect()).map_err(failed)?;
        let answers = Arc::new(AtomicU64::new(0));
        let heard = Arc::new(heard);
        for _ in 0..IN_FLIGHT {
            let (answers, heard) = (Arc::clone(&answers), Arc::clone(&heard));
            runtime.spawn(call_on(channel.clone(), answers, heard));
        }
        Ok(Callers {
            answers,
            _runtime: Ending(Some(runtime)),
        })
    }
}

/// Calls without end; it ends with the first call that fails, which [`Callers::rate`] notices.
async fn call_on(channel: Channel, answers: Arc<AtomicU64>, heard: Arc<impl Fn(Pos)>) {
    let mut client = PositionServiceClient::new(channel);
    while let Ok(answer) = client.position_req(Msg::default()).await {
        let Some(position) = answer.into_inner().position else {
            return;
        };
        heard(position);
        answers.fetch_add(1, Ordering::Relaxed);
    }
}

/// Those who call; they end with this.
pub(crate) struct Callers {
    answers: Arc<AtomicU64>,
    _runtime: Ending,
}

impl Callers {
    /// Answers so far.
    pub(crate) fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// Answers a second, over `time`.
    pub(crate) fn rate(&self, time: Duration) -> Result<f64, String> {
        std::thread::sleep(WARM_UP);
        let (before, began) = (self.answers(), Instant::now());
        std::thread::sleep(time);
        let rate = (self.answers() - before) as f64 / began.elapsed().as_secs_f64();
        if rate > 0.0 {
            Ok(rate)
        } else {
            Err("a server does not answer".to_owned())
        }
    }
}

struct Bare;

#[tonic::async_trait]
impl PositionService for Bare {
    async fn position_req(&self, _: Request<Msg>) -> Result<Response<Position>, Status> {
        let position = Pos {
            x: 1.0,
            y: 2.0,
            z: 3.0,
        };
        Ok(Response::new(Position {
            position: Some(position),
            ..Position::default()
        }))
    }

    async fn position_pub(&self, _: Request<Position>) -> Result<Response<Msg>, Status> {
        Ok(Response::new(Msg::default()))
    }
}
