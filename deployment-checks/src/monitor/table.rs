//! What the monitor knows of its checks.

use std::{collections::HashMap, sync::Arc};

use deployment_core::{Error, ErrorKind, Result, Timestamp, health::HealthStatus};
use tokio::{task::AbortHandle, time::Instant};

use super::{
    Change, CheckState, Monitored, Observed, Snapshot,
    feed::Feeds,
    hysteresis::Hysteresis,
    schedule::{Schedule, Turns},
};
use crate::look::{Finding, Looked};

/// Every check, when it is due, and who wants to know.
#[derive(Debug)]
pub(super) struct Table {
    entries: HashMap<u64, Entry>,
    names: HashMap<String, u64>,
    last_id: u64,
    pub(super) schedule: Schedule,
    pub(super) changes: Feeds<Change>,
    pub(super) results: Feeds<Observed>,
}

#[derive(Debug)]
struct Entry {
    monitored: Arc<Monitored>,
    turns: Turns,
    hysteresis: Hysteresis,
    since: Timestamp,
    last: Option<(Timestamp, Finding)>,
    looks: u64,
    skipped: u64,
    looking: Option<AbortHandle>,
}

impl Table {
    pub(super) fn new() -> Self {
        let (changes, results) = (Feeds::default(), Feeds::default());
        Self { entries: HashMap::new(), names: HashMap::new(), last_id: 0, schedule: Schedule::new(), changes, results }
    }

    pub(super) fn add(&mut self, monitored: Monitored, now: Instant, at: Timestamp) -> Result<()> {
        if self.names.contains_key(&monitored.name) {
            let message = format!("a check named {:?} is monitored already; remove it first, or choose another name", monitored.name);
            return Err(Error::new(ErrorKind::Conflict, "add", message));
        }
        self.last_id += 1;
        let id = self.last_id;
        let turns = self.schedule.add(id, monitored.interval, monitored.spread(), now);
        let hysteresis = Hysteresis::new(monitored.thresholds);
        self.names.insert(monitored.name.clone(), id);
        let monitored = Arc::new(monitored);
        let entry = Entry { monitored, turns, hysteresis, since: at, last: None, looks: 0, skipped: 0, looking: None };
        self.entries.insert(id, entry);
        Ok(())
    }

    /// Forgets a check, ends its look if there is one, and says how it stood.
    pub(super) fn remove(&mut self, name: &str) -> Option<CheckState> {
        let id = self.names.remove(name)?;
        let entry = self.entries.remove(&id)?;
        self.schedule.remove(id, entry.turns);
        self.changes.forget(id);
        self.results.forget(id);
        if let Some(look) = &entry.looking {
            look.abort();
        }
        Some(entry.state())
    }

    /// The next check that is due, if one is.
    pub(super) fn due(&mut self, now: Instant) -> Option<(u64, Arc<Monitored>)> {
        let id = self.schedule.take(now)?;
        self.entries.get(&id).map(|entry| (id, Arc::clone(&entry.monitored)))
    }

    pub(super) fn looking(&mut self, id: u64, look: AbortHandle) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.looking = Some(look);
        }
    }

    /// A look ended: what it means, and when the next one is due. Nothing if the check was removed meanwhile.
    pub(super) fn looked(&mut self, id: u64, looked: Looked, now: Instant, at: Timestamp) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let (turns, missed) = self.schedule.again(id, entry.turns, now);
        (entry.turns, entry.looking) = (turns, None);
        entry.looks += 1;
        entry.skipped += missed;
        let finding = entry.monitored.finding(looked);
        let before = entry.hysteresis.take(status(&finding), entry.monitored.thresholds);
        let (check, state) = (&entry.monitored.name, entry.hysteresis.state);
        if let Some(from) = before {
            entry.since = at;
            let reason = finding.text().to_owned();
            self.changes.tell(id, || Change { check: check.clone(), from, to: state, at, reason, merged: 0 });
        }
        self.results.tell(id, || Observed { check: check.clone(), at, finding: finding.clone(), state, merged: 0 });
        entry.last = Some((at, finding));
    }

    pub(super) fn state(&self, name: &str) -> Option<CheckState> {
        self.entries.get(self.names.get(name)?).map(Entry::state)
    }

    pub(super) fn snapshot(&self, now: Instant, at: Timestamp) -> Snapshot {
        let mut checks: Vec<_> = self.entries.values().map(Entry::state).collect();
        checks.sort_unstable_by(|a, b| a.check.cmp(&b.check));
        let looking = self.entries.values().filter(|entry| entry.looking.is_some()).count();
        Snapshot { at, checks, looking, waiting: self.schedule.waiting(now) }
    }
}

impl Entry {
    fn state(&self) -> CheckState {
        let (looked, last) = self.last.clone().unzip();
        CheckState {
            check: self.monitored.name.clone(),
            state: self.hysteresis.state,
            since: self.since,
            looked,
            last,
            looks: self.looks,
            skipped: self.skipped,
        }
    }
}

fn status(finding: &Finding) -> Option<HealthStatus> {
    match finding {
        Finding::Seen(report) => Some(report.status),
        Finding::Unknown { .. } => None,
    }
}
