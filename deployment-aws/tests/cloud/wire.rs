//! The SDK in virtual time: what waits by itself is tested so. Only the way to the cloud is in real time.

use std::{fmt, sync::Arc};

use aws_config::SdkConfig;
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector as Connector},
    rt::TokioExecutor,
};

use super::{World, time::in_real_time};

/// The configuration of an account for callers in virtual time, which stands still during each request. The account's time is theirs.
pub(crate) fn in_virtual_time(world: &Arc<World>) -> SdkConfig {
    let wire = Wire { world: Arc::clone(world), client: Client::builder(TokioExecutor::new()).build_http() };
    let client = http_client_fn(move |_, _| SharedHttpConnector::new(wire.clone()));
    world.config().into_builder().http_client(client).build()
}

#[derive(Clone)]
struct Wire {
    world: Arc<World>,
    client: Client<Connector, Full<Bytes>>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Wire").field(&self.world).finish()
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (world, client) = (Arc::clone(&self.world), self.client.clone());
        HttpConnectorFuture::new(async move {
            world.catch_up();
            in_real_time(send(client, request)).await.map_err(ConnectorError::io)
        })
    }
}

async fn send(
    client: Client<Connector, Full<Bytes>>,
    request: HttpRequest,
) -> Result<HttpResponse, Box<dyn std::error::Error + Send + Sync>> {
    let mut head = Request::builder().method(request.method()).uri(request.uri());
    for (name, value) in request.headers() {
        head = head.header(name, value);
    }
    let body = Bytes::copy_from_slice(request.body().bytes().unwrap_or_default());
    let (head, body) = client.request(head.body(Full::new(body))?).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    let mut response = HttpResponse::new(StatusCode::try_from(head.status.as_u16())?, SdkBody::from(body));
    for (name, value) in &head.headers {
        response.headers_mut().append(name.as_str().to_owned(), value.to_str()?.to_owned());
    }
    Ok(response)
}
