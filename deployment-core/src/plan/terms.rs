//! What holds for a plan whatever it deploys: gates, guards, policy, notices.

use super::{Fault, Notice, Policy};
use crate::notify::Severity;

/// What an environment asks of every plan, and what a plan adds to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    pub(super) gates: Vec<(GateAt, String)>,
    pub(super) guards: Vec<String>,
    pub(super) notices: Vec<(String, Severity)>,
    pub(crate) policy: Policy,
    pub(super) digest: Digest,
}

/// Before which step a gate stands.
#[derive(Debug, Clone)]
pub(crate) enum GateAt {
    Start,
    Traffic,
    Step(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Digest {
    #[default]
    Optional,
    Required,
}

impl Terms {
    pub(crate) fn gate(&mut self, at: GateAt, gate: &str) {
        self.gates.push((at, gate.to_owned()));
    }

    /// The same with these gates before the first production traffic, and no others.
    pub(crate) fn gated_only_by(&self, gates: &[String]) -> Self {
        Self { gates: gates.iter().map(|gate| (GateAt::Traffic, gate.clone())).collect(), ..self.clone() }
    }

    pub(crate) fn guard(&mut self, watch: &str) {
        self.guards.push(watch.to_owned());
    }

    pub(crate) fn notify(&mut self, notifier: &str, from: Severity) {
        self.notices.push((notifier.to_owned(), from));
    }

    pub(crate) fn require_digest(&mut self) {
        self.digest = Digest::Required;
    }

    pub(super) fn routing(&self, faults: &mut Vec<Fault>) -> Vec<Notice> {
        let named = self.notices.iter().filter_map(|(name, from)| Some((super::builder::named(name, faults)?, *from)));
        named.map(|(notifier, from)| Notice { notifier, from }).collect()
    }
}
