//! A rollout that the platform runs: instance by instance, in its own schedule.

use std::time::Duration;

use super::world::World;
use crate::{
    id::{RevisionId, Token},
    share::{Percent, Routes, Split},
    target::{Rollout, RolloutState},
};

/// What the platform does when instances of a rollout do not get healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BadRollout {
    /// It waits for ever.
    #[default]
    Stalls,
    /// It fails, and leaves things as they are.
    Fails,
    /// It goes back by itself.
    RollsBack,
}

/// One rollout.
#[derive(Debug, Clone)]
pub(super) struct Run {
    token: Token,
    revision: RevisionId,
    count: u32,
    state: RolloutState,
    reason: String,
    /// What was there before, and how much of it.
    replaced: Vec<(RevisionId, u32)>,
    /// By when the last instance that was started must be healthy.
    patience_ends: Option<Duration>,
    word: Word,
}

/// Whether a rollout that waits for a word has been given it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Awaited,
    Given,
}

impl Run {
    pub(super) fn new(token: Token, revision: RevisionId, count: u32, replaced: Vec<(RevisionId, u32)>) -> Self {
        let state = RolloutState::InProgress;
        Self { token, revision, count, state, reason: String::new(), replaced, patience_ends: None, word: Word::Awaited }
    }

    pub(super) fn is(&self, token: &Token) -> bool {
        self.token == *token
    }

    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.state, RolloutState::InProgress | RolloutState::Waiting)
    }

    pub(super) fn end(&mut self, state: RolloutState, reason: &str) {
        self.state = state;
        reason.clone_into(&mut self.reason);
        self.patience_ends = None;
    }

    pub(super) fn go_on(&mut self) {
        self.word = Word::Given;
        if self.state == RolloutState::Waiting {
            self.state = RolloutState::InProgress;
        }
    }

    /// When something about it changes by itself.
    pub(super) fn moment(&self) -> Option<Duration> {
        self.patience_ends
    }

    pub(super) fn view(&self) -> Rollout {
        Rollout { token: Some(self.token.clone()), state: self.state, reason: self.reason.clone() }
    }
}

impl World {
    /// Does what a rollout can do at this moment.
    pub(super) fn drive_rollout(&mut self) {
        while let Some(run) = self.core.rollout.take() {
            let before = run.state;
            let (run, more) = if before == RolloutState::InProgress { self.step_rollout(run) } else { (run, false) };
            self.core.rollout = Some(run);
            if !more {
                return;
            }
        }
    }

    /// One step, and whether there may be another one at once.
    fn step_rollout(&mut self, mut run: Run) -> (Run, bool) {
        let Some(new) = self.revision(&run.revision) else {
            run.end(RolloutState::Failed, "what it rolls out is gone");
            return (run, false);
        };
        let (started, healthy) = (new.started(), new.healthy(self.now));
        if healthy < started {
            if run.patience_ends.is_some_and(|end| self.now >= end) {
                self.give_up(&mut run);
            }
            return (run, false);
        }
        self.stop_old(&run, run.count.saturating_sub(started));
        self.spread_traffic();
        if started >= run.count {
            self.complete(&mut run);
            return (run, false);
        }
        if started > 0 && self.config.rollout_waits && run.word == Word::Awaited {
            run.state = RolloutState::Waiting;
            run.patience_ends = None;
            return (run, false);
        }
        let (now, delay) = (self.now, self.config.readiness + self.config.rollout_pace);
        if let Some(new) = self.revision_mut(&run.revision) {
            new.add(now, 1, delay, Duration::ZERO);
        }
        run.patience_ends = (self.config.bad_rollout != BadRollout::Stalls).then(|| now + delay + self.config.rollout_patience);
        (run, delay.is_zero())
    }

    /// Stops instances of what is replaced until `keep` are left, those of sick revisions first.
    fn stop_old(&mut self, run: &Run, keep: u32) {
        let now = self.now;
        let mut old: Vec<_> = self.core.revisions.iter_mut().filter(|revision| revision.id != run.revision).collect();
        old.sort_by_key(|revision| revision.healthy(now));
        let mut surplus = old.iter().map(|revision| revision.desired).sum::<u32>().saturating_sub(keep);
        for revision in old {
            let gone = revision.desired.min(surplus);
            revision.remove(gone);
            surplus -= gone;
        }
    }

    /// Every healthy instance gets the same traffic. If none is healthy, nothing changes.
    fn spread_traffic(&mut self) {
        let healthy: Vec<_> = self.core.revisions.iter().map(|revision| (revision.id.clone(), revision.healthy(self.now))).collect();
        let whole: u32 = healthy.iter().map(|(_, count)| count).sum();
        if whole == 0 {
            return;
        }
        let mut shares: Vec<_> = healthy.into_iter().map(|(id, count)| (id, Percent::of(count, whole).basis_points())).collect();
        let given: u16 = shares.iter().map(|(_, share)| share).sum();
        if let Some((_, largest)) = shares.iter_mut().max_by_key(|(_, share)| *share) {
            *largest += 10_000 - given;
        }
        let shares = shares.into_iter().filter_map(|(id, share)| Some((id, Percent::try_from(share).ok()?)));
        if let Ok(split) = Split::new(shares) {
            let tests = self.core.routes.tests.clone();
            self.set_routes(Routes { split, tests });
        }
    }

    fn complete(&mut self, run: &mut Run) {
        let gone: Vec<_> = self.core.revisions.iter().map(|revision| revision.id.clone()).filter(|id| *id != run.revision).collect();
        for id in &gone {
            self.remove_revision(id);
        }
        run.end(RolloutState::Completed, "all instances are replaced");
        self.says(format!("{} has reached a steady state", run.revision));
    }

    fn give_up(&mut self, run: &mut Run) {
        self.says(format!("{} did not get healthy in time", run.revision));
        if self.config.bad_rollout == BadRollout::Fails {
            run.end(RolloutState::Failed, "instances did not get healthy");
            return;
        }
        for (id, count) in run.replaced.clone() {
            self.set_count(&id, count);
        }
        let tests = self.core.routes.tests.clone();
        self.core.revisions.retain(|revision| revision.id != run.revision);
        if run.replaced.is_empty() {
            self.set_routes(Routes { split: Split::empty(), tests });
        } else {
            self.spread_traffic();
        }
        self.remove_revision(&run.revision);
        run.end(RolloutState::RolledBack, "instances did not get healthy; the platform went back");
    }
}
