//! What the topics share: a journal, a clock, and what people do.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Actor, DeploymentId, Ended, EnvironmentName, Error, Handle, Orchestrator, Percent, Plan, Plugins, TargetName, Until,
    engine::{Outcome, Record, State},
    journal::{Journal, MemoryJournal},
    memory::MemoryTarget,
    plan::PlanBuilder,
    signal::Signal,
    strategy::Canary,
    testkit::{TokioClock, sample},
};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// A journal and a clock that every process of a test shares.
pub(crate) struct Desk {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) clock: Arc<TokioClock>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::on(Arc::new(MemoryJournal::new()))
    }

    pub(crate) fn on(journal: Arc<dyn Journal>) -> Self {
        Self { journal, clock: Arc::new(TokioClock::starting_at(sample::NOON)) }
    }

    /// A process with these plugins.
    pub(crate) fn process(&self, plugins: &Plugins) -> Orchestrator {
        self.process_on(Arc::clone(&self.journal), plugins)
    }

    /// A process that sees the journal through something.
    pub(crate) fn process_on(&self, journal: Arc<dyn Journal>, plugins: &Plugins) -> Orchestrator {
        Orchestrator::builder(journal, plugins.clone()).clock(self.clock.clone()).build()
    }

    /// Somebody else's process: it has the journal, and no plugins at all.
    pub(crate) fn elsewhere(&self) -> Orchestrator {
        self.process(&Plugins::new())
    }

    /// Bob says something, from elsewhere.
    pub(crate) async fn say(&self, id: &DeploymentId, signal: Signal) {
        self.try_say(id, signal).await.unwrap();
    }

    pub(crate) async fn try_say(&self, id: &DeploymentId, signal: Signal) -> Result<(), Error> {
        self.elsewhere().signal(id, Actor::new("bob").unwrap(), "because", signal).await.map(drop)
    }

    pub(crate) async fn state(&self, id: &DeploymentId) -> State {
        self.elsewhere().state(id).await.unwrap()
    }

    pub(crate) async fn records(&self, id: &DeploymentId) -> Vec<Record> {
        self.journal.read(id, 0).await.unwrap().into_iter().map(|entry| entry.record).collect()
    }

    /// Waits until the deployment is as told; fails after a day.
    pub(crate) async fn until(&self, id: &DeploymentId, what: impl Fn(&State) -> bool) {
        for _ in 0..86_400 {
            if what(&self.state(id).await) {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        panic!("it never came to that: {:?}", self.state(id).await.course().current());
    }

    /// Waits until the deployment is at this step, begun.
    pub(crate) async fn until_at(&self, id: &DeploymentId, step: &str) {
        let at = |state: &State| state.course().current().is_some_and(|(now, run)| now.id.as_str() == step && run.started.is_some());
        self.until(id, at).await;
    }

    pub(crate) async fn claimant(&self, plan: &Plan) -> Option<DeploymentId> {
        self.journal.claimant(&plan.service, &plan.environment).await.unwrap()
    }
}

/// Starts a deployment and drives it in the background.
pub(crate) async fn begin(process: &Orchestrator, plan: &Plan) -> (DeploymentId, Handle) {
    let id = process.start(plan).await.unwrap();
    let handle = process.spawn(&id, Until::End);
    (id, handle)
}

pub(crate) async fn drive(process: &Orchestrator, id: &DeploymentId) -> Outcome {
    outcome(process.drive(id, Until::End).await.unwrap())
}

pub(crate) fn outcome(ended: Ended) -> Outcome {
    match ended {
        Ended::Outcome(outcome) => outcome,
        other => panic!("it has no outcome: {other:?}"),
    }
}

/// Version 2 of the shop to production, asked for by ada.
pub(crate) fn builder() -> PlanBuilder {
    release("2")
}

pub(crate) fn release(version: &str) -> PlanBuilder {
    Plan::builder(sample::release(version), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap())
}

pub(crate) fn serving() -> MemoryTarget {
    MemoryTarget::builder().serving(sample::release("1"), 4).build()
}

pub(crate) fn canary() -> Canary {
    Canary::steps([10.0, 100.0]).unwrap().bake(MINUTE)
}

pub(crate) fn with(target: &MemoryTarget) -> Plugins {
    Plugins::new().target("backend", target.clone()).unwrap()
}

pub(crate) fn share(state: &State) -> Percent {
    state.candidate_share(&TargetName::new("backend").unwrap())
}

/// The version that has all traffic.
pub(crate) fn serves(target: &MemoryTarget) -> String {
    let snapshot = target.snapshot();
    let sole = snapshot.routes.split.sole().and_then(|id| snapshot.revision(id)).unwrap_or_else(|| panic!("{}", snapshot.routes.split));
    sole.release.as_ref().unwrap().version.clone()
}

#[track_caller]
pub(crate) fn is_rolled_back(outcome: &Outcome, why: &str) {
    assert!(matches!(outcome, Outcome::RolledBack { cause, .. } if cause.contains(why)), "{outcome:?} does not say {why:?}");
}

#[track_caller]
pub(crate) fn is_halted(outcome: &Outcome, why: &str) {
    assert!(matches!(outcome, Outcome::Halted { reason } if reason.contains(why)), "{outcome:?} does not say {why:?}");
}
