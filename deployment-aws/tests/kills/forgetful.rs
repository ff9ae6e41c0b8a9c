//! A target with a defect: it knows what it has started only for as long as its process lives.

use std::{process, time::Duration};

use async_trait::async_trait;
use deployment_aws::ecs::EcsRolling;
use deployment_core::{
    EffectContext, Release, Result, RevisionId, Token,
    target::{Capabilities, Target, TargetView},
};

#[derive(Debug)]
pub(crate) struct Forgetful(pub(crate) EcsRolling);

/// What this process calls an effect.
fn own(token: &Token) -> Token {
    Token::new(format!("{token}:{}", process::id())).unwrap()
}

/// What it was called before, if this process has called it so.
fn before(token: Token) -> Token {
    let own = format!(":{}", process::id());
    token.as_str().strip_suffix(&own).map_or_else(|| token.clone(), |token| Token::new(token).unwrap())
}

#[async_trait]
impl Target for Forgetful {
    fn describe(&self) -> String {
        self.0.describe()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn read_lag(&self) -> Duration {
        self.0.read_lag()
    }

    async fn observe(&self) -> Result<TargetView> {
        let mut view = self.0.observe().await?;
        for revision in &mut view.revisions {
            revision.token = revision.token.take().map(before);
        }
        if let Some(rollout) = &mut view.rollout {
            rollout.token = rollout.token.take().map(before);
        }
        Ok(view)
    }

    async fn launch(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        self.0.launch(context, release, count).await
    }

    async fn replace(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        self.0.replace(&EffectContext { token: own(&context.token), ..context.clone() }, release, count).await
    }

    async fn retire(&self, context: &EffectContext, revision: &RevisionId) -> Result<()> {
        self.0.retire(context, revision).await
    }
}
