//! The task that follows the server, which starts anew when it is to follow another one.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::position::{self, ClientConfig, Counters, Event};

/// Events that may wait to be taken.
const WAITING: usize = 64;

/// The following of a server. It ends when this is dropped.
pub(super) struct Following {
    /// What all tasks count, one after the other.
    counters: Arc<Counters>,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Following {
    /// Follows a server until `shutdown` is cancelled, and counts in `counters`. Beside it: what
    /// happens to the position.
    pub(super) fn start(
        client: &ClientConfig,
        counters: &Arc<Counters>,
        shutdown: &CancellationToken,
    ) -> (Self, mpsc::Receiver<Event>) {
        let (task, happenings) = follow(client, counters, shutdown);
        let following = Self {
            counters: Arc::clone(counters),
            shutdown: shutdown.clone(),
            task,
        };
        (following, happenings)
    }

    /// Follows another server from now on, or the same one in another way. The last position stands
    /// until that one answers. Returns what happens to the position from then on: what is still to be
    /// taken of before is of the server of before.
    pub(super) async fn turn_to(&mut self, client: &ClientConfig) -> mpsc::Receiver<Event> {
        self.task.abort();
        // Then it counts no more. That it was aborted is no news.
        let _ = (&mut self.task).await;
        self.counters.freshness.begin_anew();
        let (task, happenings) = follow(client, &self.counters, &self.shutdown);
        self.task = task;
        happenings
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn follow(
    client: &ClientConfig,
    counters: &Arc<Counters>,
    shutdown: &CancellationToken,
) -> (JoinHandle<()>, mpsc::Receiver<Event>) {
    let (events, happenings) = mpsc::channel(WAITING);
    let following = position::follow(
        client.clone(),
        Arc::clone(counters),
        events,
        shutdown.clone(),
    );
    (tokio::spawn(following), happenings)
}
