//! One unit of a plan.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    backup::VerifyLevel,
    id::{PluginName, StepId, TargetName},
    migration::{Migration, Phase, Reversibility},
    share::{Percent, TestRule},
    target::Capability,
};

/// One unit of a plan: what is done, on which target, behind which gates, how long it may take and what undoes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name, unique in the plan.
    pub id: StepId,
    /// The target that it drives or examines; `None` if it concerns all or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetName>,
    /// What is done.
    pub work: Work,
    /// Gates that must pass before it starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<PluginName>,
    /// What undoes it.
    pub compensation: Compensation,
    /// How long it may take from its start to its confirmation, gates not counted.
    #[serde(with = "crate::time::seconds")]
    pub deadline: Duration,
    /// How long its gates may wait.
    #[serde(with = "crate::time::seconds")]
    pub gate_deadline: Duration,
}

/// Which revision of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The one that served when the deployment began.
    Stable,
    /// The one that is being introduced.
    Candidate,
    /// The last known good one, launched again because the stable one is sick.
    Fallback,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Start a revision beside what runs and wait until it is healthy.
    Launch {
        /// Which.
        role: Role,
        /// Instances.
        count: u32,
    },
    /// Set a revision's number of instances and wait until they are healthy, or gone.
    Scale {
        /// Which.
        role: Role,
        /// Instances.
        count: u32,
    },
    /// Route a share of traffic to one revision and the rest to the stable one; read it back.
    Route {
        /// To which.
        to: Role,
        /// How much.
        share: Percent,
        /// Test rules that select it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tests: Vec<TestRule>,
    },
    /// Let the platform replace what runs, in its own schedule, and watch it.
    Replace {
        /// By which: the candidate, or the stable one's release again.
        role: Role,
        /// Instances.
        count: u32,
    },
    /// Stop the platform's rollout.
    StopRollout,
    /// Examine the candidate once, before it has traffic.
    Check {
        /// Watches that must be content.
        watches: Vec<PluginName>,
    },
    /// Watch the candidate under traffic.
    Bake {
        /// How much time must be covered by observations.
        #[serde(with = "crate::time::seconds")]
        duration: Duration,
        /// How often to look.
        #[serde(with = "crate::time::seconds")]
        every: Duration,
        /// Watches whose judges decide.
        watches: Vec<PluginName>,
    },
    /// Wait for a person's promotion.
    Hold,
    /// Wait.
    Pause {
        /// How long.
        #[serde(with = "crate::time::seconds")]
        duration: Duration,
    },
    /// Confirm that a revision has no traffic and that its requests have ended.
    Drain {
        /// Which.
        role: Role,
    },
    /// Remove a revision.
    Retire {
        /// Which.
        role: Role,
    },
    /// Confirm that what was launched is what serves.
    Verify,
    /// An action of a user's own.
    Action {
        /// Its name in the registry.
        name: PluginName,
    },
    /// Make a backup and verify it.
    Backup {
        /// The provider's name in the registry.
        name: PluginName,
        /// At least how well it is verified.
        level: VerifyLevel,
    },
    /// Apply a migration.
    Migrate {
        /// Its name in the registry.
        name: PluginName,
        /// When it may run.
        phase: Phase,
    },
    /// Undo an action or a migration that an earlier step did.
    Undo {
        /// That step.
        of: StepId,
        /// Its name in the registry.
        name: PluginName,
    },
    /// What is done so far is not rolled back any more.
    Commit,
}

/// What undoes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compensation {
    /// The engine's rollback undoes it.
    Undo,
    /// There is nothing to undo.
    NotNeeded,
    /// It cannot be undone: after it there is only forward.
    PointOfNoReturn,
    /// It is undone on every way out, success included.
    Finally,
}

impl Step {
    /// Whether it changes something on this target.
    pub(crate) fn drives(&self, target: &TargetName) -> bool {
        self.target.as_ref() == Some(target) && self.work.has_effect() && self.work.action().is_none()
    }

    /// Whether it does something to data that nothing takes back: an action or a migration that is a point of no return.
    ///
    /// Such a step needs a backup before it ([`BackupRule`](super::BackupRule)). Removing a revision destroys no data, and needs none.
    #[must_use]
    pub fn is_irreversible(&self) -> bool {
        self.compensation == Compensation::PointOfNoReturn && matches!(self.work, Work::Action { .. } | Work::Migrate { .. })
    }
}

impl Work {
    /// Whether it calls something that changes the world.
    #[must_use]
    pub fn has_effect(&self) -> bool {
        matches!(
            self,
            Self::Launch { .. }
                | Self::Scale { .. }
                | Self::Route { .. }
                | Self::Replace { .. }
                | Self::StopRollout
                | Self::Retire { .. }
                | Self::Action { .. }
                | Self::Backup { .. }
                | Self::Migrate { .. }
                | Self::Undo { .. }
        )
    }

    /// What its test rules need of a target.
    pub(crate) fn test_needs(&self) -> impl Iterator<Item = Capability> {
        let tests = if let Self::Route { tests, .. } = self { tests.as_slice() } else { &[] };
        tests.iter().map(Capability::of_test)
    }

    /// The watches that it names.
    #[must_use]
    pub fn watches(&self) -> &[PluginName] {
        match self {
            Self::Check { watches } | Self::Bake { watches, .. } => watches,
            _ => &[],
        }
    }

    /// The action, backup or migration that it names.
    #[must_use]
    pub fn action(&self) -> Option<&PluginName> {
        match self {
            Self::Action { name } | Self::Backup { name, .. } | Self::Migrate { name, .. } | Self::Undo { name, .. } => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stable => "stable",
            Self::Candidate => "candidate",
            Self::Fallback => "last known good",
        })
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Launch { role, count } => write!(f, "launch the {role} with {count} instances and wait until they are healthy"),
            Self::Scale { role, count } => write!(f, "scale the {role} to {count} instances"),
            Self::Route { to, share, tests } if tests.is_empty() => write!(f, "route {share} of traffic to the {to}"),
            Self::Route { to, share, tests } => write!(f, "route {share} of traffic and {} test rules to the {to}", tests.len()),
            Self::Replace { role, count } => write!(f, "let the platform replace what runs by the {role}, {count} instances"),
            Self::StopRollout => f.write_str("stop the platform's rollout"),
            Self::Check { watches } => write!(f, "check {}", list(watches)),
            Self::Bake { duration, watches, .. } if watches.is_empty() => write!(f, "bake for {} s", duration.as_secs_f64()),
            Self::Bake { duration, watches, .. } => write!(f, "bake for {} s watching {}", duration.as_secs_f64(), list(watches)),
            Self::Hold => f.write_str("wait for a promotion"),
            Self::Pause { duration } => write!(f, "wait {} s", duration.as_secs_f64()),
            Self::Drain { role } => write!(f, "wait until the {role} has no traffic and no open requests"),
            Self::Retire { role } => write!(f, "remove the {role}"),
            Self::Verify => f.write_str("verify that what was launched is what serves"),
            Self::Action { name } => write!(f, "run the action {name}"),
            Self::Backup { name, level } => write!(f, "back up with {name}, and verify: {level}"),
            Self::Migrate { name, phase } => write!(f, "migrate with {name} ({phase})"),
            Self::Undo { of, name } => write!(f, "undo {name} of step {of}"),
            Self::Commit => f.write_str("commit: what is done so far is not rolled back any more"),
        }
    }
}

fn list(names: &[PluginName]) -> String {
    names.iter().map(PluginName::as_str).collect::<Vec<_>>().join(", ")
}

impl Step {
    /// A step with the usual compensation and deadline for its work.
    #[must_use]
    pub fn new(id: StepId, work: Work) -> Self {
        let compensation = work.usual_compensation();
        let deadline = work.usual_deadline();
        Self { id, target: None, work, gates: Vec::new(), compensation, deadline, gate_deadline: Duration::from_secs(86_400) }
    }

    /// A step that runs an action and undoes it on the way back.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if `id` or `action` is not a name.
    pub fn action(id: &str, action: &str) -> crate::Result<Self> {
        Ok(Self::new(StepId::new(id)?, Work::Action { name: PluginName::new(action)? }))
    }

    /// A step that makes a backup and verifies it at least at `level`. It is kept on the way back.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if `id` or `provider` is not a name.
    pub fn backup(id: &str, provider: &str, level: VerifyLevel) -> crate::Result<Self> {
        Ok(Self::new(StepId::new(id)?, Work::Backup { name: PluginName::new(provider)?, level }))
    }

    /// A step that applies a migration: taken back on the way back, or a point of no return.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if `id` or `name` is not a name.
    pub fn migration(id: &str, name: &str, migration: &dyn Migration) -> crate::Result<Self> {
        let work = Work::Migrate { name: PluginName::new(name)?, phase: migration.phase() };
        Ok(Self::new(StepId::new(id)?, work).compensated_by(match migration.reversibility() {
            Reversibility::Reversible => Compensation::Undo,
            Reversibility::Irreversible => Compensation::PointOfNoReturn,
        }))
    }

    /// The same step on a target.
    #[must_use]
    pub fn on(mut self, target: TargetName) -> Self {
        self.target = Some(target);
        self
    }

    /// The same step with another compensation.
    #[must_use]
    pub fn compensated_by(mut self, compensation: Compensation) -> Self {
        self.compensation = compensation;
        self
    }

    /// The same step with another deadline.
    #[must_use]
    pub fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The same step behind one more gate.
    #[must_use]
    pub fn gated_by(mut self, gate: PluginName) -> Self {
        self.gates.push(gate);
        self
    }
}

impl Work {
    fn usual_compensation(&self) -> Compensation {
        match self {
            Self::Launch { .. } | Self::Scale { .. } | Self::Route { .. } | Self::Replace { .. } | Self::Action { .. } => {
                Compensation::Undo
            }
            Self::Retire { .. } | Self::Migrate { .. } => Compensation::PointOfNoReturn,
            _ => Compensation::NotNeeded,
        }
    }

    fn usual_deadline(&self) -> Duration {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        match self {
            Self::Launch { .. } | Self::Scale { .. } => minutes(10),
            Self::Replace { .. } | Self::Backup { .. } | Self::Migrate { .. } => minutes(60),
            Self::Bake { duration, .. } => *duration * 2 + minutes(5),
            Self::Pause { duration } => *duration + minutes(1),
            Self::Hold => minutes(24 * 60),
            Self::Action { .. } | Self::Undo { .. } => minutes(15),
            Self::Check { .. } | Self::Drain { .. } | Self::Retire { .. } | Self::StopRollout => minutes(5),
            Self::Route { .. } | Self::Verify | Self::Commit => minutes(2),
        }
    }
}
