//! `binaurald status`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Output;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::Value;

use crate::json_doc::documented;
use crate::program::{PATIENCE, Running, binaurald, stderr, stdout, wait_until};
use crate::python::PythonServer;
use crate::watched::Watched;

fn status(address: &str, more: &[&str]) -> Output {
    let args = [&["status", "--metrics", address], more].concat();
    Running::start(&mut binaurald(&args)).end()
}

#[test]
fn a_daemon_is_told_on_one_screen_and_its_json_is_the_documented_one() {
    let server = PythonServer::start(&["--at=0,2,0"]);
    let daemon = Watched::start(&server.address(), &["--source", "samples/voice.wav"]);
    wait_until("it is ready", || daemon.get("/readyz").code == 200);
    daemon.wait_for("blocks", |page| page.value("callback_load_count") > 0.0);
    let output = status(&daemon.address, &[]);
    assert!(output.status.success(), "{output:?}");
    let screen = stdout(&output);
    for told in [
        concat!("binaurald  ", env!("CARGO_PKG_VERSION"), ", for "),
        "ready      yes\n",
        "position   left, 90 degrees, 2.00 m away\n           answered ",
        &format!("server     http://{}, connected\n", server.address()),
        "           1 position, 0 bad answers, 0 timeouts, 0 losses\n",
        "device     no device (null)\n",
        "48000 Hz, 2 channels, blocks of 512 frames",
        "left       [",
        "load       median ",
        "source     samples/voice.wav\n",
        "head       sphere, radius 0.0875 m\n",
    ] {
        assert!(screen.contains(told), "no {told:?} in\n{screen}");
    }

    let output = status(&daemon.address, &["--json"]);
    let told: Value = serde_json::from_str(stdout(&output)).expect("JSON");
    assert_eq!(stdout(&output).lines().count(), 1);
    let fields = documented(&told, "`binaurald status --json`");
    for name in ["server", "position", "output", "callback", "reloads"] {
        documented(&fields[name], &format!("`{name}` of a daemon:"));
    }
    documented(&fields["server"]["rejected"], "`rejected` of `server`:");
    documented(&fields["callback"]["xruns"], "`xruns` of `callback`:");
    documented(
        &fields["callback"]["stream_errors"],
        "`stream_errors` of `callback`:",
    );
    assert_eq!(fields["position"]["y_m"], 2.0);
    daemon.end();
}

#[test]
fn who_answers_nothing_or_something_else_is_told_with_the_way_out() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = port.local_addr().expect("it has one").to_string();
    let stranger = thread::spawn(move || {
        let (mut stream, _) = port.accept().expect("a client");
        let mut head = [0; 1024];
        let _ = stream.read(&mut head);
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\x1b[31mred\n";
        stream.write_all(answer.as_bytes()).expect("it reads");
        // Closed with its thread: from now on nobody listens.
    });
    let output = status(&address, &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = stderr(&output);
    let expected = format!("error: --metrics {address}: what answers there is no binaurald");
    assert!(said.contains(&expected) && !said.contains('\x1b'), "{said}");
    stranger.join().expect("it answered");

    let output = status(&address, &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(stdout(&output), "");
    let said = stderr(&output);
    assert!(
        said.contains("nothing answers there (connection refused)"),
        "{said}"
    );
    assert!(said.contains("`binaurald run --metrics ADDR`"), "{said}");

    for wrong in ["here", "127.0.0.1:0", "http://127.0.0.1:9464"] {
        let output = status(wrong, &[]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = stderr(&output);
        assert!(
            said.contains(&format!("--metrics {wrong}: must be an address")),
            "{said}"
        );
    }
}

/// `status --watch`, and its lines as they come.
fn watching(address: &str, more: &[&str]) -> (Running, Receiver<String>) {
    let args = [&["status", "--watch", "--metrics", address], more].concat();
    let mut running = Running::start(&mut binaurald(&args));
    let out = running.child().stdout.take().expect("it is piped");
    let (lines, received) = channel();
    thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if lines.send(line).is_err() {
                return;
            }
        }
    });
    (running, received)
}

/// Waits for a line that begins so.
fn wait_for(lines: &Receiver<String>, start: &str) -> String {
    loop {
        let line = lines.recv_timeout(PATIENCE);
        let line = line.unwrap_or_else(|_| panic!("no line that begins with {start:?}"));
        if line.starts_with(start) {
            return line;
        }
    }
}

#[test]
fn watch_follows_a_daemon_that_goes_and_comes_back_until_it_is_interrupted() {
    let daemon = Watched::start("127.0.0.1:1", &[]);
    let address = daemon.address.clone();
    daemon.wait_for("blocks", |page| page.value("callbacks_total") > 0.0);
    let (mut status, lines) = watching(&address, &[]);
    for _ in 0..2 {
        wait_for(&lines, "binaurald  ");
        wait_for(&lines, "server     http://127.0.0.1:1, NOT CONNECTED");
    }
    daemon.end();
    let gone = wait_for(&lines, "--metrics ");
    assert!(
        gone.contains(&address) && gone.ends_with("; asking again"),
        "{gone}"
    );
    let again = Watched::start_at(&address, "127.0.0.1:1", &[]);
    wait_for(&lines, "binaurald  ");
    status.signal("INT");
    let output = status.end();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    again.end();
}

#[test]
fn watch_as_json_is_one_object_a_line_and_a_closed_output_ends_it() {
    let daemon = Watched::start("127.0.0.1:1", &[]);
    daemon.wait_for("blocks", |page| page.value("callbacks_total") > 0.0);
    let (status, lines) = watching(&daemon.address, &["--json"]);
    for _ in 0..2 {
        let line = lines.recv_timeout(PATIENCE).expect("a line");
        let told: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(told["server"]["connected"], false);
    }
    drop(lines);
    let output = status.end();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    daemon.end();
}
