//! The control endpoint: JSON over HTTP.
//!
//! `GET /observe` and `GET /stats` take nothing; everything else is a `POST` with a body. A refusal is a status of 400, 404 or
//! 409 with the reason as the body.

use std::sync::Arc;

use hyper::{Method, Request, StatusCode, body::Incoming};
use serde::{Serialize, de::DeserializeOwned};

use super::{super::wire::Refusal, orders::Stage};
use crate::http::{self, Reply};

/// Answers one call.
pub(super) async fn answer(stage: Arc<Stage>, request: Request<Incoming>) -> Reply {
    let (parts, body) = request.into_parts();
    let Some(body) = http::whole(body).await else {
        return refused(&Refusal::invalid("the body broke off or is too large"));
    };
    let path = parts.uri.path();
    match (&parts.method, path) {
        (&Method::GET, "/observe") => http::json(StatusCode::OK, &stage.observe()),
        (&Method::GET, "/stats") => http::json(StatusCode::OK, &stage.stats()),
        (&Method::POST, "/launch") => call(&body, |order| stage.launch(&order)),
        (&Method::POST, "/scale") => call(&body, |order| stage.scale(&order)),
        (&Method::POST, "/route") => call(&body, |order| stage.route(&order)),
        (&Method::POST, "/retire") => call(&body, |order| stage.retire(&order)),
        (&Method::POST, "/replace") => call(&body, |order| stage.replace(&order)),
        (&Method::POST, "/stop") => call(&body, |order| stage.stop(&order)),
        (&Method::POST, "/metrics") => call(&body, |query| stage.metrics(&query)),
        (&Method::POST, "/shutdown") => http::json(StatusCode::OK, &stage.shutdown()),
        _ => refused(&Refusal::unknown("endpoint", &format!("{} {path}", parts.method))),
    }
}

fn call<Q: DeserializeOwned, A: Serialize>(body: &[u8], act: impl FnOnce(Q) -> Result<A, Refusal>) -> Reply {
    let query = serde_json::from_slice(body).map_err(|error| Refusal::invalid(format!("the body cannot be read: {error}")));
    match query.and_then(act) {
        Ok(answer) => http::json(StatusCode::OK, &answer),
        Err(refusal) => refused(&refusal),
    }
}

fn refused(refusal: &Refusal) -> Reply {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::CONFLICT);
    http::json(status, refusal)
}
