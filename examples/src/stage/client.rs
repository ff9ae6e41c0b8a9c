//! Talking to a stage.

use std::{error::Error, fmt, io, net::SocketAddr, time::Duration};

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, StatusCode,
    body::Bytes,
    client::conn::http1,
    header::{CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{net::TcpStream, time::timeout};

use super::wire::{
    Done, Launch, Launched, MetricsQuery, MetricsWindow, Observation, Refusal, Replace, Retire, Route, Scale, ServiceView, Stats, Stop,
};

/// How long a call may take unless it is said otherwise.
const PATIENCE: Duration = Duration::from_secs(10);

/// Talks to a stage.
///
/// Each call has a connection of its own: then a connection that cannot be made proves that nothing was asked for, which one
/// from a pool that breaks does not. Nothing is sent twice; who calls decides whether to call again.
#[derive(Debug, Clone)]
pub struct StageClient {
    control: SocketAddr,
    patience: Duration,
}

/// Why a call has no answer.
#[derive(Debug)]
pub enum ClientError {
    /// The stage refused, and changed nothing.
    Refused(Refusal),
    /// The stage was not reached, so the effect did not happen.
    NotReached(io::Error),
    /// The call was sent and no answer came that can be read: the effect may have happened.
    InDoubt(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "the stage refused: {refusal}"),
            Self::NotReached(error) => write!(f, "the stage was not reached: {error}"),
            Self::InDoubt(error) => write!(f, "the stage may or may not have done it: {error}"),
        }
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::NotReached(error) => Some(error),
            Self::InDoubt(error) => Some(error.as_ref()),
        }
    }
}

impl StageClient {
    /// For the stage with this control endpoint.
    #[must_use]
    pub fn new(control: SocketAddr) -> Self {
        Self { control, patience: PATIENCE }
    }

    /// With another bound on each call's time; connecting and asking are bounded each.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The control endpoint.
    #[must_use]
    pub fn control(&self) -> SocketAddr {
        self.control
    }

    /// Everything that can be observed.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn observe(&self) -> Result<Observation, ClientError> {
        self.call(Method::GET, "/observe", Bytes::new()).await
    }

    /// One service.
    ///
    /// # Errors
    /// See [`ClientError`]; refused if there is no such service.
    pub async fn service(&self, name: &str) -> Result<ServiceView, ClientError> {
        let mut observation = self.observe().await?;
        observation.services.remove(name).ok_or_else(|| ClientError::Refused(Refusal::unknown("service", name)))
    }

    /// Starts a new revision.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn launch(&self, order: &Launch) -> Result<Launched, ClientError> {
        self.post("/launch", order).await
    }

    /// Sets how many instances a revision has.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn scale(&self, order: &Scale) -> Result<Done, ClientError> {
        self.post("/scale", order).await
    }

    /// Sets all routes of a service.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn route(&self, order: &Route) -> Result<Done, ClientError> {
        self.post("/route", order).await
    }

    /// Drains a revision, then stops it.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn retire(&self, order: &Retire) -> Result<Done, ClientError> {
        self.post("/retire", order).await
    }

    /// Has the stage replace the serving revision by itself.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn replace(&self, order: &Replace) -> Result<Launched, ClientError> {
        self.post("/replace", order).await
    }

    /// Stops a rollout that the stage runs.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn stop(&self, order: &Stop) -> Result<Done, ClientError> {
        self.post("/stop", order).await
    }

    /// One revision's metrics over a range of time.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn metrics(&self, query: &MetricsQuery) -> Result<MetricsWindow, ClientError> {
        self.post("/metrics", query).await
    }

    /// Totals and history since the stage started.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn stats(&self) -> Result<Stats, ClientError> {
        self.call(Method::GET, "/stats", Bytes::new()).await
    }

    /// Asks the stage to end, with all its instances.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn shutdown(&self) -> Result<Done, ClientError> {
        self.post("/shutdown", &Done {}).await
    }

    async fn post<Q: Serialize, A: DeserializeOwned>(&self, path: &str, query: &Q) -> Result<A, ClientError> {
        let body = serde_json::to_vec(query).map_err(|error| ClientError::Refused(Refusal::invalid(error.to_string())))?;
        self.call(Method::POST, path, Bytes::from(body)).await
    }

    async fn call<A: DeserializeOwned>(&self, method: Method, path: &str, body: Bytes) -> Result<A, ClientError> {
        let connecting = timeout(self.patience, TcpStream::connect(self.control)).await;
        let stream = connecting.unwrap_or_else(|late| Err(late.into())).map_err(ClientError::NotReached)?;
        let asking = timeout(self.patience, ask(stream, self.control, method, path, body)).await;
        let (status, body) = asking.unwrap_or_else(|late| Err(late.into())).map_err(ClientError::InDoubt)?;
        if status.is_client_error() {
            let refusal = serde_json::from_slice(&body).map_err(|error| ClientError::InDoubt(error.into()))?;
            return Err(ClientError::Refused(refusal));
        }
        if !status.is_success() {
            return Err(ClientError::InDoubt(format!("it answered {status}").into()));
        }
        serde_json::from_slice(&body).map_err(|error| ClientError::InDoubt(error.into()))
    }
}

async fn ask(
    stream: TcpStream,
    host: SocketAddr,
    method: Method,
    path: &str,
    body: Bytes,
) -> Result<(StatusCode, Bytes), Box<dyn Error + Send + Sync>> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the sender; what went wrong with it is what the request reports.
    tokio::spawn(connection);
    let request = Request::builder().method(method).uri(path).header(HOST, host.to_string()).header(CONTENT_TYPE, "application/json");
    let reply = sender.send_request(request.body(Full::new(body))?).await?;
    let status = reply.status();
    Ok((status, reply.into_body().collect().await?.to_bytes()))
}
