//! Connecting, with and without TLS, such that the reason of a refusal is not lost.
//!
//! With TLS 1.3 a server judges the client's certificate after the client has taken the connection
//! for made: what it says then comes as an error of the connection, which the layers above pass on
//! as "closed" or the like. So the connection itself keeps what it hears.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig as TlsConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_util::either::Either;
use tonic::codegen::{BoxFuture, Service, StdError};
use tonic::transport::Uri;

use crate::credentials::ALPN_H2;

use super::refusal::TlsRefusal;

/// How an alert of TLS begins: what a server that expects TLS answers to other things.
const ALERT: [u8; 2] = [21, 3];

/// Why TLS was refused last, on the connection of now.
#[derive(Clone, Debug, Default)]
pub(super) struct LastRefusal(Arc<Mutex<Option<TlsRefusal>>>);

impl LastRefusal {
    /// Takes it out.
    pub(super) fn take(&self) -> Option<TlsRefusal> {
        self.lock().take()
    }

    fn keep(&self, refusal: TlsRefusal) {
        *self.lock() = Some(refusal);
    }

    fn keep_of(&self, error: &io::Error) {
        if let Some(refusal) = TlsRefusal::of(error) {
            self.keep(refusal);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<TlsRefusal>> {
        // The value is put in and taken out whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connects to one server.
pub(super) struct Connector {
    tcp: HttpConnector,
    tls: Option<(Arc<TlsConfig>, ServerName<'static>)>,
    refusal: LastRefusal,
}

impl Connector {
    /// Connects with TLS when there is a configuration for it and the name to expect. `deadline`: of
    /// the call that it is for.
    pub(super) fn new(
        tls: Option<(Arc<TlsConfig>, ServerName<'static>)>,
        refusal: LastRefusal,
        deadline: Duration,
    ) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        // Of a name with IPv6 and IPv4 addresses the first kind may be silent: the other one must have
        // its turn, and time to answer.
        tcp.set_happy_eyeballs_timeout(Some(deadline / 4));
        Self { tcp, tls, refusal }
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Heard>;
    type Error = StdError;
    type Future = BoxFuture<Self::Response, StdError>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), StdError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let connecting = self.tcp.call(server);
        let tls = self.tls.clone();
        let refusal = self.refusal.clone();
        Box::pin(async move {
            let tcp = connecting.await?.into_inner();
            refusal.take();
            let stream = match tls {
                Some((config, name)) => {
                    Either::Left(shake_hands(config, name, tcp, &refusal).await?)
                }
                None => Either::Right(tcp),
            };
            Ok(TokioIo::new(Heard {
                stream,
                refusal,
                has_begun: false,
            }))
        })
    }
}

type TlsStream = tokio_rustls::client::TlsStream<TcpStream>;

async fn shake_hands(
    config: Arc<TlsConfig>,
    name: ServerName<'static>,
    tcp: TcpStream,
    refusal: &LastRefusal,
) -> io::Result<TlsStream> {
    let stream = TlsConnector::from(config)
        .connect(name, tcp)
        .await
        .inspect_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => {
                refusal.keep(TlsRefusal::Ended);
            }
            _ => refusal.keep_of(error),
        })?;
    if stream.get_ref().1.alpn_protocol() == Some(ALPN_H2) {
        Ok(stream)
    } else {
        refusal.keep(TlsRefusal::NotHttp2);
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A connection that keeps what is heard on it of TLS being refused.
pub(super) struct Heard {
    stream: Either<TlsStream, TcpStream>,
    refusal: LastRefusal,
    /// Whether anything has been read.
    has_begun: bool,
}

impl Heard {
    /// Keeps what was read last, when it tells something.
    fn keep(&mut self, read: &io::Result<()>, bytes: &[u8]) {
        match (&self.stream, read) {
            (Either::Left(_), Err(error)) => self.refusal.keep_of(error),
            (Either::Right(_), Ok(())) if !self.has_begun && bytes.starts_with(&ALERT) => {
                self.refusal.keep(TlsRefusal::TlsExpected);
            }
            _ => {}
        }
        self.has_begun |= !bytes.is_empty();
    }

    /// Reads to the end of a connection that cannot be written to any more: its server may have said
    /// before why it ended it. The end is there then, or about to come.
    fn poll_last_words(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let mut bytes = [0; 64];
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = ready!(Pin::new(&mut *self).poll_read(context, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(());
            }
        }
    }
}

impl AsyncRead for Heard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        self.keep(&read, &buffer.filled()[before..]);
        Poll::Ready(match read {
            // A server that was killed did not say goodbye. That nothing is missing before the end
            // is known from HTTP/2, as without TLS.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
            read => read,
        })
    }
}

impl AsyncWrite for Heard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        if written.is_err() {
            ready!(self.poll_last_words(context));
        }
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(context));
        if flushed.is_err() {
            ready!(self.poll_last_words(context));
        }
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
