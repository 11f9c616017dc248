//! One client's connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, Take};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep_until};
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;
use tokio_util::sync::WaitForCancellationFutureOwned;
use tonic::transport::server::Connected;

use super::connections::{Seat, Ticket};
use super::pace::Pace;

/// What a client is connected by: with TLS or without.
pub(super) type Stream = Either<TlsStream<TcpStream>, TcpStream>;

/// Most bytes that are read of one client before all others have their turn: some calls, and no more
/// work than these make.
const TURN_BYTES: u64 = 1024;

/// A connection that fails when it is cut.
///
/// The transport reads from a connection as long as it lives, or waits until it can write: to fail
/// both ends it.
pub(super) struct Connection {
    stream: Take<Stream>,
    /// It had its turn, and there may be more to read.
    is_others_turn: bool,
    ticket: Ticket,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    pace: Pace,
    /// While it is not read, for it sent too much.
    pause: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    /// `stream`, on the place that `ticket` is for; no more than `bytes_per_second` are read of it.
    pub(super) fn new(stream: Stream, ticket: Ticket, bytes_per_second: u32) -> Self {
        // Answers are small and waited for: they must not wait for more to send.
        if let Err(error) = tcp(&stream).set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        Self {
            stream: stream.take(TURN_BYTES),
            is_others_turn: false,
            cut: Box::pin(ticket.cut().cancelled_owned()),
            ticket,
            pace: Pace::new(bytes_per_second),
            pause: None,
        }
    }

    fn writer(&mut self) -> Pin<&mut Stream> {
        Pin::new(self.stream.get_mut())
    }

    /// # Errors
    /// When it is cut; the task is woken when it will be.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.cut.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }
}

/// What is below TLS.
fn tcp(stream: &Stream) -> &TcpStream {
    match stream {
        Either::Left(tls) => tls.get_ref().0,
        Either::Right(tcp) => tcp,
    }
}

impl Connected for Connection {
    type ConnectInfo = Arc<Seat>;

    fn connect_info(&self) -> Arc<Seat> {
        Arc::clone(self.ticket.seat())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        if std::mem::take(&mut self.is_others_turn) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        self.stream.set_limit(TURN_BYTES);
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.is_others_turn = self.stream.limit() == 0;
        let until = self.pace.spend(buffer.filled().len() - before);
        self.pause = until.map(|until| Box::pin(sleep_until(until)));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        self.writer().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        self.writer().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer().poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        self.writer().poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.get_ref().is_write_vectored()
    }
}
