//! The server as a process whose log can be read, and clients of it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Output, Stdio};

use tempfile::NamedTempFile;

use crate::certificates::{Authority, Pair, Valid};
use crate::program::{Desk, binaurald, stderr, stdout, wait_until};

/// A running `binaurald serve` whose source stands at 1, 2, 3; killed when dropped.
pub(crate) struct Serve {
    child: Child,
    /// The port that it listens on.
    pub(crate) port: u16,
    log: NamedTempFile,
}

impl Serve {
    /// On loopback.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_on("127.0.0.1", args)
    }

    /// On an address of this machine.
    pub(crate) fn start_on(host: &str, args: &[&str]) -> Self {
        let log = NamedTempFile::new().expect("a file for the test");
        let listen = format!("{host}:0");
        let mut child = binaurald(&["serve", "--trajectory", "static:1,2,3", "--listen", &listen])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(log.reopen().expect("a file for the test"))
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped"))
            .read_line(&mut line)
            .expect("it prints text");
        let port = line.trim().rsplit(':').next().and_then(|p| p.parse().ok());
        let port = port.unwrap_or_else(|| panic!("{line:?}: {:?}", fs::read_to_string(&log)));
        Self { child, port, log }
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("it logs text")
    }

    /// Waits until its log has this.
    pub(crate) fn says(&self, part: &str) {
        wait_until(
            &format!("the server's log says {part:?}: {}", self.log()),
            || self.log().contains(part),
        );
    }

    /// Its URL with this scheme.
    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}", self.port)
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `binaurald position ARGS --server SERVER MORE`.
pub(crate) fn position(args: &[&str], server: &str, more: &[&str]) -> Output {
    binaurald(&["position"])
        .args(args)
        .args(["--timeout", "20000", "--server", server])
        .args(more)
        .output()
        .expect("the program starts")
}

/// Asks once, which must work.
pub(crate) fn gets(server: &str, more: &[&str]) {
    let got = position(&["get"], server, more);
    assert_eq!(
        stdout(&got),
        "1.000000 2.000000 3.000000\n",
        "{}",
        stderr(&got)
    );
    assert_eq!(stderr(&got), "");
}

/// Asks once, which must end with exit code 1 and these words.
pub(crate) fn gets_refused(server: &str, more: &[&str], said: &str) {
    is_refused(&position(&["get"], server, more), said);
}

/// Publishes, which must work.
pub(crate) fn sets(server: &str, more: &[&str]) {
    let set = position(&["set", "1", "2", "3"], server, more);
    assert_eq!(stdout(&set), "ok\n", "{}", stderr(&set));
}

/// Publishes, which must end with exit code 1 and these words.
pub(crate) fn sets_refused(server: &str, more: &[&str], said: &str) {
    is_refused(&position(&["set", "4", "5", "6"], server, more), said);
}

fn is_refused(output: &Output, said: &str) {
    assert!(
        stderr(output).contains(said),
        "no {said:?}: {}",
        stderr(output)
    );
    assert_eq!(output.status.code(), Some(1), "{}", stderr(output));
    assert_eq!(stdout(output), "");
}

/// An authority, its file, a server's certificate for 127.0.0.1, and a client's.
pub(crate) struct House {
    pub(crate) desk: Desk,
    pub(crate) authority: Authority,
    pub(crate) ca: String,
    pub(crate) server: Pair,
    pub(crate) client: Pair,
}

impl House {
    pub(crate) fn new() -> Self {
        let desk = Desk::new();
        let authority = Authority::new("house");
        Self {
            ca: authority.write(&desk, "ca.pem"),
            server: authority.server(&desk, "server", "127.0.0.1", Valid::Now),
            client: authority.client(&desk, "client", Valid::Now),
            desk,
            authority,
        }
    }

    /// A server with TLS.
    pub(crate) fn serve(&self, more: &[&str]) -> Serve {
        Serve::start(&[&self.server.args(), more].concat())
    }

    /// One that wants certificates of its clients.
    pub(crate) fn serve_mutual(&self) -> Serve {
        self.serve(&["--tls-client-ca", &self.ca])
    }

    /// A client's options with this certificate.
    pub(crate) fn with<'a>(&'a self, pair: &'a Pair) -> Vec<&'a str> {
        [&["--tls-ca", &self.ca][..], &pair.args()].concat()
    }
}
