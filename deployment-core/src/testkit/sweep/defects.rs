//! Engines that are broken on purpose, to show that the sweep notices.

/// A way in which an engine can be wrong. For tests of the sweep itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// A revision is removed before it has drained.
    RetireBeforeDrain,
    /// An accepted call counts as done without being read back.
    SkipReadBack,
    /// A launch that may have happened is asked for again at once.
    RepeatInDoubtLaunch,
    /// A stale writer is not refused.
    NoFence,
}
