//! Saying something to a deployment, whichever process drives it.

use std::process::ExitCode;

use deployment_core::{
    DeploymentId,
    gate::Decision,
    signal::{Resolution, Signal},
};
use serde_json::json;

use super::{
    args::{Happened, SignalArgs},
    out::Out,
    site::Site,
};
use crate::setup::Problem;

pub(super) async fn say(site: &Site, said: SignalArgs, signal: Signal, out: Out) -> Result<ExitCode, Problem> {
    let id = site.meant(said.id.clone()).await?;
    post(site, &id, said, signal, out).await
}

pub(super) async fn resolve(site: &Site, said: SignalArgs, what: Happened, out: Out) -> Result<ExitCode, Problem> {
    let resolution = match what {
        Happened::Done => Resolution::Done,
        Happened::NotDone => Resolution::NotDone,
    };
    say(site, said, Signal::Resolve(resolution), out).await
}

/// For the step that is named, or the one that the deployment is at, of exactly the plan that it runs.
pub(super) async fn approval(site: &Site, said: SignalArgs, yes: bool, out: Out) -> Result<ExitCode, Problem> {
    let id = site.meant(said.id.clone()).await?;
    let state = site.orchestrator()?.state(&id).await?;
    let current = || state.course().current().map(|(step, _)| step.id.clone());
    let step = said.step.clone().or_else(current).ok_or("the deployment is at no step; name one with --step")?;
    let decision = if yes { Decision::Approved } else { Decision::Rejected };
    post(site, &id, said, Signal::Approval { step, plan: state.hash().clone(), decision }, out).await
}

async fn post(site: &Site, id: &DeploymentId, said: SignalArgs, signal: Signal, out: Out) -> Result<ExitCode, Problem> {
    let word = signal.word();
    let signal = site.orchestrator()?.signal(id, said.actor, &said.reason, signal).await?;
    out.say(format!("{word} posted to {id}"), &json!({ "deployment": id, "signal": signal, "word": word }))?;
    Ok(ExitCode::SUCCESS)
}
