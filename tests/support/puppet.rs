//! A `PositionService` in this process that answers as it is told, and counts what it answered.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use binaurald::proto::position_service_server::{PositionService, PositionServiceServer};
use binaurald::proto::{Msg, Pos, Position};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// What it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    /// The position.
    Good,
    /// The position, with so many words that the message is 10 kB long.
    Long,
    /// A status other than 0.
    Status,
    /// No position.
    Missing,
    /// A coordinate that is no number.
    NotFinite,
    /// A coordinate beyond the greatest.
    TooFar,
    /// An error of gRPC.
    Failed,
}

/// All answers that are no positions.
pub(crate) const BAD: [Answer; 6] = [
    Answer::Long,
    Answer::Status,
    Answer::Missing,
    Answer::NotFinite,
    Answer::TooFar,
    Answer::Failed,
];

/// Bytes of a long message, and a few more.
const LONG: usize = 10_000;

struct Strings {
    answer: Answer,
    position: [f32; 3],
    given: BTreeMap<Answer, u64>,
}

type Held = Arc<Mutex<Strings>>;

/// The server; it ends on drop.
pub(crate) struct Puppet {
    strings: Held,
    port: u16,
    _runtime: Runtime,
}

impl Puppet {
    /// Starts it with good answers of this position.
    pub(crate) fn at(position: [f32; 3]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("a free port");
        let port = listener.local_addr().expect("it has one").port();
        let strings: Held = Arc::new(Mutex::new(Strings {
            answer: Answer::Good,
            position,
            given: BTreeMap::new(),
        }));
        let service = PositionServiceServer::new(Service(Arc::clone(&strings)));
        runtime.spawn(
            tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming(TcpListenerStream::new(listener)),
        );
        Self {
            strings,
            port,
            _runtime: runtime,
        }
    }

    /// Its address, as `--server` takes it.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// From now on it answers so.
    pub(crate) fn answer(&self, answer: Answer) {
        self.pull(|strings| strings.answer = answer);
    }

    /// From now on the source is there.
    pub(crate) fn place(&self, position: [f32; 3]) {
        self.pull(|strings| strings.position = position);
    }

    /// How often it gave this answer.
    pub(crate) fn given(&self, answer: Answer) -> u64 {
        self.pull(|strings| strings.given.get(&answer).copied().unwrap_or(0))
    }

    fn pull<T>(&self, change: impl FnOnce(&mut Strings) -> T) -> T {
        change(&mut self.strings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Service(Held);

#[tonic::async_trait]
impl PositionService for Service {
    async fn position_req(&self, _: Request<Msg>) -> Result<Response<Position>, Status> {
        let mut strings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = strings.answer;
        *strings.given.entry(answer).or_default() += 1;
        let [x, y, z] = strings.position;
        let mut given = Position {
            position: Some(Pos { x, y, z }),
            status: 0,
            msg: "here".to_owned(),
        };
        let position = given.position.as_mut().expect("it was just made");
        match answer {
            Answer::Good => {}
            Answer::Long => given.msg = "x".repeat(LONG),
            Answer::Status => given.status = -1,
            Answer::Missing => given.position = None,
            Answer::NotFinite => position.y = f32::NAN,
            Answer::TooFar => position.z = 2e6,
            Answer::Failed => return Err(Status::internal("the tracker is on fire")),
        }
        Ok(Response::new(given))
    }

    async fn position_pub(&self, _: Request<Position>) -> Result<Response<Msg>, Status> {
        Err(Status::permission_denied("nobody tells this one"))
    }
}
