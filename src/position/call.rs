//! One call at a time, under the name that the server knows.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::ClientConfig as TlsConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use tonic::codegen::http::uri::Scheme;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Code, Request, Status};

use crate::proto::positin_service_client::PositinServiceClient;
use crate::proto::position_service_client::PositionServiceClient;
use crate::proto::{Msg, Pos, Position};

use super::ClientConfig;
use super::address::ServerAddress;
use super::answer::quoted_after;
use super::connect::{Connector, LastRefusal};
use super::refusal::TlsRefusal;

/// What the requests in the wild say.
const REQUEST_WORDS: &str = "request pos";

/// The most words of a server that are taken, in bytes.
const MOST_WORDS: usize = 4096;

/// The longest answer that is read, in bytes. Of one that is longer the stream is broken off, and when
/// that has happened a thousand times HTTP/2 ends the connection: so what is only too long is read.
const MOST_BYTES: usize = 65_536;

/// What the gRPC library says of an answer whose bytes it cannot read.
const UNREADABLE: [&str; 4] = [
    "failed to decode Protobuf message",
    "protocol error: received message",
    "Unexpected EOF decoding stream",
    "Missing response message",
];

/// The header in which the token travels.
const AUTHORIZATION: &str = "authorization";

/// Silence in a call after which the connection is tested. Servers built on gRPC's C core end a
/// connection on the third such test in a row, so that it may happen once in the longest call.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// How long that test may take.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// The names of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceName {
    /// `posXYZ.PositionService`: the contract's.
    Contract,
    /// `posXYZ.PositinService`: as the first published implementation misprinted it.
    Misprint,
}

impl ServiceName {
    fn other(self) -> Self {
        match self {
            Self::Contract => Self::Misprint,
            Self::Misprint => Self::Contract,
        }
    }

    async fn ask(self, way: Way) -> Result<Position, Status> {
        let (channel, request) = way.with(Msg {
            status: 0,
            msg: REQUEST_WORDS.into(),
        });
        let answer = match self {
            Self::Contract => {
                let client = PositionServiceClient::new(channel);
                let mut client = client.max_decoding_message_size(MOST_BYTES);
                client.position_req(request).await
            }
            Self::Misprint => {
                let client = PositinServiceClient::new(channel);
                let mut client = client.max_decoding_message_size(MOST_BYTES);
                client.position_req(request).await
            }
        };
        Ok(answer?.into_inner())
    }

    async fn publish(self, way: Way, [x, y, z]: [f32; 3]) -> Result<Msg, Status> {
        let (channel, position) = way.with(Position {
            position: Some(Pos { x, y, z }),
            ..Position::default()
        });
        let answer = match self {
            Self::Contract => {
                let client = PositionServiceClient::new(channel);
                let mut client = client.max_decoding_message_size(MOST_BYTES);
                client.position_pub(position).await
            }
            Self::Misprint => {
                let client = PositinServiceClient::new(channel);
                let mut client = client.max_decoding_message_size(MOST_BYTES);
                client.position_pub(position).await
            }
        };
        Ok(answer?.into_inner())
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Contract => "posXYZ.PositionService",
            Self::Misprint => "posXYZ.PositinService",
        })
    }
}

/// What a call goes by.
struct Way {
    channel: Channel,
    authorization: Option<MetadataValue<Ascii>>,
}

impl Way {
    /// The channel, and `message` as its request.
    fn with<M>(self, message: M) -> (Channel, Request<M>) {
        let mut request = Request::new(message);
        if let Some(value) = self.authorization {
            request.metadata_mut().insert(AUTHORIZATION, value);
        }
        (self.channel, request)
    }
}

/// Why a call gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Nobody listens there.
    #[error("connection refused")]
    Refused,
    /// The whole call, connecting included, took longer than it may.
    #[error("no answer within {} ms", .0.as_millis())]
    Deadline(Duration),
    /// A new connection was closed before any answer came.
    #[error("it closes the connection without an answer")]
    Closed,
    /// A connection on which answers had come was closed.
    #[error("the server closed the connection")]
    Ended,
    /// There is no TLS with it, or it wants some.
    #[error(transparent)]
    Tls(#[from] TlsRefusal),
    /// It answers in another protocol.
    #[error("what answers there does not speak gRPC")]
    NotGrpc,
    /// The connection failed in another way.
    #[error("{0}")]
    Connection(String),
    /// The server has the method under neither name of the service.
    #[error(
        "it has no {method} under {} or {}",
        ServiceName::Contract,
        ServiceName::Misprint
    )]
    NoService {
        /// The method that was called.
        method: &'static str,
    },
    /// An answer that is longer than is taken.
    #[error("its answer is too long: `msg` may have {MOST_WORDS} bytes")]
    TooLong,
    /// Bytes that are no message of the contract.
    #[error("its answer is no message of the contract")]
    Malformed,
    /// The server answered with a gRPC error.
    #[error("it answers {code:?}{msg}")]
    Server {
        /// The gRPC status code.
        code: Code,
        /// Its words, escaped and cut, ready to follow a text.
        msg: String,
    },
}

impl CallError {
    /// What may help, where something is known to.
    pub fn way_out(&self) -> Option<&'static str> {
        match self {
            Self::Refused => Some(
                "is the server running? `binaurald serve` starts one, --server URL names another",
            ),
            Self::Deadline(_) => Some("--timeout MS waits longer"),
            Self::Closed => Some(
                "is the port right? or does it expect TLS? --server https://HOST:PORT speaks it",
            ),
            Self::Tls(refusal) => refusal.way_out(),
            Self::NotGrpc | Self::Connection(_) => Some("is --server right?"),
            Self::Server {
                code: Code::Unauthenticated,
                ..
            } => Some("--token-file FILE holds the token that goes with each call"),
            Self::Ended
            | Self::NoService { .. }
            | Self::TooLong
            | Self::Malformed
            | Self::Server { .. } => None,
        }
    }

    /// Whether the connection is of no use any more.
    fn is_of_connection(&self) -> bool {
        match self {
            Self::Refused
            | Self::Deadline(_)
            | Self::Closed
            | Self::Ended
            | Self::Tls(_)
            | Self::NotGrpc
            | Self::Connection(_) => true,
            Self::NoService { .. } | Self::TooLong | Self::Malformed | Self::Server { .. } => false,
        }
    }
}

/// The way to a server: at most one connection, one call at a time, each with its deadline.
#[derive(Debug)]
pub struct Link {
    endpoint: Endpoint,
    tls: Option<(Arc<TlsConfig>, ServerName<'static>)>,
    refusal: LastRefusal,
    authorization: Option<MetadataValue<Ascii>>,
    deadline: Duration,
    channel: Option<Channel>,
    name: ServiceName,
}

impl Link {
    /// A link that connects with its first call.
    pub fn new(config: &ClientConfig) -> Self {
        let ClientConfig { server, access, .. } = config;
        Self {
            endpoint: endpoint(server),
            tls: access.tls().cloned().zip(server.certificate_name()),
            refusal: LastRefusal::default(),
            authorization: access.authorization(),
            deadline: config.deadline,
            channel: None,
            name: ServiceName::Contract,
        }
    }

    /// The name under which the server answered last.
    pub fn service(&self) -> ServiceName {
        self.name
    }

    /// Where is the character?
    ///
    /// # Errors
    /// When there is no answer within the deadline.
    pub async fn ask(&mut self) -> Result<Position, CallError> {
        let answer = self.call("PositionReq", ServiceName::ask).await?;
        limit(&answer.msg)?;
        Ok(answer)
    }

    /// The character is at `position`.
    ///
    /// # Errors
    /// When there is no answer within the deadline, or the server refuses the position.
    pub async fn publish(&mut self, position: [f32; 3]) -> Result<Msg, CallError> {
        let publish = move |name: ServiceName, way| name.publish(way, position);
        let answer = self.call("PositionPub", publish).await?;
        limit(&answer.msg)?;
        Ok(answer)
    }

    async fn connect(&self) -> Result<Channel, CallError> {
        let connector = Connector::new(self.tls.clone(), self.refusal.clone(), self.deadline);
        let connecting = self.endpoint.connect_with_connector(connector);
        connecting.await.map_err(|error| failure(&error))
    }

    /// Calls under the last name that answered, then under the other, within one deadline.
    ///
    /// The deadline is around all of it, since a channel may wait without a limit of its own
    /// before it sends. After a failure the connection is given up: one that went silent would
    /// else be used for ever.
    async fn call<T, F>(
        &mut self,
        method: &'static str,
        ask: impl Fn(ServiceName, Way) -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, Status>>,
    {
        let deadline = self.deadline;
        let is_new = self.channel.is_none();
        let attempt = async {
            let channel = match &self.channel {
                Some(channel) => channel.clone(),
                None => self.connect().await?,
            };
            self.channel = Some(channel.clone());
            for name in [self.name, self.name.other()] {
                let way = Way {
                    channel: channel.clone(),
                    authorization: self.authorization.clone(),
                };
                match ask(name, way).await {
                    Ok(answer) => {
                        self.name = name;
                        return Ok(answer);
                    }
                    Err(status) if status.code() == Code::Unimplemented => {}
                    Err(status) => return Err(from_status(&status, is_new)),
                }
            }
            Err(CallError::NoService { method })
        };
        let mut result = tokio::time::timeout(deadline, attempt)
            .await
            .unwrap_or(Err(CallError::Deadline(deadline)));
        if let Err(error) = &mut result
            && error.is_of_connection()
        {
            self.channel = None;
            // What the connection heard tells more than that it ended.
            if let Some(refusal) = self.refusal.take() {
                *error = refusal.into();
            }
        }
        result
    }
}

/// Refuses more words of a server than are taken.
fn limit(words: &str) -> Result<(), CallError> {
    if words.len() > MOST_WORDS {
        return Err(CallError::TooLong);
    }
    Ok(())
}

/// Where the calls go. The transport is told that this is without TLS, since the connector is what
/// speaks it; the requests say what it is.
fn endpoint(server: &ServerAddress) -> Endpoint {
    let uri = server.uri().clone();
    let mut parts = uri.clone().into_parts();
    parts.scheme = Some(Scheme::HTTP);
    let transport = Uri::from_parts(parts).expect("an address stays one under another scheme");
    Endpoint::from(transport)
        .origin(uri)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
}

/// What a status tells: one with a source was made on this side, of what failed on the way, on a
/// new connection or one that had answered; so was one of an answer that could not be read, which
/// its words tell.
fn from_status(status: &Status, is_new: bool) -> CallError {
    let says = |words| status.message().contains(words);
    match status.source().map(failure) {
        Some(CallError::Connection(_)) if is_new => CallError::Closed,
        Some(CallError::Connection(_)) => CallError::Ended,
        Some(error) => error,
        None if status.code() == Code::OutOfRange && says("message length too large") => {
            CallError::TooLong
        }
        None if status.code() == Code::Internal && UNREADABLE.into_iter().any(says) => {
            CallError::Malformed
        }
        None => CallError::Server {
            code: status.code(),
            msg: quoted_after(status.message()),
        },
    }
}

/// The failure of a connection, by the innermost reason that says something.
fn failure(error: &(dyn std::error::Error + 'static)) -> CallError {
    let mut innermost = error;
    loop {
        if let Some(io) = innermost.downcast_ref::<io::Error>() {
            match io.kind() {
                io::ErrorKind::ConnectionRefused => return CallError::Refused,
                io::ErrorKind::ConnectionReset => {
                    return CallError::Connection("connection reset".into());
                }
                _ => {}
            }
        }
        match innermost.source() {
            Some(source) => innermost = source,
            None => return described(innermost.to_string()),
        }
    }
}

/// What HTTP/2 says, where it is known what that means.
fn described(reason: String) -> CallError {
    if reason.contains("frame with invalid size") {
        CallError::NotGrpc
    } else {
        CallError::Connection(reason)
    }
}
