//! What a driver does side by side: each command, as a task that gives an answer.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::time::Instant;

use super::{
    look::{self, Look, Looked},
    orchestrator::Shared,
};
use crate::{
    action::ActionStatus,
    backup::{self, Backup, VerifyLevel},
    context::EffectContext,
    engine::{Accepted, Call, Finding, State},
    error::{Error, ErrorKind, Failure, Result, Status},
    gate::{GateContext, GateVerdict},
    id::{PluginName, StepId, TargetName, Token},
    target::TargetView,
};

/// What a task has found out or done.
#[derive(Debug)]
pub(super) enum Answer {
    View(Result<TargetView>),
    Gates(GateVerdict),
    Prepared(Result<Value>),
    Returned(Result<Accepted>),
    BackedUp(Result<Backup>),
    Status(Finding),
    Looked(Box<Looked>),
}

/// Everything that a call needs, taken from the state before the task begins.
#[derive(Debug)]
pub(super) struct EffectTask {
    pub(super) target: Option<TargetName>,
    pub(super) context: EffectContext,
    pub(super) call: Call,
    pub(super) before: Value,
    /// Until when the call may take.
    pub(super) until: Instant,
}

impl EffectTask {
    /// Calls, unless it is too late for that, and gives the call only so long: after that nobody can tell.
    pub(super) async fn run(self, shared: Arc<Shared>) -> Answer {
        let answer = match &self.call {
            Call::Backup { with, level } => Answer::BackedUp(self.in_time(self.back_up(&shared, with, *level)).await),
            _ => Answer::Returned(self.in_time(self.call(&shared)).await),
        };
        tracing::info!(accepted = matches!(answer, Answer::BackedUp(Ok(_)) | Answer::Returned(Ok(_))), "the call has returned");
        answer
    }

    async fn in_time<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let limit = self.until.saturating_duration_since(Instant::now());
        if limit.is_zero() {
            let message = "no time was left for the call; it was not made";
            return Err(Error::new(ErrorKind::Unreachable, "call", message).with_status(Status::Temporary));
        }
        tokio::time::timeout_at(self.until, call).await.unwrap_or_else(|_| {
            let message = format!("no answer within {} s", limit.as_secs_f64());
            Err(Error::new(ErrorKind::Unreachable, "call", message).in_doubt())
        })
    }

    async fn back_up(&self, shared: &Shared, with: &PluginName, level: VerifyLevel) -> Result<Backup> {
        let provider = shared.plugins.backups.get(with).ok_or_else(|| missing("backup", with.as_str()))?;
        backup::take(provider.as_ref(), &self.context, level).await
    }

    async fn call(&self, shared: &Shared) -> Result<Accepted> {
        let context = &self.context;
        if let Call::Apply { action } | Call::Undo { action } = &self.call {
            let action = shared.plugins.actions.get(action).ok_or_else(|| missing("action", action.as_str()))?;
            match &self.call {
                Call::Undo { .. } => action.undo(context, &self.before).await?,
                _ => action.apply(context, &self.before).await?,
            }
            return Ok(Accepted::default());
        }
        let name = self.target.as_ref().ok_or_else(|| missing("target", "of the step"))?;
        let target = shared.plugins.targets.get(name).ok_or_else(|| missing("target", name.as_str()))?;
        let revision = match &self.call {
            Call::Launch { release, count, .. } => Some(target.launch(context, release, *count).await?),
            Call::Replace { release, count, .. } => Some(target.replace(context, release, *count).await?),
            Call::Route { routes } => target.route(context, routes).await.map(|()| None)?,
            Call::Scale { revision, count } => target.scale(context, revision, *count).await.map(|()| None)?,
            Call::Retire { revision } => target.retire(context, revision).await.map(|()| None)?,
            Call::Stop { rollout } => target.stop(context, rollout).await.map(|()| None)?,
            Call::Backup { .. } | Call::Apply { .. } | Call::Undo { .. } => None,
        };
        Ok(Accepted { revision })
    }
}

fn missing(kind: &str, name: &str) -> Error {
    Error::new(ErrorKind::Incompatible, "call", format!("the {kind} {name} is not registered"))
}

pub(super) async fn view(shared: Arc<Shared>, target: TargetName) -> Answer {
    Answer::View(look::observe(&shared, &target).await)
}

/// All gates of a step in one evaluation: reject over wait over pass; a gate that fails waits.
pub(super) async fn gates(shared: Arc<Shared>, names: Vec<PluginName>, context: GateContext) -> Answer {
    let (plugins, context) = (&shared.plugins, &context);
    let limit = shared.options.call_timeout;
    let verdicts = futures::future::join_all(names.iter().map(|name| async move {
        let Some(gate) = plugins.gates.get(name) else { return GateVerdict::reject(format!("{name} is not registered")) };
        match tokio::time::timeout(limit, gate.evaluate(context)).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(error)) => GateVerdict::wait(format!("{name}: {error}")),
            Err(_) => GateVerdict::wait(format!("{name} gives no answer")),
        }
    }))
    .await;
    let rank = |verdict: &GateVerdict| match verdict {
        GateVerdict::Pass => 0,
        GateVerdict::Wait { .. } => 1,
        GateVerdict::Reject { .. } => 2,
    };
    Answer::Gates(verdicts.into_iter().max_by_key(rank).unwrap_or(GateVerdict::Pass))
}

pub(super) async fn prepare(shared: Arc<Shared>, action: PluginName, context: crate::context::DeploymentContext) -> Answer {
    let Some(known) = shared.plugins.actions.get(&action) else { return Answer::Prepared(Err(missing("action", action.as_str()))) };
    let result = match tokio::time::timeout(shared.options.call_timeout, known.prepare(&context)).await {
        Ok(result) => result,
        Err(_) => Err(Error::new(ErrorKind::Unreachable, "prepare", format!("{action} gives no answer"))),
    };
    Answer::Prepared(result)
}

/// What is known of an action's effect after doubt. While a call that was left behind may be under way, only what is there counts.
pub(super) async fn status(shared: Arc<Shared>, call: Call, context: EffectContext, before: Value, waits: Option<Finding>) -> Answer {
    Answer::Status(match (ask_status(&shared, &call, &context, &before).await, waits) {
        (finding @ Finding::Confirmed { .. }, _) | (finding, None) => finding,
        (_, Some(waits)) => waits,
    })
}

/// What an action says of its effect. An undo succeeds if there is nothing to undo, so it may be asked for again.
async fn ask_status(shared: &Shared, call: &Call, context: &EffectContext, before: &Value) -> Finding {
    if let Call::Backup { .. } = call {
        // Its name is the same at every try: asked for again, it says what there is.
        return Finding::Absent;
    }
    let (Call::Apply { action } | Call::Undo { action }) = call else {
        return Finding::Undecidable { reason: "this is not an action".into() };
    };
    let undo = matches!(call, Call::Undo { .. });
    let Some(known) = shared.plugins.actions.get(action) else {
        return Finding::Undecidable { reason: format!("the action {action} is not registered") };
    };
    let confirmed = Finding::Confirmed { revision: None };
    match tokio::time::timeout(shared.options.call_timeout, known.status(context, before)).await {
        Ok(Ok(ActionStatus::Done)) if undo => Finding::Absent,
        Ok(Ok(ActionStatus::NotDone)) if undo => confirmed,
        Ok(Ok(_)) if undo => Finding::Absent,
        Ok(Ok(ActionStatus::Done)) => confirmed,
        Ok(Ok(ActionStatus::NotDone)) => Finding::Absent,
        Ok(Ok(ActionStatus::Partial)) => Finding::Partial,
        Ok(Ok(ActionStatus::Unknown)) => {
            Finding::Undecidable { reason: format!("the action {action} cannot tell whether it has happened") }
        }
        Ok(Err(error)) => Finding::Unreadable { failure: Failure::from(&error) },
        Err(_) => {
            let error = Error::new(ErrorKind::Unreachable, "status", format!("{action} gives no answer"));
            Finding::Unreadable { failure: Failure::from(&error) }
        }
    }
}

pub(super) async fn look(shared: Arc<Shared>, look: Look) -> Answer {
    Answer::Looked(Box::new(look.take(shared).await))
}

/// What a call of this step is told.
pub(super) fn effect_context(shared: &Shared, state: &State, step: &StepId, token: Token, limit: Duration) -> EffectContext {
    EffectContext {
        deployment: state.deployment().clone(),
        step: step.clone(),
        token,
        epoch: state.epoch(),
        deadline: shared.clock.now() + limit,
    }
}
