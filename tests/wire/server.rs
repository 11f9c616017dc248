//! The bundled server against a Python client, many clients, and its own end.

use binaurald::position::{CallError, Link, ServiceName, check_answer};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::python::peer;
use crate::support::{Log, OwnServer, PATIENCE, config};

/// What the log says when clients are cut.
const CUTTING: &str = "cutting the clients";

#[tokio::test]
async fn a_python_client_finds_everything_under_both_names() {
    for service in ["PositionService", "PositinService"] {
        let server = OwnServer::start("static:3,-1,0.5").await;
        let address = server.address.to_string();
        let output = tokio::task::spawn_blocking(move || {
            peer("client.py")
                .args(["--service", service, "--address", &address])
                .output()
                .expect("Python starts")
        })
        .await
        .unwrap();
        let result: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let position = |xyz: [f64; 3]| json!({"xyz": xyz, "present": true, "status": 0});
        assert_eq!(result["before"], position([3.0, -1.0, 0.5]));
        assert_eq!(result["published"], 0);
        assert_eq!(result["after"], position([0.5, -2.0, 0.25]));
        assert_eq!(
            result["refused_nan"],
            json!({
                "code": "INVALID_ARGUMENT",
                "details": "position.x is NaN, not a finite number"
            })
        );
        assert_eq!(
            result["refused_missing"],
            json!({"code": "INVALID_ARGUMENT", "details": "position is missing"})
        );
        assert_eq!(result["after_refusals"], position([0.5, -2.0, 0.25]));
        for reflection in ["reflection_v1", "reflection_v1alpha"] {
            let services = result[reflection].as_array().unwrap();
            for name in ["posXYZ.PositionService", "posXYZ.PositinService"] {
                assert!(
                    services.contains(&json!(name)),
                    "{reflection}: {services:?}"
                );
            }
        }
        assert_eq!(
            result["reflected_methods"],
            json!([
                "PositionReq(.posXYZ.Msg) .posXYZ.Position",
                "PositionPub(.posXYZ.Position) .posXYZ.Msg"
            ])
        );
        assert_eq!(
            result["health"],
            json!({"": "SERVING", format!("posXYZ.{service}"): "SERVING"})
        );
    }
}

#[tokio::test]
async fn many_clients_are_answered_at_once() {
    const CLIENTS: u16 = 50;
    let server = OwnServer::start("static:1,0,0").await;
    let config = config(&server.address.to_string());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let config = config.clone();
            tokio::spawn(async move {
                let mut link = Link::new(&config);
                for round in 0..20u16 {
                    if client == 0 {
                        link.publish([f32::from(round); 3]).await.unwrap();
                    }
                    let answer = link.ask().await.unwrap();
                    let position @ [x, y, z] = check_answer(&answer).unwrap();
                    // Never half of one publication and half of another.
                    assert!(
                        position == [1.0, 0.0, 0.0] || (x == y && y == z),
                        "{position:?}"
                    );
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
}

#[tokio::test]
async fn at_its_end_it_takes_no_more_calls_and_cuts_who_is_still_there() {
    let (log, _guard) = Log::start();
    let server = OwnServer::start("orbit").await;
    let config = config(&server.address.to_string());
    let mut link = Link::new(&config);
    link.ask().await.unwrap();
    // A call without an end, and a connection that says nothing.
    let channel = tonic::transport::Endpoint::from_shared(config.server.to_string())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let mut health = HealthClient::new(channel);
    let mut watching = Vec::new();
    for service in ["", "posXYZ.PositionService", "posXYZ.PositinService"] {
        let service = service.to_owned();
        let request = HealthCheckRequest { service };
        let mut watched = health.watch(request).await.unwrap().into_inner();
        assert_eq!(watched.message().await.unwrap().unwrap().status, 1);
        watching.push(watched);
    }
    let mut silent = TcpStream::connect(server.address).await.unwrap();

    server.shutdown.cancel();
    tokio::time::timeout(PATIENCE, server.task)
        .await
        .expect("it ends")
        .unwrap()
        .unwrap();
    assert_eq!(log.lines(CUTTING).len(), 1);
    assert_eq!(link.ask().await, Err(CallError::Refused));
    // Told that it ends, then cut.
    for watched in &mut watching {
        assert_eq!(watched.message().await.unwrap().unwrap().status, 2);
        let cut = tokio::time::timeout(PATIENCE, watched.message()).await;
        assert!(!matches!(cut, Err(_) | Ok(Ok(Some(_)))), "{cut:?}");
    }
    let mut rest = Vec::new();
    // The preface of HTTP/2 may have come; what counts is that it ends, by whichever error.
    let _ = tokio::time::timeout(PATIENCE, silent.read_to_end(&mut rest))
        .await
        .expect("the silent connection ends");
}

#[tokio::test]
async fn with_only_idle_clients_it_ends_without_a_cut() {
    let (log, _guard) = Log::start();
    let server = OwnServer::start("orbit").await;
    let config = config(&server.address.to_string());
    let mut link = Link::new(&config);
    link.ask().await.unwrap();
    assert_eq!(link.service(), ServiceName::Contract);
    server.shutdown.cancel();
    let ended = tokio::time::timeout(PATIENCE, server.task).await;
    ended.expect("it ends").unwrap().unwrap();
    assert_eq!(log.lines(CUTTING).len(), 0);
}
