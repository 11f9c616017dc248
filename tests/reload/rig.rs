//! A daemon with a file that changes, and servers for it.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::daemon::{Daemon, Studio};
use crate::measure::{read_wav, write_wav};
use crate::program::{binaurald, wait_until};

/// Nobody listens there: the source stays in front.
pub(crate) const NOBODY: &str = "127.0.0.1:1";

/// A studio with a configuration file for `run`.
pub(crate) struct Reloaded {
    pub(crate) studio: Studio,
}

impl Reloaded {
    pub(crate) fn new(options: &str) -> Self {
        let rig = Self {
            studio: Studio::new(),
        };
        rig.write(options);
        rig
    }

    /// Writes the file, with these options of `run` from its second line on, and the source and the head
    /// of all these tests, where they name no other: whole at once, as an editor does.
    pub(crate) fn write(&self, options: &str) {
        let (file, beside) = (self.studio.path("run.toml"), self.studio.path("new.toml"));
        let mut text = format!("[run]\n{options}");
        let source = self.studio.text("source.wav");
        for (option, value) in [("source", &*source), ("head", "sphere")] {
            if !options.contains(&format!("{option} =")) {
                let line = format!("{option} = {value:?}\n");
                text.push_str(&line);
            }
        }
        fs::write(&beside, text).expect("a file for the test");
        fs::rename(beside, file).expect("a file for the test");
    }

    /// Writes the source under another name, so many times as loud.
    pub(crate) fn write_source(&self, name: &str, gain: f32) {
        let mut sound = read_wav(&self.studio.path("source.wav"));
        for sample in sound.channels.iter_mut().flatten() {
            *sample *= gain;
        }
        write_wav(&self.studio.path(name), &sound);
    }

    /// Plays with the file to no device, and records it.
    pub(crate) fn play(&self, server: &str, more: &[&str]) -> Daemon {
        self.play_configured(&[&["--server", server], more].concat())
    }

    /// The same, with the server that the file names.
    pub(crate) fn play_configured(&self, more: &[&str]) -> Daemon {
        let record = self.studio.text("take.wav");
        let fixed = ["--output", "null", "--timeout", "5000", "--record", &record];
        self.start(&[&fixed[..], more].concat(), Vec::new())
    }

    /// Starts it with the file.
    pub(crate) fn start(
        &self,
        args: &[&str],
        environment: Vec<(&'static str, OsString)>,
    ) -> Daemon {
        let config = self.studio.text("run.toml");
        let command = binaurald(&["run", "--config", &config]);
        Daemon::launch(command, args, environment)
    }

    /// Writes the file anew, and has it read; waits until the log says that this came of it.
    pub(crate) fn reload(&self, daemon: &Daemon, options: &str, said: &str) {
        self.write(options);
        self.hang_up(daemon, said);
    }

    /// Has the file read, and waits until the log says that this came of it.
    pub(crate) fn hang_up(&self, daemon: &Daemon, said: &str) {
        let file = self.studio.text("run.toml");
        let lines = || daemon.log().lines(&format!("reloaded {file}: "));
        let before = lines().len();
        daemon.signal("HUP");
        wait_until(said, || lines().len() > before);
        let (_, line) = lines().pop().expect("there is one more");
        assert!(line.contains(said), "{line}");
    }

    /// Both ears of what was played.
    pub(crate) fn recorded(&self) -> [Vec<f32>; 2] {
        self.studio.recorded("take.wav")
    }
}

/// The bundled server, killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Server {
    /// Its source stands there.
    pub(crate) fn at(position: &str) -> Self {
        let mut child = binaurald(&["serve", "--listen", "127.0.0.1:0"])
            .args(["--trajectory", &format!("static:{position}")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().expect("it is piped");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("it prints a line");
        let address = line.trim().strip_prefix("listening on ");
        Self {
            address: address.expect("it prints its address").to_owned(),
            child,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
