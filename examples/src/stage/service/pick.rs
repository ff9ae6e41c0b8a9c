//! Who answers a request.

use std::sync::Arc;

use hyper::HeaderMap;
use tokio::time::Instant;

use super::{
    instance::{Instance, Upstream},
    recorder::Recorder,
    state::{Service, State},
};

/// The header that reaches a revision by its id whatever the routes are.
pub const PREVIEW_HEADER: &str = "x-stage-revision";

/// Who answers a request.
pub(crate) enum Pick {
    /// This instance.
    Upstream(Ticket),
    /// Nobody can. Holds the revision that should have, if there is one.
    Nobody(Option<Arc<Recorder>>),
}

/// Why a revision was chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lane {
    /// It was its turn.
    Split,
    /// The request asked for it. It is not a user's, so it does not enter the metrics that decide about users' requests.
    Test,
}

/// One request on its way to an instance. While it exists the instance is not stopped; it counts once, also when it is dropped
/// because the client went away.
pub(crate) struct Ticket {
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) recorder: Arc<Recorder>,
    instance: Arc<Instance>,
    lane: Lane,
    began: Instant,
    failed: bool,
}

impl Service {
    /// Chooses who answers a request with these headers, and holds the instance for it.
    pub(crate) fn pick(&self, headers: &HeaderMap) -> Pick {
        // One lock from the choice to the count: whoever takes an instance out of the rotation sees all its requests.
        self.look(|state| {
            let (revision, lane) = match state.test_revision(headers) {
                Some(revision) => (Some(revision), Lane::Test),
                None => (state.wheel.turn().map(str::to_owned), Lane::Split),
            };
            let found = revision.and_then(|revision| state.find(&revision)).filter(|revision| !revision.retiring);
            let recorder = found.as_ref().map(|revision| Arc::clone(&revision.recorder));
            let Some((recorder, (instance, upstream))) =
                found.and_then(|revision| Some((Arc::clone(&revision.recorder), revision.pick()?)))
            else {
                if lane == Lane::Split {
                    state.no_upstream += 1;
                    recorder.iter().for_each(|recorder| recorder.no_upstream());
                }
                return Pick::Nobody(recorder);
            };
            instance.begin();
            Pick::Upstream(Ticket { upstream, recorder, instance, lane, began: Instant::now(), failed: true })
        })
    }
}

impl State {
    /// The revision that a request asks for.
    fn test_revision(&self, headers: &HeaderMap) -> Option<String> {
        let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(revision) = value(PREVIEW_HEADER) {
            return Some(revision.to_owned());
        }
        let rule = self.routes.tests.iter().find(|rule| value(&rule.header) == Some(rule.value.as_str()))?;
        Some(rule.revision.clone())
    }
}

impl Ticket {
    /// The request was answered; without this call it counts as failed.
    pub(crate) fn answered(mut self, failed: bool) {
        self.failed = failed;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        match self.lane {
            Lane::Split => {
                let micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
                self.recorder.answered(micros, self.failed);
            }
            Lane::Test => self.recorder.tested(),
        }
        // Last: once nothing is in flight the instance is stopped, and by then everything has been counted.
        self.instance.end();
    }
}
