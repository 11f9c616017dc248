//! A daemon that plays to no device, and what its port answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::page::Page;
use crate::program::{PATIENCE, Running, binaurald, wait_until};

/// A running `binaurald run --metrics`, killed when dropped.
pub(crate) struct Watched {
    running: Running,
    /// Where it tells how it is.
    pub(crate) address: String,
    log: Arc<Mutex<String>>,
}

impl Watched {
    /// Starts it for `server` with `more` options, at a free port, and waits until that is open.
    pub(crate) fn start(server: &str, more: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", server, more)
    }

    /// Starts it at a port.
    pub(crate) fn start_at(metrics: &str, server: &str, more: &[&str]) -> Self {
        let fixed = ["run", "--output", "null", "--head", "sphere"];
        let asked = ["--server", server, "--metrics", metrics];
        let mut command = binaurald(&[&fixed[..], &asked, more].concat());
        let mut running = Running::start(command.stdout(Stdio::null()));
        let stderr = running.child().stderr.take().expect("it is piped");
        let mut lines = BufReader::new(stderr)
            .lines()
            .map(|line| line.expect("text"));
        let log = Arc::new(Mutex::new(String::new()));
        let line = lines.find(|line| line.contains("metrics on ") || line.starts_with("error"));
        let line = line.expect("the daemon says where its metrics are");
        let address = line
            .split_once("metrics on http://")
            .and_then(|(_, url)| url.strip_suffix("/metrics"))
            .unwrap_or_else(|| panic!("the daemon said {line:?}"))
            .to_owned();
        let kept = Arc::clone(&log);
        thread::spawn(move || {
            for line in lines {
                let mut log = kept.lock().unwrap_or_else(PoisonError::into_inner);
                log.push_str(&line);
                log.push('\n');
            }
        });
        Self {
            running,
            address,
            log,
        }
    }

    /// Its log since then.
    pub(crate) fn log(&self) -> String {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Its process.
    pub(crate) fn id(&mut self) -> u32 {
        self.running.child().id()
    }

    /// Asks for a path: the code, the headers and the body.
    pub(crate) fn get(&self, path: &str) -> Answer {
        get(&self.address, path)
    }

    /// `/metrics`, as it is now.
    pub(crate) fn page(&self) -> Page {
        let answer = self.get("/metrics");
        assert_eq!(answer.code, 200, "{}", answer.body);
        Page::read(&answer.body)
    }

    /// Waits until what it tells meets a condition.
    pub(crate) fn wait_for(&self, what: &str, mut met: impl FnMut(&Page) -> bool) -> Page {
        let mut last = None;
        wait_until(what, || {
            let answer = self.get("/metrics");
            if answer.code != 200 {
                return false;
            }
            let page = Page::read(&answer.body);
            let is_met = met(&page);
            last = Some(page);
            is_met
        });
        last.expect("there was one that met it")
    }

    /// Ends it by a signal; it must end well.
    pub(crate) fn end(mut self) {
        self.running.signal("INT");
        let output = self.running.end();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
}

/// An answer over HTTP.
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Asks an address for a path.
pub(crate) fn get(address: &str, path: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let text = said(address, request.as_bytes()).expect("it answers");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let code = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Answer {
        code: code.unwrap_or_else(|| panic!("no code in {head}")),
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    }
}

/// All that an address says to these bytes until it closes the connection.
pub(crate) fn said(address: &str, bytes: &[u8]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(bytes)?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
