//! What is shared is a plugin too: every plugin trait for an `Arc` of one, so that whoever takes a plugin takes a value or an
//! `Arc<dyn …>`.
#![deny(clippy::missing_trait_methods, reason = "an Arc that misses a method hides what it holds")]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::Value;

use crate::{
    action::{Action, ActionStatus},
    backup::{Backup, BackupProvider, BackupState, Retention, VerifyLevel},
    context::{DeploymentContext, EffectContext},
    error::Result,
    gate::{Gate, GateContext, GateVerdict},
    health::{HealthCheck, HealthContext, HealthReport},
    id::{RevisionId, Token},
    judge::{Judge, JudgeRun},
    metric::{MetricContext, MetricSource, Query, Reading},
    migration::{Migration, Phase, Reversibility},
    notify::{Event, Notifier},
    release::Release,
    share::Routes,
    strategy::{PlanContext, Strategy, StrategyPlan},
    target::{Capabilities, Target, TargetView},
    time::{Clock, Timestamp},
};

#[async_trait]
impl<A: Action + ?Sized> Action for Arc<A> {
    fn describe(&self) -> String {
        (**self).describe()
    }

    async fn prepare(&self, context: &DeploymentContext) -> Result<Value> {
        (**self).prepare(context).await
    }

    async fn apply(&self, context: &EffectContext, before: &Value) -> Result<()> {
        (**self).apply(context, before).await
    }

    async fn status(&self, context: &EffectContext, before: &Value) -> Result<ActionStatus> {
        (**self).status(context, before).await
    }

    async fn undo(&self, context: &EffectContext, before: &Value) -> Result<()> {
        (**self).undo(context, before).await
    }
}

#[async_trait]
impl<B: BackupProvider + ?Sized> BackupProvider for Arc<B> {
    fn describe(&self) -> String {
        (**self).describe()
    }

    async fn create(&self, context: &EffectContext, name: &str) -> Result<()> {
        (**self).create(context, name).await
    }

    async fn status(&self, name: &str) -> Result<BackupState> {
        (**self).status(name).await
    }

    async fn verify(&self, context: &EffectContext, name: &str, level: VerifyLevel) -> Result<VerifyLevel> {
        (**self).verify(context, name, level).await
    }

    async fn restore(&self, context: &EffectContext, name: &str) -> Result<()> {
        (**self).restore(context, name).await
    }

    async fn list(&self) -> Result<Vec<Backup>> {
        (**self).list().await
    }

    async fn prune(&self, context: &EffectContext, retention: &Retention) -> Result<Vec<Backup>> {
        (**self).prune(context, retention).await
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

#[async_trait]
impl<G: Gate + ?Sized> Gate for Arc<G> {
    fn describe(&self) -> String {
        (**self).describe()
    }

    async fn evaluate(&self, context: &GateContext) -> Result<GateVerdict> {
        (**self).evaluate(context).await
    }
}

#[async_trait]
impl<H: HealthCheck + ?Sized> HealthCheck for Arc<H> {
    fn describe(&self) -> String {
        (**self).describe()
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        (**self).check(context).await
    }
}

impl<J: Judge + ?Sized> Judge for Arc<J> {
    fn describe(&self) -> String {
        (**self).describe()
    }

    fn begin(&self) -> Box<dyn JudgeRun> {
        (**self).begin()
    }

    fn needs_baseline(&self) -> bool {
        (**self).needs_baseline()
    }
}

#[async_trait]
impl<M: MetricSource + ?Sized> MetricSource for Arc<M> {
    fn describe(&self) -> String {
        (**self).describe()
    }

    async fn observe(&self, query: &Query, context: &MetricContext) -> Result<Reading> {
        (**self).observe(query, context).await
    }

    fn lag(&self) -> Duration {
        (**self).lag()
    }

    fn resolution(&self) -> Duration {
        (**self).resolution()
    }

    fn can_backfill(&self) -> bool {
        (**self).can_backfill()
    }
}

#[async_trait]
impl<M: Migration + ?Sized> Migration for Arc<M> {
    fn describe(&self) -> String {
        (**self).describe()
    }

    fn phase(&self) -> Phase {
        (**self).phase()
    }

    fn reversibility(&self) -> Reversibility {
        (**self).reversibility()
    }

    async fn status(&self) -> Result<ActionStatus> {
        (**self).status().await
    }

    async fn apply(&self, context: &EffectContext) -> Result<()> {
        (**self).apply(context).await
    }

    async fn revert(&self, context: &EffectContext) -> Result<()> {
        (**self).revert(context).await
    }
}

#[async_trait]
impl<N: Notifier + ?Sized> Notifier for Arc<N> {
    fn describe(&self) -> String {
        (**self).describe()
    }

    async fn notify(&self, event: &Event) -> Result<()> {
        (**self).notify(event).await
    }
}

impl<S: Strategy + ?Sized> Strategy for Arc<S> {
    fn describe(&self) -> String {
        (**self).describe()
    }

    fn needs(&self, can: &Capabilities) -> Capabilities {
        (**self).needs(can)
    }

    fn plan(&self, context: &PlanContext) -> Result<StrategyPlan> {
        (**self).plan(context)
    }
}

#[async_trait]
impl<T: Target + ?Sized> Target for Arc<T> {
    fn describe(&self) -> String {
        (**self).describe()
    }

    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }

    fn read_lag(&self) -> Duration {
        (**self).read_lag()
    }

    async fn observe(&self) -> Result<TargetView> {
        (**self).observe().await
    }

    async fn changes(&self, release: &Release) -> Result<Vec<String>> {
        (**self).changes(release).await
    }

    async fn launch(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        (**self).launch(context, release, count).await
    }

    async fn replace(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        (**self).replace(context, release, count).await
    }

    async fn route(&self, context: &EffectContext, routes: &Routes) -> Result<()> {
        (**self).route(context, routes).await
    }

    async fn scale(&self, context: &EffectContext, revision: &RevisionId, count: u32) -> Result<()> {
        (**self).scale(context, revision, count).await
    }

    async fn retire(&self, context: &EffectContext, revision: &RevisionId) -> Result<()> {
        (**self).retire(context, revision).await
    }

    async fn stop(&self, context: &EffectContext, rollout: &Token) -> Result<()> {
        (**self).stop(context, rollout).await
    }

    async fn proceed(&self, context: &EffectContext, rollout: &Token) -> Result<()> {
        (**self).proceed(context, rollout).await
    }

    async fn adopt(&self, context: &EffectContext, revision: &RevisionId) -> Result<()> {
        (**self).adopt(context, revision).await
    }
}
