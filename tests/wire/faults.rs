//! The client against servers that are silent, slow, absent, or something else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use binaurald::files::load_trajectory;
use binaurald::position::{CallError, ClientConfig, Counters, Event, Link, Poller, TlsRefusal};
use binaurald::proto::position_service_server::{PositionService, PositionServiceServer};
use binaurald::proto::{Msg, Pos, Position};
use binaurald::server::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use crate::support::{Follower, Log, OwnServer, PATIENCE, config};

/// A port that accepts, as the kernel does for it, and never says anything.
pub(crate) async fn silent_port() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// A port that nobody listens on.
async fn closed_port() -> String {
    let (listener, address) = silent_port().await;
    drop(listener);
    address
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_told_within_the_deadline_and_once() {
    let (log, _guard) = Log::start();
    let (_listener, address) = silent_port().await;
    let config = ClientConfig::new(&address, 60.0, 250).unwrap();
    let counters = Arc::new(Counters::default());
    let start = Instant::now();
    let mut poller = Poller::new(&config, counters.clone());
    assert_eq!(log.lines("waiting for").len(), 1);
    poller.poll().await;
    let elapsed = start.elapsed();
    // The timer of the runtime counts in milliseconds.
    assert!(
        elapsed >= config.deadline && elapsed <= config.deadline + Duration::from_millis(2),
        "told after {elapsed:?}"
    );
    for _ in 0..20 {
        let poll = poller.poll().await;
        assert!(poll.change.is_none() && poll.answer.is_none(), "{poll:?}");
    }
    assert_eq!(
        log.lines("no answer within 250 ms (--timeout MS waits longer)")
            .len(),
        1
    );
    assert_eq!(counters.timeouts.get(), 21);
    assert_eq!(counters.answers.get(), 0);
}

/// Answers what TLS answers to a client that does not speak it: an alert, and the end.
#[tokio::test]
async fn a_server_that_expects_tls_is_told_as_one() {
    const ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 70];
    for (alert, expected) in [
        (&ALERT[..], CallError::Tls(TlsRefusal::TlsExpected)),
        (&[], CallError::Closed),
    ] {
        let (listener, address) = silent_port().await;
        let serving = tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut preface = [0; 24];
                connection.read_exact(&mut preface).await.unwrap();
                connection.write_all(alert).await.unwrap();
            }
        });
        let error = Link::new(&config(&address)).ask().await.unwrap_err();
        assert_eq!(error, expected, "after {alert:?}");
        let way_out = error.way_out().unwrap();
        assert!(way_out.contains("--server https://"), "{way_out}");
        serving.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_is_told_once_and_tried_again_after_at_most_half_a_second() {
    let (log, _guard) = Log::start();
    let config = config(&closed_port().await);
    let counters = Arc::new(Counters::default());
    let mut poller = Poller::new(&config, counters.clone());
    poller.poll().await;
    for full_ms in [20, 40, 80, 160, 320, 500, 500, 500] {
        let before = Instant::now();
        assert!(poller.poll().await.change.is_none());
        let waited = before.elapsed();
        let full = Duration::from_millis(full_ms);
        // The timer of the runtime counts in milliseconds.
        let rounding = Duration::from_millis(2);
        assert!(
            waited >= full / 2 && waited <= full + rounding,
            "waited {waited:?}, not {full:?} or up to half less"
        );
    }
    assert_eq!(log.lines("connection refused").len(), 1);
    assert_eq!(counters.timeouts.get(), 0);
}

#[tokio::test]
async fn connections_that_were_given_up_are_closed() {
    let (listener, address) = silent_port().await;
    let mut link = Link::new(&ClientConfig {
        deadline: Duration::from_millis(50),
        ..config(&address)
    });
    for _ in 0..3 {
        assert!(matches!(link.ask().await, Err(CallError::Deadline(_))));
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut received = Vec::new();
        tokio::time::timeout(PATIENCE, stream.read_to_end(&mut received))
            .await
            .expect("the client closes its side")
            .unwrap();
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_http2_is_told_as_a_failed_connection() {
    let (listener, address) = silent_port().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let words = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n";
            tokio::io::AsyncWriteExt::write_all(&mut stream, words)
                .await
                .unwrap();
        }
    });
    let config = config(&address);
    let error = Link::new(&config).ask().await.unwrap_err();
    // Whether its words or its going is seen first depends on the moment.
    let text = format!("{error} ({})", error.way_out().unwrap_or_default());
    let is_told = ["is the port right?", "is --server right?"]
        .iter()
        .any(|hint| text.contains(hint));
    assert!(is_told, "{text}");
}

#[tokio::test]
async fn a_server_without_the_service_is_told_once() {
    let (log, _guard) = Log::start();
    let (listener, address) = silent_port().await;
    let (_, health) = tonic_health::server::health_reporter();
    tokio::spawn(
        Server::builder()
            .add_service(health)
            .serve_with_incoming(TcpListenerStream::new(listener)),
    );
    let mut poller = Poller::new(&config(&address), Arc::default());
    for _ in 0..4 {
        assert!(poller.poll().await.change.is_none());
    }
    let told = "it has no PositionReq under posXYZ.PositionService or posXYZ.PositinService";
    assert_eq!(log.lines(told).len(), 1);
}

/// Answers after a while, and counts the calls that are in it.
struct Slow {
    calls: Arc<Calls>,
}

#[derive(Default)]
struct Calls {
    total: AtomicUsize,
    now: AtomicUsize,
    most: AtomicUsize,
}

#[tonic::async_trait]
impl PositionService for Slow {
    async fn position_req(&self, request: Request<Msg>) -> Result<Response<Position>, Status> {
        assert_eq!(request.get_ref().msg, "request pos");
        let now = self.calls.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.calls.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(10)).await;
        let total = self.calls.total.fetch_add(1, Ordering::SeqCst);
        self.calls.now.fetch_sub(1, Ordering::SeqCst);
        Ok(Response::new(Position {
            position: Some(Pos {
                x: total as f32,
                y: 0.0,
                z: 0.0,
            }),
            ..Position::default()
        }))
    }

    async fn position_pub(&self, _: Request<Position>) -> Result<Response<Msg>, Status> {
        Err(Status::permission_denied("read only"))
    }
}

#[tokio::test]
async fn a_slow_server_is_asked_one_call_at_a_time_and_loses_none() {
    let (listener, address) = silent_port().await;
    let calls = Arc::new(Calls::default());
    let service = PositionServiceServer::new(Slow {
        calls: calls.clone(),
    });
    tokio::spawn(
        Server::builder()
            .add_service(service)
            .serve_with_incoming(TcpListenerStream::new(listener)),
    );
    let fast = ClientConfig {
        poll_interval: Duration::from_millis(1),
        ..config(&address)
    };
    let mut follower = Follower::start(fast.clone());
    assert!(matches!(follower.next().await, Event::Connected(_)));
    for call in 0..20 {
        assert_eq!(follower.next_position().await, [f64::from(call), 0.0, 0.0]);
    }
    assert_eq!(calls.most.load(Ordering::SeqCst), 1);

    let error = Link::new(&fast).publish([0.0; 3]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "it answers PermissionDenied (the server says \"read only\")"
    );
}

#[tokio::test]
async fn a_server_that_ends_and_comes_back_is_told_once_each_way() {
    let (log, _guard) = Log::start();
    let server = OwnServer::start("static:1,2,3").await;
    let address = server.address;
    let counters = Arc::new(Counters::default());
    let mut poller = Poller::new(&config(&address.to_string()), counters.clone());
    assert!(poller.poll().await.change.is_some());
    server.shutdown.cancel();
    server.task.await.unwrap().unwrap();
    for _ in 0..4 {
        assert!(poller.poll().await.answer.is_none());
    }
    let lost = format!("lost http://{address}: ");
    assert_eq!(log.lines("WARN").len(), 1, "{:?}", log.lines("WARN"));
    assert_eq!(log.lines(&lost).len(), 1);
    assert!(log.lines("is --server right").is_empty());
    assert_eq!(counters.losses.get(), 1);

    let bound = binaurald::server::bind(address).await.unwrap();
    let shutdown = CancellationToken::new();
    let trajectory = load_trajectory("static:1,2,3").unwrap();
    tokio::spawn(bound.serve(ServerConfig::new(trajectory), shutdown.clone()));
    while poller.poll().await.answer.is_none() {}
    assert_eq!(log.lines("is back after").len(), 1);
    assert_eq!(counters.reconnects.get(), 1);
    assert_eq!(counters.round_trips.counts().sum::<u64>(), 2);
    shutdown.cancel();
}

#[tokio::test]
async fn a_follower_ends_when_told_and_when_nobody_listens() {
    let address = closed_port().await;
    let follower = Follower::start(config(&address));
    follower.cancel.cancel();
    follower.task.await.unwrap();

    let follower = Follower::start(config(&address));
    drop(follower.events);
    follower.task.await.unwrap();
}
