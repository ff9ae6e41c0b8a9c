//! What a journal keeps: the facts that the state is folded from.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use crate::{
    backup::{Backup, VerifyLevel},
    error::Failure,
    gate::GateVerdict,
    id::{PluginName, RevisionId, StepId, TargetName, Token},
    judge::{Observation, Verdict},
    plan::{PlanHash, Role, Step},
    release::Release,
    share::Routes,
    signal::{Refusal, Signalled},
    target::RolloutState,
    time::Window,
};

/// One fact of a deployment's history.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// The deployment exists. Always the first record.
    Started {
        /// The plan, byte for byte as it was approved.
        plan: Box<RawValue>,
        /// The hash of those bytes.
        hash: PlanHash,
        /// The version of the library that wrote it.
        library: String,
    },
    /// A process has taken the deployment over. The envelope's epoch is its epoch.
    Took {
        /// Which process.
        holder: String,
    },
    /// A target was observed: what the state knows of it is this.
    Surveyed {
        /// Which.
        target: TargetName,
        /// What was seen.
        survey: Survey,
    },
    /// A step has begun: its deadline runs.
    StepStarted {
        /// Which.
        step: StepId,
    },
    /// What a step's gates say has changed, or they pass.
    Gated {
        /// Which step.
        step: StepId,
        /// What they say together.
        verdict: GateVerdict,
    },
    /// An effect is about to be asked for. Durable before the call.
    Intent {
        /// Which step asks.
        step: StepId,
        /// What makes the effect recognisable; the same at every try.
        token: Token,
        /// The effect.
        call: Call,
        /// What an action saw before.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        before: Value,
    },
    /// The call has returned.
    Returned {
        /// Which step asked.
        step: StepId,
        /// What came back.
        result: Result<Accepted, Failure>,
    },
    /// The call has returned: the backup is made and verified.
    BackedUp {
        /// Which step asked.
        step: StepId,
        /// What was made, and how well it was verified.
        backup: Backup,
    },
    /// Observing has shown something new about a step's effect.
    Found {
        /// Which step.
        step: StepId,
        /// What was found.
        finding: Finding,
    },
    /// One look at the candidate, through every watch that is on.
    Sampled {
        /// The step during which it was taken.
        step: StepId,
        /// What was seen.
        sample: Sample,
    },
    /// A bake's observations do not lead to what was recorded: it starts again.
    BakeRestarted {
        /// Which step.
        step: StepId,
        /// Why.
        reason: String,
    },
    /// The end of a bake or check: what all judges say together.
    Judged {
        /// Which step.
        step: StepId,
        /// The worst of their verdicts.
        verdict: Verdict,
    },
    /// Time has decided something.
    TimeUp {
        /// During which step; `None` while no step runs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<StepId>,
        /// What has run out.
        what: TimeUp,
    },
    /// A step that needs nothing more is done.
    StepDone {
        /// Which.
        step: StepId,
    },
    /// A step is not needed here.
    Skipped {
        /// Which.
        step: StepId,
        /// Why.
        reason: String,
    },
    /// A person or program has said something.
    Signalled {
        /// Who, what, why.
        signal: Signalled,
        /// Why it does not count, if it does not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<Refusal>,
    },
    /// The way back, whole.
    ReversalPlanned {
        /// What is done, in order.
        steps: Vec<Step>,
    },
    /// What is done on the way out.
    ClosingPlanned {
        /// What is done, in order.
        steps: Vec<Step>,
    },
    /// A person must decide.
    Halted {
        /// Why.
        reason: String,
    },
    /// The driver has left at a safe point; somebody will take the deployment up again.
    Parked {
        /// What is being waited for.
        reason: String,
    },
    /// The deployment has ended.
    Finished {
        /// How.
        outcome: Outcome,
    },
}

/// An effect, with everything that the call needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// [`Target::launch`](crate::target::Target::launch).
    Launch {
        /// Which revision it will be.
        role: Role,
        /// What is launched.
        release: Box<Release>,
        /// Instances.
        count: u32,
    },
    /// [`Target::replace`](crate::target::Target::replace).
    Replace {
        /// Which revision it will be.
        role: Role,
        /// What is rolled out.
        release: Box<Release>,
        /// Instances.
        count: u32,
    },
    /// [`Target::route`](crate::target::Target::route).
    Route {
        /// Where traffic goes.
        routes: Routes,
    },
    /// [`Target::scale`](crate::target::Target::scale).
    Scale {
        /// Which.
        revision: RevisionId,
        /// Instances.
        count: u32,
    },
    /// [`Target::retire`](crate::target::Target::retire).
    Retire {
        /// Which.
        revision: RevisionId,
    },
    /// [`Target::stop`](crate::target::Target::stop).
    Stop {
        /// The token of the rollout.
        rollout: Token,
    },
    /// [`BackupProvider::create`](crate::backup::BackupProvider::create), and what follows until the backup is verified.
    Backup {
        /// The provider.
        with: PluginName,
        /// At least how well it is verified.
        level: VerifyLevel,
    },
    /// [`Action::apply`](crate::action::Action::apply).
    Apply {
        /// The action.
        action: PluginName,
    },
    /// [`Action::undo`](crate::action::Action::undo).
    Undo {
        /// The action.
        action: PluginName,
    },
}

/// What an accepted call gave.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Accepted {
    /// The revision that a launch or replace made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<RevisionId>,
}

/// What observing says about a step's effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Not there yet.
    Pending {
        /// What is missing.
        reason: String,
    },
    /// It was in doubt, and it has happened: now it is waited for.
    Happened {
        /// The revision that it made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<RevisionId>,
    },
    /// It was in doubt, and it has not happened: it is asked for again.
    Absent,
    /// It was in doubt, and some of it has happened: it is asked for again, and does the rest.
    Partial,
    /// It is there, read back.
    Confirmed {
        /// The revision that it made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<RevisionId>,
    },
    /// It will not come.
    Failed {
        /// Why.
        reason: String,
    },
    /// The target shows what nobody here has caused.
    Drifted {
        /// What.
        reason: String,
    },
    /// Nobody can tell: a person is asked.
    Undecidable {
        /// What is uncertain.
        reason: String,
    },
    /// It could not be observed.
    Unreadable {
        /// Why.
        failure: Failure,
    },
}

/// What a target showed at an epoch's start or before a rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Survey {
    /// Nothing was asked for yet: this is what the deployment starts from.
    Baseline {
        /// The revision that serves; `None` before the first deployment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stable: Option<RevisionFacts>,
        /// Where traffic goes.
        routes: Routes,
    },
    /// Nothing was asked for yet, and the deployment must not start from this.
    Unclean {
        /// Why.
        reason: String,
    },
    /// What is there agrees with what was asked for.
    AsExpected {
        /// The stable revision as it is now; `None` if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stable: Option<RevisionFacts>,
        /// The candidate, if it is there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        candidate: Option<RevisionFacts>,
        /// The last known good revision, if a way back has launched it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fallback: Option<RevisionFacts>,
        /// Where traffic goes.
        routes: Routes,
        /// How far the platform's own rollout is, if it runs one for this deployment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rollout: Option<RolloutState>,
    },
    /// The target shows what nobody here has caused.
    Drifted {
        /// What.
        reason: String,
    },
}

/// What is known of a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionFacts {
    /// The target's name for it.
    pub id: RevisionId,
    /// What it runs, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Box<Release>>,
    /// Instances asked for.
    pub desired: u32,
    /// Healthy instances, if known.
    pub healthy: Option<u32>,
}

/// One look at the candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The time that it covers.
    pub window: Window,
    /// Who looked.
    #[serde(default, skip_serializing_if = "Lookout::is_step")]
    pub by: Lookout,
    /// What each watch saw and said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watches: Vec<WatchSample>,
    /// What the targets showed, if it was not as it should be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<(TargetName, Finding)>,
}

/// Who looks at the candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lookout {
    /// A step that checks or bakes, through its own watches; guards look on while it bakes.
    #[default]
    Step,
    /// The guards, while a step waits for something else.
    Guards,
}

impl Lookout {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
    fn is_step(&self) -> bool {
        *self == Self::Step
    }
}

/// What one watch saw and said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WatchSample {
    /// The watch.
    pub watch: PluginName,
    /// The target that it looked at.
    pub target: TargetName,
    /// What it saw.
    pub observation: Observation,
    /// What its judge says now.
    pub verdict: Verdict,
}

/// What has run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUp {
    /// The step's deadline.
    Deadline,
    /// The time that its gates may wait.
    GateDeadline,
    /// The pause that it is.
    Pause,
    /// The time in which every target must have been observed.
    Survey,
    /// The time that deployments usually take here. Decides nothing.
    ExpectedDuration,
}

/// How a deployment ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The candidate serves, verified.
    Succeeded,
    /// The release was already stable: nothing was changed.
    Unchanged,
    /// It never began: no target was changed.
    Rejected {
        /// Why.
        reason: String,
    },
    /// The stable revision serves again, but for what was committed.
    RolledBack {
        /// Why.
        cause: String,
        /// The targets that stay on the new release, because they were committed before; every other one serves what it served before.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        stayed: Vec<TargetName>,
    },
    /// A person must decide. The state is exact, the claim is kept.
    Halted {
        /// Why.
        reason: String,
    },
    /// A person has closed a halted deployment as it was.
    Closed {
        /// Why it was halted, and why it was closed.
        reason: String,
    },
}

/// In words, as people are told.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded => f.write_str("succeeded"),
            Self::Unchanged => f.write_str("succeeded, unchanged"),
            Self::Rejected { reason } => write!(f, "rejected: {reason}"),
            Self::RolledBack { cause, stayed } if stayed.is_empty() => write!(f, "rolled back: {cause}"),
            Self::RolledBack { cause, stayed } => {
                let names: Vec<_> = stayed.iter().map(TargetName::as_str).collect();
                write!(f, "rolled back to the last commit point ({} stays on the new release): {cause}", names.join(", "))
            }
            Self::Halted { reason } => write!(f, "halted: {reason}"),
            Self::Closed { reason } => write!(f, "closed: {reason}"),
        }
    }
}
