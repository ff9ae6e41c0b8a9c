//! When the orchestrator is killed.

use std::collections::BTreeSet;

use deployment_core::{StepId, engine::Record, journal::Entry};

use super::CrashAt;

/// Decides, step by step, whether the orchestrator is killed there. Never twice at the same step, over all its lives.
#[derive(Debug)]
pub(super) struct Crashes {
    at: CrashAt,
    begun: BTreeSet<StepId>,
}

impl Crashes {
    /// `past` is the deployment's journal so far.
    pub(super) fn new(at: &CrashAt, past: &[Entry]) -> Self {
        let begun = past.iter().filter_map(|entry| match &entry.record {
            Record::StepStarted { step } => Some(step.clone()),
            _ => None,
        });
        Self { at: at.clone(), begun: begun.collect() }
    }

    pub(super) fn strikes(&mut self, step: &StepId) -> bool {
        if !self.begun.insert(step.clone()) {
            return false;
        }
        let (id, number) = (step.as_str(), self.begun.len());
        match &self.at {
            CrashAt::Nowhere => false,
            CrashAt::All => true,
            CrashAt::Number(at) => *at == number,
            CrashAt::Step(at) => id == at || id.strip_suffix(at.as_str()).is_some_and(|target| target.ends_with('/')),
        }
    }
}

#[cfg(test)]
mod tests {
    use deployment_core::{StepId, Timestamp, engine::Record, journal::Entry};

    use super::{CrashAt, Crashes};

    #[test]
    fn a_step_is_meant_by_its_id_or_number_and_struck_once() {
        let steps = ["backend/launch", "backend/route-10", "backend/launch", "back/backend/route"];
        let struck = |at| {
            let mut crashes = Crashes::new(&at, &[]);
            steps.iter().map(|step| crashes.strikes(&StepId::new(step).unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(struck(CrashAt::Nowhere), [false; 4]);
        assert_eq!(struck(CrashAt::All), [true, true, false, true]);
        assert_eq!(struck(CrashAt::Number(2)), [false, true, false, false]);
        assert_eq!(struck(CrashAt::Step("launch".into())), [true, false, false, false]);
        assert_eq!(struck(CrashAt::Step("back/backend/route".into())), [false, false, false, true]);
        assert_eq!(struck(CrashAt::Step("route".into())), [false, false, false, true]);
    }

    #[test]
    fn the_next_life_counts_on_from_what_has_begun() {
        let step = |id| StepId::new(id).unwrap();
        let begun =
            |sequence, id| Entry { sequence, epoch: 1, at: Timestamp::from_millis(0), record: Record::StepStarted { step: step(id) } };
        let past = [begun(1, "backend/launch"), begun(2, "backend/check")];
        assert!(!Crashes::new(&CrashAt::All, &past).strikes(&step("backend/check")), "it was struck there");
        assert!(Crashes::new(&CrashAt::Number(3), &past).strikes(&step("backend/route-10")));
    }
}
