//! Followers, servers and logs for the tests of the wire.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use binaurald::files::load_trajectory;
use binaurald::position::{ClientConfig, Counters, Event, follow};
use binaurald::server::{self, ServerConfig, ServerError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes on a busy machine: what is over this hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A client of `server` with `--poll-hz` 60 and a deadline that a busy machine keeps.
pub(crate) fn config(server: &str) -> ClientConfig {
    ClientConfig::new(server, 60.0, 5_000).unwrap()
}

/// A running [`follow`].
pub(crate) struct Follower {
    pub(crate) events: mpsc::Receiver<Event>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) cancel: CancellationToken,
    pub(crate) task: JoinHandle<()>,
}

impl Follower {
    pub(crate) fn start(config: ClientConfig) -> Self {
        let (sender, events) = mpsc::channel(64);
        let counters = Arc::new(Counters::default());
        let cancel = CancellationToken::new();
        let task = tokio::spawn(follow(config, counters.clone(), sender, cancel.clone()));
        Self {
            events,
            counters,
            cancel,
            task,
        }
    }

    /// The next event.
    pub(crate) async fn next(&mut self) -> Event {
        tokio::time::timeout(PATIENCE, self.events.recv())
            .await
            .expect("an event comes in time")
            .expect("the follower lives")
    }

    /// The coordinates of the next event, which must be a position.
    pub(crate) async fn next_position(&mut self) -> [f64; 3] {
        match self.next().await {
            Event::Position { coordinates, .. } => coordinates,
            other => panic!("{other:?} came in place of a position"),
        }
    }

    /// Waits until `condition` holds of the counters.
    pub(crate) async fn wait_for(&self, condition: impl Fn(&Counters) -> bool) {
        let holds = async {
            while !condition(&self.counters) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, holds)
            .await
            .unwrap_or_else(|_| panic!("not reached: {:?}", self.counters));
    }
}

/// The bundled server on a free port.
pub(crate) struct OwnServer {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) task: JoinHandle<Result<(), ServerError>>,
}

impl OwnServer {
    pub(crate) async fn start(trajectory: &str) -> Self {
        let bound = server::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        let address = bound.local_addr();
        let shutdown = CancellationToken::new();
        let config = ServerConfig::new(load_trajectory(trajectory).unwrap());
        let task = tokio::spawn(bound.serve(config, shutdown.clone()));
        Self {
            address,
            shutdown,
            task,
        }
    }
}

/// What was logged on this thread while its guard lives.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn start() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// The lines that contain `part`.
    pub(crate) fn lines(&self, part: &str) -> Vec<String> {
        let bytes = self.0.lock().unwrap();
        String::from_utf8_lossy(&bytes)
            .lines()
            .filter(|line| line.contains(part))
            .map(str::to_string)
            .collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
