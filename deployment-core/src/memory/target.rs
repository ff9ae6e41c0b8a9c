//! The simulated platform as a [`Target`].

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::time::Instant;

use super::{
    builder::{Config, MemoryTargetBuilder},
    history::{Cause, HistoryEvent, Snapshot},
    interfere::Interference,
    metrics::MemoryMetrics,
    world::World,
};
use crate::{
    context::EffectContext,
    error::Result,
    id::{RevisionId, Token},
    release::Release,
    share::Routes,
    target::{Capabilities, Target, TargetView},
};

/// A platform that exists in memory: instances with readiness delays and capacity, weighted routes, draining, rollouts of its own,
/// read lag, traffic, and releases that behave as they are told to.
///
/// Cheap to clone; clones are the same platform. It keeps tokio's time, and nothing else that runs.
///
/// ```
/// use deployment_core::{Release, ServiceName, memory::MemoryTarget, target::Target};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
/// let release = Release::new(ServiceName::new("shop")?, "1.0");
/// let target = MemoryTarget::builder().serving(release, 4).build();
/// let view = target.observe().await?;
/// assert_eq!(view.revisions[0].healthy, Some(4));
/// assert_eq!(view.routes.split.sole(), Some(&view.revisions[0].id));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct MemoryTarget {
    config: Arc<Config>,
    built: Instant,
    world: Arc<Mutex<World>>,
}

impl MemoryTarget {
    /// Begins a target on which nothing runs yet.
    #[must_use]
    pub fn builder() -> MemoryTargetBuilder {
        MemoryTargetBuilder::new()
    }

    pub(super) fn new(config: Arc<Config>, world: World) -> Self {
        Self { config, built: Instant::now(), world: Arc::new(Mutex::new(world)) }
    }

    /// The metrics of its traffic.
    #[must_use]
    pub fn metrics(&self) -> MemoryMetrics {
        MemoryMetrics::of(self.clone())
    }

    /// How long ago it was built: the time of its [`history`](MemoryTarget::history).
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.built.elapsed()
    }

    /// How things really stand now: without read lag, and with the health that the platform may not show.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.world().snapshot()
    }

    /// Somebody else changes something, at once and without a token.
    pub fn interfere<R>(&self, change: impl FnOnce(&mut Interference<'_>) -> R) -> R {
        let mut world = self.world();
        let answer = change(&mut Interference(&mut world));
        world.changed(Cause::Interference);
        answer
    }

    /// Everything that happened so far; empty unless the builder was told to
    /// [`record_history`](MemoryTargetBuilder::record_history).
    #[must_use]
    pub fn history(&self) -> Vec<HistoryEvent> {
        self.world().history()
    }

    /// The world as it is now.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        // No call leaves the world half changed, so a panic elsewhere does not make it unusable.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(self.built.elapsed());
        world
    }
}

impl fmt::Debug for MemoryTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MemoryTarget").field(&self.config.name).finish()
    }
}

#[async_trait]
impl Target for MemoryTarget {
    fn describe(&self) -> String {
        self.config.describe()
    }

    fn capabilities(&self) -> Capabilities {
        self.config.capabilities.clone()
    }

    fn read_lag(&self) -> Duration {
        self.config.read_lag
    }

    async fn observe(&self) -> Result<TargetView> {
        Ok(self.world().view())
    }

    async fn launch(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        self.world().launch(context, release, count)
    }

    async fn replace(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        self.world().replace(context, release, count)
    }

    async fn route(&self, context: &EffectContext, routes: &Routes) -> Result<()> {
        self.world().route(context, routes)
    }

    async fn scale(&self, context: &EffectContext, revision: &RevisionId, count: u32) -> Result<()> {
        self.world().scale(context, revision, count)
    }

    async fn retire(&self, context: &EffectContext, revision: &RevisionId) -> Result<()> {
        self.world().retire(context, revision)
    }

    async fn stop(&self, context: &EffectContext, rollout: &Token) -> Result<()> {
        self.world().stop(context, rollout)
    }

    async fn proceed(&self, context: &EffectContext, rollout: &Token) -> Result<()> {
        self.world().proceed(context, rollout)
    }
}
