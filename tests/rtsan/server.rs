//! A server whose source is somewhere else at each question.

use std::net::SocketAddr;
use std::sync::Mutex;

use binaurald::proto::position_service_server::{PositionService, PositionServiceServer};
use binaurald::proto::{Msg, Pos, Position};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status, async_trait};

/// It answers until it is dropped.
pub(crate) struct StormServer {
    address: SocketAddr,
    _runtime: Runtime,
}

struct Storm(Mutex<fastrand::Rng>);

impl Storm {
    /// Near, far, very far, in the head, and now and then nowhere.
    fn next(&self) -> Result<Position, Status> {
        let mut rng = self.0.lock().expect("no one panics with it");
        if rng.u8(..50) == 0 {
            return Err(Status::unavailable("the source is nowhere"));
        }
        let scale = 10.0_f32.powi(rng.i32(-3..4));
        let mut coordinate = || match rng.u16(..200) {
            0 => f32::NAN,
            1 => f32::MIN_POSITIVE / 2.0,
            _ => (rng.f32() - 0.5) * scale,
        };
        let (x, y, z) = (coordinate(), coordinate(), coordinate());
        Ok(Position {
            position: Some(Pos { x, y, z }),
            status: 0,
            msg: String::new(),
        })
    }
}

#[async_trait]
impl PositionService for Storm {
    async fn position_req(&self, _: Request<Msg>) -> Result<Response<Position>, Status> {
        self.next().map(Response::new)
    }

    async fn position_pub(&self, _: Request<Position>) -> Result<Response<Msg>, Status> {
        Err(Status::unimplemented("it blows where it wants"))
    }
}

impl StormServer {
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().expect("threads");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a free port");
        let address = listener.local_addr().expect("it has one");
        let storm = Storm(Mutex::new(fastrand::Rng::with_seed(13)));
        runtime.spawn(
            Server::builder()
                .add_service(PositionServiceServer::new(storm))
                .serve_with_incoming(TcpListenerStream::new(listener)),
        );
        Self {
            address,
            _runtime: runtime,
        }
    }

    /// As `--server` takes it.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }
}
