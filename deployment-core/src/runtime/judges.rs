//! The runs of judges that a driver keeps, rebuilt from the journal when it takes over.

use std::collections::HashMap;

use crate::{
    engine::{Lookout, Record, State, StepRun, WatchSample},
    id::{PluginName, StepId, TargetName},
    journal::Entry,
    judge::{JudgeRun, Observation, Verdict},
    plan::Step,
    plugins::Plugins,
};

/// What a run belongs to: a bake, from a record on, or the whole deployment for a guard.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Scope {
    Step(StepId, u64),
    Guard,
}

type Key = (PluginName, TargetName, Scope);

#[derive(Debug, Default)]
pub(super) struct Judges {
    runs: HashMap<Key, Box<dyn JudgeRun>>,
}

impl Judges {
    /// Folds what is journalled. Says why, if that leads to another verdict than the one that was recorded.
    pub(super) fn rebuild(plugins: &Plugins, state: &State, entries: &[Entry]) -> (Self, Option<String>) {
        let mut judges = Self::default();
        let mut differs = None;
        for entry in entries {
            let Record::Sampled { step, sample } = &entry.record else { continue };
            for watch in &sample.watches {
                let scope = scope(state, (step, sample.by), &watch.watch);
                if matches!(&scope, Scope::Step(_, since) if entry.sequence < *since) {
                    continue;
                }
                let verdict = judges.fold(plugins, scope, watch);
                // A bake that has begun again since has drawn that conclusion already.
                let counts = |(current, run): (&Step, &StepRun)| current.id == *step && entry.sequence >= run.bake.since;
                if state.course().current().is_some_and(counts) && verdict != watch.verdict {
                    differs = Some(format!("{} now says {verdict:?}, {:?} was recorded", watch.watch, watch.verdict));
                }
            }
        }
        judges.forget_ended(state);
        (judges, differs)
    }

    fn fold(&mut self, plugins: &Plugins, scope: Scope, sample: &WatchSample) -> Verdict {
        let key = (sample.watch.clone(), sample.target.clone(), scope);
        self.run(plugins, key).map_or(Verdict::Continue, |run| run.observe(&sample.observation))
    }

    fn run(&mut self, plugins: &Plugins, key: Key) -> Option<&mut Box<dyn JudgeRun>> {
        let judge = &plugins.watches.get(&key.0)?.judge;
        Some(self.runs.entry(key).or_insert_with(|| judge.begin()))
    }

    /// One more observation.
    pub(super) fn observe(
        &mut self,
        plugins: &Plugins,
        state: &State,
        (step, by): (&StepId, Lookout),
        look: (PluginName, TargetName, Observation),
    ) -> WatchSample {
        let (watch, target, observation) = look;
        let key = (watch.clone(), target.clone(), scope(state, (step, by), &watch));
        let verdict = self.run(plugins, key).map_or(Verdict::Continue, |run| run.observe(&observation));
        WatchSample { watch, target, observation, verdict }
    }

    /// The last word of all judges of a step: the worst of them.
    pub(super) fn finish(&mut self, plugins: &Plugins, state: &State, step: &StepId) -> Verdict {
        let Some((planned, _)) = state.find(step) else { return Verdict::Continue };
        let mut worst = Verdict::Continue;
        for watch in planned.work.watches() {
            let Some(target) = &planned.target else { continue };
            let key = (watch.clone(), target.clone(), scope(state, (step, Lookout::Step), watch));
            let verdict = self.run(plugins, key).map_or(Verdict::Continue, |run| run.finish());
            let named = |reason: &str| format!("{watch}: {reason}");
            match (&worst, verdict) {
                (_, Verdict::Fail { reason }) => return Verdict::Fail { reason: named(&reason) },
                (Verdict::Continue, Verdict::Inconclusive { reason }) => worst = Verdict::Inconclusive { reason: named(&reason) },
                _ => {}
            }
        }
        worst
    }

    /// Drops the runs of bakes that have ended.
    pub(super) fn forget_ended(&mut self, state: &State) {
        let current = state.course().current().map(|(step, run)| (step.id.clone(), run.bake.since));
        self.runs.retain(|(_, _, scope), _| match scope {
            Scope::Step(step, since) => current.as_ref().is_some_and(|(id, from)| id == step && from == since),
            Scope::Guard => true,
        });
    }
}

fn scope(state: &State, (step, by): (&StepId, Lookout), watch: &PluginName) -> Scope {
    match state.find(step) {
        Some((planned, run)) if by == Lookout::Step && planned.work.watches().contains(watch) => Scope::Step(step.clone(), run.bake.since),
        _ => Scope::Guard,
    }
}
