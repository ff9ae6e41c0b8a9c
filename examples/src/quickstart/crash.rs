//! When the orchestrator is killed.

use std::collections::BTreeSet;

use deployment_core::StepId;

use super::CrashAt;

/// Decides, step by step, whether the orchestrator is killed there. Never twice at the same step.
#[derive(Debug)]
pub(super) struct Crashes {
    at: CrashAt,
    begun: BTreeSet<StepId>,
    /// At which steps it was killed.
    pub(super) killed: Vec<String>,
}

impl Crashes {
    pub(super) fn new(at: &CrashAt) -> Self {
        Self { at: at.clone(), begun: BTreeSet::new(), killed: Vec::new() }
    }

    pub(super) fn strikes(&mut self, step: &StepId) -> bool {
        if !self.begun.insert(step.clone()) {
            return false;
        }
        let (id, number) = (step.as_str(), self.begun.len());
        let strikes = match &self.at {
            CrashAt::Nowhere => false,
            CrashAt::All => true,
            CrashAt::Number(at) => *at == number,
            CrashAt::Step(at) => id == at || id.strip_suffix(at.as_str()).is_some_and(|target| target.ends_with('/')),
        };
        if strikes {
            self.killed.push(id.to_owned());
        }
        strikes
    }
}

#[cfg(test)]
mod tests {
    use deployment_core::StepId;

    use super::{CrashAt, Crashes};

    #[test]
    fn a_step_is_meant_by_its_id_or_number_and_struck_once() {
        let steps = ["backend/launch", "backend/route-10", "backend/launch", "back/backend/route"];
        let struck = |at| {
            let mut crashes = Crashes::new(&at);
            steps.iter().map(|step| crashes.strikes(&StepId::new(step).unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(struck(CrashAt::Nowhere), [false; 4]);
        assert_eq!(struck(CrashAt::All), [true, true, false, true]);
        assert_eq!(struck(CrashAt::Number(2)), [false, true, false, false]);
        assert_eq!(struck(CrashAt::Step("launch".into())), [true, false, false, false]);
        assert_eq!(struck(CrashAt::Step("back/backend/route".into())), [false, false, false, true]);
        assert_eq!(struck(CrashAt::Step("route".into())), [false, false, false, true]);
    }
}
