//! The process as a service: systemd hears over `NOTIFY_SOCKET` when it is ready, what it does, that
//! it lives and that it ends. Without that variable nothing happens.

use std::env;
use std::ffi::OsStr;
use std::io;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt as _;
#[cfg(target_os = "linux")]
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What systemd hears messages on.
const SOCKET: &str = "NOTIFY_SOCKET";

/// Least time between two status lines.
const STATUS_EVERY: Duration = Duration::from_secs(2);

/// Pause after a message that could not be sent.
const PAUSE: Duration = Duration::from_secs(1);

/// How often [`Service::keep`] looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The longest status line, in characters.
const LONGEST_STATUS: usize = 200;

/// What tells systemd of this process. What cannot be sent at once is tried again at a later look.
#[derive(Debug)]
pub struct Service {
    /// None: nobody wants to hear.
    manager: Option<Manager>,
    /// Half of the time without a sign of life after which this process is killed; none: it is not.
    beat_every: Option<Duration>,
}

/// Who hears it, and what was said.
#[derive(Debug)]
struct Manager {
    socket: Box<OsStr>,
    phase: Phase,
    /// What is to be said of the phase is said.
    is_said: bool,
    status: String,
    status_at: Option<Instant>,
    beat_at: Option<Instant>,
    failed_at: Option<Instant>,
    has_warned: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Starting,
    Ready,
    Reloading,
    Stopping,
}

impl Service {
    /// What the environment says of a service manager.
    pub fn from_environment() -> Self {
        let socket = env::var_os(SOCKET).filter(|path| !path.is_empty());
        Self {
            manager: socket.map(|path| Manager::new(path.into_boxed_os_str())),
            beat_every: sd_notify::watchdog_enabled().map(|limit| limit / 2),
        }
    }

    /// It does what it is there for.
    pub fn ready(&mut self) {
        self.enter(Phase::Ready);
    }

    /// It reads its configuration again; [`Service::ready`] says that this is over.
    pub fn reloading(&mut self) {
        self.enter(Phase::Reloading);
    }

    /// It begins to end.
    pub fn stopping(&mut self) {
        self.enter(Phase::Stopping);
        self.look(|| "shutting down".to_owned());
    }

    /// Says what is due: a sign of life, and what the process does, in one line. To be called again
    /// and again by what would hang when the process does.
    pub fn look(&mut self, status: impl FnOnce() -> String) {
        if let Some(manager) = &mut self.manager {
            manager.look(self.beat_every, status);
        }
    }

    /// Says that this process is ready, looks after it with the same status until `shutdown` is
    /// cancelled, and says that it ends.
    pub async fn keep(status: &str, shutdown: &CancellationToken) {
        let mut service = Self::from_environment();
        service.ready();
        while !shutdown.is_cancelled() {
            service.look(|| status.to_owned());
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = shutdown.cancelled() => {}
            }
        }
        service.stopping();
    }

    fn enter(&mut self, phase: Phase) {
        if let Some(manager) = &mut self.manager
            && manager.phase != phase
        {
            manager.phase = phase;
            manager.is_said = false;
        }
    }
}

impl Manager {
    fn new(socket: Box<OsStr>) -> Self {
        Self {
            socket,
            phase: Phase::Starting,
            is_said: true,
            status: String::new(),
            status_at: None,
            beat_at: None,
            failed_at: None,
            has_warned: false,
        }
    }

    fn look(&mut self, beat_every: Option<Duration>, status: impl FnOnce() -> String) {
        let now = Instant::now();
        let is_due = |last: Option<Instant>, every| last.is_none_or(|at| now - at >= every);
        if !is_due(self.failed_at, PAUSE) {
            return;
        }
        let is_beat_due = beat_every.is_some_and(|every| is_due(self.beat_at, every));
        // A new phase is said with its line.
        let new_status = (!self.is_said || is_due(self.status_at, STATUS_EVERY))
            .then(|| one_line(&status()))
            .filter(|line| *line != self.status);
        let mut message = Vec::new();
        if !self.is_said {
            message.extend(self.phase.states());
        }
        message.extend(new_status.as_deref().map(NotifyState::Status));
        message.extend(is_beat_due.then_some(NotifyState::Watchdog));
        if message.is_empty() {
            return;
        }
        if let Err(error) = send(&self.socket, &message) {
            self.failed_at = Some(now);
            self.tell(&error);
            return;
        }
        self.is_said = true;
        if is_beat_due {
            self.beat_at = Some(now);
        }
        if let Some(line) = new_status {
            self.status = line;
            self.status_at = Some(now);
        }
    }

    fn tell(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.has_warned, true) {
            let socket = self.socket.display();
            tracing::warn!("{SOCKET}={socket}: cannot be told how it is here: {error}");
        }
    }
}

impl Phase {
    fn states(self) -> Vec<NotifyState<'static>> {
        match self {
            Self::Starting => Vec::new(),
            Self::Ready => vec![NotifyState::Ready],
            // With the time, which newer managers want.
            Self::Reloading => std::iter::once(NotifyState::Reloading)
                .chain(NotifyState::monotonic_usec_now().ok())
                .collect(),
            Self::Stopping => vec![NotifyState::Stopping],
        }
    }
}

/// Sends at once or not at all: who looks after the sound must not wait for a manager that does not
/// read, as `sd_notify::notify` would.
fn send(socket: &OsStr, states: &[NotifyState]) -> io::Result<()> {
    let lines: Vec<String> = states.iter().map(ToString::to_string).collect();
    let datagram = UnixDatagram::unbound()?;
    datagram.set_nonblocking(true)?;
    datagram.connect_addr(&address(socket)?)?;
    datagram.send(lines.join("\n").as_bytes()).map(drop)
}

/// A path, or behind an `@` a name that stands in no directory.
fn address(socket: &OsStr) -> io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = socket.as_bytes().strip_prefix(b"@") {
        return SocketAddr::from_abstract_name(name);
    }
    SocketAddr::from_pathname(socket)
}

/// A status is one line of readable length, whatever a device is called.
fn one_line(status: &str) -> String {
    let readable = |c: char| if c.is_control() { ' ' } else { c };
    status.chars().map(readable).take(LONGEST_STATUS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A manager that listens, and the service that it hears of.
    struct Rig {
        _folder: tempfile::TempDir,
        ear: UnixDatagram,
        service: Service,
    }

    impl Rig {
        fn new(beat_every: Option<Duration>) -> Self {
            let folder = tempfile::tempdir().expect("a directory for the test");
            let path = folder.path().join("notify");
            let ear = UnixDatagram::bind(&path).expect("a socket for the test");
            ear.set_nonblocking(true).expect("a socket for the test");
            let manager = Manager::new(path.into_os_string().into_boxed_os_str());
            Self {
                _folder: folder,
                ear,
                service: Service {
                    manager: Some(manager),
                    beat_every,
                },
            }
        }

        /// What was said since the last time, message by message.
        fn heard(&self) -> Vec<String> {
            let mut heard = Vec::new();
            let mut buffer = [0; 1024];
            while let Ok(length) = self.ear.recv(&mut buffer) {
                heard.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
            }
            heard
        }

        /// Says something; whether the manager took it.
        fn fills(&self) -> bool {
            let manager = self.service.manager.as_ref().expect("there is one");
            send(&manager.socket, &[NotifyState::Watchdog]).is_ok()
        }

        /// Looks every 10 ms for so long.
        async fn look_for(&mut self, time: Duration, status: &str) {
            let end = Instant::now() + time;
            while Instant::now() < end {
                self.service.look(|| status.to_owned());
                tokio::time::advance(Duration::from_millis(10)).await;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_phase_is_said_once_with_its_line() {
        let mut rig = Rig::new(None);
        rig.service.ready();
        rig.look_for(Duration::from_secs(10), "playing").await;
        assert_eq!(rig.heard(), ["READY=1\nSTATUS=playing"]);
        rig.service.reloading();
        rig.service.look(|| "reading".to_owned());
        let heard = rig.heard();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(
            heard[0].starts_with("RELOADING=1\nMONOTONIC_USEC="),
            "{heard:?}"
        );
        assert!(heard[0].ends_with("\nSTATUS=reading"), "{heard:?}");
        rig.service.ready();
        rig.look_for(Duration::from_secs(10), "playing").await;
        assert_eq!(rig.heard(), ["READY=1\nSTATUS=playing"]);
        rig.service.stopping();
        rig.service.stopping();
        assert_eq!(rig.heard(), ["STOPPING=1\nSTATUS=shutting down"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_status_that_changes_all_the_time_is_said_every_two_seconds() {
        let mut rig = Rig::new(None);
        for n in 0..1000 {
            rig.service.look(|| format!("at {n}"));
            tokio::time::advance(Duration::from_millis(10)).await;
        }
        let expected = ["at 0", "at 200", "at 400", "at 600", "at 800"];
        assert_eq!(rig.heard(), expected.map(|line| format!("STATUS={line}")));
    }

    #[tokio::test(start_paused = true)]
    async fn signs_of_life_come_at_the_interval() {
        let mut rig = Rig::new(Some(Duration::from_secs(5)));
        // No more than a socket holds that nobody reads from.
        rig.look_for(Duration::from_secs(40), "").await;
        assert_eq!(rig.heard(), ["WATCHDOG=1"; 8]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_manager_did_not_take_is_said_when_it_reads_again() {
        let mut rig = Rig::new(Some(Duration::from_secs(5)));
        let mut full = 0;
        while rig.fills() {
            full += 1;
            assert!(full < 100_000, "it is never full");
        }
        rig.service.ready();
        rig.look_for(Duration::from_secs(3), "playing").await;
        assert_eq!(rig.heard().len(), full, "nothing more");
        rig.look_for(Duration::from_secs(2), "playing").await;
        assert_eq!(rig.heard(), ["READY=1\nSTATUS=playing\nWATCHDOG=1"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_manager_may_listen_at_a_name_in_no_directory() {
        let name = format!("binaurald-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let ear = UnixDatagram::bind_addr(&address).expect("a socket for the test");
        let socket = format!("@{name}");
        send(OsStr::new(&socket), &[NotifyState::Ready]).expect("somebody listens");
        let mut buffer = [0; 64];
        let length = ear.recv(&mut buffer).expect("it was sent");
        assert_eq!(&buffer[..length], b"READY=1");
    }

    #[test]
    fn a_status_is_one_line_whatever_is_in_it() {
        assert_eq!(one_line("a\nREADY=1\u{1b}[0m"), "a READY=1 [0m");
        assert_eq!(one_line(&"ä".repeat(1000)).chars().count(), LONGEST_STATUS);
    }
}
