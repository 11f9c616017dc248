//! Following a server for as long as the daemon runs.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::ClientConfig;
use super::call::{CallError, ServiceName};
use super::counters::Counters;
use super::poller::{Change, Poller};

/// What happens to the followed position.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The service answers, under this name: at first, or again.
    Connected(ServiceName),
    /// The position changed.
    Position {
        /// As it came over the wire: finite, within the greatest coordinate.
        coordinates: [f64; 3],
        /// When it was asked for.
        asked: Instant,
        /// When the answer came.
        at: Instant,
    },
    /// The service answers no more; the last position stands, and the follower tries again.
    Lost(CallError),
}

/// Polls the server and sends what changes, until `cancel` is cancelled or the receiver is gone.
///
/// The last sent position is compared with each answer, over losses too: an equal one is not sent.
/// A full channel makes the polls wait.
pub async fn follow(
    config: ClientConfig,
    counters: Arc<Counters>,
    events: mpsc::Sender<Event>,
    cancel: CancellationToken,
) {
    let mut poller = Poller::new(&config, counters.clone());
    let following = async {
        let mut last = None;
        loop {
            let poll = poller.poll().await;
            let change = poll.change.map(|change| match change {
                Change::Connected(service) => Event::Connected(service),
                Change::Lost(error) => Event::Lost(error),
            });
            let position = poll
                .answer
                .filter(|answer| last != Some(answer.position))
                .map(|answer| {
                    last = Some(answer.position);
                    counters.positions.add_one();
                    Event::Position {
                        coordinates: answer.position.map(f64::from),
                        asked: answer.asked,
                        at: answer.at,
                    }
                });
            for event in change.into_iter().chain(position) {
                if events.send(event).await.is_err() {
                    return;
                }
            }
        }
    };
    tokio::select! {
        () = following => {}
        () = cancel.cancelled() => {}
        () = events.closed() => {}
    }
}
