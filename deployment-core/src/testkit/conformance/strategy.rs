//! Whether a strategy keeps its contract.

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use super::findings::Findings;
use crate::{
    error::ErrorKind,
    id::TargetName,
    plan::{Capacity, Role, Step, Work},
    share::Percent,
    strategy::{PlanContext, Strategy, StrategyPlan},
    target::{Capabilities, Capability},
    testkit::Violation,
};

/// Lets a strategy plan for small and large services, on a target that can do everything and on one that can do just what is needed.
///
/// ```
/// use deployment_core::{strategy::Canary, testkit::{assert_none, conformance}};
///
/// assert_none(&conformance::strategy::check(&Canary::steps([1.0, 10.0, 100.0])?));
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[must_use]
pub fn check(strategy: &dyn Strategy) -> Vec<Violation> {
    use Capability::{Launch, Replace, Scale, Split, Stop, Switch, TestListener, TestRoute};
    let mut findings = Findings::default();
    findings.description(|| strategy.describe());
    let everything = Capabilities::of([Launch, Switch, Split, TestRoute, TestListener, Scale, Replace, Stop]);
    for capacity in [Capacity::of(1), Capacity::of(4), Capacity::of(4).at_least(3), Capacity::of(10).at_least(5), Capacity::of(100)] {
        for can in [everything.clone(), strategy.needs(&everything)] {
            findings.same("needs are stable", &strategy.needs(&can), &strategy.needs(&can));
            let target = TargetName::made("backend");
            check_one(&mut findings, strategy, &PlanContext { target, capacity, can, needing_baseline: BTreeSet::new() });
        }
    }
    findings.all()
}

fn check_one(findings: &mut Findings, strategy: &dyn Strategy, context: &PlanContext) {
    let plan = match strategy.plan(context) {
        Ok(plan) => plan,
        Err(error) => {
            // A strategy may refuse numbers that do not go together, if it says so.
            findings.must("a refusal is about the input", error.kind() == ErrorKind::InvalidInput, || error.to_string());
            return;
        }
    };
    if let Some(again) = findings.ok("the same context gives the same steps", strategy.plan(context)) {
        findings.same("the same context gives the same steps", &plan, &again);
    }
    check_steps(findings, context, &plan);
    check_needs(findings, context, &plan);
    check_shares(findings, &plan);
    check_stable(findings, &plan);
    check_capacity(findings, context, &plan);
}

fn check_steps(findings: &mut Findings, context: &PlanContext, plan: &StrategyPlan) {
    let mut ids = HashSet::new();
    for step in plan.steps() {
        findings.must("step names are unique", ids.insert(&step.id), || format!("{} appears twice", step.id));
        findings.must("steps are on the target", step.target.as_ref() == Some(&context.target), || format!("{} is not", step.id));
        findings.must("steps have deadlines", step.deadline > Duration::ZERO, || format!("{} has none", step.id));
    }
    let traffic = plan.prepare.iter().find(|step| step.gives_traffic());
    findings.must("prepare gives no traffic", traffic.is_none(), || format!("{traffic:?} does"));
    let traffic = plan.finish.iter().find(|step| step.gives_traffic());
    findings.must("finish moves no traffic", traffic.is_none(), || format!("{traffic:?} does"));
}

/// The steps need nothing that the target cannot do.
fn check_needs(findings: &mut Findings, context: &PlanContext, plan: &StrategyPlan) {
    for step in plan.steps() {
        let needed = match &step.work {
            Work::Launch { .. } => Some(Capability::Launch),
            Work::Scale { .. } => Some(Capability::Scale),
            Work::Replace { .. } => Some(Capability::Replace),
            Work::StopRollout => Some(Capability::Stop),
            Work::Route { share, .. } if *share != Percent::ALL && *share != Percent::ZERO => Some(Capability::Split),
            _ => None,
        };
        let missing: Vec<_> = needed.into_iter().chain(step.work.test_needs()).filter(|needed| !context.can.has(*needed)).collect();
        findings.must("needs name what the steps need", missing.is_empty(), || format!("{} needs {missing:?}", step.id));
    }
}

/// Shares rise to 100 %, after something was launched to have them.
fn check_shares(findings: &mut Findings, plan: &StrategyPlan) {
    let mut share = Percent::ZERO;
    let mut launched = false;
    let mut replaced = false;
    for step in plan.steps() {
        match &step.work {
            Work::Launch { role: Role::Candidate, .. } => launched = true,
            Work::Replace { role: Role::Candidate, .. } => replaced = true,
            Work::Route { to: Role::Candidate, share: next, .. } => {
                findings.must("what gets traffic was launched", launched, || format!("{} comes first", step.id));
                let rises = *next > share || (*next == Percent::ZERO && share == Percent::ZERO);
                findings.must("shares rise", rises, || format!("{} follows {share}", step.id));
                share = *next;
            }
            _ => {}
        }
    }
    findings.must("in the end the candidate serves", replaced || share == Percent::ALL, || format!("it has {share}"));
}

/// The stable revision is removed in the last part, once it has drained.
fn check_stable(findings: &mut Findings, plan: &StrategyPlan) {
    let removes = |step: &&Step| step.work == Work::Retire { role: Role::Stable };
    let early = plan.prepare.iter().chain(&plan.shift).find(removes);
    findings.must("the stable revision is removed in finish only", early.is_none(), || format!("{early:?}"));
    let drains = |step: &Step| step.work == Work::Drain { role: Role::Stable };
    if let Some(at) = plan.finish.iter().position(|step| removes(&step)) {
        findings.must("it has drained before it is removed", plan.finish.iter().take(at).any(drains), || "nothing confirms it".into());
    }
}

/// Instances asked for never fall below the minimum.
fn check_capacity(findings: &mut Findings, context: &PlanContext, plan: &StrategyPlan) {
    let (mut stable, mut candidate, mut share) = (context.capacity.desired, 0, Percent::ZERO);
    for step in plan.prepare.iter().chain(&plan.shift) {
        match &step.work {
            Work::Launch { role: Role::Candidate, count } | Work::Scale { role: Role::Candidate, count } => candidate = *count,
            Work::Scale { role: Role::Stable, count } => stable = *count,
            Work::Route { to: Role::Candidate, share: next, .. } => share = *next,
            // The platform keeps the minimum in a schedule of its own.
            Work::Replace { .. } => return,
            _ => {}
        }
        let serving = if share > Percent::ZERO { candidate } else { 0 } + if share < Percent::ALL { stable } else { 0 };
        let minimum = context.capacity.minimum;
        let told = || format!("after {} {serving} instances serve, {minimum} are the minimum", step.id);
        findings.must("serving capacity stays above the minimum", serving >= minimum, told);
    }
    let desired = context.capacity.desired;
    findings.must("the candidate gets all of its instances", candidate == desired, || format!("{candidate} of {desired}"));
}
