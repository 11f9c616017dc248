//! A bus of the test's own with a `RealtimeKit` on it that keeps what it is asked.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use tokio::runtime::Runtime;
use zbus::fdo;
use zbus::message::Header;

/// Process and priority of each thread.
type Asked = Arc<Mutex<Vec<(u32, u32)>>>;

/// The bus and the service; both end with this.
pub(crate) struct Rtkit {
    daemon: Child,
    address: String,
    asked: Asked,
    connection: Option<zbus::Connection>,
    runtime: Runtime,
}

struct Service {
    asked: Asked,
    refusal: Option<&'static str>,
    highest: i32,
    /// After which a thread that does not wait must be killed, in microseconds.
    longest: i64,
}

#[zbus::interface(name = "org.freedesktop.RealtimeKit1")]
impl Service {
    /// Gives the thread what it may, after the checks of the real one.
    async fn make_thread_realtime(
        &self,
        thread: u64,
        priority: u32,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &zbus::Connection,
    ) -> fdo::Result<()> {
        if let Some(refusal) = self.refusal {
            return Err(fdo::Error::AccessDenied(refusal.to_owned()));
        }
        let bus = fdo::DBusProxy::new(connection).await?;
        let sender = header.sender().expect("a bus says who asks").to_owned();
        let process = bus.get_connection_unix_process_id(sender.into()).await?;
        if !Path::new(&format!("/proc/{process}/task/{thread}")).exists() {
            return Err(fdo::Error::Failed("no thread of that process".to_owned()));
        }
        if hard_rttime(process).is_none_or(|limit| limit > self.longest) {
            return Err(fdo::Error::Failed("no limit".to_owned()));
        }
        // Where the tester may not do so, nothing changes.
        let _ = Command::new("chrt")
            .args(["-R", "-f", "-p", &priority.to_string(), &thread.to_string()])
            .stderr(Stdio::null())
            .status();
        let mut asked = self.asked.lock().expect("no one panics with it");
        asked.push((process, priority));
        Ok(())
    }

    #[zbus(property)]
    fn max_realtime_priority(&self) -> i32 {
        self.highest
    }

    #[zbus(property, name = "RTTimeUSecMax")]
    fn rttime_usec_max(&self) -> i64 {
        self.longest
    }
}

/// After how many microseconds a thread of the process is killed; none: never.
fn hard_rttime(process: u32) -> Option<i64> {
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).ok()?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max realtime timeout"))?;
    line.split_whitespace().nth(4)?.parse().ok()
}

impl Rtkit {
    pub(crate) fn start() -> Self {
        Self::with(None)
    }

    pub(crate) fn that_refuses(reason: &'static str) -> Self {
        Self::with(Some(reason))
    }

    fn with(refusal: Option<&'static str>) -> Self {
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("scripts/setup test installs dbus");
        let mut address = String::new();
        let out = daemon.stdout.take().expect("it is piped");
        let read = BufReader::new(out).read_line(&mut address);
        read.expect("it prints its address");
        let address = address.trim().to_owned();
        let asked = Asked::default();
        let service = Service {
            asked: Arc::clone(&asked),
            refusal,
            highest: 20,
            longest: 200_000,
        };
        let runtime = Runtime::new().expect("threads for the service");
        let connection = runtime.block_on(async {
            zbus::connection::Builder::address(address.as_str())
                .and_then(|bus| bus.name("org.freedesktop.RealtimeKit1"))
                .and_then(|bus| bus.serve_at("/org/freedesktop/RealtimeKit1", service))
                .expect("names and paths are well-formed")
                .build()
                .await
                .expect("the bus is up")
        });
        Self {
            daemon,
            address,
            asked,
            connection: Some(connection),
            runtime,
        }
    }

    /// Where the bus is.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Process and priority of each thread that was asked for.
    pub(crate) fn asked(&self) -> Vec<(u32, u32)> {
        self.asked.lock().expect("no one panics with it").clone()
    }
}

impl Drop for Rtkit {
    fn drop(&mut self) {
        let _guard = self.runtime.enter();
        drop(self.connection.take());
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}
