//! What is beyond a limit is refused in words, and what is within it is not.

use std::net::SocketAddr;
use std::time::Duration;

use binaurald::files::load_trajectory;
use binaurald::proto::position_service_client::PositionServiceClient;
use binaurald::proto::{Msg, Position};
use binaurald::server::{self, Limits, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_prost::ProstCodec;

use crate::{frames, program::PATIENCE};

/// A server in this process; it ends with the guard.
async fn serve(limits: Limits) -> (SocketAddr, DropGuard) {
    let bound = server::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .expect("a free port");
    let address = bound.local_addr();
    let shutdown = CancellationToken::new();
    let config = ServerConfig {
        limits,
        ..ServerConfig::new(load_trajectory("static:1,0,0").expect("a trajectory"))
    };
    tokio::spawn(bound.serve(config, shutdown.clone()));
    (address, shutdown.drop_guard())
}

async fn channel(address: SocketAddr) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
    endpoint.connect().await.expect("it listens")
}

async fn ask(channel: &Channel, request: Request<Msg>) -> Result<(), Status> {
    let mut client = PositionServiceClient::new(channel.clone());
    client.position_req(request).await.map(drop)
}

fn request(message_bytes: usize) -> Request<Msg> {
    Request::new(Msg {
        status: 0,
        msg: "m".repeat(message_bytes),
    })
}

/// Waits until the peer closes the connection.
async fn closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    let end = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    // By whichever error.
    let _ = end.expect("it is closed");
}

#[tokio::test]
async fn a_message_beyond_4_kib_exhausts_a_resource_and_the_connection_goes_on() {
    let (address, _server) = serve(Limits::default()).await;
    let channel = channel(address).await;
    assert!(ask(&channel, request(4_000)).await.is_ok());
    for bytes in [4_200, 10_000_000] {
        let refused = ask(&channel, request(bytes)).await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
        assert_eq!(refused.message(), "the message has more than 4096 bytes");
    }
    assert!(ask(&channel, request(0)).await.is_ok());
}

#[tokio::test]
async fn a_header_beyond_8_kib_exhausts_a_resource_and_the_connection_goes_on() {
    let (address, _server) = serve(Limits::default()).await;
    let channel = channel(address).await;
    let with_field = |bytes: usize| {
        let mut request = request(0);
        let value = "x".repeat(bytes).parse().expect("a value of a header");
        request.metadata_mut().insert("x", value);
        request
    };
    assert!(ask(&channel, with_field(7_000)).await.is_ok());
    let refused = ask(&channel, with_field(8_200)).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    assert_eq!(refused.message(), "the header has more than 8192 bytes");
    assert!(ask(&channel, request(0)).await.is_ok());
}

#[tokio::test]
async fn calls_beyond_the_limit_exhaust_a_resource_and_every_connection_has_one() {
    let limits = Limits {
        calls: 10,
        calls_per_connection: 8,
        ..Limits::default()
    };
    let (address, _server) = serve(limits).await;
    let [busy, other] = [channel(address).await, channel(address).await];
    let watch = async |channel: &Channel| {
        let service = String::new();
        let watched = HealthClient::new(channel.clone())
            .watch(HealthCheckRequest { service })
            .await;
        watched.map(tonic::Response::into_inner)
    };
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(watch(&busy).await.expect("within the limit"));
    }
    let refused = watch(&busy).await.expect_err("one too many");
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(
        refused.message(),
        "more than 8 calls at a time on a connection"
    );
    let mut beside = vec![watch(&other).await.expect("within the limit")];
    beside.push(watch(&other).await.expect("within the limit"));
    let refused = watch(&other).await.expect_err("one too many of all");
    assert_eq!(refused.message(), "more than 10 calls at a time");
    let third = channel(address).await;
    assert!(ask(&third, request(0)).await.is_ok());
    // Those that end make room.
    drop(open);
    let room = async {
        while ask(&busy, request(0)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let made = tokio::time::timeout(PATIENCE, room).await;
    made.expect("the calls are over");
}

#[tokio::test]
async fn a_call_whose_message_does_not_come_exhausts_a_resource_in_time() {
    let limits = Limits {
        call_time: Duration::from_millis(100),
        ..Limits::default()
    };
    let (address, _server) = serve(limits).await;
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(frames::PREFACE).await.expect("it reads");
    let begun = frames::call(1);
    stream.write_all(&begun).await.expect("it reads");
    let answered = async {
        loop {
            let (kind, stream_number) = frames::read(&mut stream).await.expect("it answers");
            if kind == frames::HEADERS {
                return stream_number;
            }
        }
    };
    let answered = tokio::time::timeout(PATIENCE, answered).await;
    assert_eq!(answered.expect("it is answered"), 1);

    let channel = channel(address).await;
    let mut client = Grpc::new(channel.clone());
    client.ready().await.expect("it listens");
    let path = PathAndQuery::from_static("/posXYZ.PositionService/PositionReq");
    let codec: ProstCodec<Msg, Position> = ProstCodec::default();
    let never = Request::new(tokio_stream::pending::<Msg>());
    let answered = client.client_streaming(never, path, codec);
    let answered = tokio::time::timeout(PATIENCE, answered).await;
    let refused = answered.expect("it is answered").unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    assert_eq!(refused.message(), "the call took longer than 100ms");
    assert!(ask(&channel, request(0)).await.is_ok());
}

#[tokio::test]
async fn a_connection_without_a_call_is_closed_and_one_that_had_one_is_not() {
    let limits = Limits {
        first_call: Duration::from_millis(300),
        ..Limits::default()
    };
    let (address, _server) = serve(limits).await;
    let idle = channel(address).await;
    ask(&idle, request(0)).await.expect("an answer");
    let mut silent = TcpStream::connect(address).await.expect("it listens");
    let mut half = TcpStream::connect(address).await.expect("it listens");
    half.write_all(frames::PREFACE).await.expect("it reads");
    let header = frames::open_header(1);
    half.write_all(&header).await.expect("it reads");
    closed(&mut silent).await;
    closed(&mut half).await;
    let mut health = HealthClient::new(idle);
    let service = String::new();
    let checked = health.check(HealthCheckRequest { service }).await;
    checked.expect("the same connection is still there");
}

#[tokio::test]
async fn silent_connections_make_room_for_a_client() {
    let limits = Limits {
        connections: 8,
        connections_per_address: 8,
        ..Limits::default()
    };
    let (address, _server) = serve(limits).await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(address).await.expect("it listens"));
    }
    let client = channel(address).await;
    ask(&client, request(0)).await.expect("an answer");
    for stream in &mut silent[..12] {
        closed(stream).await;
    }
    ask(&client, request(0)).await.expect("it is still there");
}
