//! A simulated platform, also as a journal's deployment left it.

use std::collections::BTreeSet;

use deployment_core::{
    EffectContext, Percent, StepId, Timestamp, Token,
    action::Action,
    engine::{Call, Record},
    journal::Entry,
    memory::{Behaviour, MemoryTarget},
    target::Target,
    testkit::{fake::FakeAction, sample},
};

use super::id;

/// What became of a call whose answer nobody heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Open {
    Happened,
    DidNot,
}

/// What a deployment changes.
pub(crate) struct Platform {
    pub(crate) target: MemoryTarget,
    pub(crate) flag: FakeAction,
    pub(crate) size: FakeAction,
}

impl Platform {
    pub(crate) fn new() -> Self {
        let bad = Behaviour::healthy().error_rate(Percent::new(30.0).unwrap());
        let target = MemoryTarget::builder().serving(sample::release("1"), 4).behaviour("3", bad).build();
        Self { target, flag: FakeAction::named("flag"), size: FakeAction::named("size") }
    }

    /// Does again what the journal says was done.
    pub(crate) async fn left_by(entries: &[Entry], open: Open) -> Self {
        let platform = Self::new();
        let answered: BTreeSet<&StepId> = entries.iter().filter_map(|entry| answered(&entry.record)).collect();
        for entry in entries {
            if let Record::Intent { step, token, call, before } = &entry.record
                && (answered.contains(step) || open == Open::Happened)
            {
                platform.call(context(entry.epoch, step, token), call, before).await;
            }
        }
        // Everything that was launched gets healthy.
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        platform
    }

    async fn call(&self, context: EffectContext, call: &Call, before: &serde_json::Value) {
        let action = |name: &str| if name == "flag" { &self.flag } else { &self.size };
        match call {
            Call::Launch { release, count, .. } => drop(self.target.launch(&context, release, *count).await.unwrap()),
            Call::Route { routes } => self.target.route(&context, routes).await.unwrap(),
            Call::Scale { revision, count } => self.target.scale(&context, revision, *count).await.unwrap(),
            Call::Retire { revision } => self.target.retire(&context, revision).await.unwrap(),
            Call::Apply { action: name } => action(name.as_str()).apply(&context, before).await.unwrap(),
            Call::Undo { action: name } => action(name.as_str()).undo(&context, before).await.unwrap(),
            other => panic!("no golden deployment asks for {other:?}"),
        }
    }

    pub(crate) fn serves(&self) -> String {
        let snapshot = self.target.snapshot();
        let sole = snapshot.routes.split.sole().and_then(|id| snapshot.revision(id)).unwrap();
        sole.release.as_ref().unwrap().version.clone()
    }
}

fn answered(record: &Record) -> Option<&StepId> {
    match record {
        Record::Returned { step, result: Ok(_) } => Some(step),
        _ => None,
    }
}

fn context(epoch: u64, step: &StepId, token: &Token) -> EffectContext {
    EffectContext { deployment: id(), step: step.clone(), token: token.clone(), epoch, deadline: Timestamp::from_millis(4_102_444_800_000) }
}
