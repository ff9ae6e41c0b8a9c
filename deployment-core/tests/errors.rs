//! What is wrong is told at once, in a sentence that names it and the fix.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Actor, DeploymentId, EnvironmentName, ErrorKind, Orchestrator, Percent, Plan, Plugins, Release, ServiceName, Status, StepId,
    TargetName, Until,
    engine::Record,
    gate::{ApprovalGate, Decision},
    journal::{Journal, MemoryJournal},
    memory::MemoryTarget,
    plan::{Capacity, PlanBuilder, PlanHash, Step, Work},
    signal::Signal,
    strategy::{BlueGreen, Canary},
    target::Capability,
    testkit::sample,
};
use serde_json::value::RawValue;

fn builder() -> PlanBuilder {
    Plan::builder(sample::release("2"), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap())
}

fn target() -> MemoryTarget {
    MemoryTarget::builder().serving(sample::release("1"), 2).build()
}

fn plugins() -> Plugins {
    Plugins::new().target("backend", target()).unwrap()
}

fn blue_green() -> BlueGreen {
    BlueGreen::new().grace(Duration::from_secs(1))
}

fn says(error: &deployment_core::Error, kind: ErrorKind, parts: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "{part:?} is not in: {error}");
    }
}

#[test]
fn only_trouble_on_the_way_to_the_control_plane_is_tried_again() {
    use ErrorKind::{
        Conflict, Corrupt, Failed, Fenced, Incompatible, InvalidInput, NotFound, RateLimited, Storage, Unauthorized, Unreachable,
        Unsupported,
    };
    let status = |kind| deployment_core::Error::new(kind, "test", "no").status();
    for kind in [Unreachable, Unauthorized, RateLimited] {
        assert_eq!((status(kind), kind.is_access()), (Status::Temporary, true), "{kind:?}");
    }
    for kind in [InvalidInput, NotFound, Conflict, Unsupported, Fenced, Corrupt, Incompatible, Storage, Failed] {
        assert_eq!((status(kind), kind.is_access()), (Status::Permanent, false), "{kind:?}");
    }
}

#[test]
fn a_plan_with_no_steps() {
    says(&builder().build(&plugins()).unwrap_err(), ErrorKind::InvalidInput, &["steps", "deploy to at least one target"]);
}

#[test]
fn percentages_that_do_not_rise_or_are_over_100() {
    says(&Canary::steps([30.0, 10.0, 100.0]).unwrap_err(), ErrorKind::InvalidInput, &["canary.steps", "rise"]);
    says(&Canary::steps([10.0, 101.0]).unwrap_err(), ErrorKind::InvalidInput, &["101", "0 to 100"]);
    says(&Canary::steps([]).unwrap_err(), ErrorKind::InvalidInput, &["canary.steps", "end with 100"]);
    let falls = [50.0, 20.0].map(|share| {
        let work = Work::Route { to: deployment_core::plan::Role::Candidate, share: Percent::new(share).unwrap(), tests: Vec::new() };
        Step::new(StepId::new(format!("r{share}")).unwrap(), work).on(TargetName::new("backend").unwrap())
    });
    let [first, second] = falls;
    let plan = builder().deploy("backend", Capacity::of(2), blue_green()).before(first).before(second).build(&plugins());
    says(&plan.unwrap_err(), ErrorKind::InvalidInput, &["r20", "must rise"]);
}

#[test]
fn every_fault_is_told_at_once() {
    let twice = || Step::action("announce", "no-such-action").unwrap();
    let error = builder()
        .before(twice())
        .before(twice())
        .deploy("backend", Capacity::of(0), blue_green())
        .deploy("frontend", Capacity::of(2), blue_green())
        .gate("no-such-gate")
        .build(&plugins())
        .unwrap_err();
    says(&error, ErrorKind::InvalidInput, &["announce appears twice", "no-such-action", "capacity.desired", "frontend", "no-such-gate"]);
}

#[test]
fn a_step_for_a_target_that_is_not_given() {
    let stray = Step::new(StepId::new("stray").unwrap(), Work::Verify).on(TargetName::new("elsewhere").unwrap());
    let error = builder().deploy("backend", Capacity::of(2), blue_green()).after(stray).build(&plugins()).unwrap_err();
    says(&error, ErrorKind::InvalidInput, &["stray", "elsewhere", "does not deploy to"]);
}

#[test]
fn a_target_without_the_needed_capability() {
    let simple = MemoryTarget::builder().capabilities([Capability::Launch, Capability::Switch]).build();
    let plugins = Plugins::new().target("backend", simple).unwrap();
    let plan = builder().deploy("backend", Capacity::of(2), Canary::steps([10.0, 100.0]).unwrap()).build(&plugins);
    says(&plan.unwrap_err(), ErrorKind::InvalidInput, &["backend", "split", "choose another strategy"]);
}

#[test]
fn a_release_without_a_digest_where_one_is_needed() {
    let plan = builder().deploy("backend", Capacity::of(2), blue_green()).require_digest().build(&plugins());
    says(&plan.unwrap_err(), ErrorKind::InvalidInput, &["release.artifact", "sha256", "none"]);
    let release = Release::new(ServiceName::new("shop").unwrap(), "2").artifact(format!("shop@sha256:{}", "a".repeat(64)));
    release.require_digest().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_missing_or_changed_plugin_on_resume() {
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let with = |people| plugins().gate("approval", ApprovalGate::by(people)).unwrap();
    let plan = builder().deploy("backend", Capacity::of(2), blue_green()).gate("approval").build(&with(1)).unwrap();
    let id = Orchestrator::builder(Arc::clone(&journal), with(1)).build().start(&plan).await.unwrap();
    let resume = |plugins| {
        let orchestrator = Orchestrator::builder(Arc::clone(&journal), plugins).build();
        let id = id.clone();
        async move { orchestrator.drive(&id, Until::End).await.unwrap_err() }
    };
    says(&resume(plugins()).await, ErrorKind::Incompatible, &["approval", "missing"]);
    says(&resume(with(2)).await, ErrorKind::Incompatible, &["approval", "1 approvals", "2 approvals"]);
    says(
        &resume(Plugins::new().gate("approval", ApprovalGate::by(1)).unwrap()).await,
        ErrorKind::Incompatible,
        &["target backend is missing"],
    );
}

#[tokio::test(start_paused = true)]
async fn a_plan_whose_bytes_do_not_have_the_approved_hash() {
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let plan = builder().deploy("backend", Capacity::of(2), blue_green()).build(&plugins()).unwrap();
    let bytes = RawValue::from_string(serde_json::to_string(&plan).unwrap()).unwrap();
    let record = Record::Started { plan: bytes, hash: PlanHash::of(b"another plan"), library: "0".into() };
    let id = DeploymentId::new("forged").unwrap();
    journal.create(&id, sample::NOON, &record).await.unwrap();
    let error = Orchestrator::builder(journal, plugins()).build().drive(&id, Until::End).await.unwrap_err();
    says(&error, ErrorKind::Incompatible, &["hash", "do not run it", "forged"]);
}

#[tokio::test(start_paused = true)]
async fn a_second_deployment_of_the_same_service() {
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let plugins = plugins().gate("approval", ApprovalGate::by(1)).unwrap();
    let plan = builder().deploy("backend", Capacity::of(2), blue_green()).gate("approval").build(&plugins).unwrap();
    let orchestrator = Orchestrator::builder(journal, plugins).build();
    let first = orchestrator.start(&plan).await.unwrap();
    orchestrator.drive(&first, Until::Waiting).await.unwrap();
    let error = orchestrator.start(&plan).await.unwrap_err();
    says(&error, ErrorKind::Conflict, &["shop", "production", first.as_str(), "abort it"]);
}

#[tokio::test(start_paused = true)]
async fn a_signal_that_does_not_count_and_a_step_that_is_not_there() {
    let plugins = plugins().gate("approval", ApprovalGate::by(1)).unwrap();
    let plan = builder().deploy("backend", Capacity::of(2), blue_green()).gate("approval").build(&plugins).unwrap();
    let orchestrator = Orchestrator::builder(Arc::new(MemoryJournal::new()), plugins).build();
    let id = orchestrator.start(&plan).await.unwrap();
    let hash = orchestrator.state(&id).await.unwrap().hash().clone();
    let person = |name| Actor::new(name).unwrap();
    let approve = |step: &str| Signal::Approval { step: StepId::new(step).unwrap(), plan: hash.clone(), decision: Decision::Approved };
    let said = |actor, signal| {
        let (orchestrator, id) = (orchestrator.clone(), id.clone());
        async move { orchestrator.signal(&id, actor, "test", signal).await.unwrap_err() }
    };
    says(&said(person("bob"), approve("no-such-step")).await, ErrorKind::InvalidInput, &["approve", "no-such-step"]);
    says(&said(person("ada"), approve("backend/launch")).await, ErrorKind::InvalidInput, &["of their own"]);
    says(&said(person("bob"), Signal::Promote).await, ErrorKind::InvalidInput, &["promote", "does not wait"]);
    says(&said(person("bob"), Signal::Retry).await, ErrorKind::InvalidInput, &["retry", "not halted"]);
    let unknown = DeploymentId::new("nobody").unwrap();
    let error = orchestrator.signal(&unknown, person("bob"), "test", Signal::Pause).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}
