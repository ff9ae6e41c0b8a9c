//! How long things took, from the journal.

use std::time::Duration;

use deployment_core::{
    DeploymentId, Result, Timestamp,
    engine::{Finding, Record, State},
    journal::Entry,
    plan::{Role, Step, Work},
};
use serde::Serialize;

/// How long things took in one deployment, in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Timing {
    /// From its first to its last record.
    pub whole_ms: u64,
    /// From the first traffic on the new version, or from its launch if it never had any, to the verdict that it must go.
    pub to_detect_ms: Option<u64>,
    /// From that verdict until all traffic was seen to be on the old version again; `None` if none had moved.
    pub to_roll_back_ms: Option<u64>,
    /// From that verdict to the end, with the new version removed.
    pub to_clean_up_ms: Option<u64>,
}

impl Timing {
    /// Of this deployment, by its entries from the first one on.
    ///
    /// # Errors
    /// As [`State::replay`].
    pub fn of(deployment: &DeploymentId, entries: &[Entry]) -> Result<Self> {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Ok(Self::default());
        };
        let state = State::replay(deployment, entries)?;
        let mut timing = Self { whole_ms: millis(last.at.since(first.at)), ..Self::default() };
        let back = entries.iter().find_map(|entry| match &entry.record {
            Record::ReversalPlanned { steps } => Some(steps),
            _ => None,
        });
        let (Some(decided), Some(back)) = (state.reversal().map(|reversal| reversal.at), back) else {
            return Ok(timing);
        };
        let steps = &state.plan().steps;
        let moved = confirmed(entries, steps, |step| step.gives_traffic()).next();
        let launched = begun(entries, steps).next();
        timing.to_detect_ms = moved.or(launched).map(|bad_from| millis(decided.since(bad_from)));
        let is_back = |step: &Step| matches!(step.work, Work::Route { to: Role::Stable, .. });
        timing.to_roll_back_ms = confirmed(entries, back, is_back).last().map(|back| millis(back.since(decided)));
        timing.to_clean_up_ms = Some(millis(last.at.since(decided)));
        Ok(timing)
    }
}

/// When steps of a kind were confirmed.
fn confirmed<'a>(entries: &'a [Entry], steps: &'a [Step], kind: impl Fn(&Step) -> bool + 'a) -> impl Iterator<Item = Timestamp> + 'a {
    entries.iter().filter_map(move |entry| match &entry.record {
        Record::Found { step: id, finding: Finding::Confirmed { .. } } => {
            steps.iter().any(|step| step.id == *id && kind(step)).then_some(entry.at)
        }
        _ => None,
    })
}

/// When launches began.
fn begun<'a>(entries: &'a [Entry], steps: &'a [Step]) -> impl Iterator<Item = Timestamp> + 'a {
    entries.iter().filter_map(move |entry| match &entry.record {
        Record::StepStarted { step: id } => {
            steps.iter().any(|step| step.id == *id && matches!(step.work, Work::Launch { .. })).then_some(entry.at)
        }
        _ => None,
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use deployment_core::{
        Actor, EnvironmentName, Orchestrator, Percent, Plan, Plugins,
        journal::{Journal, MemoryJournal},
        judge::{Threshold, Verdict},
        memory::{Behaviour, MemoryTarget},
        metric::Query,
        plan::Capacity,
        strategy::Canary,
        testkit::{TokioClock, sample},
        watch::Watch,
    };

    use super::*;

    /// A canary that is rolled back for its errors.
    async fn rolled_back() -> Result<(DeploymentId, Vec<Entry>)> {
        let bad = Behaviour::healthy().error_rate(Percent::new(30.0)?);
        let target = MemoryTarget::builder().serving(sample::release("1"), 4).behaviour("2", bad).build();
        let rule = Watch::metrics(Arc::new(target.metrics()), Query::default(), Threshold::error_rate(5.0)?);
        let plugins = Plugins::new().target("backend", target)?.watch("errors", rule)?;
        let canary = Canary::steps([50.0, 100.0])?.bake(Duration::from_secs(60)).watch("errors")?;
        let builder = Plan::builder(sample::release("2"), EnvironmentName::new("production")?, Actor::new("ada")?);
        let plan = builder.deploy("backend", Capacity::of(4), canary).build(&plugins)?;
        let journal = Arc::new(MemoryJournal::new());
        let clock = Arc::new(TokioClock::starting_at(sample::NOON));
        let orchestrator = Orchestrator::builder(journal.clone(), plugins).clock(clock).build();
        let id = orchestrator.start(&plan).await?;
        orchestrator.drive(&id, deployment_core::Until::End).await?;
        let entries = journal.read(&id, 0).await?;
        Ok((id, entries))
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_between_the_verdict_and_the_plan_of_the_way_back_counts_as_rolling_back() -> Result<()> {
        let (id, mut entries) = rolled_back().await?;
        let before = Timing::of(&id, &entries)?;
        let fails = |entry: &Entry| matches!(&entry.record, Record::Sampled { sample, .. } if sample.watches.iter().any(|watch| matches!(watch.verdict, Verdict::Fail { .. })));
        let verdict = entries.iter().position(fails).map_or(entries.len(), |at| at + 1);
        for entry in entries.iter_mut().skip(verdict) {
            entry.at = entry.at + Duration::from_secs(3);
        }
        let after = Timing::of(&id, &entries)?;
        assert!(before.to_detect_ms.is_some(), "{before:?}");
        assert_eq!(after.to_detect_ms, before.to_detect_ms);
        assert_eq!(after.to_roll_back_ms, before.to_roll_back_ms.map(|time| time + 3_000));
        assert_eq!(after.to_clean_up_ms, before.to_clean_up_ms.map(|time| time + 3_000));
        Ok(())
    }
}
