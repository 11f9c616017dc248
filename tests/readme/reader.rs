//! Somebody who types what the documents say.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::documents::{commands, only_block, root};
use super::example::Example;
use crate::program::{Desk, wait_until};
use crate::python::python;
use crate::signal;

/// What is said while a command runs, in its directory.
const LOG: &str = "said.txt";

/// A command that runs in a directory of its own; killed when dropped.
pub(crate) struct Typed {
    child: Child,
    desk: Desk,
}

impl Typed {
    /// Types a command into a shell.
    pub(crate) fn start(command: &str) -> Self {
        let desk = desk();
        let log = File::create(desk.path(LOG)).expect("writable");
        let mut shell = Command::new("sh");
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("BINAURALD_") {
                shell.env_remove(name);
            }
        }
        let child = shell
            .args(["-c", command])
            .current_dir(desk.directory())
            .env("PATH", path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("there is a shell");
        Self { child, desk }
    }

    /// All that it has said so far.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.desk.path(LOG)).expect("it says text")
    }

    /// Whether there is such a file in its directory.
    pub(crate) fn has(&self, file: &str) -> bool {
        self.desk.path(file).exists()
    }

    /// Tells it to end.
    pub(crate) fn terminate(&self) {
        signal::send(self.child.id(), "TERM");
    }

    /// Whether it has ended, and well.
    pub(crate) fn ended(&mut self) -> Option<bool> {
        let status = self.child.try_wait().expect("a child can be waited for");
        status.map(|status| status.success())
    }

    /// Waits for its end, which must be good.
    ///
    /// # Errors
    /// What it said, when it was not.
    pub(crate) fn end(&mut self) -> Result<String, String> {
        let mut good = None;
        wait_until("the command ends", || {
            good = self.ended();
            good.is_some()
        });
        match good {
            Some(true) => Ok(self.said()),
            _ => Err(format!("it failed: {}", self.said())),
        }
    }

    /// Waits until it has said this, or has ended.
    ///
    /// # Errors
    /// What it said, when it has ended without.
    pub(crate) fn wait_for(&mut self, word: &str) -> Result<(), String> {
        let mut ended = None;
        wait_until(word, || {
            ended = self.ended();
            ended.is_some() || self.said().contains(word)
        });
        let said = self.said();
        let alive = ended.is_none() && said.contains(word);
        alive.then_some(()).ok_or(format!("it ended: {said}"))
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The search path with the program in it, as after its installation.
fn path() -> OsString {
    let program = Path::new(env!("CARGO_BIN_EXE_binaurald"));
    let folder = program.parent().expect("it lies in a folder").to_owned();
    let others = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder).chain(env::split_paths(&others));
    env::join_paths(folders).expect("what was split can be joined")
}

/// A directory with the files that the documents speak of.
fn desk() -> Desk {
    let desk = Desk::new();
    let files = ["samples/voice.wav", "data/kemar/mit_kemar_normal_44k.sofa"];
    for file in files {
        let copy = desk.path(file);
        fs::create_dir_all(copy.parent().expect("a folder")).expect("writable");
        fs::copy(root().join(file), copy).expect("the file");
    }
    desk.write("path.csv", "t,x,y,z\n0,1,0,0\n1,0,1,0\n");
    desk.write("binaurald.toml", only_block("toml"));
    desk
}

/// A server with TLS and a token on a free port, while the shell lives that starts it.
const SECURED: &str = "{certificates} && { binaurald serve --listen 127.0.0.1:0 \
    --tls-cert server.pem --tls-key server.key --token-file token > listening & } && \
    trap \"kill $!\" EXIT && until grep -q : listening; do sleep 0.1; done && \
    port=$(sed s/.*:// listening) &&";

/// What the README does with openssl, in one line, for this machine in the place of its example.
fn certificates() -> String {
    let written = commands();
    let written = written.iter().filter(|line| line.contains("openssl "));
    let lines: Vec<&str> = written.map(String::as_str).collect();
    // They come in the order of the alphabet: the authority is made first, and signs then.
    let (signs, others): (Vec<&str>, _) = lines.into_iter().partition(|l| l.contains("-CAkey"));
    let all = [others, signs].concat().join(" && ");
    all.replace(
        "DNS:avatar.local,IP:192.168.1.5",
        "DNS:localhost,IP:127.0.0.1",
    )
}

/// The servers that the commands talk to.
pub(crate) struct Servers {
    _bundled: Typed,
    address: String,
    example: Example,
}

impl Servers {
    pub(crate) fn start() -> Self {
        let mut bundled =
            Typed::start("exec binaurald serve --listen 127.0.0.1:0 --trajectory static:0,1,0");
        let marker = "listening on ";
        bundled.wait_for(marker).expect("the bundled server starts");
        let said = bundled.said();
        let (_, rest) = said.split_once(marker).expect("it was waited for");
        let address = rest.split_whitespace().next().expect("an address");
        Self {
            address: address.to_owned(),
            _bundled: bundled,
            example: Example::start(),
        }
    }

    /// A command of the table, with its peers by their names.
    pub(crate) fn named_in(&self, command: &str) -> String {
        let certificates = certificates();
        let secured = SECURED.replace("{certificates}", &certificates);
        command
            .replace("{secured}", &secured)
            .replace("{certificates}", &certificates)
            .replace("{server}", &self.address)
            .replace("{example}", &self.example.address())
            .replace("{python}", python().to_str().expect("a path in UTF-8"))
    }
}
