//! Who else has a hand in a swept deployment, and outlives its processes.

use std::{sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::sleep};

use super::Situation;
use crate::{
    engine::State,
    error::Result,
    id::{Actor, DeploymentId, RevisionId, SignalId},
    journal::Journal,
    memory::MemoryTarget,
    plan::Work,
    share::{Percent, Routes, Split},
    signal::{Signal, Signalled},
    testkit::TokioClock,
    time::Clock,
};

/// How long a person looks at what is held.
const PATIENCE: Duration = Duration::from_secs(60);

/// Those whom a situation has. Dropping them ends what they do.
#[derive(Debug)]
pub(super) struct People(#[expect(dead_code, reason = "dropping it ends the tasks")] JoinSet<()>);

impl People {
    pub(super) fn of(situation: Situation, first: &MemoryTarget, desk: Desk) -> Self {
        let mut tasks = JoinSet::new();
        match situation {
            Situation::Drift => drop(tasks.spawn(meddle(first.clone()))),
            Situation::BothSick => drop(tasks.spawn(sicken(first.clone()))),
            Situation::Attended | Situation::AttendedBad => drop(tasks.spawn(desk.promote())),
            _ => {}
        }
        Self(tasks)
    }
}

/// The revision that served, and the one that has begun to.
async fn introduced(target: &MemoryTarget) -> (RevisionId, RevisionId) {
    let before = target.snapshot().routes.split;
    loop {
        sleep(Duration::from_secs(1)).await;
        let split = target.snapshot().routes.split;
        let new = split.iter().map(|(id, _)| id).find(|id| before.share(id) == Percent::ZERO);
        if let (Some(old), Some(new)) = (before.sole(), new) {
            return (old.clone(), new.clone());
        }
    }
}

/// Somebody routes traffic as soon as a candidate has some.
async fn meddle(target: MemoryTarget) {
    let (old, new) = introduced(&target).await;
    let split = Split::between(Some(&old), &new, Percent::of(77, 100));
    target.interfere(|at| at.route(Routes { split, tests: Vec::new() }));
}

/// What served falls ill as soon as a candidate has traffic.
async fn sicken(target: MemoryTarget) {
    let (old, _) = introduced(&target).await;
    target.interfere(|at| at.sicken(&old));
}

/// Where a person reads about a deployment and says something to it.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) journal: Arc<dyn Journal>,
    pub(super) id: DeploymentId,
    pub(super) clock: Arc<TokioClock>,
}

impl Desk {
    /// Promotes whatever has been held for a while.
    async fn promote(self) {
        loop {
            sleep(Duration::from_secs(5)).await;
            // There may be no deployment yet.
            let _ = self.promote_now().await;
        }
    }

    async fn promote_now(&self) -> Result<()> {
        let state = State::replay(&self.id, &self.journal.read(&self.id, 0).await?)?;
        let held = state.course().current().filter(|(step, _)| step.work == Work::Hold).and_then(|(_, run)| run.started);
        let now = self.clock.now();
        if held.is_some_and(|since| now.since(since) >= PATIENCE) && self.journal.inbox(&self.id).await?.is_empty() {
            let id = SignalId::made(format!("promotion-{}", state.sequence()));
            let said = Signalled { id, actor: Actor::made("bob"), reason: "looks good".into(), at: now, signal: Signal::Promote };
            self.journal.post(&self.id, &said).await?;
        }
        Ok(())
    }
}
