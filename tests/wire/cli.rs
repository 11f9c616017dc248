//! `serve` and `position` as processes.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Output, Stdio};

use serde_json::{Value, json};

use crate::program::binaurald;

fn run(args: &[&str]) -> Output {
    binaurald(args).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// A running `binaurald serve`, killed when dropped.
struct Serve {
    child: Child,
    address: String,
}

impl Serve {
    fn start(args: &[&str]) -> Self {
        let mut child = binaurald(&["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap().into();
        Self { child, address }
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_is_set_is_what_one_gets() {
    let serve = Serve::start(&["--trajectory", "static:-1,0.5,2"]);
    let server = ["--server", &serve.address, "--timeout", "10000"];
    let position = |args: &[&str]| run(&[&["position"], args, &server[..]].concat());

    let get = position(&["get"]);
    assert_eq!(stdout(&get), "-1.000000 0.500000 2.000000\n");
    assert!(get.status.success());
    let set = position(&["set", "-4", "0", "-0.25"]);
    assert_eq!(stdout(&set), "ok\n", "{}", stderr(&set));
    assert!(set.status.success());
    let get = position(&["get", "--json"]);
    let shown: Value = serde_json::from_str(stdout(&get)).unwrap();
    assert_eq!(
        shown,
        json!({"x": -4.0, "y": 0.0, "z": -0.25, "status": 0, "msg": ""})
    );
    let set = position(&["set", "1", "2", "3", "--json"]);
    let shown: Value = serde_json::from_str(stdout(&set)).unwrap();
    assert_eq!(shown, json!({"status": 0, "msg": "ok"}));
    for bad in [["nan", "0", "0"], ["0", "1e7", "0"], ["0", "0", "-inf"]] {
        let set = position(&[&["set"], &bad[..]].concat());
        assert_eq!(set.status.code(), Some(2), "{bad:?}: {}", stderr(&set));
    }
    assert_eq!(stdout(&position(&["get"])), "1.000000 2.000000 3.000000\n");
}

#[test]
fn watch_prints_answers_until_a_signal_or_a_closed_pipe() {
    let serve = Serve::start(&["--trajectory", "static:1,2,3"]);
    for ending in ["INT", "TERM", "closed pipe"] {
        let mut watch = binaurald(&["position", "watch", "--server", &serve.address])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(watch.stdout.take().unwrap());
        for _ in 0..3 {
            let mut line = String::new();
            lines.read_line(&mut line).unwrap();
            assert_eq!(line, "1.000000 2.000000 3.000000\n");
        }
        if ending == "closed pipe" {
            drop(lines);
        } else {
            super::signal::send(watch.id(), ending);
        }
        let mut log = String::new();
        watch
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        assert_eq!(watch.wait().unwrap().code(), Some(0), "{ending}: {log}");
        assert!(!log.contains("panic"), "{ending}: {log}");
    }
}

#[test]
fn serve_ends_cleanly_on_either_signal_with_a_client_connected() {
    for ending in ["INT", "TERM"] {
        let mut serve = Serve::start(&[]);
        let _idle = std::net::TcpStream::connect(&serve.address).unwrap();
        super::signal::send(serve.child.id(), ending);
        assert_eq!(serve.child.wait().unwrap().code(), Some(0), "{ending}");
    }
}

#[test]
fn a_second_signal_ends_serve_at_once() {
    let mut child = binaurald(&["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap();
    // A client that answers nothing is waited for until the cut: time for the second signal.
    let mut client = std::net::TcpStream::connect(address).unwrap();
    client
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .unwrap();
    let mut settings = [0; 9];
    client.read_exact(&mut settings).unwrap();

    super::signal::send(child.id(), "INT");
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(log.any(|line| line.unwrap().contains("shutting down")));
    super::signal::send(child.id(), "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(128 + 15));
}

#[test]
fn a_port_in_use_is_a_failure_that_names_the_option_and_the_way_out() {
    let serve = Serve::start(&[]);
    let second = run(&["serve", "--listen", &serve.address]);
    assert_eq!(second.status.code(), Some(1));
    let expected = format!("--listen {}: the address is in use", serve.address);
    assert!(stderr(&second).contains(&expected), "{}", stderr(&second));
    assert_eq!(stdout(&second), "");
}

#[test]
fn wrong_options_are_refused_before_a_port_is_opened() {
    for (args, option) in [
        (&["serve", "--listen", "50051"][..], "--listen 50051"),
        (&["serve", "--pub-hold", "-1"], "--pub-hold -1"),
        (&["serve", "--pub-hold", "1e300"], "--pub-hold 1e300: "),
        (&["serve", "--pub-hold", "nan"], "--pub-hold NaN"),
        (
            &["serve", "--trajectory", "orbit:0,1"],
            "--trajectory orbit:0,1",
        ),
        (&["position", "get", "--timeout", "0"], "--timeout 0"),
        (
            &["position", "get", "--server", "ftp://a:1"],
            "--server ftp://a:1: only http:// and https://",
        ),
        (&["position", "watch", "--poll-hz", "0"], "--poll-hz 0"),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(option), "{}", stderr(&output));
        assert_eq!(stdout(&output), "", "{args:?}");
    }
}

#[test]
fn a_server_that_is_not_there_is_told_with_the_way_out() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let get = run(&["position", "get", "--server", &address]);
    assert_eq!(get.status.code(), Some(1));
    let expected = format!("http://{address}: connection refused; is the server running?");
    assert!(stderr(&get).contains(&expected), "{}", stderr(&get));
}
