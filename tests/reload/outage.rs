//! A reload while there is nothing to play to, and one to a server that does not answer.

use std::os::unix::net::UnixDatagram;
use std::thread;
use std::time::Duration;

use crate::daemon::{FADE, FADED_IN, RATE};
use crate::measure::level_db;
use crate::program::PATIENCE;
use crate::pulse::{Pulse, Sink};
use crate::rig::{NOBODY, Reloaded, Server};

/// What a service manager hears next.
fn next_message(manager: &UnixDatagram) -> Option<String> {
    let mut buffer = [0; 4096];
    let length = manager.recv(&mut buffer).ok()?;
    Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

/// Waits until a service manager hears this; all that it heard until then.
fn wait_until_heard(manager: &UnixDatagram, part: &str) -> String {
    let mut heard = String::new();
    while !heard.contains(part) {
        let Some(message) = next_message(manager) else {
            panic!("no {part:?}: {heard}");
        };
        heard += &message;
    }
    heard
}

#[test]
fn another_server_that_does_not_answer_is_waited_for() {
    let rig = Reloaded::new("");
    let server = Server::at("0,1,0");
    rig.write(&format!("server = {:?}\n", server.address));
    let path = rig.studio.path("notify");
    let manager = UnixDatagram::bind(&path).expect("a socket for the test");
    let limit = |limit| manager.set_read_timeout(Some(limit)).expect("a limit");
    limit(PATIENCE);
    let environment = vec![("NOTIFY_SOCKET", path.into_os_string())];
    let daemon = rig.start(&["--output", "null"], environment);
    wait_until_heard(&manager, &format!("following http://{}", server.address));

    rig.reload(&daemon, &format!("server = {NOBODY:?}\n"), "server ");
    daemon.wait_for(&format!("waiting for http://{NOBODY}"));
    daemon.wait_for(&format!("no position from http://{NOBODY}"));
    let mut heard = wait_until_heard(&manager, &format!("waiting for http://{NOBODY}"));
    // Longer than from one status line to the next.
    limit(Duration::from_secs(3));
    while let Some(message) = next_message(&manager) {
        heard += &message;
    }
    assert!(
        !heard.contains(&format!("following http://{NOBODY}")),
        "{heard}"
    );
    daemon.signal("TERM");
    let log = daemon.end_well();
    for part in ["following", &format!("connected to http://{NOBODY}")] {
        assert!(log.lines(part).is_empty(), "{log}");
    }
}

#[test]
fn it_holds_for_the_next_stream() {
    let rig = Reloaded::new("gain = 0\n");
    let mut pulse = Pulse::start(Sink::default());
    let record = rig.studio.text("take.wav");
    let args = ["--server", NOBODY, "--record", &record];
    let daemon = rig.start(&args, pulse.environment());
    daemon.wait_for("playing to");
    thread::sleep(Duration::from_secs(2));
    pulse.kill();
    daemon.wait_for("has taken no sound for");
    rig.reload(&daemon, "gain = -6\n", "gain 0 -> -6");
    pulse.restart();
    daemon.wait_for("playing again to");
    thread::sleep(Duration::from_secs(2));
    daemon.signal("TERM");
    let log = daemon.end_well();
    log.only("reloads: 1 applied, 0 refused");

    let [left, _] = rig.recorded();
    let turn = RATE as usize;
    let before = level_db(&left[FADED_IN..FADED_IN + turn]);
    let after = level_db(&left[left.len() - FADE - turn..left.len() - FADE]);
    assert!(
        (before - after - 6.0).abs() < 0.1,
        "{before} dB, then {after} dB"
    );
}
