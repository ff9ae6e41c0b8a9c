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

    async fn launch(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        self.call("launch", self.inner.launch(context, release, count)).await
    }

    async fn replace(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        self.call("replace", self.inner.replace(context, release, count)).await
    }

    async fn route(&self, context: &EffectContext, routes: &Routes) -> Result<()> {
        self.call("route", self.inner.route(context, routes)).await
    }

    async fn scale(&self, context: &EffectContext, revision: &RevisionId, count: u32) -> Result<()> {
        self.call("scale", self.inner.scale(context, revision, count)).await
    }

    async fn retire(&self, context: &EffectContext, revision: &RevisionId) -> Result<()> {
        self.call("retire", self.inner.retire(context, revision)).await
    }

    async fn stop(&self, context: &EffectContext, rollout: &Token) -> Result<()> {
        self.call("stop", self.inner.stop(context, rollout)).await
    }

    async fn proceed(&self, context: &EffectContext, rollout: &Token) -> Result<()> {
        self.call("proceed", self.inner.proceed(context, rollout)).await
    }

    async fn adopt(&self, context: &EffectContext, revision: &RevisionId) -> Result<()> {
        self.call("adopt", self.inner.adopt(context, revision)).await
    }
}
