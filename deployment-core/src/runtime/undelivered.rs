//! What notifiers were not told: events that were given up, and events that wait for the next driver.

use std::{ops::Range, sync::Arc};

use serde::Serialize;

use super::{Orchestrator, notices::routing};
use crate::{
    engine::State,
    error::Result,
    id::{DeploymentId, PluginName},
    journal::Journal,
    notify::Event,
    plan::Notice,
};

/// What one notifier was not told of a deployment. The deployment went on without: nothing of this changes a decision.
#[derive(Debug, Clone, Serialize)]
pub struct Undelivered {
    /// Which notifier.
    pub notifier: PluginName,
    /// Dead letters: each was tried [`Options::notice_attempts`](crate::Options::notice_attempts) times, and is not tried again.
    pub given_up: Vec<Event>,
    /// Not tried to the end yet: the next driver delivers them, also that of a deployment that has ended.
    pub waiting: Vec<Event>,
}

impl Orchestrator {
    /// What was not delivered of a deployment, by notifier: of those whom its plan names or, where it names none, of those who are
    /// registered here. Empty if everybody was told everything.
    ///
    /// It is kept in the journal beside the notifiers' cursors: every process with the same journal sees it, and it goes with the
    /// deployment.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), and the journal's own errors.
    pub async fn undelivered(&self, id: &DeploymentId) -> Result<Vec<Undelivered>> {
        let entries = self.0.journal.read(id, 0).await?;
        let state = State::replay(id, &entries)?;
        let mut all = Vec::new();
        for Notice { notifier, from } in routing(&self.0, &state) {
            let given_up = DeadLetters::new(&self.0.journal, id, &notifier).runs().await?;
            let told = self.0.journal.cursor(id, notifier.as_str()).await?;
            let events = |which: &dyn Fn(u64) -> bool| -> Vec<_> {
                let meant = entries.iter().filter(|entry| which(entry.sequence)).map(|entry| Event::of(id, entry));
                meant.filter(|event| event.severity >= from).collect()
            };
            let dead = |sequence: u64| given_up.iter().any(|run| run.contains(&sequence));
            let (given_up, waiting) = (events(&dead), events(&|sequence| sequence >= told && !dead(sequence)));
            if !given_up.is_empty() || !waiting.is_empty() {
                all.push(Undelivered { notifier, given_up, waiting });
            }
        }
        Ok(all)
    }
}

/// The events of a deployment that a notifier would not take, as runs of their numbers: the chain has the rest. Each run is a cursor of its
/// own, in both halves of its number, so that every journal keeps it and none can tear it.
#[derive(Debug)]
pub(super) struct DeadLetters<'a> {
    journal: &'a Arc<dyn Journal>,
    deployment: &'a DeploymentId,
    notifier: &'a PluginName,
}

impl<'a> DeadLetters<'a> {
    pub(super) fn new(journal: &'a Arc<dyn Journal>, deployment: &'a DeploymentId, notifier: &'a PluginName) -> Self {
        Self { journal, deployment, notifier }
    }

    /// No notifier has such a name: names have no spaces.
    fn reader(&self, run: usize) -> String {
        format!("{} dead letters {run}", self.notifier)
    }

    async fn runs(&self) -> Result<Vec<Range<u64>>> {
        let mut runs = Vec::new();
        loop {
            match self.journal.cursor(self.deployment, &self.reader(runs.len())).await? {
                0 => return Ok(runs),
                packed => runs.push(packed >> 32..packed & u64::from(u32::MAX)),
            }
        }
    }

    /// Adds this event. `told` is the number after the last one that may have been delivered: a run does not go over it.
    pub(super) async fn add(&self, sequence: u64, told: u64) -> Result<()> {
        let runs = self.runs().await?;
        let (number, from) = match runs.last() {
            // It was given up before, by a driver that did not live to set the cursor.
            Some(last) if sequence < last.end => return Ok(()),
            Some(last) if told <= last.end => (runs.len() - 1, last.start),
            _ => (runs.len(), sequence),
        };
        self.journal.set_cursor(self.deployment, &self.reader(number), from << 32 | (sequence + 1)).await
    }
}
