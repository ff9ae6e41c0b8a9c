//! What a swept deployment runs on, and the judgement of it.

use std::{sync::Arc, time::Duration};

use super::{
    Defect, Ran, Scenario,
    people::{Desk, People},
    run::Landed,
    scenario::{World, plugins},
};
use crate::{
    engine::Outcome,
    error::{Error, ErrorKind, Result},
    id::DeploymentId,
    journal::{Journal, MemoryJournal},
    notify::Event,
    runtime::{Ended, Options, Orchestrator, Until},
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
    _people: People,
}

impl Rig {
    pub(super) fn new(scenario: &Scenario, journal: Arc<dyn Journal>, defect: Option<Defect>) -> Result<Self> {
        let world = scenario.world(defect)?;
        let (id, clock) = (DeploymentId::made("swept"), Arc::new(TokioClock::starting_at(sample::NOON)));
        let desk = Desk { journal: Arc::clone(&journal), id: id.clone(), clock: Arc::clone(&clock) };
        let first = world.targets.first().map(|(_, target)| target).ok_or_else(|| Error::invalid("scenario", "it has no target"))?;
        let people = People::of(scenario.situation, first, desk);
        Ok(Self { tape: Tape::of(journal), id, clock, defect, _people: people, world })
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
