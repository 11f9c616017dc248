//! How many calls there are at a time, and what happens to those that are too many.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::timeout;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::codegen::{BoxFuture, Bytes, Service};
use tonic::{Code, Status};

use super::Limits;
use super::connections::{Ended, Seat};
use super::notice::Notice;

/// A service that takes as many calls as the limits allow, for as long as they allow, and answers
/// the others with `RESOURCE_EXHAUSTED`.
#[derive(Clone, Debug)]
pub(super) struct Limited<S> {
    inner: S,
    calls: Arc<Calls>,
}

impl<S> Limited<S> {
    pub(super) fn new(inner: S, limits: &Limits) -> Self {
        let calls = Calls {
            in_flight: AtomicUsize::new(0),
            most: limits.calls,
            most_of_one: limits.calls_per_connection,
            time: limits.call_time,
            message_bytes: limits.message_bytes,
            header_bytes: limits.header_bytes,
            refused: Notice::default(),
        };
        Self {
            inner,
            calls: Arc::new(calls),
        }
    }
}

/// The calls of all connections.
#[derive(Debug)]
struct Calls {
    in_flight: AtomicUsize,
    most: usize,
    most_of_one: usize,
    /// Until the answer begins.
    time: Duration,
    message_bytes: usize,
    header_bytes: usize,
    refused: Notice,
}

impl Calls {
    /// Counts the call that this begins.
    ///
    /// # Errors
    /// With what to answer when that is not to be.
    fn admit<B>(self: &Arc<Self>, request: &Request<B>) -> Result<Call, Status> {
        let seat = request.extensions().get::<Arc<Seat>>();
        let seat = seat.ok_or_else(|| Status::internal("the connection is not known"))?;
        seat.note_call();
        let fields = request.headers().iter();
        let header: usize = fields
            .map(|(name, value)| name.as_str().len() + value.len() + 32)
            .sum();
        if header + request.uri().path().len() > self.header_bytes {
            let problem = format!("the header has more than {} bytes", self.header_bytes);
            return Err(self.refuse(problem));
        }
        self.begin(seat)
    }

    /// Counts a call of `seat`.
    ///
    /// # Errors
    /// With what to answer when there are too many. A connection has one call in any case: those
    /// who make many leave the others theirs.
    fn begin(self: &Arc<Self>, seat: &Arc<Seat>) -> Result<Call, Status> {
        let mut call = Call {
            of_one: 1 + seat.calls.fetch_add(1, Ordering::Relaxed),
            of_all: 1 + self.in_flight.fetch_add(1, Ordering::Relaxed),
            ended: Ended::TakenBack,
            seat: Arc::clone(seat),
            calls: Arc::clone(self),
        };
        let problem = if call.of_one > self.most_of_one {
            format!(
                "more than {} calls at a time on a connection",
                self.most_of_one
            )
        } else if call.of_all > self.most && call.of_one > 1 {
            format!("more than {} calls at a time", self.most)
        } else {
            return Ok(call);
        };
        call.ended = Ended::Refused;
        Err(self.refuse(problem))
    }

    /// What to answer to a call that is not taken.
    fn refuse(&self, problem: String) -> Status {
        self.refused.tell(format_args!("refused a call: {problem}"));
        Status::resource_exhausted(problem)
    }
}

/// A call in flight; over when it is dropped.
struct Call {
    /// Which one it was of its connection, and of all.
    of_one: usize,
    of_all: usize,
    /// How it ended: until there is an answer, it can be taken back.
    ended: Ended,
    seat: Arc<Seat>,
    calls: Arc<Calls>,
}

impl Call {
    /// What to answer when it goes beyond a limit after it began.
    fn refuse(mut self, problem: String) -> Response<Counted> {
        self.ended = Ended::Refused;
        Counted::none(&self.calls.refuse(problem))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.seat.note_end(self.ended);
        self.seat.calls.fetch_sub(1, Ordering::Relaxed);
        self.calls.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<S, B> Service<Request<B>> for Limited<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Counted>;
    type Error = S::Error;
    type Future = BoxFuture<Response<Counted>, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut call = match self.calls.admit(&request) {
            Ok(call) => call,
            Err(status) => return Box::pin(async move { Ok(Counted::none(&status)) }),
        };
        let time = self.calls.time;
        let answer = timeout(time, self.inner.call(request));
        Box::pin(async move {
            let Ok(answer) = answer.await else {
                return Ok(call.refuse(format!("the call took longer than {time:?}")));
            };
            let answer = answer?;
            if is_too_long(&answer) {
                let most = call.calls.message_bytes;
                return Ok(call.refuse(format!("the message has more than {most} bytes")));
            }
            call.ended = Ended::Answered;
            Ok(answer.map(|body| Counted {
                body,
                _call: Some(call),
            }))
        })
    }
}

/// Whether this is what tonic answers to a message beyond the limit.
fn is_too_long(answer: &Response<Body>) -> bool {
    let status = answer.extensions().get::<Status>();
    status.is_some_and(|status| status.code() == Code::OutOfRange)
}

/// The rest of an answer. The call is over when all of it was sent, or nobody waits for it.
pub(super) struct Counted {
    body: Body,
    _call: Option<Call>,
}

impl Counted {
    /// An answer that is nothing but this status.
    fn none(status: &Status) -> Response<Self> {
        status
            .clone()
            .into_http::<Body>()
            .map(|body| Self { body, _call: None })
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
