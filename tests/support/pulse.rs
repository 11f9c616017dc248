//! A private, throw-away `PulseAudio` server with a null sink, for tests that really play.
//!
//! Each has its own sockets, home and ALSA configuration, so that several run side by side and none
//! touches the user's. What reached the sink is recorded from its monitor. All of it ends on drop.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server or a recorder may take to come up on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(20);

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
        pulse.write_configuration();
        pulse.restart();
        pulse
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn address(&self) -> String {
        format!("unix:{}", self.path("run/native.sock").display())
    }

    fn write_configuration(&self) {
        let Sink {
            rate,
            channels,
            format,
        } = &self.sink;
        // Without norewinds the sink renders seconds ahead, and the start of a stream is not heard.
        let script = format!(
            "load-module module-null-sink sink_name=rig norewinds=1 rate={rate} \
             channels={} channel_map={} format={format}\n\
             load-module module-native-protocol-unix auth-anonymous=1 socket={}\n\
             set-default-sink rig\n",
            channels.len(),
            channels.join(","),
            self.path("run/native.sock").display()
        );
        fs::write(self.path("rig.pa"), script).expect("a file for the server");

        // Stand-alone: the distribution's configuration would point `default` elsewhere.
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
            "  slaves.a {{ pcm \"mapped\" channels {} }} bindings {{",
            channels.len()
        );
        for channel in 0..channels.len() {
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

    /// Starts the server, after [`Pulse::kill`] on the same sockets.
    ///
    /// # Panics
    /// When it does not come up.
    pub(crate) fn restart(&mut self) {
        self.kill();
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
        let channels = self.sink.channels.len();
        let mut child = self
            .command("parec")
            .args([
                "-d",
                "rig.monitor",
                "--raw",
                "--format=float32le",
                "--latency-msec=50",
            ])
            .arg(format!("--rate={}", self.sink.rate))
            .arg(format!("--channels={channels}"))
            .arg(format!("--channel-map={}", self.sink.channels.join(",")))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| missing("parec", &error));
        let mut stdout = child.stdout.take().expect("its output is a pipe");
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let collected = Arc::clone(&bytes);
        thread::spawn(move || {
            let mut block = [0; 8_192];
            while let Ok(count @ 1..) = stdout.read(&mut block) {
                collected
                    .lock()
                    .expect("no one panics with it")
                    .extend_from_slice(&block[..count]);
            }
        });
        let recording = Recording {
            child,
            bytes,
            channels,
        };
        let began = Instant::now();
        while recording.frames() == 0 {
            assert!(began.elapsed() < START_LIMIT, "parec does not record");
            thread::sleep(Duration::from_millis(10));
        }
        recording
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.kill();
    }
}

/// These tests never skip: without the program they fail.
fn missing(program: &str, error: &std::io::Error) -> ! {
    panic!("{program} cannot be started ({error}): `make test` installs what the tests need");
}

/// A recording that goes on.
pub(crate) struct Recording {
    child: Child,
    bytes: Arc<Mutex<Vec<u8>>>,
    channels: usize,
}

impl Recording {
    /// Frames recorded so far.
    pub(crate) fn frames(&self) -> usize {
        self.bytes.lock().expect("no one panics with it").len() / (4 * self.channels)
    }

    /// Records a little more, so that what was played last is in it, and ends.
    pub(crate) fn stop(mut self) -> Recorded {
        let last = self.frames() + 24_000;
        let began = Instant::now();
        while self.frames() < last && began.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let bytes = self.bytes.lock().expect("no one panics with it");
        let samples = bytes
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            .collect();
        Recorded {
            samples,
            channels: self.channels,
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What was recorded.
pub(crate) struct Recorded {
    samples: Vec<f32>,
    channels: usize,
}

impl Recorded {
    /// The samples of one channel, from 0.
    pub(crate) fn channel(&self, channel: usize) -> Vec<f32> {
        self.samples
            .chunks_exact(self.channels)
            .map(|frame| frame[channel])
            .collect()
    }
}
