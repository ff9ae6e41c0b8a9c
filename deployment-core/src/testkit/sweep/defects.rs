//! Engines that are broken on purpose, to show that the sweep notices.

use crate::{
    engine::{Finding, Progress},
    plan::Work,
};

/// A way in which an engine can be wrong. For tests of the sweep itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// A revision is removed before it has drained.
    RetireBeforeDrain,
    /// An accepted call counts as done without being read back.
    SkipReadBack,
    /// A launch that may have happened is asked for again at once.
    RepeatInDoubtLaunch,
    /// Neither journal nor target refuses what comes from a lower epoch.
    NoFence,
}

impl Defect {
    /// What a broken engine takes for granted about the current step instead of looking.
    pub(crate) fn claims(self, work: &Work, progress: Progress) -> Option<Finding> {
        let doubted = matches!(progress, Progress::InDoubt { .. });
        match (self, work) {
            (Self::RetireBeforeDrain, Work::Drain { .. }) => Some(Finding::Confirmed { revision: None }),
            (Self::SkipReadBack, Work::Route { .. } | Work::Scale { .. } | Work::Retire { .. }) if !doubted => {
                Some(Finding::Confirmed { revision: None })
            }
            (Self::RepeatInDoubtLaunch, Work::Launch { .. }) if doubted => Some(Finding::Absent),
            _ => None,
        }
    }
}
