//! The front proxy: one per service, where its users come in.
//!
//! Each request is sent to one instance once. What the instance answers is taken in whole before it is passed on, so that a
//! request has ended when the instance has done with it, and a slow user does not hold up the instance's leaving.

use std::{sync::Arc, time::Duration};

use http_body_util::Full;
use hyper::{
    HeaderMap, Request, Response, StatusCode, Uri,
    body::{Bytes, Incoming},
    header::{CONNECTION, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE},
    http::request::Parts,
};
use tokio::time::timeout;

use super::super::service::{Pick, Service, Ticket};
use crate::http::{self, NO_UPSTREAM_HEADER, Reply, VERSION_HEADER};

/// How long an instance may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Which revision answered.
const REVISION_HEADER: &str = "x-revision";

/// Answers one user's request.
pub(super) async fn forward(service: Arc<Service>, request: Request<Incoming>) -> Reply {
    let (parts, body) = request.into_parts();
    let Some(body) = http::whole(body).await else {
        return http::text(StatusCode::BAD_REQUEST, "the request's body broke off or is too large\n");
    };
    match service.pick(&parts.headers) {
        Pick::Upstream(ticket) => forward_to(ticket, parts, body).await,
        Pick::Nobody(meant) => {
            let mut reply = http::text(StatusCode::SERVICE_UNAVAILABLE, "no instance can answer\n");
            set(&mut reply, NO_UPSTREAM_HEADER, "1");
            if let Some(recorder) = meant {
                set(&mut reply, VERSION_HEADER, &recorder.version);
                set(&mut reply, REVISION_HEADER, &recorder.revision);
            }
            reply
        }
    }
}

async fn forward_to(ticket: Ticket, parts: Parts, body: Bytes) -> Reply {
    let sent = timeout(PATIENCE, send(&ticket, parts, body)).await;
    let mut reply = match sent {
        Ok(Ok(reply)) => reply,
        Ok(Err(reason)) => http::text(StatusCode::BAD_GATEWAY, reason),
        Err(_) => http::text(StatusCode::GATEWAY_TIMEOUT, "the instance did not answer in time\n"),
    };
    set(&mut reply, VERSION_HEADER, &ticket.recorder.version);
    set(&mut reply, REVISION_HEADER, &ticket.recorder.revision);
    ticket.answered(reply.status().is_server_error());
    reply
}

async fn send(ticket: &Ticket, parts: Parts, body: Bytes) -> Result<Reply, String> {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let uri: Uri = format!("http://{}{path}", ticket.upstream.address).parse().map_err(|error| format!("{error}\n"))?;
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = parts.method;
    *request.uri_mut() = uri;
    *request.headers_mut() = end_to_end(parts.headers);
    let answer = ticket.upstream.pool.request(request).await.map_err(|error| format!("the instance could not be asked: {error}\n"))?;
    let (parts, body) = answer.into_parts();
    let body = http::whole(body).await.ok_or("the instance's answer broke off or is too large\n")?;
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = parts.status;
    *reply.headers_mut() = end_to_end(parts.headers);
    Ok(reply)
}

/// Without the headers that hold for one connection only (RFC 9110, section 7.6.1).
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    let named: Vec<_> =
        headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok()).flat_map(|names| names.split(',')).collect();
    let named: Vec<_> = named.into_iter().filter_map(|name| HeaderName::try_from(name.trim()).ok()).collect();
    let fixed = [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, HeaderName::from_static("keep-alive")];
    for name in named.into_iter().chain(fixed) {
        headers.remove(name);
    }
    headers
}

fn set(reply: &mut Reply, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(HeaderName::from_static(name), value);
    }
}
