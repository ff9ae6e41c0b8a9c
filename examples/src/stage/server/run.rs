//! Running a stage.

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use super::{
    super::{
        log::Log,
        service::{Service, Settings},
    },
    control, front,
    options::StageOptions,
    orders::Stage,
};
use crate::http;

/// How long what is in flight may take when the stage ends.
const GRACE: Duration = Duration::from_secs(10);

/// Where a stage is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// The control endpoint.
    pub control: SocketAddr,
    /// Each service's front.
    pub fronts: BTreeMap<String, SocketAddr>,
}

/// A stage whose ports are bound.
pub struct StageServer {
    stage: Arc<Stage>,
    control: TcpListener,
    fronts: Vec<(Arc<Service>, TcpListener)>,
    addresses: Addresses,
}

impl std::fmt::Debug for StageServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StageServer").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

impl StageServer {
    /// Binds a stage's ports. Instances run `program`'s demo role.
    ///
    /// # Errors
    /// If a port cannot be bound, or a service is named twice.
    pub async fn bind(options: &StageOptions, program: PathBuf) -> io::Result<Self> {
        let log = Arc::new(Log::default());
        let settings = Settings { program, drain: options.drain() };
        let (mut services, mut fronts, mut front_addresses) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
        for spec in &options.services {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, spec.port)).await?;
            let address = listener.local_addr()?;
            let service = Arc::new(Service::new(&spec.name, address, settings.clone(), Arc::clone(&log)));
            if services.insert(spec.name.clone(), Arc::clone(&service)).is_some() {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("service {:?} is named twice", spec.name)));
            }
            fronts.push((service, listener));
            front_addresses.insert(spec.name.clone(), address);
        }
        let control = TcpListener::bind((Ipv4Addr::LOCALHOST, options.control_port)).await?;
        let addresses = Addresses { control: control.local_addr()?, fronts: front_addresses };
        Ok(Self { stage: Arc::new(Stage::new(services, log)), control, fronts, addresses })
    }

    /// Where it is reached.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Serves until `stop` completes or it is asked to end; then lets what is in flight end, and stops all instances.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { stage, control, fronts, .. } = self;
        let mut tasks = JoinSet::new();
        for (service, listener) in fronts {
            let handler = move |request| front::forward(Arc::clone(&service), request);
            tasks.spawn(http::serve(listener, handler, ended(&stage), GRACE));
        }
        let stop_control = ended(&stage);
        let controlled = Arc::clone(&stage);
        let handler = move |request| control::answer(Arc::clone(&controlled), request);
        tasks.spawn(http::serve(control, handler, stop_control, GRACE));
        tokio::select! {
            () = pin!(stop) => { stage.shutdown(); }
            () = ended(&stage) => {}
        }
        // The fronts first: a request that came in still finds its instance.
        while tasks.join_next().await.is_some() {}
        let mut closing = JoinSet::new();
        for service in stage.services.values() {
            let service = Arc::clone(service);
            closing.spawn(async move { service.close(GRACE).await });
        }
        while closing.join_next().await.is_some() {}
    }
}

/// Completes when the stage was asked to end.
fn ended(stage: &Stage) -> impl Future<Output = ()> + use<> {
    let mut ending: watch::Receiver<bool> = stage.ending.subscribe();
    async move {
        // The sender is only gone when the stage is.
        let _ = ending.wait_for(|ending| *ending).await;
    }
}
