//! What a target has been through, for whoever checks a deployment against the world instead of its own account.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{
    context::EffectContext,
    id::{RevisionId, Token},
    release::Release,
    share::Routes,
    target::Rollout,
};

/// One thing that happened on a target, and how things stood right after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEvent {
    /// Its place among everything that was given a place by [`next_order`] in this process: events of several targets and what a
    /// test records itself. Exact for effects and interference. What the platform does by itself gets its place when
    /// somebody next looks; go by `at` there.
    pub order: u64,
    /// When: time since the target was built.
    pub at: Duration,
    /// What happened.
    pub cause: Cause,
    /// How things stood right after.
    pub after: Snapshot,
}

/// The next place in the order of events of this process.
#[must_use]
pub fn next_order() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::SeqCst)
}

/// Why things stand otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The target was built so.
    Built,
    /// A mutating call was accepted.
    Called {
        /// What was asked for.
        effect: Effect,
        /// By whom.
        context: EffectContext,
    },
    /// Somebody looked. Nothing changed; of looks in a row that find the same, the last one is kept.
    Observed {
        /// The moment that was shown: the read lag ago.
        shown: Duration,
    },
    /// The platform, or an instance, did it by itself: got ready, crashed, drained, went on with a rollout.
    Platform,
    /// Somebody else did it.
    Interference,
}

/// A mutating call that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A revision was launched, or is known from before under the same token.
    Launch {
        /// Which.
        revision: RevisionId,
        /// Instances.
        count: u32,
    },
    /// A rollout of the platform's own was started, or is known from before under the same token.
    Replace {
        /// Which revision it rolls out.
        revision: RevisionId,
        /// Instances.
        count: u32,
    },
    /// Traffic was routed.
    Route {
        /// Where to.
        routes: Routes,
    },
    /// A number of instances was set.
    Scale {
        /// Of which revision.
        revision: RevisionId,
        /// Instances.
        count: u32,
    },
    /// A revision was removed, or was gone already.
    Retire {
        /// Which.
        revision: RevisionId,
    },
    /// A rollout was stopped, or had ended already.
    Stop {
        /// Which.
        rollout: Token,
    },
    /// A waiting rollout was told to go on.
    Proceed {
        /// Which.
        rollout: Token,
    },
}

/// How things stand at a moment: the truth, without read lag, and with the health that the platform may not show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// Where traffic goes.
    pub routes: Routes,
    /// Every revision.
    pub revisions: Vec<RevisionSnapshot>,
    /// The latest rollout of the platform's own.
    pub rollout: Option<Rollout>,
}

impl Snapshot {
    /// The revision with this id.
    #[must_use]
    pub fn revision(&self, id: &RevisionId) -> Option<&RevisionSnapshot> {
        self.revisions.iter().find(|revision| revision.id == *id)
    }
}

/// One revision at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionSnapshot {
    /// Its id.
    pub id: RevisionId,
    /// The token of the launch that made it.
    pub token: Option<Token>,
    /// What it runs, if anybody knows.
    pub release: Option<Arc<Release>>,
    /// Instances asked for.
    pub desired: u32,
    /// Instances that run.
    pub running: u32,
    /// Instances that are healthy.
    pub healthy: u32,
    /// Requests that have not ended.
    pub in_flight: u64,
}
