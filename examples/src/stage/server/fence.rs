//! Who may give orders, and which orders were given before.

use std::collections::BTreeMap;

use super::super::wire::{Effect, LaunchRecord, Launched, Refusal, RefusalKind, Release};
use crate::clock::unix_millis;

/// Who may give orders, and which revisions were made by which.
#[derive(Default)]
pub(super) struct Fence {
    /// The highest epoch seen of each deployment.
    pub(super) epochs: BTreeMap<String, u64>,
    /// In the order of making; by token at most one.
    made: Vec<Made>,
}

/// What made a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Maker {
    Launch,
    Replace,
}

struct Made {
    maker: Maker,
    release: Release,
    record: LaunchRecord,
}

impl Fence {
    /// Lets the highest epoch pass and those that follow it, and nobody who was overtaken.
    pub(super) fn admit(&mut self, effect: &Effect) -> Result<(), Refusal> {
        let highest = self.epochs.entry(effect.deployment.clone()).or_default();
        if effect.epoch < *highest {
            let message = format!(
                "epoch {} of deployment {:?} was overtaken by epoch {highest}: another driver has taken over",
                effect.epoch, effect.deployment
            );
            return Err(Refusal::new(RefusalKind::StaleEpoch, message));
        }
        *highest = effect.epoch;
        Ok(())
    }

    /// The revision that this token stands for, if it was seen.
    pub(super) fn known(&mut self, maker: Maker, effect: &Effect, release: &Release) -> Result<Option<Launched>, Refusal> {
        let Some(made) = self.made.iter_mut().find(|made| made.record.token == effect.token) else {
            return Ok(None);
        };
        if made.maker != maker || made.release != *release {
            let message = format!("token {:?} stands for revision {:?}, made otherwise", effect.token, made.record.revision);
            return Err(Refusal::new(RefusalKind::TokenReused, message));
        }
        made.record.repeats += 1;
        Ok(Some(Launched { revision: made.record.revision.clone(), repeated: true }))
    }

    /// Remembers what was made for a token.
    pub(super) fn made(&mut self, maker: Maker, effect: &Effect, release: &Release, revision: &str) -> Launched {
        let record = LaunchRecord {
            at: unix_millis(),
            token: effect.token.clone(),
            deployment: effect.deployment.clone(),
            service: release.service.clone(),
            version: release.version.clone(),
            revision: revision.to_owned(),
            repeats: 0,
        };
        self.made.push(Made { maker, release: release.clone(), record });
        Launched { revision: revision.to_owned(), repeated: false }
    }

    pub(super) fn launches(&self) -> Vec<LaunchRecord> {
        self.made.iter().map(|made| made.record.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, Fence, Maker, RefusalKind, Release};

    fn effect(deployment: &str, token: &str, epoch: u64) -> Effect {
        Effect { deployment: deployment.into(), step: "s".into(), token: token.into(), epoch }
    }

    fn release(version: &str) -> Release {
        Release { service: "a".into(), version: version.into(), digest: "x".into(), config: Default::default() }
    }

    #[test]
    fn only_the_highest_epoch_of_a_deployment_passes() {
        let mut fence = Fence::default();
        for (deployment, epoch, passes) in
            [("d", 2, true), ("d", 2, true), ("d", 1, false), ("d", 3, true), ("d", 2, false), ("e", 1, true)]
        {
            let result = fence.admit(&effect(deployment, "t", epoch));
            assert_eq!(result.is_ok(), passes, "{deployment} {epoch}");
            if let Err(refusal) = result {
                assert_eq!(refusal.kind, RefusalKind::StaleEpoch);
            }
        }
        assert_eq!(fence.epochs["d"], 3);
    }

    #[test]
    fn a_token_stands_for_one_revision_for_ever() {
        let mut fence = Fence::default();
        let token = effect("d", "t", 1);
        assert_eq!(fence.known(Maker::Launch, &token, &release("1")), Ok(None));
        fence.made(Maker::Launch, &token, &release("1"), "a-1");
        assert_eq!(fence.known(Maker::Launch, &token, &release("1")).unwrap().unwrap().revision, "a-1");
        for (maker, version) in [(Maker::Launch, "2"), (Maker::Replace, "1")] {
            let refusal = fence.known(maker, &token, &release(version)).unwrap_err();
            assert_eq!(refusal.kind, RefusalKind::TokenReused);
        }
        assert_eq!(fence.launches()[0].repeats, 1);
    }
}
