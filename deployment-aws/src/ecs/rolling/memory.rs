//! What is kept between calls: what never changes, and what was just seen.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use deployment_core::{Timestamp, Token};

use super::{
    revision::Revision,
    seen::{Seen, WentBack},
};

/// How old a look may be that is shown again: while nothing is under way, and while a rollout is late whose tasks fail,
const AT_REST: Duration = Duration::from_secs(5);
/// just after the moment at which a rollout ought to be done,
const DUE: Duration = Duration::from_secs(2);
/// in the first half minute of a rollout of which it is not known how long it takes,
const EARLY: Duration = Duration::from_secs(15);
/// and at most.
pub(super) const LATE: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Kept>);

#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Task definitions never change; by ARN.
    pub(super) revisions: HashMap<String, Arc<Revision>>,
    /// What was seen last, and when.
    seen: Option<(Timestamp, Seen)>,
    /// When the rollout that is under way was seen first: the primary deployment's id.
    since: Option<(String, Timestamp)>,
    /// How long the latest rollout that succeeded took.
    pub(super) usual: Option<Duration>,
    /// What is known of the primary deployment with this id.
    pub(super) primary: Option<Primary>,
    /// Effects that were tried by this process.
    pub(super) tried: HashSet<Token>,
    /// What was registered for an effect.
    pub(super) registered: HashMap<Token, Arc<Revision>>,
    /// The deployment that an effect has started.
    pub(super) started: HashMap<Token, String>,
}

/// How the primary deployment came about.
#[derive(Debug, Clone)]
pub(super) struct Primary {
    pub(super) id: String,
    pub(super) went_back: Option<WentBack>,
    /// `None`: it was not looked for yet.
    pub(super) warning: Option<Option<String>>,
}

impl Memory {
    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// What was seen, if that is not too long ago.
    pub(super) fn fresh(&self, now: Timestamp) -> Option<Seen> {
        let (at, seen) = self.seen.as_ref()?;
        // A clock that has gone backwards makes nothing fresh.
        (*at <= now && now.since(*at) < self.pace(seen, *at)).then(|| seen.clone())
    }

    /// How long what was seen then is shown: until the rollout ought to be done, then for as long as it is late.
    fn pace(&self, seen: &Seen, at: Timestamp) -> Duration {
        let Some((_, since)) = self.since.as_ref().filter(|_| seen.is_under_way()) else { return AT_REST };
        let elapsed = at.since(*since);
        match self.usual {
            Some(usual) if elapsed < usual => (usual - elapsed).min(LATE),
            Some(_) if seen.has_failed_tasks() => AT_REST,
            Some(usual) => (elapsed - usual).clamp(DUE, LATE),
            None => elapsed.clamp(EARLY, LATE),
        }
    }

    pub(super) fn keep(&mut self, seen: &Seen, now: Timestamp) {
        let id = seen.primary().and_then(|(deployment, _)| deployment.id()).unwrap_or_default();
        if self.since.as_ref().is_none_or(|(known, _)| known != id) {
            self.since = Some((id.to_owned(), now));
        }
        self.seen = Some((now, seen.clone()));
    }

    /// Something was changed, or may have been: what was seen says nothing any more.
    pub(super) fn forget(&mut self) {
        self.seen = None;
    }
}
