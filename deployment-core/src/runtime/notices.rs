//! Delivering events to notifiers, off the critical path.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinSet, time::sleep};

use super::{orchestrator::Shared, undelivered::DeadLetters};
use crate::{
    engine::State,
    id::{DeploymentId, PluginName},
    notify::{Event, Notifier, Severity},
    plan::Notice,
};

/// A task per notifier that delivers what the journal has beyond the notifier's cursor.
#[derive(Debug)]
pub(super) struct Notices {
    written: watch::Sender<u64>,
    ended: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Notices {
    /// For those whom the plan names, or for every notifier if it names none.
    pub(super) fn new(shared: &Arc<Shared>, state: &State) -> Self {
        let (written, _) = watch::channel(0);
        let (ended, _) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for Notice { notifier: name, from } in routing(shared, state) {
            let Some(notifier) = shared.plugins.notifiers.get(&name) else {
                // It changes no decision: the deployment goes on, and what is owed waits in the journal.
                tracing::warn!(deployment = %state.deployment(), notifier = %name, "the plan tells a notifier that is not registered");
                continue;
            };
            let pump =
                Pump { shared: Arc::clone(shared), deployment: state.deployment().clone(), name, notifier: Arc::clone(notifier), from };
            tasks.spawn(pump.run(written.subscribe(), ended.subscribe()));
        }
        Self { written, ended, tasks }
    }

    /// The records up to this number, exclusive, are safe. What a power cut could still take back is not told to anybody: its number would
    /// be used again.
    pub(super) fn tell(&self, sequence: u64) {
        self.written.send_replace(sequence);
    }

    /// Waits until everything is delivered or given up, but not longer than this; what is left is delivered by the next driver.
    pub(super) async fn flush(&mut self, sequence: u64, grace: Duration) {
        self.written.send_replace(sequence);
        self.ended.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, all).await.is_err() {
            tracing::warn!("events were not delivered in time; the next driver delivers them");
        }
    }
}

/// What the plan says, or everything to everybody.
pub(super) fn routing(shared: &Shared, state: &State) -> Vec<Notice> {
    let planned = &state.plan().notices;
    if !planned.is_empty() {
        return planned.clone();
    }
    let everybody = shared.plugins.notifiers.keys().cloned();
    everybody.map(|notifier| Notice { notifier, from: Severity::Detail }).collect()
}

/// Delivers what a deployment that has ended still owes.
pub(super) async fn deliver(shared: &Arc<Shared>, state: &State) {
    let mut notices = Notices::new(shared, state);
    notices.flush(u64::MAX, shared.options.notice_grace).await;
}

#[derive(Debug)]
struct Pump {
    shared: Arc<Shared>,
    deployment: DeploymentId,
    name: PluginName,
    notifier: Arc<dyn Notifier>,
    from: Severity,
}

impl Pump {
    async fn run(self, mut written: watch::Receiver<u64>, mut ended: watch::Receiver<bool>) {
        let mut told = None;
        loop {
            written.mark_unchanged();
            let last = *ended.borrow();
            let safe = *written.borrow();
            if self.deliver_all(safe, &mut told).await.is_none() {
                // The journal cannot be read now: the events are not lost, they wait there.
                sleep(Duration::from_secs(1)).await;
            } else if last {
                return;
            }
            tokio::select! {
                changed = written.changed() => if changed.is_err() { return },
                changed = ended.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Delivers everything that is safe; `None` if the journal cannot be read or written. `told` is the number after the last event that may
    /// have been delivered; at first nobody knows what an earlier driver has.
    async fn deliver_all(&self, safe: u64, told: &mut Option<u64>) -> Option<()> {
        let journal = &self.shared.journal;
        let from = journal.cursor(&self.deployment, self.name.as_str()).await.ok()?;
        let told = told.get_or_insert(from);
        let entries = journal.read(&self.deployment, from).await.ok()?;
        let (mut next, mut kept) = (from, from);
        for entry in entries.into_iter().filter(|entry| entry.sequence < safe) {
            next = entry.sequence + 1;
            let event = Event::of(&self.deployment, &entry);
            if event.severity >= self.from {
                if self.deliver(&event).await {
                    *told = next;
                } else {
                    // Before the cursor: what is given up is found, whoever dies meanwhile.
                    DeadLetters::new(journal, &self.deployment, &self.name).add(entry.sequence, *told).await.ok()?;
                }
                journal.set_cursor(&self.deployment, self.name.as_str(), next).await.ok()?;
                kept = next;
            }
        }
        if kept < next {
            // What was passed over is not looked at again.
            journal.set_cursor(&self.deployment, self.name.as_str(), next).await.ok()?;
        }
        Some(())
    }

    /// Whether the notifier has taken the event, within its attempts.
    async fn deliver(&self, event: &Event) -> bool {
        let attempts = self.shared.options.notice_attempts.max(1);
        for attempt in 1..=attempts {
            match tokio::time::timeout(self.shared.options.call_timeout, self.notifier.notify(event)).await {
                Ok(Ok(())) => return true,
                Ok(Err(error)) => tracing::warn!(notifier = %self.name, key = %event.key, attempt, %error, "an event was not delivered"),
                Err(_) => tracing::warn!(notifier = %self.name, key = %event.key, attempt, "a notifier gives no answer"),
            }
            if attempt < attempts {
                sleep(Duration::from_millis(200).saturating_mul(1 << attempt.min(8))).await;
            }
        }
        tracing::error!(notifier = %self.name, key = %event.key, dead_letters = 1, "an event was given up");
        false
    }
}
