//! A target in real time for users in virtual time.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use deployment_aws::ecs::EcsRolling;
use deployment_core::{
    EffectContext, Release, Result, RevisionId, Routes, Timestamp, Token,
    target::{Capabilities, Target, TargetView},
    time::Clock,
};

use crate::cloud::World;

/// The account's time, which is that of the users.
#[derive(Debug)]
pub(crate) struct WorldClock(pub(crate) Arc<World>);

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_767_225_600_000) + self.0.proxy().clock().time()
    }
}

/// The users' time stands still while a call is under way.
#[derive(Debug, Clone)]
pub(crate) struct Elsewhere {
    pub(crate) target: EcsRolling,
    pub(crate) world: Arc<World>,
}

#[async_trait]
impl Target for Elsewhere {
    fn describe(&self) -> String {
        self.target.describe()
    }

    fn capabilities(&self) -> Capabilities {
        self.target.capabilities()
    }

    fn read_lag(&self) -> Duration {
        self.target.read_lag()
    }

    async fn observe(&self) -> Result<TargetView> {
        let target = self.target.clone();
        self.world.call(async move { target.observe().await }).await
    }

    async fn launch(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        let (target, context, release) = (self.target.clone(), context.clone(), release.clone());
        self.world.call(async move { target.launch(&context, &release, count).await }).await
    }

    async fn replace(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        let (target, context, release) = (self.target.clone(), context.clone(), release.clone());
        self.world.call(async move { target.replace(&context, &release, count).await }).await
    }

    async fn route(&self, context: &EffectContext, routes: &Routes) -> Result<()> {
        let (target, context, routes) = (self.target.clone(), context.clone(), routes.clone());
        self.world.call(async move { target.route(&context, &routes).await }).await
    }

    async fn scale(&self, context: &EffectContext, revision: &RevisionId, count: u32) -> Result<()> {
        let (target, context, revision) = (self.target.clone(), context.clone(), revision.clone());
        self.world.call(async move { target.scale(&context, &revision, count).await }).await
    }

    async fn retire(&self, context: &EffectContext, revision: &RevisionId) -> Result<()> {
        let (target, context, revision) = (self.target.clone(), context.clone(), revision.clone());
        self.world.call(async move { target.retire(&context, &revision).await }).await
    }

    async fn stop(&self, context: &EffectContext, rollout: &Token) -> Result<()> {
        let (target, context, rollout) = (self.target.clone(), context.clone(), rollout.clone());
        self.world.call(async move { target.stop(&context, &rollout).await }).await
    }
}
