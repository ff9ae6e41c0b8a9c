//! The few HTTP pieces that the demo service, the stage and the load generator share.

use std::{convert::Infallible, future::Future, pin::pin, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
    server::graceful::GracefulShutdown,
};
use serde::Serialize;
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

/// The largest body that is taken in: everything here is small, and a bound keeps a mistake from eating the machine.
const BODY_LIMIT: usize = 1 << 20;

/// Which version answered; set by the demo service, and by the proxy where no answer came.
pub(crate) const VERSION_HEADER: &str = "x-version";
/// Set by the proxy on an answer that it had to give itself because nothing could serve the request.
pub(crate) const NO_UPSTREAM_HEADER: &str = "x-no-upstream";

/// A whole answer.
pub(crate) type Reply = Response<Full<Bytes>>;

/// A pool of keep-alive connections.
pub(crate) type Pool = Client<HttpConnector, Full<Bytes>>;

/// A pool that sends each request once.
///
/// No server here closes an idle connection, so none is closed under a request that was just put on it; the pool does not let
/// go of one either. A connection that breaks all the same is a failed request, and is counted as one.
pub(crate) fn pool() -> Pool {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new()).retry_canceled_requests(false).pool_idle_timeout(None).build(connector)
}

/// The whole body, or `None` if it broke off or was too large.
pub(crate) async fn whole(body: Incoming) -> Option<Bytes> {
    Some(Limited::new(body, BODY_LIMIT).collect().await.ok()?.to_bytes())
}

/// Answers with `body` as JSON.
pub(crate) fn json<T: Serialize>(status: StatusCode, body: &T) -> Reply {
    match serde_json::to_vec(body) {
        Ok(bytes) => typed(status, "application/json", Bytes::from(bytes)),
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

/// Answers with plain text.
pub(crate) fn text(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    typed(status, "text/plain; charset=utf-8", body.into())
}

fn typed(status: StatusCode, kind: &'static str, body: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}

/// Serves until `stop`, then lets the requests in flight end for at most `grace`.
pub(crate) async fn serve<H, F>(listener: TcpListener, handler: H, stop: impl Future<Output = ()>, grace: Duration)
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => spawn_connection(&graceful, stream, handler.clone()),
            // Out of file descriptors, or a peer that left at once: the listener itself is still good.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
    drop(listener);
    // A request that outlasts the grace is cut: the process is about to end.
    let _ = timeout(grace, graceful.shutdown()).await;
}

fn spawn_connection<H, F>(graceful: &GracefulShutdown, stream: TcpStream, handler: H)
where
    H: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    // Without it small answers wait for the peer's delayed acknowledgement; if it cannot be set they are merely slower.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let reply = handler(request);
        async move { Ok::<_, Infallible>(reply.await) }
    });
    let connection = graceful.watch(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    tokio::spawn(async move {
        // An error here is the peer's hanging up, which is its right.
        let _ = connection.await;
    });
}
