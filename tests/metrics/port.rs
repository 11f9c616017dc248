//! What the port answers: when it lives, when it is ready, and when not.

use std::net::TcpListener;
use std::time::Duration;

use binaurald::metrics::{self, Histogram, Snapshot, Status};
use serde_json::json;

use crate::program::{Running, binaurald, stderr, wait_until};
use crate::python::PythonServer;
use crate::watched::{Answer, Watched, get};

/// What `/status` says of a daemon that plays; `not_ready` as given.
fn status(not_ready: Option<&str>) -> Status {
    let counts = |names: &[&str]| -> serde_json::Value {
        names
            .iter()
            .map(|name| ((*name).to_owned(), json!(0)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let reasons = [
        "status",
        "missing",
        "not_finite",
        "too_far",
        "failed",
        "malformed",
    ];
    let mut server = counts(&[
        "polls",
        "answers",
        "positions",
        "timeouts",
        "losses",
        "reconnects",
    ]);
    server["address"] = json!("http://127.0.0.1:1");
    server["connected"] = json!(true);
    server["rejected"] = counts(&reasons);
    let mut position = counts(&[
        "x_m",
        "y_m",
        "z_m",
        "azimuth_degrees",
        "elevation_degrees",
        "distance_m",
        "times_stale",
    ]);
    position["stale"] = json!(false);
    position["heard"] = json!("followed");
    let mut output = counts(&[
        "sample_rate_hz",
        "channels",
        "buffer_frames",
        "rebuilds",
        "left_peak",
        "right_peak",
        "limited_frames",
    ]);
    output["up"] = json!(true);
    for name in ["host", "device", "device_id", "sample_format"] {
        output[name] = json!("x");
    }
    let mut callback = counts(&[
        "calls",
        "frames",
        "calls_unread",
        "deadline_misses",
        "renderer_panics",
    ]);
    callback["xruns"] = counts(&["reported", "late"]);
    callback["stream_errors"] = counts(&["xrun", "lost", "backend", "notice"]);
    let status = json!({
        "version": "1", "uptime_s": 1, "not_ready": not_ready, "head": "x", "source": "x",
        "server": server, "position": position, "output": output, "callback": callback,
        "reloads": counts(&["applied", "refused"]),
    });
    serde_json::from_value(status).expect("that is all that it says")
}

/// Asks from a thread, so that the port can answer meanwhile.
async fn ask(address: &str, path: &'static str) -> Answer {
    let address = address.to_owned();
    let asked = tokio::task::spawn_blocking(move || get(&address, path));
    asked.await.expect("it answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_publishes_nothing_any_more_does_not_live() {
    let free = "127.0.0.1:0".parse().expect("an address");
    let bound = metrics::bind(free).await.expect("a free port");
    let address = bound.local_addr().to_string();
    let publisher = bound.serve();
    for path in ["/healthz", "/readyz", "/metrics", "/status"] {
        let answer = ask(&address, path).await;
        assert_eq!(
            (answer.code, &*answer.body),
            (503, "the daemon is starting\n"),
            "{path}"
        );
    }
    let publish = |not_ready| {
        publisher.publish(Snapshot {
            status: status(not_ready),
            round_trips: Histogram::new(&[1.0]),
            callback_loads: Histogram::new(&[1.0]),
        });
    };
    publish(Some("no device\nat all"));
    assert_eq!(ask(&address, "/healthz").await.code, 200);
    let answer = ask(&address, "/readyz").await;
    assert_eq!((answer.code, &*answer.body), (503, "no device\\nat all\n"));
    publish(None);
    assert_eq!(ask(&address, "/readyz").await.code, 200);
    let page = ask(&address, "/metrics").await;
    // Before the first position there is no age.
    assert!(
        page.code == 200 && !page.body.contains("position_age"),
        "{}",
        page.body
    );

    // It is silent for longer than a daemon ever is.
    tokio::time::sleep(Duration::from_millis(5_100)).await;
    for path in ["/healthz", "/readyz"] {
        let answer = ask(&address, path).await;
        assert_eq!(answer.code, 503, "{path}");
        assert!(
            answer.body.starts_with("the daemon has not been seen for "),
            "{}",
            answer.body
        );
    }
    publish(None);
    assert_eq!(ask(&address, "/healthz").await.code, 200);

    drop(publisher);
    let address = address.clone();
    let closed = tokio::task::spawn_blocking(move || {
        wait_until("the port is closed", || {
            std::net::TcpStream::connect(&address).is_err()
        });
    });
    closed.await.expect("it is closed");
}

#[test]
fn it_is_ready_when_the_first_position_has_come() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server = port.local_addr().expect("it has one");
    drop(port);
    let daemon = Watched::start(&server.to_string(), &[]);
    wait_until("it lives", || daemon.get("/healthz").code == 200);
    let missing = format!("no position has come yet from http://{server}: connection refused\n");
    wait_until("it plays", || daemon.get("/readyz").body == missing);
    assert_eq!(daemon.get("/readyz").code, 503);

    let _server = PythonServer::start(&["--port", &server.port().to_string()]);
    wait_until("a position", || daemon.get("/readyz").code == 200);
    assert_eq!(daemon.get("/readyz").body, "ready\n");
    daemon.end();
}

#[test]
fn it_is_not_ready_while_the_position_is_stale() {
    let server = PythonServer::start(&[]);
    let port = server.port.to_string();
    let daemon = Watched::start(&server.address(), &["--stale-after", "0.5"]);
    wait_until("a position", || daemon.get("/readyz").code == 200);
    drop(server);
    let stale = daemon.wait_for("it is stale", |page| page.value("position_is_stale") == 1.0);
    assert_eq!(stale.value("position_stale_total"), 1.0);
    assert!(stale.value("position_age_seconds") >= 0.5);
    let answer = daemon.get("/readyz");
    assert_eq!(answer.code, 503);
    let said = answer.body;
    assert!(
        said.starts_with("the position is stale: the last one of http://"),
        "{said}"
    );
    assert_eq!(daemon.get("/healthz").code, 200);

    let _again = PythonServer::start(&["--port", &port]);
    wait_until("it is ready again", || daemon.get("/readyz").code == 200);
    let page = daemon.page();
    assert_eq!(page.value("position_is_stale"), 0.0);
    assert_eq!(page.value("position_stale_total"), 1.0);
    daemon.end();
}

#[test]
fn other_paths_and_methods_are_refused_and_each_connection_serves_one_request() {
    let daemon = Watched::start("127.0.0.1:1", &[]);
    let answer = daemon.get("/");
    assert_eq!(answer.code, 404);
    assert_eq!(
        answer.body,
        "here are /metrics, /status, /healthz and /readyz\n"
    );
    assert!(answer.head.contains("connection: close"), "{}", answer.head);
    let posted = crate::watched::said(
        &daemon.address,
        b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    );
    let posted = posted.expect("it answers");
    assert!(posted.starts_with("HTTP/1.1 405 "), "{posted}");
    daemon.end();
}

#[test]
fn a_port_that_is_in_use_is_an_error_before_anything_plays() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it has one").to_string();
    for command in ["run", "demo"] {
        let args = [command, "--output", "null", "--metrics", &address];
        let output = Running::start(&mut binaurald(&args)).end();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = stderr(&output);
        let expected = format!("error: --metrics {address}: the address is in use");
        assert!(
            said.contains(&expected) && !said.contains("playing to"),
            "{said}"
        );
    }
    for wrong in ["here", "127.0.0.1", "127.0.0.1:65536"] {
        let args = ["run", "--output", "null", "--metrics", wrong];
        let output = Running::start(&mut binaurald(&args)).end();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = stderr(&output);
        assert!(
            said.contains(&format!("error: --metrics {wrong}: ")),
            "{said}"
        );
    }
}
