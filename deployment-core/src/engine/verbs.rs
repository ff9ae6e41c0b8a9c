//! What people may say now.

use super::state::State;
use crate::{
    gate::{Decision, GateVerdict},
    id::SignalId,
    signal::{Resolution, Signal, Signalled},
};

impl State {
    /// What people may say now: the signals that [`refuses`](Self::refuses) lets through. Approvals are among them while a gate waits; whether
    /// one counts depends on who says it.
    #[must_use]
    pub fn open_verbs(&self) -> Vec<Signal> {
        use Signal::{Abort, Close, Pause, Promote, Resolve, Resume, Retry, RollBack};
        let known =
            [Pause, Resume, Promote, Retry, Resolve(Resolution::Done), Resolve(Resolution::NotDone), RollBack, Abort, Close].into_iter();
        let counts = |signal: &Signal| {
            let (actor, signal) = (self.plan().author.clone(), signal.clone());
            self.refuses(&Signalled { id: SignalId::made("open"), actor, reason: String::new(), at: self.last_record(), signal }).is_none()
        };
        self.approvals_asked().into_iter().chain(known.filter(counts)).collect()
    }

    /// Both answers to the gate that waits, if one does.
    fn approvals_asked(&self) -> Vec<Signal> {
        let current = self.course().current().filter(|_| self.outcome().is_none() && self.halted().is_none());
        let Some((step, _)) = current.filter(|(_, run)| matches!(run.gate, Some((GateVerdict::Wait { .. }, _)))) else {
            return Vec::new();
        };
        let answer = |decision| Signal::Approval { step: step.id.clone(), plan: self.hash().clone(), decision };
        [Decision::Approved, Decision::Rejected].map(answer).into()
    }
}
