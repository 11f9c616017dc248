//! Connections of a bounded number and a bounded life.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Connections at a time; one more cuts the oldest, so that those who hold theirs open keep nobody
/// out.
const MAX_CONNECTIONS: usize = 32;

/// From being accepted until the answer is written. A connection serves one request.
const LIFE: Duration = Duration::from_secs(5);

/// How HTTP/2 begins, and nothing that is answered here. It is not spoken: it has many requests on
/// one connection. What serves connections would take it, since the gRPC side has it built in.
const HTTP_2: &[u8] = b"PR";

/// Wait after a connection could not be accepted, as when no file descriptor is left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections, and cuts them.
pub(super) struct Incoming {
    listener: TcpListener,
    /// From the oldest; those that have ended are dead.
    alive: VecDeque<Weak<CancellationToken>>,
}

impl Incoming {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            alive: VecDeque::new(),
        }
    }

    /// Takes in a connection, in place of the oldest if there are too many.
    fn admit(&mut self, stream: TcpStream) -> Bounded {
        self.alive.retain(|token| token.strong_count() > 0);
        if self.alive.len() >= MAX_CONNECTIONS
            && let Some(oldest) = self.alive.pop_front().and_then(|token| token.upgrade())
        {
            oldest.cancel();
        }
        let token = Arc::new(CancellationToken::new());
        self.alive.push_back(Arc::downgrade(&token));
        let cut = token.as_ref().clone().cancelled_owned();
        let end = async move {
            let _ = tokio::time::timeout(LIFE, cut).await;
        };
        Bounded {
            stream,
            end: Box::pin(end),
            begins: Vec::with_capacity(HTTP_2.len()),
            _alive: token,
        }
    }
}

impl Listener for Incoming {
    type Io = Bounded;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Bounded, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => return (self.admit(stream), peer),
                Err(error) => {
                    tracing::debug!("--metrics: cannot accept a connection: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that fails when its time is over.
pub(super) struct Bounded {
    stream: TcpStream,
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// The first bytes that came.
    begins: Vec<u8>,
    _alive: Arc<CancellationToken>,
}

impl Bounded {
    /// Fails when its time is over, and else sees to it that it is woken then.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.end.as_mut().poll(context) {
            Poll::Ready(()) => {
                // A future that is ready must not be asked again.
                self.end = Box::pin(std::future::ready(()));
                Err(io::ErrorKind::TimedOut.into())
            }
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Bounded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let fresh = buffer.filled().iter().skip(before);
        let missing = HTTP_2.len() - self.begins.len();
        self.begins.extend(fresh.take(missing));
        if self.begins == HTTP_2 {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        read
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// A read of one byte from each, as far as there is something to tell.
    async fn read(bounded: &mut Bounded) -> io::Result<usize> {
        let mut bytes = [0];
        let mut buffer = ReadBuf::new(&mut bytes);
        poll_fn(|context| Pin::new(&mut *bounded).poll_read(context, &mut buffer)).await?;
        Ok(buffer.filled().len())
    }

    #[tokio::test]
    async fn http_2_is_not_spoken_however_it_comes() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let mut incoming = Incoming::new(listener);
        let address = incoming.local_addr().expect("it is bound");
        for (begins, is_taken) in [("PRI * HTTP/2.0", false), ("POST /status", true)] {
            let mut client = std::net::TcpStream::connect(address).expect("it is let in");
            let (mut held, _) = incoming.accept().await;
            std::io::Write::write_all(&mut client, begins.as_bytes()).expect("it is open");
            assert_eq!(read(&mut held).await.expect("it may be either"), 1);
            assert_eq!(read(&mut held).await.is_ok(), is_taken, "{begins}");
        }
    }

    #[tokio::test]
    async fn one_connection_too_many_cuts_the_oldest_alone() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let mut incoming = Incoming::new(listener);
        let address = incoming.local_addr().expect("it is bound");
        let (mut clients, mut held) = (Vec::new(), Vec::new());
        for _ in 0..=MAX_CONNECTIONS {
            let client = std::net::TcpStream::connect(address).expect("it is let in");
            clients.push(client);
            held.push(incoming.accept().await.0);
        }
        let cut = read(&mut held[0]).await.expect_err("it is cut");
        assert_eq!(cut.kind(), io::ErrorKind::TimedOut);
        for (client, held) in clients.iter_mut().zip(&mut held).skip(1) {
            std::io::Write::write_all(client, b"x").expect("it is open");
            assert_eq!(read(held).await.expect("it is open"), 1);
        }
        // Those that have ended make room; of two that are held, one is cut.
        held.truncate(2);
        let _another = std::net::TcpStream::connect(address).expect("it is let in");
        let _held = incoming.accept().await;
        assert_eq!(incoming.alive.len(), 2);
    }
}
