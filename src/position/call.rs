//! One call at a time, under the name that the server knows.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::time::Duration;

use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

use crate::proto::positin_service_client::PositinServiceClient;
use crate::proto::position_service_client::PositionServiceClient;
use crate::proto::{Msg, Pos, Position};

use super::address::ServerAddress;
use super::answer::quoted_after;

/// What the requests in the wild say.
const REQUEST_WORDS: &str = "request pos";

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

    async fn ask(self, channel: Channel) -> Result<Position, Status> {
        let request = Msg {
            status: 0,
            msg: REQUEST_WORDS.into(),
        };
        let answer = match self {
            Self::Contract => {
                let mut client = PositionServiceClient::new(channel);
                client.position_req(request).await
            }
            Self::Misprint => {
                let mut client = PositinServiceClient::new(channel);
                client.position_req(request).await
            }
        };
        Ok(answer?.into_inner())
    }

    async fn publish(self, channel: Channel, [x, y, z]: [f32; 3]) -> Result<Msg, Status> {
        let position = Position {
            position: Some(Pos { x, y, z }),
            ..Position::default()
        };
        let answer = match self {
            Self::Contract => {
                let mut client = PositionServiceClient::new(channel);
                client.position_pub(position).await
            }
            Self::Misprint => {
                let mut client = PositinServiceClient::new(channel);
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
                "is the port right? or does it expect TLS? only http:// without TLS is spoken so \
                 far",
            ),
            Self::NotGrpc | Self::Connection(_) => Some("is --server right?"),
            Self::NoService { .. } | Self::Server { .. } => None,
        }
    }

    /// Whether the connection is of no use any more.
    fn is_of_connection(&self) -> bool {
        match self {
            Self::Refused
            | Self::Deadline(_)
            | Self::Closed
            | Self::NotGrpc
            | Self::Connection(_) => true,
            Self::NoService { .. } | Self::Server { .. } => false,
        }
    }
}

/// The way to a server: at most one connection, one call at a time, each with its deadline.
#[derive(Debug)]
pub struct Link {
    endpoint: Endpoint,
    deadline: Duration,
    channel: Option<Channel>,
    name: ServiceName,
}

impl Link {
    /// A link that connects with its first call.
    pub fn new(server: &ServerAddress, deadline: Duration) -> Self {
        let endpoint = Endpoint::from(server.uri().clone())
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT);
        Self {
            endpoint,
            deadline,
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
        self.call("PositionReq", ServiceName::ask).await
    }

    /// The character is at `position`.
    ///
    /// # Errors
    /// When there is no answer within the deadline, or the server refuses the position.
    pub async fn publish(&mut self, position: [f32; 3]) -> Result<Msg, CallError> {
        let publish = move |name: ServiceName, channel| name.publish(channel, position);
        self.call("PositionPub", publish).await
    }

    /// Calls under the last name that answered, then under the other, within one deadline.
    ///
    /// The deadline is around all of it, since a channel may wait without a limit of its own
    /// before it sends. After a failure the connection is given up: one that went silent would
    /// else be used for ever.
    async fn call<T, F>(
        &mut self,
        method: &'static str,
        ask: impl Fn(ServiceName, Channel) -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, Status>>,
    {
        let deadline = self.deadline;
        let is_new = self.channel.is_none();
        let attempt = async {
            let channel = match &self.channel {
                Some(channel) => channel.clone(),
                None => self.endpoint.connect().await.map_err(|e| failure(&e))?,
            };
            self.channel = Some(channel.clone());
            for name in [self.name, self.name.other()] {
                match ask(name, channel.clone()).await {
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
        let result = tokio::time::timeout(deadline, attempt)
            .await
            .unwrap_or(Err(CallError::Deadline(deadline)));
        if let Err(error) = &result
            && error.is_of_connection()
        {
            self.channel = None;
        }
        result
    }
}

/// What a status tells: one with a source was made on this side, of what failed on the way, on a
/// new connection or one that had answered.
fn from_status(status: &Status, is_new: bool) -> CallError {
    match status.source().map(failure) {
        Some(CallError::Connection(_)) if is_new => CallError::Closed,
        Some(error) => error,
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
