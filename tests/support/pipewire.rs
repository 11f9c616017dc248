//! A private, throw-away `PipeWire` with a null sink, reached as desktops reach it: by its stand-in
//! for `PulseAudio`, and ALSA's plugin for that.
//!
//! It has its own bus, sockets, home and configuration, so that several run side by side and none
//! touches the user's. All of it ends on drop.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::recording::{Recording, START_LIMIT, missing};

/// The parts in the order in which they start.
const PARTS: [&str; 3] = ["pipewire", "wireplumber", "pipewire-pulse"];

/// Channels of its sinks.
const CHANNELS: usize = 2;

/// The server, and all that it needs.
pub(crate) struct PipeWire {
    directory: TempDir,
    bus: Child,
    address: String,
    parts: Vec<Child>,
}

impl PipeWire {
    /// Starts it with the sinks `rig`, the default, and `other`, and waits until it answers.
    ///
    /// # Panics
    /// When it cannot be started: these tests need it, and skip nothing.
    pub(crate) fn start() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("binaurald-pipewire.")
            .tempdir()
            .expect("a directory for the server");
        for name in ["run", "home", "config/pipewire/pipewire.conf.d"] {
            fs::create_dir_all(directory.path().join(name)).expect("a directory for the server");
        }
        let (bus, address) = start_bus();
        let mut pipewire = Self {
            directory,
            bus,
            address,
            parts: Vec::new(),
        };
        pipewire.write_configuration();
        pipewire.restart();
        pipewire
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn socket(&self) -> String {
        format!("unix:{}", self.path("run/pulse/native").display())
    }

    fn write_configuration(&self) {
        let sinks: String = ["rig", "other"].map(sink).concat();
        let drop_in = format!("context.objects = [\n{sinks}]\n");
        let file = self.path("config/pipewire/pipewire.conf.d/rig.conf");
        fs::write(file, drop_in).expect("a file for the server");
        // It names no sink, as a desktop's: the server takes its default.
        let alsa = format!(
            "pcm.!default {{ type pulse server \"{}\" hint {{ show on description \"desk\" }} }}\n",
            self.socket()
        );
        fs::write(self.path("asound.conf"), alsa).expect("a file for ALSA");
    }

    /// The variables that lead a child process to this server.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("XDG_RUNTIME_DIR", self.path("run").into()),
            ("XDG_CONFIG_HOME", self.path("config").into()),
            ("XDG_STATE_HOME", self.path("home").into()),
            ("HOME", self.path("home").into()),
            ("DBUS_SESSION_BUS_ADDRESS", self.address.clone().into()),
            ("PULSE_SERVER", self.socket().into()),
            ("ALSA_CONFIG_PATH", self.path("asound.conf").into()),
        ]
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .envs(self.environment())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// Starts all of it, after [`PipeWire::kill`] on the same sockets.
    ///
    /// # Panics
    /// When it does not come up.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let began = Instant::now();
        for part in PARTS {
            let child = self.command(part).spawn();
            let child = child.unwrap_or_else(|error| missing(part, &error));
            self.parts.push(child);
            if part == "pipewire" {
                let socket = self.path("run/pipewire-0");
                while !socket.exists() {
                    assert!(began.elapsed() < START_LIMIT, "pipewire does not come up");
                    thread::sleep(Duration::from_millis(10));
                }
            }
        }
        while self
            .ask(&["get-default-sink"])
            .is_none_or(|sink| sink.trim() != "rig")
        {
            assert!(
                began.elapsed() < START_LIMIT,
                "pipewire-pulse has no sink: {:?}",
                self.ask(&["list", "short", "sinks"])
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What `pactl` prints, when it is answered.
    fn ask(&self, words: &[&str]) -> Option<String> {
        let output = self
            .command("pactl")
            .args(words)
            .stdout(Stdio::piped())
            .output();
        let output = output.unwrap_or_else(|error| missing("pactl", &error));
        let text = String::from_utf8(output.stdout).expect("it prints text");
        output.status.success().then_some(text)
    }

    /// Makes another sink the default.
    ///
    /// # Panics
    /// When the server refuses.
    pub(crate) fn set_default(&self, sink: &str) {
        let done = self.ask(&["set-default-sink", sink]);
        assert!(done.is_some(), "{sink} does not become the default");
    }

    /// How many streams play.
    ///
    /// # Panics
    /// When the server does not answer.
    pub(crate) fn streams(&self) -> usize {
        let list = self.ask(&["list", "short", "sink-inputs"]);
        list.expect("the server answers").lines().count()
    }

    /// Kills all of it, as a crash would.
    pub(crate) fn kill(&mut self) {
        for mut part in self.parts.drain(..).rev() {
            // It may have ended by itself, with another part.
            let _ = part.kill();
            let _ = part.wait();
        }
        for socket in ["run/pipewire-0", "run/pulse/native"] {
            // Else the next server's would be taken for there too soon.
            let _ = fs::remove_file(self.path(socket));
        }
    }

    /// Sends a signal to all parts by its name: `STOP` freezes them, `CONT` thaws them.
    pub(crate) fn signal(&self, name: &str) {
        for part in &self.parts {
            super::signal::send(part.id(), name);
        }
    }

    /// Begins to record what reaches a sink; it records when this returns.
    ///
    /// # Panics
    /// When the recorder does not come up.
    pub(crate) fn record_from(&self, sink: &str) -> Recording {
        let mut parec = self.command("parec");
        parec
            .args(["--raw", "--format=float32le", "--latency-msec=50"])
            .args(["--rate=48000", "--channels=2"])
            .arg(format!("--device={sink}.monitor"));
        Recording::launch(parec, CHANNELS).begun()
    }
}

impl Drop for PipeWire {
    fn drop(&mut self) {
        self.kill();
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}

/// A sink that goes nowhere, and does not sleep.
fn sink(name: &str) -> String {
    format!(
        "  {{ factory = adapter args = {{\n    factory.name = support.null-audio-sink  \
         node.name = {name}  node.description = {name}\n    media.class = Audio/Sink  \
         object.linger = true  audio.position = [ FL FR ]\n    monitor.channel-volumes = true  \
         session.suspend-timeout-seconds = 0 }} }}\n"
    )
}

/// A session bus: the session manager ends without one.
fn start_bus() -> (Child, String) {
    let mut bus = Command::new("dbus-daemon")
        .args(["--session", "--nofork", "--print-address=1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| missing("dbus-daemon", &error));
    let stdout = bus.stdout.take().expect("it is piped");
    let mut address = String::new();
    let read = BufReader::new(stdout).read_line(&mut address);
    read.expect("the bus prints its address");
    (bus, address.trim().to_owned())
}
