//! What changes something besides targets, with faults: actions, backups, migrations.
#![deny(clippy::missing_trait_methods, reason = "a wrapper that misses a method hides what it wraps")]

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::points::{Faults, Wrapped};
use crate::{
    action::{Action, ActionStatus},
    backup::{Backup, BackupProvider, BackupState, Retention, VerifyLevel},
    context::{DeploymentContext, EffectContext},
    error::Result,
    migration::{Migration, Phase, Reversibility},
};

impl Faults {
    /// Wraps an action; its calls are named `NAME.prepare`, `NAME.apply`, `NAME.status`, `NAME.undo`.
    #[must_use]
    pub fn action(&self, name: &str, action: Arc<dyn Action>) -> Arc<dyn Action> {
        Arc::new(self.wrap(name, action))
    }

    /// Wraps a backup provider; its calls are named `NAME.create`, `NAME.verify`, ….
    #[must_use]
    pub fn backup(&self, name: &str, provider: Arc<dyn BackupProvider>) -> Arc<dyn BackupProvider> {
        Arc::new(self.wrap(name, provider))
    }

    /// Wraps a migration; its calls are named `NAME.status`, `NAME.apply`, `NAME.revert`.
    #[must_use]
    pub fn migration(&self, name: &str, migration: Arc<dyn Migration>) -> Arc<dyn Migration> {
        Arc::new(self.wrap(name, migration))
    }
}

#[async_trait]
impl Action for Wrapped<dyn Action> {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    async fn prepare(&self, context: &DeploymentContext) -> Result<Value> {
        self.call("prepare", self.inner.prepare(context)).await
    }

    async fn apply(&self, context: &EffectContext, before: &Value) -> Result<()> {
        let (inner, context, before) = (Arc::clone(&self.inner), context.clone(), before.clone());
        self.send("apply", async move { inner.apply(&context, &before).await }).await
    }

    async fn status(&self, context: &EffectContext, before: &Value) -> Result<ActionStatus> {
        self.call("status", self.inner.status(context, before)).await
    }

    async fn undo(&self, context: &EffectContext, before: &Value) -> Result<()> {
        let (inner, context, before) = (Arc::clone(&self.inner), context.clone(), before.clone());
        self.send("undo", async move { inner.undo(&context, &before).await }).await
    }
}

#[async_trait]
impl BackupProvider for Wrapped<dyn BackupProvider> {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    async fn create(&self, context: &EffectContext, name: &str) -> Result<()> {
        self.call("create", self.inner.create(context, name)).await
    }

    async fn status(&self, name: &str) -> Result<BackupState> {
        self.call("status", self.inner.status(name)).await
    }

    async fn verify(&self, context: &EffectContext, name: &str, level: VerifyLevel) -> Result<VerifyLevel> {
        self.call("verify", self.inner.verify(context, name, level)).await
    }

    async fn restore(&self, context: &EffectContext, name: &str) -> Result<()> {
        self.call("restore", self.inner.restore(context, name)).await
    }

    async fn list(&self) -> Result<Vec<Backup>> {
        self.call("list", self.inner.list()).await
    }

    async fn prune(&self, context: &EffectContext, retention: &Retention) -> Result<Vec<Backup>> {
        self.call("prune", self.inner.prune(context, retention)).await
    }
}

#[async_trait]
impl Migration for Wrapped<dyn Migration> {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn phase(&self) -> Phase {
        self.inner.phase()
    }

    fn reversibility(&self) -> Reversibility {
        self.inner.reversibility()
    }

    async fn status(&self) -> Result<ActionStatus> {
        self.call("status", self.inner.status()).await
    }

    async fn apply(&self, context: &EffectContext) -> Result<()> {
        self.call("apply", self.inner.apply(context)).await
    }

    async fn revert(&self, context: &EffectContext) -> Result<()> {
        self.call("revert", self.inner.revert(context)).await
    }
}
