//! What the monitor tells: states, changes, snapshots.

use std::fmt;

use deployment_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::look::Finding;

/// How a monitored check stands, after hysteresis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It has not looked yet, or could not look.
    Unknown,
    /// All is well.
    Up,
    /// It works, but not well.
    Degraded,
    /// It does not work.
    Down,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown",
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
        })
    }
}

/// A check's state changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The check's name.
    pub check: String,
    /// How it stood when this feed told last.
    pub from: State,
    /// How it stands. The same as `from` if it changed and changed back before it was fetched.
    pub to: State,
    /// When it came to stand so.
    pub at: Timestamp,
    /// What the look that decided it found, in words.
    pub reason: String,
    /// How many earlier changes of this check were merged into this one, because nobody had fetched them.
    pub merged: u64,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} → {} at {}: {}", self.check, self.from, self.to, self.at, self.reason)
    }
}

/// One look of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The check's name.
    pub check: String,
    /// When the look ended.
    pub at: Timestamp,
    /// What it found.
    pub finding: Finding,
    /// How the check stands after it.
    pub state: State,
    /// How many earlier looks of this check were dropped for this one, because nobody had fetched them.
    pub merged: u64,
}

/// How one check stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckState {
    /// The check's name.
    pub check: String,
    /// How it stands.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// When its last look ended. `None` if there was none.
    pub looked: Option<Timestamp>,
    /// What that look found.
    pub last: Option<Finding>,
    /// How many looks there were.
    pub looks: u64,
    /// How many looks were left out, because their turn passed before there was a free place.
    pub skipped: u64,
}

/// How everything stands at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The moment.
    pub at: Timestamp,
    /// Every check, by name.
    pub checks: Vec<CheckState>,
    /// How many looks are under way.
    pub looking: usize,
    /// How many looks are due and wait for a free place: more than a few for long means that the concurrency is too low.
    pub waiting: usize,
}

impl Snapshot {
    /// How many checks stand so.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.checks.iter().filter(|check| check.state == state).count()
    }
}
