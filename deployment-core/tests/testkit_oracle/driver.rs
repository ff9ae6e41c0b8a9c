//! A simple-minded engine that can be told to be bad.

use std::time::Duration;

use deployment_core::{
    Actor, EffectContext, EnvironmentName, Plan, Plugins, RevisionId, Routes, Split, StepId, Token,
    engine::{Accepted, Call, Outcome, Record},
    journal::{Durability, Entry},
    judge::Verdict,
    memory::{MemoryTarget, MemoryTargetBuilder, next_order},
    plan::{Capacity, Role, Step, Work},
    strategy::{Canary, Strategy},
    target::Target,
    testkit::{
        TokioClock,
        oracle::{Evidence, Oracle, Taped},
        sample,
    },
    time::Clock,
};

/// What a bad engine does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    RetireBeforeDrain,
    SkipReadBack,
    RepeatLaunch,
    NoIntent,
    NoBake,
    EarlyTraffic,
    OldEpoch,
}

/// A simple-minded engine: carries out a plan step by step, and says what it does.
pub(crate) struct Driver {
    pub(crate) target: MemoryTarget,
    pub(crate) plan: Plan,
    pub(crate) clock: TokioClock,
    pub(crate) journal: Vec<Taped>,
    pub(crate) stable: Option<RevisionId>,
    pub(crate) candidate: Option<RevisionId>,
    pub(crate) defect: Defect,
    pub(crate) epoch: u64,
}

pub(crate) fn platform() -> MemoryTargetBuilder {
    MemoryTarget::builder().serving(sample::release("1"), 4).record_history().unfenced().forgets_tokens()
}

pub(crate) fn plan(target: &MemoryTarget, strategy: impl Strategy) -> Plan {
    let plugins = Plugins::new().target("backend", target.clone()).unwrap();
    let (production, ada) = (EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap());
    Plan::builder(sample::release("2"), production, ada).deploy("backend", Capacity::of(4), strategy).build(&plugins).unwrap()
}

pub(crate) fn canary() -> Canary {
    Canary::steps([10.0, 50.0, 100.0]).unwrap().bake(Duration::from_secs(60))
}

impl Driver {
    pub(crate) fn new(target: MemoryTarget, strategy: impl Strategy, defect: Defect) -> Self {
        let stable = target.snapshot().routes.split.sole().cloned();
        let plan = plan(&target, strategy);
        let (clock, journal) = (TokioClock::default(), Vec::new());
        let mut driver = Self { target, plan, clock, journal, stable, candidate: None, defect, epoch: 3 };
        let raw = serde_json::value::to_raw_value(&driver.plan).unwrap();
        let hash = deployment_core::plan::PlanHash::of(raw.get().as_bytes());
        driver.says(Record::Started { plan: raw, hash, library: "test".into() });
        driver
    }

    pub(crate) fn says(&mut self, record: Record) {
        let entry = Entry { sequence: self.journal.len() as u64, epoch: self.epoch, at: self.clock.now(), record };
        let deployment = sample::effect("t", 1).deployment;
        self.journal.push(Taped { order: next_order(), deployment, entry, durability: Durability::Synced });
    }

    pub(crate) async fn look(&self) {
        self.target.observe().await.unwrap();
    }

    pub(crate) async fn wait(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        self.look().await;
    }

    pub(crate) async fn call(&mut self, step: &StepId, call: Call) -> Option<RevisionId> {
        let token = Token::new(format!("sample/{step}")).unwrap();
        let epoch = if self.defect == Defect::OldEpoch && matches!(call, Call::Scale { .. }) { 2 } else { self.epoch };
        if self.defect != Defect::NoIntent || !matches!(call, Call::Route { .. }) {
            let before = serde_json::Value::Null;
            self.says(Record::Intent { step: step.clone(), token: token.clone(), call: call.clone(), before });
        }
        let context = EffectContext { step: step.clone(), token, epoch, ..sample::effect("t", 1) };
        let revision = match &call {
            Call::Launch { release, count, .. } => {
                if self.defect == Defect::RepeatLaunch {
                    self.target.launch(&context, release, *count).await.unwrap();
                }
                Some(self.target.launch(&context, release, *count).await.unwrap())
            }
            Call::Replace { release, count, .. } => Some(self.target.replace(&context, release, *count).await.unwrap()),
            Call::Route { routes } => self.target.route(&context, routes).await.map(|()| None).unwrap(),
            Call::Scale { revision, count } => self.target.scale(&context, revision, *count).await.map(|()| None).unwrap(),
            Call::Retire { revision } => self.target.retire(&context, revision).await.map(|()| None).unwrap(),
            other => panic!("{other:?}"),
        };
        self.says(Record::Returned { step: step.clone(), result: Ok(Accepted { revision: revision.clone() }) });
        revision
    }

    pub(crate) fn revision(&self, role: Role) -> RevisionId {
        if role == Role::Stable { self.stable.clone().unwrap() } else { self.candidate.clone().unwrap() }
    }

    /// One step of the plan.
    pub(crate) async fn step(&mut self, step: &Step) {
        let release = || Box::new(self.plan.release.clone());
        match &step.work {
            Work::Launch { role, count } => {
                self.candidate = self.call(&step.id, Call::Launch { role: *role, release: release(), count: *count }).await;
                self.wait(if self.defect == Defect::EarlyTraffic { 0 } else { 30 }).await;
            }
            Work::Replace { role, count } => {
                self.candidate = self.call(&step.id, Call::Replace { role: *role, release: release(), count: *count }).await;
                self.wait(600).await;
            }
            Work::Scale { role, count } => {
                let revision = self.revision(*role);
                self.call(&step.id, Call::Scale { revision, count: *count }).await;
                self.wait(30).await;
            }
            Work::Route { share, .. } => {
                let split = Split::between(self.stable.as_ref(), &self.revision(Role::Candidate), *share);
                self.call(&step.id, Call::Route { routes: Routes { split, tests: Vec::new() } }).await;
                if self.defect != Defect::SkipReadBack {
                    self.look().await;
                }
            }
            Work::Bake { duration, .. } if self.defect != Defect::NoBake => {
                if self.defect != Defect::SkipReadBack {
                    self.wait(duration.as_secs()).await;
                }
                self.says(Record::Judged { step: step.id.clone(), verdict: Verdict::Continue });
            }
            Work::Drain { .. } if self.defect != Defect::RetireBeforeDrain => self.wait(60).await,
            Work::Retire { role } => {
                let revision = self.revision(*role);
                self.call(&step.id, Call::Retire { revision }).await;
            }
            _ => self.says(Record::StepDone { step: step.id.clone() }),
        }
    }

    pub(crate) async fn forward(&mut self, steps: usize) {
        for step in self.plan.steps.clone().iter().take(steps) {
            let needs_stable = matches!(step.work, Work::Drain { .. } | Work::Retire { .. } | Work::Scale { role: Role::Stable, .. });
            if self.stable.is_some() || !needs_stable {
                self.step(step).await;
            }
        }
    }

    /// Back to the stable revision, by these calls.
    pub(crate) async fn back(&mut self, calls: impl IntoIterator<Item = Call>) {
        self.says(Record::ReversalPlanned { steps: Vec::new() });
        for (i, call) in calls.into_iter().enumerate() {
            self.call(&StepId::new(format!("back-{i}")).unwrap(), call).await;
            self.wait(60).await;
        }
    }

    pub(crate) fn all_to(&self, role: Role) -> Call {
        Call::Route { routes: Routes { split: Split::all(&self.revision(role)), tests: Vec::new() } }
    }

    pub(crate) fn found(&self, outcome: Option<Outcome>) -> Vec<String> {
        let mut evidence = Evidence::new(sample::effect("t", 1).deployment).target("backend", &self.target).unwrap();
        evidence = evidence.journal(self.journal.clone());
        if let Some(outcome) = outcome {
            evidence = evidence.outcome(outcome);
        }
        Oracle::new(&self.plan).check(&evidence).iter().map(ToString::to_string).collect()
    }
}
