//! The processes as services: what a manager hears of them on its socket while they play, lose their
//! server, stand still and end.
#![cfg(target_os = "linux")]

#[path = "service/manager.rs"]
mod manager;
#[path = "support/program.rs"]
mod program;
#[path = "support/signal.rs"]
mod signal;

use std::time::{Duration, Instant};

use manager::Manager;
use program::{Desk, Running, binaurald, stderr};

/// The time without a sign of life after which systemd would kill the process.
const LIMIT: Duration = Duration::from_secs(1);

const RUN: [&str; 5] = ["run", "--head", "sphere", "--output", "null"];

/// A server that is not there.
const NOWHERE: [&str; 2] = ["--server", "127.0.0.1:1"];

/// A server at `listen`, and where it listens.
fn server(listen: &str) -> (Running, String) {
    let manager = Manager::new();
    let server = manager.start(&["serve", "--listen", listen], LIMIT);
    let status = manager.wait_for("STATUS=serving positions on ");
    let address = status.rsplit(' ').next().expect("a word").to_owned();
    (server, address)
}

#[test]
fn run_is_ready_when_it_plays_and_says_so_once() {
    let manager = Manager::new();
    let daemon = manager.start(&[&RUN[..], &NOWHERE, &["--duration", "3"]].concat(), LIMIT);
    let output = daemon.end();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let heard = manager.heard();
    let first = "STATUS=playing to no device, waiting for http://127.0.0.1:1";
    assert_eq!(heard[..2], ["READY=1", first], "{heard:?}");
    let ready = heard.iter().filter(|line| *line == "READY=1").count();
    assert_eq!(ready, 1, "{heard:?}");
    assert!(heard.contains(&"STOPPING=1".to_owned()), "{heard:?}");
}

#[test]
fn run_is_never_ready_when_there_is_nothing_to_play_to() {
    let manager = Manager::new();
    let args = ["run", "--head", "sphere", "--output", "no such device"];
    let output = manager.start(&args, LIMIT).end();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_eq!(manager.heard(), [""; 0]);
}

#[test]
fn the_status_follows_the_server() {
    let (mut serving, address) = server("127.0.0.1:0");
    let manager = Manager::new();
    let args = [&RUN[..], &["--server", &address]].concat();
    let mut daemon = manager.start(&args, LIMIT);
    let following = format!("STATUS=playing to no device, following http://{address}");
    manager.wait_for(&following);
    serving.signal("TERM");
    serving.end();
    manager.wait_for(&format!(
        "STATUS=playing to no device, http://{address} does not answer"
    ));
    let (_serving, _) = server(&address);
    manager.wait_for(&following);
    daemon.signal("TERM");
    manager.wait_for("STOPPING=1");
    manager.wait_for("STATUS=shutting down");
    let output = daemon.end();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn run_says_when_it_reads_its_configuration_again_and_when_that_is_over() {
    let desk = Desk::new();
    let config = desk.write("run.toml", "[run]\ngain = 0\n");
    let manager = Manager::new();
    let args = [&RUN[..], &NOWHERE, &["--config", &config]].concat();
    let mut daemon = manager.start(&args, LIMIT);
    manager.wait_for("READY=1");
    desk.write("run.toml", "[run]\ngain = -6\n");
    daemon.signal("HUP");
    manager.wait_for("RELOADING=1");
    let at = manager.wait_for("MONOTONIC_USEC=");
    let (_, microseconds) = at.split_once('=').expect("it was asked for");
    assert!(microseconds.parse::<u64>().is_ok(), "{at}");
    manager.wait_for("READY=1");
    daemon.signal("TERM");
    manager.wait_for("STOPPING=1");
    let output = daemon.end();
    let log = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{log}");
    assert!(log.contains("gain 0 -> -6"), "{log}");
}

#[test]
fn signs_of_life_come_twice_in_the_limit_at_most_and_none_while_the_process_stands_still() {
    let commands: [&[&str]; 2] = [
        &[&RUN[..], &NOWHERE].concat(),
        &["serve", "--listen", "127.0.0.1:0"],
    ];
    for command in commands {
        let began = Instant::now();
        let manager = Manager::new();
        let mut process = manager.start(command, LIMIT);
        let beats = 6;
        for _ in 0..beats {
            manager.wait_for("WATCHDOG=1");
        }
        let most = began.elapsed().as_secs_f64() / (LIMIT / 2).as_secs_f64() + 1.0;
        assert!(f64::from(beats) <= most, "{beats}, and not {most}");

        process.stop();
        manager.heard();
        std::thread::sleep(2 * LIMIT);
        assert_eq!(manager.heard(), [""; 0], "{command:?} stands still");
        process.signal("CONT");
        manager.wait_for("WATCHDOG=1");
    }
}

#[test]
fn serve_says_where_it_serves_and_that_it_ends() {
    let manager = Manager::new();
    let mut serving = manager.start(&["serve", "--listen", "127.0.0.1:0"], LIMIT);
    manager.wait_for("READY=1");
    manager.wait_for("STATUS=serving positions on 127.0.0.1:");
    serving.signal("TERM");
    manager.wait_for("STOPPING=1");
    let output = serving.end();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn a_manager_that_is_gone_is_spoken_of_once_and_changes_nothing() {
    let args = [&RUN[..], &NOWHERE, &["--duration", "3"]].concat();
    let mut command = binaurald(&args);
    command.env("NOTIFY_SOCKET", "/nowhere/notify");
    let output = Running::start(&mut command).end();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let spoken = stderr(&output).matches("NOTIFY_SOCKET=/nowhere/notify: ");
    assert_eq!(spoken.count(), 1, "{}", stderr(&output));
}
