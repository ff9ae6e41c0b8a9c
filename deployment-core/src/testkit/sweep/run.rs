//! One deployment, killed where it is told.

use std::{sync::Arc, time::Duration};

use super::{
    Defect, Scenario, Situation,
    scenario::{World, plugins},
};
use crate::{
    engine::Outcome,
    error::{ErrorKind, Result},
    id::DeploymentId,
    journal::{Journal, MemoryJournal},
    memory::MemoryTarget,
    runtime::{Ended, Options, Orchestrator, Until},
    share::{Percent, Routes, Split},
    testkit::{
        TokioClock, Violation,
        faults::Faults,
        oracle::{Evidence, Oracle, Tape},
    },
};

/// What became of a deployment.
#[derive(Debug)]
pub struct Ran {
    /// The points that were reached, over all processes.
    pub points: Vec<String>,
    /// How it ended, in a word.
    pub ended: String,
    /// What was not as it must be.
    pub violations: Vec<Violation>,
    /// What the journal says, for a person.
    pub story: String,
}

impl Scenario {
    /// Runs the deployment in virtual time; the first process dies at the first of `crashes`, the next one at the second, and so on. The
    /// numbers count points over all processes.
    ///
    /// # Errors
    /// If the deployment could not be carried on.
    pub fn run(&self, crashes: &[usize], defect: Option<Defect>) -> Result<Ran> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.map_err(|error| crate::Error::new(ErrorKind::Failed, "sweep", "no runtime").because(error))?;
        runtime.block_on(self.run_here(crashes, defect))
    }

    async fn run_here(&self, crashes: &[usize], defect: Option<Defect>) -> Result<Ran> {
        let world = self.world()?;
        let tape = Tape::of(Arc::new(MemoryJournal::new()));
        let id = DeploymentId::made("swept");
        let faults = Faults::new();
        let clock = Arc::new(TokioClock::starting_at(crate::testkit::sample::NOON));
        let _meddler = (self.situation == Situation::Drift).then(|| Meddler::new(&world.targets));
        let mut crashes = crashes.iter();
        let ended = loop {
            if let Some(point) = crashes.next() {
                faults.crash_at(*point);
            }
            let journal = faults.journal(Arc::new(tape.clone()));
            let options = Options { inbox_poll: Duration::from_secs(20), defect, ..Options::default() };
            let plugins = plugins(&world.targets, &world.action, &faults)?;
            let orchestrator = Orchestrator::builder(journal, plugins).clock(clock.clone()).options(options).build();
            tokio::select! {
                biased;
                () = faults.crashed() => faults.revive(),
                ended = process(&orchestrator, &id, &world) => break ended?,
            }
        };
        let outcome = match ended {
            Ended::Outcome(outcome) => outcome,
            other => Outcome::Halted { reason: format!("{other:?}") },
        };
        let mut evidence = Evidence::new(id.clone()).journal(tape.entries()).outcome(outcome.clone());
        for (name, target) in &world.targets {
            evidence = evidence.target(name, target)?;
        }
        let mut violations = Oracle::new(&world.plan).check(&evidence);
        violations.extend(claim_kept(&tape, &world, &outcome).await?);
        Ok(Ran { points: faults.points(), ended: word(&outcome).to_owned(), violations, story: story(&tape, &id).await? })
    }
}

async fn process(orchestrator: &Orchestrator, id: &DeploymentId, world: &World) -> Result<Ended> {
    match orchestrator.state(id).await {
        Err(error) if error.kind() == ErrorKind::NotFound => orchestrator.start_as(id, &world.plan).await?,
        other => drop(other?),
    }
    orchestrator.drive(id, Until::End).await
}

/// The claim is kept exactly as long as a person must decide.
async fn claim_kept(tape: &Tape, world: &World, outcome: &Outcome) -> Result<Option<Violation>> {
    let held = tape.claimant(&world.plan.service, &world.plan.environment).await?.is_some();
    let must = matches!(outcome, Outcome::Halted { .. });
    Ok((held != must).then(|| Violation::new("5 claim", format!("held: {held}, must be: {must}"))))
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

async fn story(tape: &Tape, id: &DeploymentId) -> Result<String> {
    let entries = tape.read(id, 0).await?;
    let lines = entries.iter().map(|entry| format!("{} e{} {}", entry.at, entry.epoch, crate::notify::Event::of(id, entry).text));
    Ok(lines.collect::<Vec<_>>().join("\n"))
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
