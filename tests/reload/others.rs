//! SIGHUP to what has no configuration to reload.

use std::fs::{self, File};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use crate::program::{Desk, Running, binaurald, stderr, stdout, wait_until, without_options};

const HANGUP: u64 = 1;
const INTERRUPT: u64 = 2;

/// Waits until a process has a handler for a signal, by its bit in what Linux says it catches.
fn wait_until_caught(process: u32, bit: u64) {
    wait_until("the signal is handled", || {
        let status = fs::read_to_string(format!("/proc/{process}/status"));
        let status = status.expect("the process lives");
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let mask = mask.expect("it is there").trim();
        u64::from_str_radix(mask, 16).expect("a mask") & bit != 0
    });
}

/// Starts a command, sends it SIGHUP, and gives its end.
fn hung_up(mut command: Command) -> Output {
    let mut running = Running::start(&mut command);
    wait_until_caught(running.child().id(), HANGUP);
    running.signal("HUP");
    running.end()
}

#[test]
fn serve_goes_on_and_says_that_it_has_nothing_to_reload() {
    let desk = Desk::new();
    let log = desk.path("log");
    let script = "exec \"$0\" serve --listen 127.0.0.1:0 2> \"$1\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_binaurald")]);
    File::create(&log).expect("a file for the test");
    without_options(&mut command).arg(&log).stdin(Stdio::null());
    let mut serve = Running::start(&mut command);
    let said = || fs::read_to_string(&log).expect("readable");
    wait_until("it serves", || said().contains("serving positions"));
    serve.signal("HUP");
    wait_until("it says so", || {
        said().contains("`serve` has nothing to reload")
    });
    serve.signal("TERM");
    assert_eq!(serve.end().status.code(), Some(0), "{}", said());
}

#[test]
fn a_command_of_the_terminal_ends_with_it_as_by_ctrl_c() {
    let watch = binaurald(&["position", "watch", "--server", "127.0.0.1:1"]);
    let output = hung_up(watch);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("shutting down"));
    assert_eq!(stdout(&output), "");

    let desk = Desk::new();
    let out = desk.arg("out.wav");
    let render = binaurald(&["render", "--output", &out, "--duration", "3000", "--loop"]);
    let output = hung_up(render);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(desk.names(), [""; 0], "nothing is left behind");
}

#[test]
fn one_that_was_started_to_outlive_the_terminal_does() {
    let mut command = Command::new("nohup");
    command.arg(env!("CARGO_BIN_EXE_binaurald"));
    command.args(["position", "watch", "--server", "127.0.0.1:1"]);
    without_options(&mut command).stdin(Stdio::null());
    let mut watch = Running::start(&mut command);
    wait_until_caught(watch.child().id(), INTERRUPT);
    watch.signal("HUP");
    thread::sleep(Duration::from_millis(200));
    let ended = watch.child().try_wait().expect("it can be asked");
    assert_eq!(ended, None);
    watch.signal("TERM");
    assert_eq!(watch.end().status.code(), Some(0));
}
