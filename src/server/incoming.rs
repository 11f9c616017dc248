//! Accepting connections.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::either::Either;

use super::connection::{Connection, Stream};
use super::connections::{Connections, Ticket};
use super::handshake::Handshakes;
use super::notice::Notice;

/// Wait after none could be accepted, as when no file descriptor is left: without it the loop would
/// spin until one is.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections until the receiver is dropped, as many as `connections` has places for;
/// with TLS when there are `handshakes`.
///
/// What a connection needs before it can take calls is done in a task of its own: a peer that
/// takes its time there holds up nobody else.
pub(super) fn accept(
    listener: TcpListener,
    connections: Arc<Connections>,
    handshakes: Option<Handshakes>,
) -> mpsc::Receiver<io::Result<Connection>> {
    let (ready, receiver) = mpsc::channel(1);
    let handshakes = handshakes.map(Arc::new);
    tokio::spawn(async move {
        let failed = Notice::default();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = ready.closed() => return,
            };
            match accepted {
                Ok((stream, peer)) => {
                    tracing::debug!(%peer, "a client connects");
                    if let Some(ticket) = connections.admit(peer) {
                        let connections = Arc::clone(&connections);
                        let handshakes = handshakes.clone();
                        let ready = ready.clone();
                        tokio::spawn(attend(stream, ticket, connections, handshakes, ready));
                    }
                }
                Err(error) => {
                    failed.tell(format_args!("cannot accept a connection: {error}"));
                    if !is_of_one_connection(&error) {
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        }
    });
    receiver
}

/// Whether a connection ended before it was accepted: the next one has nothing to do with that.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionAborted | Kind::ConnectionReset | Kind::ConnectionRefused
    )
}

/// Makes a connection ready for calls, hands it to the transport, and cuts it when its first call
/// does not come in time.
async fn attend(
    stream: TcpStream,
    ticket: Ticket,
    connections: Arc<Connections>,
    handshakes: Option<Arc<Handshakes>>,
    ready: mpsc::Sender<io::Result<Connection>>,
) {
    let seat = Arc::clone(ticket.seat());
    let hand_over = async {
        // What has to be done before the first call is done here, on the same time.
        let stream: Stream = match handshakes {
            None => Either::Right(stream),
            Some(handshakes) => match handshakes.shake(stream).await {
                Some(stream) => Either::Left(stream),
                None => return,
            },
        };
        let connection = Connection::new(stream, ticket, connections.bytes_per_second());
        // When it is not taken any more, the server ends, and so does the connection.
        let _ = ready.send(Ok(connection)).await;
        drop(ready);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = hand_over => {}
        () = seat.over() => {}
        () = connections.expect_call(&seat) => {}
    }
}
