//! Accepting connections, such that they can be cut.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::transport::server::Connected;

/// Wait after a connection could not be accepted, as when no file descriptor is left: without it
/// the loop would spin until one is.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Least time between two lines about that.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Accepts connections until the receiver is dropped; each is cut when `cut` is cancelled.
pub(super) fn accept(
    listener: TcpListener,
    cut: CancellationToken,
) -> mpsc::Receiver<io::Result<CuttableStream>> {
    let (connections, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut told: Option<Instant> = None;
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = connections.closed() => return,
            };
            match accepted {
                Ok((stream, peer)) => {
                    tracing::debug!(%peer, "a client connects");
                    let stream = CuttableStream::new(stream, cut.clone());
                    if connections.send(Ok(stream)).await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    if told.is_none_or(|at| at.elapsed() >= LINE_EVERY) {
                        told = Some(Instant::now());
                        tracing::warn!(%error, "cannot accept a connection");
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    });
    receiver
}

/// A connection that fails when its token is cancelled.
///
/// The transport reads from a connection as long as it lives, so that to fail the reads ends it.
pub(super) struct CuttableStream {
    stream: TcpStream,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl CuttableStream {
    fn new(stream: TcpStream, cut: CancellationToken) -> Self {
        // Answers are small and waited for: they must not wait for more to send.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        Self {
            stream,
            cut: Box::pin(cut.cancelled_owned()),
        }
    }
}

impl Connected for CuttableStream {
    type ConnectInfo = <TcpStream as Connected>::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.cut.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
