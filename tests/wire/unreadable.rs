//! The client against servers whose answers cannot be read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use binaurald::position::{ClientConfig, Counters, Event, Poller};
use binaurald::proto::position_service_server::{PositionService, PositionServiceServer};
use binaurald::proto::{Msg, Pos, Position};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use crate::faults::silent_port;
use crate::support::{Follower, Log, config};

/// Answers with this many words, and now and then it tells where it is.
struct Wordy {
    calls: AtomicUsize,
    words: usize,
}

#[tonic::async_trait]
impl PositionService for Wordy {
    async fn position_req(&self, _: Request<Msg>) -> Result<Response<Position>, Status> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let is_short = call % 100 == 99;
        Ok(Response::new(Position {
            position: Some(Pos {
                x: call as f32,
                y: 0.0,
                z: 0.0,
            }),
            status: 0,
            msg: "a".repeat(if is_short { 4096 } else { self.words }),
        }))
    }

    async fn position_pub(&self, _: Request<Position>) -> Result<Response<Msg>, Status> {
        Err(Status::permission_denied("read only"))
    }
}

#[tokio::test]
async fn answers_that_are_too_long_are_not_taken_and_do_not_cost_the_connection() {
    let (log, _guard) = Log::start();
    let (listener, address) = silent_port().await;
    let accepted = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&accepted);
    let connections = TcpListenerStream::new(listener).map(move |connection| {
        counted.fetch_add(1, Ordering::SeqCst);
        // Else each long answer waits for an acknowledgement in its middle.
        connection.inspect(|stream| stream.set_nodelay(true).unwrap())
    });
    let service = PositionServiceServer::new(Wordy {
        calls: AtomicUsize::new(0),
        words: 10_000,
    });
    tokio::spawn(
        Server::builder()
            .add_service(service)
            .serve_with_incoming(connections),
    );
    let fast = ClientConfig {
        poll_interval: Duration::from_millis(1),
        ..config(&address)
    };
    let mut follower = Follower::start(fast);
    assert!(matches!(follower.next().await, Event::Connected(_)));
    for call in 1..=15 {
        let expected = f64::from(100 * call - 1);
        assert_eq!(follower.next_position().await, [expected, 0.0, 0.0]);
    }
    assert!(follower.counters.rejected.malformed.get() >= 15 * 99);
    assert_eq!(follower.counters.losses.get(), 0);
    assert_eq!(accepted.load(Ordering::SeqCst), 1);
    let told = "gives no position: its answer is too long: `msg` may have 4096 bytes; keeping the last one";
    assert!((1..20).contains(&log.lines(told).len()));
}

/// A service of the same name whose messages are others.
mod foreign {
    use std::convert::Infallible;

    use binaurald::proto::Msg;
    use tonic::body::Body;
    use tonic::codegen::{BoxFuture, Service, http};
    use tonic::server::{Grpc, NamedService, UnaryService};
    use tonic::{Request, Response, Status};
    use tonic_prost::ProstCodec;

    /// In its field 1 is a number, where a position has a message.
    #[derive(Clone)]
    pub(super) struct Foreign;

    impl NamedService for Foreign {
        const NAME: &'static str = "posXYZ.PositionService";
    }

    impl UnaryService<Msg> for Foreign {
        type Response = Msg;
        type Future = BoxFuture<Response<Msg>, Status>;

        fn call(&mut self, _: Request<Msg>) -> Self::Future {
            let number = Msg {
                status: 7,
                msg: "meant otherwise".into(),
            };
            Box::pin(async { Ok(Response::new(number)) })
        }
    }

    impl Service<http::Request<Body>> for Foreign {
        type Response = http::Response<Body>;
        type Error = Infallible;
        type Future = BoxFuture<Self::Response, Infallible>;

        fn poll_ready(
            &mut self,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Result<(), Infallible>> {
            std::task::Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: http::Request<Body>) -> Self::Future {
            let codec = ProstCodec::<Msg, Msg>::default();
            Box::pin(async { Ok(Grpc::new(codec).unary(Foreign, request).await) })
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_no_message_of_the_contract_is_rejected_and_the_server_kept() {
    let (log, _guard) = Log::start();
    let (listener, address) = silent_port().await;
    tokio::spawn(
        Server::builder()
            .add_service(foreign::Foreign)
            .serve_with_incoming(TcpListenerStream::new(listener)),
    );
    let counters = Arc::new(Counters::default());
    let mut poller = Poller::new(&config(&address), counters.clone());
    for _ in 0..4 {
        assert!(poller.poll().await.answer.is_none());
    }
    assert_eq!(counters.rejected.malformed.get(), 4);
    assert_eq!(counters.losses.get(), 0);
    assert!(counters.freshness.is_connected());
    let told = "gives no position: its answer is no message of the contract; keeping the last one";
    assert_eq!(log.lines(told).len(), 1);
}
