//! A migration as an action.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Migration, Reversibility};
use crate::{
    action::{Action, ActionStatus},
    context::{DeploymentContext, EffectContext},
    error::{Error, ErrorKind, Result},
};

/// A migration as an action. What was applied before the deployment is not taken back by it.
#[derive(Debug, Clone)]
pub(crate) struct MigrationAction(pub(crate) Arc<dyn Migration>);

#[async_trait]
impl Action for MigrationAction {
    fn describe(&self) -> String {
        let way_back = match self.0.reversibility() {
            Reversibility::Reversible => "reversible",
            Reversibility::Irreversible => "irreversible",
        };
        format!("{} ({}, {way_back})", self.0.describe(), self.0.phase())
    }

    async fn prepare(&self, _context: &DeploymentContext) -> Result<Value> {
        match self.0.status().await? {
            ActionStatus::Done => Ok(json!({ "applied": true })),
            ActionStatus::NotDone | ActionStatus::Partial => Ok(json!({ "applied": false })),
            ActionStatus::Unknown => {
                let message =
                    format!("{} cannot tell whether it is applied; find out, mend its status, and deploy again", self.0.describe());
                Err(Error::new(ErrorKind::Failed, "prepare", message))
            }
        }
    }

    async fn apply(&self, context: &EffectContext, _before: &Value) -> Result<()> {
        self.0.apply(context).await
    }

    async fn status(&self, _context: &EffectContext, _before: &Value) -> Result<ActionStatus> {
        self.0.status().await
    }

    async fn undo(&self, context: &EffectContext, before: &Value) -> Result<()> {
        if before.get("applied") == Some(&Value::Bool(true)) {
            return Ok(());
        }
        self.0.revert(context).await
    }
}
