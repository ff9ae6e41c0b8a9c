//! What a swept deployment runs on, and the judgement of it.

use std::{sync::Arc, time::Duration};

use super::{
    Defect, Ran, Scenario, Situation,
    run::Landed,
    scenario::{World, plugins},
};
use crate::{
    engine::Outcome,
    error::{ErrorKind, Result},
    id::DeploymentId,
    journal::{Journal, MemoryJournal},
    memory::MemoryTarget,
    notify::Event,
    runtime::{Ended, Options, Orchestrator, Until},
    share::{Percent, Routes, Split},
    testkit::{
        TokioClock, Violation,
        faults::Faults,
        oracle::{Evidence, Oracle, Tape},
        sample,
    },
};

/// What lives longer than a process.
#[derive(Debug)]
pub(super) struct Rig {
    world: World,
    tape: Tape,
    id: DeploymentId,
    clock: Arc<TokioClock>,
    defect: Option<Defect>,
    _meddler: Option<Meddler>,
}

impl Rig {
    pub(super) fn new(scenario: &Scenario, journal: Arc<dyn Journal>, defect: Option<Defect>) -> Result<Self> {
        let world = scenario.world(defect)?;
        Ok(Self {
            tape: Tape::of(journal),
            id: DeploymentId::made("swept"),
            clock: Arc::new(TokioClock::starting_at(sample::NOON)),
            defect,
            _meddler: (scenario.situation == Situation::Drift).then(|| Meddler::new(&world.targets)),
            world,
        })
    }

    fn orchestrator(&self, faults: &Faults) -> Result<Orchestrator> {
        let options = Options { inbox_poll: Duration::from_secs(20), defect: self.defect, ..Options::default() };
        let plugins = plugins(&self.world.targets, &self.world.action, faults)?;
        let builder = Orchestrator::builder(faults.journal(self.tape.journal()), plugins);
        Ok(builder.clock(self.clock.clone()).options(options).build())
    }

    /// A process that starts the deployment, unless that has been done, and drives it to its end.
    pub(super) async fn process(&self, faults: &Faults) -> Result<Ended> {
        let orchestrator = self.orchestrator(faults)?;
        match orchestrator.state(&self.id).await {
            Err(error) if error.kind() == ErrorKind::NotFound => orchestrator.start_as(&self.id, &self.world.plan).await?,
            other => drop(other?),
        }
        orchestrator.drive(&self.id, Until::End).await
    }

    pub(super) async fn judge(&self, points: Vec<String>, outcome: &Outcome, landed: Landed) -> Result<Ran> {
        let mut evidence = Evidence::new(self.id.clone()).journal(self.tape.entries()).outcome(outcome.clone());
        for (name, target) in &self.world.targets {
            evidence = evidence.target(name, target)?;
        }
        let mut violations = match landed {
            Landed::Fenced => Oracle::new(&self.world.plan).check(&evidence),
            Landed::InTheWindow => Vec::new(),
        };
        violations.extend(self.next_may_start(outcome).await?);
        Ok(Ran { points, ended: word(outcome).to_owned(), violations, story: self.story(), landed })
    }

    /// The next deployment of the service is refused exactly as long as a person must decide about this one.
    async fn next_may_start(&self, outcome: &Outcome) -> Result<Option<Violation>> {
        let next = self.orchestrator(&Faults::new())?.start_as(&DeploymentId::made("next"), &self.world.plan).await;
        let refused = match &next {
            Err(error) if error.kind() == ErrorKind::Conflict => true,
            Err(_) => return next.map(|()| None),
            Ok(()) => false,
        };
        let told = || format!("the next deployment may start: {}; the outcome of this one is {outcome:?}", !refused);
        Ok((refused != matches!(outcome, Outcome::Halted { .. })).then(|| Violation::new("5 one deployment at a time", told())))
    }

    fn story(&self) -> String {
        let entries = self.tape.entries().into_iter().map(|taped| taped.entry);
        let lines = entries.map(|entry| format!("{} e{} {}", entry.at, entry.epoch, Event::of(&self.id, &entry).text));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// The journal in memory, with the defect if it is the journal's.
pub(super) fn memory(defect: Option<Defect>) -> Arc<dyn Journal> {
    let journal = if defect == Some(Defect::NoFence) { MemoryJournal::unfenced() } else { MemoryJournal::new() };
    Arc::new(journal)
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Unchanged => "unchanged",
        Outcome::Rejected { .. } => "rejected",
        Outcome::RolledBack { .. } => "rolled back",
        Outcome::Halted { .. } => "halted",
        Outcome::Closed { .. } => "closed",
    }
}

/// Somebody else, who routes traffic as soon as a candidate has some.
#[derive(Debug)]
struct Meddler(#[expect(dead_code, reason = "dropping it ends the task")] tokio::task::JoinSet<()>);

impl Meddler {
    fn new(targets: &[(&'static str, MemoryTarget)]) -> Self {
        let mut tasks = tokio::task::JoinSet::new();
        if let Some((_, target)) = targets.first() {
            let target = target.clone();
            tasks.spawn(async move {
                let before = target.snapshot().routes.split;
                loop {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    let split = target.snapshot().routes.split;
                    let new = split.iter().map(|(id, _)| id).find(|id| before.share(id) == Percent::ZERO);
                    if let (Some(old), Some(new)) = (before.sole(), new) {
                        let split = Split::between(Some(old), new, Percent::of(77, 100));
                        target.interfere(|at| at.route(Routes { split, tests: Vec::new() }));
                        return;
                    }
                }
            });
        }
        Self(tasks)
    }
}
