//! The SDK's way to the cloud from virtual time: its requests are answered in real time, while the caller's time stands still.

use std::{sync::Arc, time::Duration};

use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector as Connect},
    rt::TokioExecutor,
};

use super::time::{in_no_time, in_real_time};

/// In real time; no answer of the cloud takes longer, unless it was told to give none.
const LIMIT: Duration = Duration::from_secs(10);

/// What others of the caller's process do while it has a request under way.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Others {
    GoOn,
    StandStill,
}

/// A client that says before each request what time it is for the caller.
pub(crate) fn in_virtual_time(others: Others, tell_time: impl Fn() + Send + Sync + 'static) -> SharedHttpClient {
    let inner = Client::builder(TokioExecutor::new()).build_http();
    let connector = SharedHttpConnector::new(Way { inner, others, tell_time: Teller(Arc::new(tell_time)) });
    http_client_fn(move |_, _| connector.clone())
}

#[derive(Debug)]
struct Way {
    inner: Client<Connect, Full<Bytes>>,
    others: Others,
    tell_time: Teller,
}

struct Teller(Arc<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Teller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Teller")
    }
}

impl HttpConnector for Way {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, others, tell_time) = (self.inner.clone(), self.others, Arc::clone(&self.tell_time.0));
        HttpConnectorFuture::new(async move {
            tell_time();
            let answer = async move {
                let sent = tokio::time::timeout(LIMIT, send(inner, request)).await;
                sent.unwrap_or_else(|_| Err(ConnectorError::timeout("the cloud gives no answer".into())))
            };
            match others {
                Others::GoOn => in_real_time(answer).await,
                Others::StandStill => in_no_time(answer),
            }
        })
    }
}

async fn send(inner: Client<Connect, Full<Bytes>>, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let user = |error: Box<dyn std::error::Error + Send + Sync>| ConnectorError::user(error);
    let (head, body) = request.try_into_http1x().map_err(|error| user(error.into()))?.into_parts();
    let body = body.collect().await.map_err(user)?.to_bytes();
    let answer = inner.request(Request::from_parts(head, Full::new(body))).await.map_err(|error| ConnectorError::io(error.into()))?;
    let (head, body) = answer.into_parts();
    let body = body.collect().await.map_err(|error| ConnectorError::io(error.into()))?.to_bytes();
    let status = StatusCode::try_from(head.status.as_u16()).map_err(|error| user(error.into()))?;
    let mut answer = HttpResponse::new(status, body.into());
    for (name, value) in &head.headers {
        answer.headers_mut().append(name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned());
    }
    Ok(answer)
}
