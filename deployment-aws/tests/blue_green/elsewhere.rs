//! A target in real time for users in virtual time.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use deployment_aws::ecs::EcsBlueGreen;
use deployment_core::{
    EffectContext, Release, Result, RevisionId, Routes,
    target::{Capabilities, Target, TargetView},
};

use crate::cloud::World;

/// The users' time stands still while a call is under way.
#[derive(Debug, Clone)]
pub(crate) struct Elsewhere {
    pub(crate) target: Arc<EcsBlueGreen>,
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
        let target = Arc::clone(&self.target);
        self.world.call(async move { target.observe().await }).await
    }

    async fn launch(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        let (target, context, release) = (Arc::clone(&self.target), context.clone(), release.clone());
        self.world.call(async move { target.launch(&context, &release, count).await }).await
    }

    async fn route(&self, context: &EffectContext, routes: &Routes) -> Result<()> {
        let (target, context, routes) = (Arc::clone(&self.target), context.clone(), routes.clone());
        self.world.call(async move { target.route(&context, &routes).await }).await
    }

    async fn scale(&self, context: &EffectContext, revision: &RevisionId, count: u32) -> Result<()> {
        let (target, context, revision) = (Arc::clone(&self.target), context.clone(), revision.clone());
        self.world.call(async move { target.scale(&context, &revision, count).await }).await
    }

    async fn retire(&self, context: &EffectContext, revision: &RevisionId) -> Result<()> {
        let (target, context, revision) = (Arc::clone(&self.target), context.clone(), revision.clone());
        self.world.call(async move { target.retire(&context, &revision).await }).await
    }
}
