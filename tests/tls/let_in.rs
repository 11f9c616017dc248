//! Those who are let in.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::certificates::{Valid, secret};
use crate::program::{binaurald, stderr};
use crate::python::peer;
use crate::support::{House, Serve, gets, position, sets};

#[test]
fn a_client_that_trusts_the_servers_authority_is_answered() {
    let house = House::new();
    let serve = house.serve(&[]);
    let server = serve.url("https");
    gets(&server, &["--tls-ca", &house.ca]);
    sets(&server, &["--tls-ca", &house.ca]);
    serve.says("security=\"TLS\"");
}

#[test]
fn a_server_is_known_by_its_name_too() {
    let house = House::new();
    let named = house
        .authority
        .server(&house.desk, "named", "localhost", Valid::Now);
    let serve = Serve::start(&named.args());
    gets(
        &format!("https://localhost:{}", serve.port),
        &["--tls-ca", &house.ca],
    );
}

#[test]
fn the_systems_authorities_count_when_no_file_is_named() {
    let house = House::new();
    let serve = house.serve(&[]);
    let get = binaurald(&["position", "get", "--timeout", "20000", "--server"])
        .arg(serve.url("https"))
        .env("SSL_CERT_FILE", &house.ca)
        .output()
        .expect("the program starts");
    assert!(get.status.success(), "{}", stderr(&get));
}

#[test]
fn a_client_with_a_certificate_of_the_right_authority_is_answered() {
    let house = House::new();
    let serve = house.serve_mutual();
    gets(&serve.url("https"), &house.with(&house.client));
    sets(&serve.url("https"), &house.with(&house.client));
    serve.says("security=\"TLS, clients with certificates\"");
}

#[test]
fn the_daemon_follows_over_tls_with_certificate_and_token() {
    let house = House::new();
    let token = secret(&house.desk, "token", "s3cret\n");
    let with_token = ["--token-file", token.as_str()];
    let serve = house.serve(
        &[
            &["--tls-client-ca", &house.ca, "--token-for", "all"],
            &with_token[..],
        ]
        .concat(),
    );
    let server = serve.url("https");
    let run = binaurald(&[
        "run",
        "--output",
        "null",
        "--duration",
        "1",
        "--server",
        &server,
    ])
    .args(["--timeout", "20000"])
    .args(house.with(&house.client))
    .args(with_token)
    .output()
    .expect("the program starts");
    let connected = format!("connected to {server} (posXYZ.PositionService)");
    assert!(stderr(&run).contains(&connected), "{}", stderr(&run));
    assert!(run.status.success());
    assert!(!stderr(&run).contains("s3cret") && !serve.log().contains("s3cret"));
}

#[test]
fn python_uses_both_names_of_the_service_over_tls_with_a_token() {
    let house = House::new();
    let token = secret(&house.desk, "token", "s3cret\n");
    for service in ["PositionService", "PositinService"] {
        let serve = house.serve(&["--token-file", &token, "--token-for", "all"]);
        let address = format!("127.0.0.1:{}", serve.port);
        let output = peer("client.py")
            .args(["--service", service, "--address", &address])
            .args(["--ca", &house.ca, "--token", "s3cret"])
            .output()
            .expect("Python starts");
        assert!(output.status.success(), "{}", stderr(&output));
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(told["after"]["xyz"], serde_json::json!([0.5, -2.0, 0.25]));
        assert_eq!(told["health"][""], "SERVING");
    }
}

#[test]
fn a_client_can_go_on_without_its_certificate_where_none_is_wanted() {
    let house = House::new();
    let serve = house.serve(&[]);
    gets(&serve.url("https"), &house.with(&house.client));
    // Many of them, one after the other.
    for _ in 0..5 {
        let got = position(&["get"], &serve.url("https"), &["--tls-ca", &house.ca]);
        assert!(got.status.success(), "{}", stderr(&got));
    }
}

#[test]
fn that_a_server_was_killed_is_told_without_words_about_tls() {
    let house = House::new();
    let servers = [house.serve(&[]), Serve::start(&[])];
    let schemes = ["https", "http"];
    let lost = schemes.iter().zip(servers).map(|(scheme, serve)| {
        let url = serve.url(scheme);
        let trusting = ["--tls-ca", house.ca.as_str()];
        let more = &trusting[..if *scheme == "https" { 2 } else { 0 }];
        let mut watch = binaurald(&["position", "watch", "--server", &url])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut answers = BufReader::new(watch.stdout.take().expect("it is piped")).lines();
        answers.next().expect("an answer").expect("text");
        drop(serve);
        let log = BufReader::new(watch.stderr.take().expect("it is piped"));
        let mut lines = log.lines().map(|line| line.expect("text"));
        let line = lines.find(|line| line.contains("lost http"));
        watch.kill().expect("it runs");
        watch.wait().expect("it has ended");
        let line = line.expect("the loss is told");
        assert!(!line.contains("close_notify"), "{line}");
        line
    });
    assert_eq!(lost.count(), 2);
}
