//! A private, throw-away `PulseAudio` server with a null sink, for tests that really play.
//!
//! Each has its own sockets, home and ALSA configuration, so that several run side by side and none
//! touches the user's. What reached the sink is recorded from its monitor. All of it ends on drop.
//! A server that is restarted, and a sink that is loaded again, may have another rate.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::recording::{Recording, START_LIMIT, missing};

/// The null sink.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    /// Hertz.
    pub(crate) rate: u32,
    /// Names of the channels, as `PulseAudio` spells them.
    pub(crate) channels: Vec<&'static str>,
    /// Sample format, as `PulseAudio` spells it.
    pub(crate) format: &'static str,
}

impl Default for Sink {
    fn default() -> Self {
        Self {
            rate: 48_000,
            channels: vec!["front-left", "front-right"],
            format: "float32le",
        }
    }
}

impl Sink {
    /// The same at another rate, in hertz.
    pub(crate) fn at(rate: u32) -> Self {
        Self {
            rate,
            ..Self::default()
        }
    }
}

/// The server.
///
/// A child process that gets [`Pulse::environment`] finds these ALSA devices: `default`, the sink by
/// way of the server's conversions; `exact`, the same with neither more nor fewer channels than the
/// sink; `integers`, the same in 16 bit integers.
pub(crate) struct Pulse {
    directory: TempDir,
    sink: Sink,
    server: Option<Child>,
}

impl Pulse {
    /// Starts a server, and waits until it answers.
    ///
    /// # Panics
    /// When it cannot be started: these tests need a server, and skip nothing.
    pub(crate) fn start(sink: Sink) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("binaurald-pulse.")
            .tempdir()
            .expect("a directory for the server");
        for name in ["run", "home"] {
            fs::create_dir(directory.path().join(name)).expect("a directory for the server");
        }
        let mut pulse = Self {
            directory,
            sink,
            server: None,
        };
        pulse.write_alsa_configuration();
        pulse.restart();
        pulse
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn address(&self) -> String {
        format!("unix:{}", self.path("run/native.sock").display())
    }

    /// What loads the sink. Without norewinds it renders seconds ahead, and the start of a stream is
    /// not heard.
    fn sink_module(&self) -> String {
        let Sink {
            rate,
            channels,
            format,
        } = &self.sink;
        format!(
            "module-null-sink sink_name=rig norewinds=1 rate={rate} channels={} channel_map={} \
             format={format}",
            channels.len(),
            channels.join(",")
        )
    }

    fn write_script(&self) {
        let script = format!(
            "load-module {}\n\
             load-module module-native-protocol-unix auth-anonymous=1 socket={}\n\
             set-default-sink rig\n",
            self.sink_module(),
            self.path("run/native.sock").display()
        );
        fs::write(self.path("rig.pa"), script).expect("a file for the server");
    }

    /// Stand-alone: the distribution's configuration would point `default` elsewhere.
    fn write_alsa_configuration(&self) {
        let channels = self.sink.channels.len();
        let mut alsa = String::new();
        let address = self.address();
        for (name, hint) in [("!default", true), ("direct", false)] {
            let hint = if hint {
                "hint { show on description \"rig\" }"
            } else {
                ""
            };
            let _ = writeln!(
                alsa,
                "pcm.{name} {{ type pulse server \"{address}\" device \"rig\" {hint} }}"
            );
        }
        alsa.push_str("pcm.mapped { type mmap_emul slave.pcm \"direct\" }\n");
        alsa.push_str("pcm.exact { type multi hint { show on description \"rig as it is\" }\n");
        let _ = writeln!(
            alsa,
            "  slaves.a {{ pcm \"mapped\" channels {channels} }} bindings {{"
        );
        for channel in 0..channels {
            let _ = writeln!(alsa, "    {channel} {{ slave a channel {channel} }}");
        }
        alsa.push_str("} }\n");
        alsa.push_str(
            "pcm.integers { type linear hint { show on description \"rig in integers\" }\n  \
             slave { pcm \"mapped\" format S16_LE } }\n",
        );
        fs::write(self.path("asound.conf"), alsa).expect("a file for ALSA");
    }

    /// The variables that lead a child process to this server.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("XDG_RUNTIME_DIR", self.path("run").into()),
            ("HOME", self.path("home").into()),
            ("PULSE_STATE_PATH", self.path("home").into()),
            ("PULSE_RUNTIME_PATH", self.path("run").into()),
            ("PULSE_COOKIE", self.path("cookie").into()),
            ("PULSE_SERVER", self.address().into()),
            ("ALSA_CONFIG_PATH", self.path("asound.conf").into()),
        ]
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.envs(self.environment()).stdin(Stdio::null());
        command
    }

    /// The sink as it is loaded the next time.
    pub(crate) fn set_sink(&mut self, sink: Sink) {
        self.sink = sink;
        self.write_alsa_configuration();
    }

    /// Takes the sink away; the server lives on without any.
    ///
    /// # Panics
    /// When the server refuses.
    pub(crate) fn unload_sink(&self) {
        self.control(&["unload-module", "module-null-sink"]);
    }

    /// Brings the sink back.
    ///
    /// # Panics
    /// When the server refuses.
    pub(crate) fn load_sink(&self) {
        let module = self.sink_module();
        let words: Vec<&str> = module.split(' ').collect();
        self.control(&[&["load-module"], &words[..]].concat());
        self.control(&["set-default-sink", "rig"]);
    }

    /// How many streams play to its sinks.
    ///
    /// # Panics
    /// When the server does not answer.
    pub(crate) fn streams(&self) -> usize {
        self.control(&["list", "short", "sink-inputs"])
            .lines()
            .count()
    }

    /// Suspends the sink, which then takes nothing and reports no error; or lets it go on.
    ///
    /// # Panics
    /// When the server refuses.
    pub(crate) fn suspend_sink(&self, suspended: bool) {
        let word = if suspended { "1" } else { "0" };
        self.control(&["suspend-sink", "rig", word]);
    }

    /// Tells the server by `pactl`, and returns what that prints.
    ///
    /// # Panics
    /// When the server refuses.
    pub(crate) fn control(&self, words: &[&str]) -> String {
        let output = self.command("pactl").args(words).output();
        let output = output.unwrap_or_else(|error| missing("pactl", &error));
        assert!(output.status.success(), "pactl {words:?}: {output:?}");
        String::from_utf8(output.stdout).expect("it prints text")
    }

    /// Starts the server, after [`Pulse::kill`] on the same sockets.
    ///
    /// # Panics
    /// When it does not come up.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.write_script();
        let log = format!("--log-target=file:{}", self.path("pulse.log").display());
        let child = self
            .command("pulseaudio")
            // Should the test be killed, the server ends by itself.
            .args([
                "-n",
                "--daemonize=no",
                "--use-pid-file=no",
                "--exit-idle-time=120",
            ])
            .args(["--disallow-exit=yes", "--realtime=no", "--high-priority=no"])
            .args(["--disable-shm=yes", "--log-level=error", &log, "-F"])
            .arg(self.path("rig.pa"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.server = Some(child.unwrap_or_else(|error| missing("pulseaudio", &error)));
        let began = Instant::now();
        while !self.answers() {
            let ended = self
                .server
                .as_mut()
                .is_none_or(|server| !matches!(server.try_wait(), Ok(None)));
            assert!(
                !ended && began.elapsed() < START_LIMIT,
                "pulseaudio does not come up: {}",
                fs::read_to_string(self.path("pulse.log")).unwrap_or_default()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn answers(&self) -> bool {
        let status = self
            .command("pactl")
            .arg("info")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status
            .unwrap_or_else(|error| missing("pactl", &error))
            .success()
    }

    /// Kills the server, as a crash would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Sends a signal to the server by its name: `STOP` freezes it, `CONT` thaws it.
    ///
    /// # Panics
    /// When the server does not run.
    pub(crate) fn signal(&self, name: &str) {
        let server = self.server.as_ref().expect("the server runs");
        super::signal::send(server.id(), name);
    }

    /// Begins to record what reaches the sink; it records when this returns.
    ///
    /// # Panics
    /// When the recorder does not come up.
    pub(crate) fn record(&self) -> Recording {
        self.record_from("rig")
    }

    /// Begins to record what reaches another sink of the same kind.
    ///
    /// # Panics
    /// When the recorder does not come up.
    pub(crate) fn record_from(&self, sink: &str) -> Recording {
        let channels = self.sink.channels.len();
        let mut parec = self.command("parec");
        parec
            .args(["--raw", "--format=float32le", "--latency-msec=50"])
            .arg(format!("--device={sink}.monitor"))
            .arg(format!("--rate={}", self.sink.rate))
            .arg(format!("--channels={channels}"))
            .arg(format!("--channel-map={}", self.sink.channels.join(",")));
        Recording::launch(parec, channels).begun()
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.kill();
    }
}
