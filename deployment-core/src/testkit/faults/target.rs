//! A target with faults.
#![deny(clippy::missing_trait_methods, reason = "a wrapper that misses a method hides what it wraps")]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::points::{Faults, Wrapped};
use crate::{
    context::EffectContext,
    error::Result,
    id::{RevisionId, Token},
    release::Release,
    share::Routes,
    target::{Capabilities, Target, TargetView},
};

impl Faults {
    /// Wraps a target; its calls are named `NAME.launch`, `NAME.observe`, ….
    #[must_use]
    pub fn target(&self, name: &str, target: Arc<dyn Target>) -> Arc<dyn Target> {
        Arc::new(self.wrap(name, target))
    }
}

#[async_trait]
impl Target for Wrapped<dyn Target> {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn read_lag(&self) -> Duration {
        self.inner.read_lag()
    }

    async fn observe(&self) -> Result<TargetView> {
        self.call("observe", self.inner.observe()).await
    }

    async fn changes(&self, release: &Release) -> Result<Vec<String>> {
        self.call("changes", self.inner.changes(release)).await
    }

    async fn launch(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        let (inner, context, release) = (Arc::clone(&self.inner), context.clone(), release.clone());
        self.send("launch", async move { inner.launch(&context, &release, count).await }).await
    }

    async fn replace(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        let (inner, context, release) = (Arc::clone(&self.inner), context.clone(), release.clone());
        self.send("replace", async move { inner.replace(&context, &release, count).await }).await
    }

    async fn route(&self, context: &EffectContext, routes: &Routes) -> Result<()> {
        let (inner, context, routes) = (Arc::clone(&self.inner), context.clone(), routes.clone());
        self.send("route", async move { inner.route(&context, &routes).await }).await
    }

    async fn scale(&self, context: &EffectContext, revision: &RevisionId, count: u32) -> Result<()> {
        let (inner, context, revision) = (Arc::clone(&self.inner), context.clone(), revision.clone());
        self.send("scale", async move { inner.scale(&context, &revision, count).await }).await
    }

    async fn retire(&self, context: &EffectContext, revision: &RevisionId) -> Result<()> {
        let (inner, context, revision) = (Arc::clone(&self.inner), context.clone(), revision.clone());
        self.send("retire", async move { inner.retire(&context, &revision).await }).await
    }

    async fn stop(&self, context: &EffectContext, rollout: &Token) -> Result<()> {
        let (inner, context, rollout) = (Arc::clone(&self.inner), context.clone(), rollout.clone());
        self.send("stop", async move { inner.stop(&context, &rollout).await }).await
    }

    async fn proceed(&self, context: &EffectContext, rollout: &Token) -> Result<()> {
        let (inner, context, rollout) = (Arc::clone(&self.inner), context.clone(), rollout.clone());
        self.send("proceed", async move { inner.proceed(&context, &rollout).await }).await
    }

    async fn adopt(&self, context: &EffectContext, revision: &RevisionId) -> Result<()> {
        let (inner, context, revision) = (Arc::clone(&self.inner), context.clone(), revision.clone());
        self.send("adopt", async move { inner.adopt(&context, &revision).await }).await
    }
}
