//! One call over HTTP/2.

use std::time::Duration;

use bytes::Bytes;
use deployment_core::{Error, ErrorKind};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use percent_encoding::percent_decode_str;
use tokio::{task::JoinHandle, time::Instant};

use super::{
    check::GrpcCheck,
    message::{Said, request, response},
};
use crate::{
    expect::quote,
    health::{
        dial::connect,
        findings::{Look, Trouble},
    },
    secret::{Hidden, Secret},
};

/// What an answer may take, in bytes: it takes seven.
const LARGEST_ANSWER: usize = 4096;
/// What its headers may take, in bytes.
const LARGEST_HEADERS: u32 = 32 * 1024;

/// Ends the connection when the call is given up.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What the server says, and how long that took.
pub(super) async fn call(check: &GrpcCheck, deadline: Instant) -> Look<(Said, Duration)> {
    let settings = &check.settings;
    let link = connect(&settings.access, check.tls.as_ref(), &settings.host, settings.port, deadline).await?;
    let mut builder = http2::Builder::new(TokioExecutor::new());
    let handshake = builder.max_header_list_size(LARGEST_HEADERS).handshake(TokioIo::new(link)).await;
    let (mut sender, connection) = handshake.map_err(|error| broken(&error))?;
    // Whoever waits for the answer is told the error as well.
    let _driver = Driver(tokio::spawn(async move { drop(connection.await) }));

    let began = Instant::now();
    let answer = sender.send_request(message(check, deadline)?).await.map_err(|error| broken(&error))?;
    let (head, body) = answer.into_parts();
    http_status(head.status)?;
    if let Some(status) = head.headers.get("grpc-status") {
        // Only headers: a call that failed at once.
        grpc_status(check, status.as_bytes(), &head.headers)?;
    }
    let body = Limited::new(body, LARGEST_ANSWER).collect().await;
    let body = body.map_err(|_| Trouble::down("its answer broke off, or is larger than 4 KiB"))?;
    let trailers = body.trailers().cloned().unwrap_or_default();
    let status = trailers.get("grpc-status").ok_or_else(|| Trouble::down("its answer has no grpc-status; is it gRPC?"))?;
    grpc_status(check, status.as_bytes(), &trailers)?;
    Ok((response(&body.to_bytes())?, began.elapsed()))
}

fn message(check: &GrpcCheck, deadline: Instant) -> Look<Request<Full<Bytes>>> {
    let scheme = if check.tls.is_some() { "https" } else { "http" };
    let left = deadline.saturating_duration_since(Instant::now()).as_millis().max(1);
    let mut request = Request::post(format!("{scheme}://{}/grpc.health.v1.Health/Check", check.authority))
        .header(header::CONTENT_TYPE, "application/grpc")
        .header(header::TE, "trailers")
        .header("grpc-timeout", format!("{left}m"))
        .body(Full::new(request(&check.settings.service)))
        .map_err(|error| Trouble::Blind(Error::invalid("host", error)))?;
    if let Some(bearer) = &check.bearer {
        request.headers_mut().insert(header::AUTHORIZATION, bearer.clone());
    }
    Ok(request)
}

fn http_status(status: StatusCode) -> Look<()> {
    match status {
        StatusCode::OK => Ok(()),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(unauthorized(&format!("the answer is HTTP {}", status.as_u16()))),
        _ => Err(Trouble::Down(format!("the answer is HTTP {}; is it gRPC?", status.as_u16()))),
    }
}

/// The codes of gRPC that are not 0, by their number.
fn grpc_status(check: &GrpcCheck, status: &[u8], headers: &HeaderMap) -> Look<()> {
    let status: u32 = std::str::from_utf8(status).ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    let hidden: Hidden = check.settings.bearer.iter().map(Secret::expose).collect();
    let said = quote(&said(headers, &hidden));
    let service = &check.settings.service;
    match status {
        0 => Ok(()),
        5 => Err(Trouble::Down(format!("it does not know the service {service:?} (NOT_FOUND), it says {said}"))),
        7 => Err(unauthorized(&format!("PERMISSION_DENIED, it says {said}"))),
        16 => Err(unauthorized(&format!("UNAUTHENTICATED, it says {said}"))),
        12 => {
            let message = "the server does not speak gRPC's health protocol (UNIMPLEMENTED); add grpc.health.v1.Health to it";
            Err(Trouble::Blind(Error::new(ErrorKind::Unsupported, "look", message)))
        }
        other => Err(Trouble::Down(format!("the call failed with {}, it says {said}", name(other)))),
    }
}

/// The message, which is percent-encoded. What is hidden is taken out before that is undone and after.
fn said(headers: &HeaderMap, hidden: &Hidden) -> String {
    let message = headers.get("grpc-message").map(|text| String::from_utf8_lossy(text.as_bytes())).unwrap_or_default();
    hidden.hide(&percent_decode_str(&hidden.hide(&message)).decode_utf8_lossy())
}

fn name(status: u32) -> String {
    let names = [(1, "CANCELLED"), (4, "DEADLINE_EXCEEDED"), (8, "RESOURCE_EXHAUSTED"), (13, "INTERNAL"), (14, "UNAVAILABLE")];
    names.iter().find(|(code, _)| *code == status).map_or_else(|| format!("grpc-status {status}"), |(_, name)| (*name).to_owned())
}

fn unauthorized(words: &str) -> Trouble {
    Trouble::Blind(Error::new(ErrorKind::Unauthorized, "look", format!("{words}; check the token")))
}

fn broken(error: &hyper::Error) -> Trouble {
    let words = if error.is_timeout() { "no answer in time" } else { "the connection broke, or the peer does not speak HTTP/2" };
    Trouble::down(words)
}
