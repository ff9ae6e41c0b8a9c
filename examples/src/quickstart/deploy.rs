//! One deployment, driven by a process of its own that may be killed.

use std::{path::PathBuf, time::Duration};

use deployment_core::{
    DeploymentId, Orchestrator, Plan, StepId,
    engine::Outcome,
    journal::{Entry, FileJournal, Journal},
};
use tokio::time::{sleep, timeout};

use super::{CrashAt, Deployed, Timing, live::Live, orchestrate::Orchestrating};
use crate::{evidence::EvidenceStore, setup::Problem};

/// How often the journal is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How often a driver may end without an outcome, beside those that were killed.
const RETRIES: u32 = 3;

/// What is needed for every deployment.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) journal: FileJournal,
    pub(super) evidence: EvidenceStore,
    pub(super) orchestrator: Orchestrator,
    /// The file that a driving process reads.
    pub(super) setup: PathBuf,
    pub(super) log: PathBuf,
    pub(super) live: Live,
    /// Every driving process that was started.
    pub(super) processes: Vec<u32>,
}

impl Desk {
    /// Deploys in a process of its own, and kills that as `crash_at` says.
    pub(super) async fn deploy(&mut self, plan: &Plan, crash_at: &CrashAt) -> Result<Deployed, Problem> {
        let id = self.orchestrator.start(plan).await?;
        let mut follow = Follow { id: id.clone(), seen: Vec::new(), size: 0 };
        let (mut killed, mut ended_without) = (Vec::new(), 0);
        let outcome = loop {
            let mut driver = Orchestrating::start(&self.setup, &id, &self.log, crash_at)?;
            self.processes.extend(driver.id());
            if let Some(step) = self.attend(&mut driver, &mut follow).await? {
                driver.kill().await?;
                self.live.say(&format!("✗ the orchestrator was killed (SIGKILL) as {step} began; starting it again"));
                killed.push(step);
                continue;
            }
            let state = self.orchestrator.state(&id).await?;
            let halted = || state.halted().map(|reason| Outcome::Halted { reason: reason.to_owned() });
            if let Some(outcome) = state.outcome().cloned().or_else(halted) {
                break outcome;
            }
            ended_without += 1;
            if ended_without > RETRIES {
                return Err(format!("the orchestrator ends without an outcome; see {}", self.log.display()).into());
            }
            sleep(Duration::from_millis(500)).await;
        };
        let timing = Timing::of(&id, &follow.seen)?;
        let evidence = self.evidence.read(&id)?;
        Ok(Deployed { id, version: plan.release.version.clone(), outcome, timing, killed, evidence })
    }

    /// Tells what is going on until the driver has ended, or stands still to be killed: then it says at which step.
    async fn attend(&mut self, driver: &mut Orchestrating, follow: &mut Follow) -> Result<Option<StepId>, Problem> {
        loop {
            let change = timeout(LOOK, driver.stands_still()).await;
            for entry in follow.news(&self.journal).await? {
                self.live.tell(&follow.id, &entry);
            }
            if let Ok(change) = change {
                return Ok(change?);
            }
            self.live.figures().await;
        }
    }
}

/// Reads a growing journal.
#[derive(Debug)]
struct Follow {
    id: DeploymentId,
    seen: Vec<Entry>,
    size: u64,
}

impl Follow {
    async fn news(&mut self, journal: &FileJournal) -> Result<Vec<Entry>, Problem> {
        // Reading checks the whole chain, so it is read only when there is more of it.
        let size = std::fs::metadata(journal.path_of(&self.id))?.len();
        if size == self.size {
            return Ok(Vec::new());
        }
        self.size = size;
        let news = journal.read(&self.id, self.seen.len() as u64).await?;
        self.seen.extend(news.iter().cloned());
        Ok(news)
    }
}
