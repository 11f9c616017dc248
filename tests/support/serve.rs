//! `binaurald serve` as a process that can be killed, frozen and started again on its port.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::program::binaurald;

/// The server; killed when dropped.
pub(crate) struct Serve {
    child: Option<Child>,
    port: u16,
}

impl Serve {
    /// Starts one whose source stands at `place`, `X,Y,Z`, on a free port.
    pub(crate) fn at(place: &str) -> Self {
        let mut serve = Self {
            child: None,
            port: 0,
        };
        serve.start(place);
        serve
    }

    /// Its address, as `--server` takes it.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The port that it listens on, now or when it is started again.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Kills it, as a crash would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it again on its port with the source at `place`; it listens when this returns.
    ///
    /// # Panics
    /// When it does not come up.
    pub(crate) fn start(&mut self, place: &str) {
        self.kill();
        let listen = format!("127.0.0.1:{}", self.port);
        let trajectory = format!("static:{place}");
        let mut child = binaurald(&["serve", "--listen", &listen, "--trajectory", &trajectory])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server can be started");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("it prints text");
        let port = line.trim().strip_prefix("listening on 127.0.0.1:");
        self.port = port
            .and_then(|port| port.parse().ok())
            .unwrap_or_else(|| panic!("the server printed {line:?}"));
        self.child = Some(child);
    }

    /// Sends it a signal by its name: `STOP` freezes it, `CONT` thaws it.
    ///
    /// # Panics
    /// When it does not run.
    pub(crate) fn signal(&self, name: &str) {
        let child = self.child.as_ref().expect("the server runs");
        super::signal::send(child.id(), name);
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        self.kill();
    }
}
