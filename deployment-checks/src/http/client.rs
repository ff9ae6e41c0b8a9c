//! The client.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use deployment_core::{Error, ErrorKind, Result};
use http_body_util::Full;
use hyper::{
    Response,
    body::Incoming,
    header::{ACCEPT_ENCODING, Entry, HOST, HeaderValue, USER_AGENT},
};
use tokio::time::{Instant, timeout_at};

use super::{
    HttpClientBuilder, HttpRequest, HttpResponse, Timing, body,
    connection::{Connection, Message},
    failure,
    pool::Pool,
    redirect,
};
use crate::net::{Network, Tls};

/// Sends requests under the crate's one policy: see [the module](super) for its limits. Cheap to clone; share one, so that connections
/// are reused.
///
/// # Errors that it gives
/// | kind | status | when |
/// |---|---|---|
/// | [`ErrorKind::InvalidInput`] | permanent | the address is denied, the request cannot be sent |
/// | [`ErrorKind::Unreachable`] | temporary | no name, no connection, a reset, no answer in time |
/// | [`ErrorKind::RateLimited`] | temporary | this machine is out of open files, memory or ports: nothing was asked |
/// | [`ErrorKind::Failed`] | permanent | the certificate does not verify; what came is no answer: not HTTP, too large, a bad redirect |
///
/// After a `POST`, `PUT`, `PATCH` or `DELETE` was sent, every error is *in doubt* ([`deployment_core::Status::InDoubt`]). No error has a
/// secret, a query's value or a part of the answer in it.
#[derive(Clone)]
pub struct HttpClient(pub(super) Arc<Shared>);

/// What all clones of a client share.
pub(super) struct Shared {
    pub(super) network: Network,
    pub(super) tls: Tls,
    pub(super) deadline: Duration,
    pub(super) body_limit: usize,
    pub(super) redirects: u8,
    pub(super) pool: Pool,
}

/// An answer whose body is still to be read.
struct Begun {
    response: Response<Incoming>,
    connection: Connection,
}

impl HttpClient {
    /// The longest deadline.
    pub(super) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// Begins with the defaults of [the module](super).
    pub fn builder() -> HttpClientBuilder {
        HttpClientBuilder::default()
    }

    /// Sends `request` and reads the whole answer. Every status is an answer, also 500.
    ///
    /// A request without effects (`GET`, `HEAD`) is sent a second time, on a new connection, if a kept connection turns out to be closed;
    /// another only if it had not been sent. Dropping the future closes the connection.
    ///
    /// # Errors
    /// As the table above says.
    pub async fn send(&self, request: &HttpRequest) -> Result<HttpResponse> {
        let started = Instant::now();
        let deadline = started + request.deadline.unwrap_or(self.0.deadline).min(Self::LONGEST);
        let late = |_| in_doubt(request, failure::at(&request.url, ErrorKind::Unreachable, "no whole answer in time"));
        timeout_at(deadline, Box::pin(self.follow(request, started, deadline))).await.map_err(late)?
    }

    async fn follow(&self, request: &HttpRequest, started: Instant, deadline: Instant) -> Result<HttpResponse> {
        let mut followed = request.clone();
        for _ in 0..=self.0.redirects {
            let begun = self.begin(&followed, deadline).await?;
            let next =
                if self.0.redirects == 0 { None } else { redirect::next(&followed, begun.response.status(), begun.response.headers())? };
            match next {
                Some(next) => followed = next,
                None => return self.finish(followed, begun, started).await,
            }
        }
        Err(failure::at(&request.url, ErrorKind::Failed, format!("more than {} redirects", self.0.redirects)))
    }

    async fn begin(&self, request: &HttpRequest, deadline: Instant) -> Result<Begun> {
        let message = message(request)?;
        if let Some(mut connection) = self.0.pool.take(&request.url.origin()) {
            match connection.ask(message.clone()).await {
                Ok(response) => return Ok(Begun { response, connection }),
                Err(unanswered) if unanswered.unsent || (request.method.is_safe() && !unanswered.error.is_parse()) => {}
                Err(unanswered) => return Err(in_doubt(request, failure::exchange(&request.url, &unanswered.error))),
            }
        }
        let mut connection = Connection::open(&self.0.network, &self.0.tls, &request.url, deadline).await?;
        match connection.ask(message).await {
            Ok(response) => Ok(Begun { response, connection }),
            Err(unanswered) => {
                let error = failure::exchange(&request.url, &unanswered.error);
                Err(if unanswered.unsent { error } else { in_doubt(request, error) })
            }
        }
    }

    async fn finish(&self, request: HttpRequest, begun: Begun, started: Instant) -> Result<HttpResponse> {
        let first_byte = started.elapsed();
        let (head, incoming) = begun.response.into_parts();
        let read = body::read(&request.url, &head.headers, incoming, self.0.body_limit).await;
        let body = read.map_err(|error| in_doubt(&request, error))?;
        self.0.pool.put(request.url.origin(), begun.connection);
        let timing = Timing { first_byte, total: started.elapsed() };
        Ok(HttpResponse { status: head.status, headers: head.headers, body, timing, url: request.url })
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("network", &self.0.network)
            .field("deadline", &self.0.deadline)
            .field("body_limit", &self.0.body_limit)
            .field("redirects", &self.0.redirects)
            .finish()
    }
}

/// What may have had an effect must be looked at before it is repeated.
fn in_doubt(request: &HttpRequest, error: Error) -> Error {
    if request.method.is_safe() { error } else { error.in_doubt() }
}

/// The request as it goes over the wire.
fn message(request: &HttpRequest) -> Result<Message> {
    let invalid = |field| Error::invalid(field, "cannot be sent over HTTP/1.1; remove unusual characters").with("url", &request.url);
    let (host, path) = request.url.expose();
    let mut message = Message::new(Full::<Bytes>::new(request.body.clone()));
    *message.method_mut() = request.method.clone();
    *message.uri_mut() = path.parse().map_err(|_| invalid("url"))?;
    let headers = message.headers_mut();
    *headers = request.headers.clone();
    headers.insert(HOST, HeaderValue::from_str(host).map_err(|_| invalid("host"))?);
    for (name, value) in [(USER_AGENT, concat!("deployment-checks/", env!("CARGO_PKG_VERSION"))), (ACCEPT_ENCODING, "gzip, deflate")] {
        if let Entry::Vacant(entry) = headers.entry(name) {
            entry.insert(HeaderValue::from_static(value));
        }
    }
    Ok(message)
}
