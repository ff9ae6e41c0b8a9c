//! The way to the cloud, which can be made bad: a proxy that does something to the calls that it is told.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_config::SdkConfig;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use tokio::{net::TcpListener, task::JoinSet, time::sleep};

use super::{
    protocol::{self, Protocol},
    server,
    time::{Clock, in_real_time},
};

/// What happens to a call.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// It has its effect; then the connection is closed without an answer.
    LostAnswer,
    /// It has its effect; then the server says that it has failed.
    FailedAfter,
    /// The connection is closed before it gets there.
    Reset,
    /// It is refused with this status, code and sentence.
    Refused(u16, &'static str, &'static str),
    /// The transaction is cancelled for this reason.
    Cancelled(&'static str),
    /// It gets there late, also if its caller has given it up.
    Late(Duration),
}

/// Says which calls meet a fault: by the call's name (`TransactWriteItems`), its body, and its number among all calls, from 0.
type Rule = Box<dyn FnMut(&str, &str, usize) -> Option<Fault> + Send>;

/// A proxy in front of a cloud. It ends when it is dropped.
pub(crate) struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

struct Shared {
    cloud: SocketAddr,
    /// Whose calls these are, and what time it is there; see `world.py`.
    account: Option<String>,
    clock: Clock,
    rule: Mutex<Rule>,
    calls: Mutex<Vec<(String, String)>>,
    /// How many late calls have been answered by the cloud.
    arrived: AtomicUsize,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proxy").field(&self.address).finish()
    }
}

impl Proxy {
    /// In front of what is at this address; nothing happens to any call.
    pub(crate) async fn start(cloud: SocketAddr) -> Self {
        Self::with(cloud, None).await
    }

    /// The same for an account of its own, with a time of its own.
    pub(crate) async fn for_account(cloud: SocketAddr, account: &str) -> Self {
        Self::with(cloud, Some(account.to_owned())).await
    }

    async fn with(cloud: SocketAddr, account: Option<String>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let client = Client::builder(TokioExecutor::new()).build_http();
        let shared = Arc::new(Shared {
            cloud,
            account,
            clock: Clock::default(),
            rule: Mutex::new(Box::new(|_, _, _| None)),
            calls: Mutex::default(),
            arrived: AtomicUsize::new(0),
            client,
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, Arc::clone(&shared)));
        Self { shared, address, _tasks: tasks }
    }

    pub(crate) fn config(&self) -> SdkConfig {
        server::config(self.address)
    }

    /// The account's time.
    pub(crate) fn clock(&self) -> Clock {
        self.shared.clock.clone()
    }

    /// A request to the cloud itself, past all faults: status and body of the answer.
    pub(crate) async fn tell(&self, path: &str, body: Bytes) -> (u16, Bytes) {
        let request = Request::post(path).body(()).unwrap();
        let (shared, head) = (Arc::clone(&self.shared), request.into_parts().0);
        let answer = in_real_time(async move { shared.forward(head, body).await }).await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.into_body().collect().await.unwrap().to_bytes())
    }

    /// From now on this happens, and calls are counted from 0.
    pub(crate) fn rule(&self, rule: impl FnMut(&str, &str, usize) -> Option<Fault> + Send + 'static) {
        *self.shared.rule.lock().unwrap() = Box::new(rule);
        self.shared.calls.lock().unwrap().clear();
    }

    /// The `nth` call of this name from now on, counted from 0, meets the fault.
    pub(crate) fn once(&self, call: &'static str, nth: usize, fault: &Fault) {
        let (mut seen, fault) = (0, fault.clone());
        self.rule(move |name, _, _| {
            let hit = name == call && seen == nth;
            seen += usize::from(name == call);
            hit.then(|| fault.clone())
        });
    }

    /// Nothing happens any more.
    pub(crate) fn clear(&self) {
        self.rule(|_, _, _| None);
    }

    /// The calls that came since the rule was set: name and body.
    pub(crate) fn calls(&self) -> Vec<(String, String)> {
        self.shared.calls.lock().unwrap().clone()
    }

    /// How many late calls have been answered by the cloud.
    pub(crate) fn arrived(&self) -> usize {
        self.shared.arrived.load(Ordering::SeqCst)
    }

    /// How many of them have this name.
    pub(crate) fn count(&self, call: &str) -> usize {
        self.calls().iter().filter(|(name, _)| name == call).count()
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let answer = service_fn(move |request| {
                let shared = Arc::clone(&shared);
                async move { shared.pass(request).await }
            });
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

impl Shared {
    /// One call. An error closes the connection.
    async fn pass(self: Arc<Self>, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        let protocol = Protocol::of(&head);
        let name = protocol.call(&head, &text);
        let number = {
            let mut calls = self.calls.lock().unwrap();
            calls.push((name.clone(), text.clone()));
            calls.len() - 1
        };
        let fault = (self.rule.lock().unwrap())(&name, &text, number);
        let closed = || io::Error::other("the connection is closed on purpose");
        match fault {
            None => self.forward(head, body).await,
            Some(Fault::LostAnswer) => self.forward(head, body).await.and_then(|_| Err(closed())),
            Some(Fault::FailedAfter) => {
                self.forward(head, body).await?;
                Ok(protocol.refusal(500, "InternalServerError", "nobody knows"))
            }
            Some(Fault::Reset) => Err(closed()),
            Some(Fault::Refused(status, code, sentence)) => Ok(protocol.refusal(status, code, sentence)),
            Some(Fault::Cancelled(reason)) => {
                let reasons = format!(r#","CancellationReasons":[{{"Code":"{reason}","Message":"so it is"}}]"#);
                Ok(protocol::json(400, "TransactionCanceledException", "it was cancelled", &reasons))
            }
            Some(Fault::Late(time)) => {
                let late = tokio::spawn(async move {
                    sleep(time).await;
                    let answer = self.forward(head, body).await;
                    self.arrived.fetch_add(1, Ordering::SeqCst);
                    answer
                });
                late.await.map_err(io::Error::other)?
            }
        }
    }

    async fn forward(&self, mut head: hyper::http::request::Parts, body: Bytes) -> io::Result<Response<Full<Bytes>>> {
        head.uri = format!("http://{}{}", self.cloud, head.uri.path()).parse().map_err(io::Error::other)?;
        if let Some(account) = &self.account {
            head.headers.insert("x-moto-account-id", account.parse().map_err(io::Error::other)?);
            head.headers.insert("x-cloud-time", self.clock.millis().into());
        }
        let answer = self.client.request(Request::from_parts(head, Full::new(body))).await.map_err(io::Error::other)?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        Ok(Response::from_parts(head, Full::new(body)))
    }
}
