//! A stage of one test's own.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use deployment_examples::{
    load::{Load, LoadOptions},
    roles::StageProcess,
    stage::{
        BEHAVIOUR, ClientError, Effect, Event, Happening, Launch, Launched, RefusalKind, Release, Replace, Retire, RevisionView, Route,
        Routes, Scale, ServiceView, StageClient, StageOptions, Stats,
    },
};
use tokio::time::{Instant, sleep};

/// The service that most tests deploy.
pub(crate) const BACKEND: &str = "backend";
/// What must come comes far sooner; a machine that is slower than this is broken.
const DEADLINE: Duration = Duration::from_secs(120);

/// A stage that ends with the test, also when the test panics.
pub(crate) struct World {
    pub(crate) stage: StageProcess,
    pub(crate) client: StageClient,
    tokens: AtomicU64,
}

pub(crate) fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_stage-host"))
}

impl World {
    pub(crate) async fn start() -> Self {
        let options = StageOptions { follow_stdin: true, ..StageOptions::new([BACKEND, "frontend"]) };
        let stage = StageProcess::start(program(), &options, None).await.unwrap();
        Self { client: stage.client(), stage, tokens: AtomicU64::new(0) }
    }

    /// An effect with a token of its own.
    pub(crate) fn effect(&self) -> Effect {
        let token = format!("token-{}", self.tokens.fetch_add(1, Ordering::Relaxed));
        Effect { deployment: "d-1".into(), step: "step".into(), token, epoch: 1 }
    }

    pub(crate) async fn launch(&self, version: &str, behaviour: &str, instances: u32) -> String {
        let order = Launch { effect: self.effect(), release: release(version, behaviour), instances };
        self.client.launch(&order).await.unwrap().revision
    }

    /// Launches and waits until all instances are healthy.
    pub(crate) async fn healthy(&self, version: &str, behaviour: &str, instances: u32) -> String {
        let revision = self.launch(version, behaviour, instances).await;
        self.until(&revision, |view| view.healthy == instances).await;
        revision
    }

    pub(crate) async fn route(&self, routes: Routes) -> Result<(), ClientError> {
        let order = Route { effect: self.effect(), service: BACKEND.into(), routes };
        self.client.route(&order).await.map(drop)
    }

    pub(crate) async fn scale(&self, revision: &str, instances: u32) -> Result<(), ClientError> {
        let order = Scale { effect: self.effect(), service: BACKEND.into(), revision: revision.into(), instances };
        self.client.scale(&order).await.map(drop)
    }

    pub(crate) async fn retire(&self, revision: &str) -> Result<(), ClientError> {
        let order = Retire { effect: self.effect(), service: BACKEND.into(), revision: revision.into() };
        self.client.retire(&order).await.map(drop)
    }

    pub(crate) async fn replace(&self, version: &str, behaviour: &str, instances: u32) -> (Replace, Launched) {
        let order = Replace { effect: self.effect(), release: release(version, behaviour), instances, healthy_within_ms: 60_000 };
        let launched = self.client.replace(&order).await.unwrap();
        (order, launched)
    }

    pub(crate) async fn view(&self) -> ServiceView {
        self.client.service(BACKEND).await.unwrap()
    }

    pub(crate) async fn revision(&self, revision: &str) -> Option<RevisionView> {
        self.view().await.revisions.into_iter().find(|view| view.id == revision)
    }

    /// Waits until a revision is as it should be.
    pub(crate) async fn until(&self, revision: &str, reached: impl Fn(&RevisionView) -> bool) -> RevisionView {
        let find = |view: &ServiceView| view.revisions.iter().find(|view| view.id == revision).cloned();
        let view = self.until_service(|view| find(view).is_some_and(|view| reached(&view))).await;
        find(&view).unwrap()
    }

    pub(crate) async fn until_gone(&self, revision: &str) {
        self.until_service(|view| view.revisions.iter().all(|view| view.id != revision)).await;
    }

    /// Waits until the service is as it should be.
    pub(crate) async fn until_service(&self, reached: impl Fn(&ServiceView) -> bool) -> ServiceView {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let view = self.view().await;
            if reached(&view) {
                return view;
            }
            assert!(Instant::now() < deadline, "it did not come so far: {view:#?}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn stats(&self) -> Stats {
        self.client.stats().await.unwrap()
    }

    /// Everything of one kind that happened.
    pub(crate) async fn events<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> Vec<T> {
        self.stats().await.events.iter().filter_map(pick).collect()
    }

    /// The process of every instance that was ever started.
    pub(crate) async fn processes(&self) -> Vec<u32> {
        let started = |event: &Event| match event.what {
            Happening::InstanceStarted { process, .. } => Some(process),
            _ => None,
        };
        self.events(started).await
    }

    /// Steady traffic to the backend.
    pub(crate) fn load(&self, rate: f64) -> Load {
        let options = LoadOptions { timeout_ms: 60_000, ..LoadOptions::new(self.stage.addresses().fronts[BACKEND], rate) };
        Load::start(options)
    }

    pub(crate) async fn end(self) {
        assert!(self.stage.stop().await.unwrap().success());
    }
}

/// Waits until so many requests more have ended.
pub(crate) async fn more(load: &Load, count: u64) {
    let (before, deadline) = (load.snapshot().requests, Instant::now() + DEADLINE);
    while load.snapshot().requests < before + count {
        assert!(Instant::now() < deadline, "{:#?}", load.snapshot());
        sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) fn release(version: &str, behaviour: &str) -> Release {
    let config = BTreeMap::from([(BEHAVIOUR.to_owned(), behaviour.to_owned())]);
    Release { service: BACKEND.into(), version: version.into(), digest: format!("sha256:{version}"), config }
}

/// Asserts that a call was refused for this reason.
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, ClientError>, kind: RefusalKind) -> String {
    match result {
        Err(ClientError::Refused(refusal)) if refusal.kind == kind => refusal.message,
        other => panic!("expected a refusal as {kind:?}, got {other:?}"),
    }
}

/// Waits until none of these processes runs. One that nobody has reaped yet runs no more.
pub(crate) async fn until_ended(processes: &[u32]) {
    let deadline = Instant::now() + DEADLINE;
    while processes.iter().any(|process| runs(*process)) {
        assert!(Instant::now() < deadline, "some of {processes:?} run on");
        sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) fn runs(process: u32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{process}/stat"));
    // The state follows the name, which is in parentheses and may hold anything.
    state.is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| !rest.trim_start().starts_with(['Z', 'X'])))
}
