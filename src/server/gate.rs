//! Which calls are let through.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use subtle::ConstantTimeEq as _;
use tonic::service::Interceptor;
use tonic::{Request, Status};

use crate::credentials::Token;

use super::connections::Seat;
use super::notice::Notice;
use super::security::{Security, TokenFor};

/// What publications are answered on an address where nothing protects them.
const NOT_PROTECTED: &str = "this server takes no publications: it listens beyond its own machine \
    and cannot know who sends them; start it with --token-file, best with --tls-cert, or with \
    --tls-client-ca, or with --insecure";

/// Lets calls through, or says why not.
#[derive(Debug)]
pub(super) struct Gate {
    token: Option<Token>,
    token_for: TokenFor,
    refuses_publications: bool,
    unprotected: Notice,
    wrong_token: Notice,
    no_token: Notice,
}

impl Gate {
    /// The gate of a server that listens on `address`.
    pub(super) fn new(security: &Security, address: SocketAddr) -> Self {
        Self {
            token: security.token().cloned(),
            token_for: security.token_for,
            refuses_publications: security.refuses_publications(address),
            unprotected: Notice::default(),
            wrong_token: Notice::default(),
            no_token: Notice::default(),
        }
    }

    /// Lets a call through that only asks.
    ///
    /// # Errors
    /// With what to answer in its place.
    pub(super) fn check_question<T>(&self, request: &Request<T>) -> Result<(), Status> {
        match self.token_for {
            TokenFor::All => self.check_token(request),
            TokenFor::Publications => Ok(()),
        }
    }

    /// Lets a publication through.
    ///
    /// # Errors
    /// With what to answer in its place.
    pub(super) fn check_publication<T>(&self, request: &Request<T>) -> Result<(), Status> {
        if self.refuses_publications {
            self.unprotected.tell(format_args!(
                "refused a publication{}: nothing tells who sends it",
                From(peer(request))
            ));
            return Err(Status::permission_denied(NOT_PROTECTED));
        }
        self.check_token(request)
    }

    fn check_token<T>(&self, request: &Request<T>) -> Result<(), Status> {
        let Some(token) = &self.token else {
            return Ok(());
        };
        let header = request.metadata().get("authorization");
        let shown = header.and_then(|value| bearer(value.as_encoded_bytes()));
        let (answer, line, notice) = match shown {
            Some(shown) if bool::from(shown.ct_eq(token.reveal().as_bytes())) => return Ok(()),
            Some(_) => ("the token is wrong", "wrong token", &self.wrong_token),
            None => (
                "this server wants a token: --token-file",
                "no token",
                &self.no_token,
            ),
        };
        notice.tell(format_args!(
            "refused a call{}: {line}",
            From(peer(request))
        ));
        Err(Status::unauthenticated(answer))
    }
}

/// The token in an `authorization` header.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    const SCHEME: &[u8] = b"Bearer ";
    let (scheme, token) = value.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(token)
}

/// Whom a call came from, where that is known.
fn peer<T>(request: &Request<T>) -> Option<IpAddr> {
    let seat = request.extensions().get::<Arc<Seat>>()?;
    Some(seat.network())
}

/// The same as a part of a line.
struct From(Option<IpAddr>);

impl fmt::Display for From {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => write!(f, " from {address}"),
            None => Ok(()),
        }
    }
}

/// The gate before a service whose calls only ask.
#[derive(Clone, Debug)]
pub(super) struct Asking(pub(super) Arc<Gate>);

impl Interceptor for Asking {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        self.0.check_question(&request)?;
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_after_the_name_of_its_scheme() {
        assert_eq!(bearer(b"Bearer abc"), Some(&b"abc"[..]));
        assert_eq!(bearer(b"bearer abc"), Some(&b"abc"[..]));
        assert_eq!(bearer(b"Bearer "), Some(&b""[..]));
        for other in [&b"Basic YTpi"[..], b"Bearer", b"abc", b""] {
            assert_eq!(bearer(other), None);
        }
    }
}
