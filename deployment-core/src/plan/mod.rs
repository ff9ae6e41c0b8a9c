//! A deployment as data: the [`Plan`], an ordered list of typed [`Step`]s that can be printed, compared, hashed and stored.

mod budget;
mod builder;
mod data;
mod diff;
mod hash;
mod notice;
mod policy;
mod render;
mod step;
mod terms;
mod validate;
mod warnings;

pub use builder::PlanBuilder;
pub use diff::{Change, PlanDiff};
pub use hash::PlanHash;
pub use notice::Notice;
pub use policy::{Attendance, BackupRule, Inconclusive, Policy, Redeploy, SickStable, WayBack};
pub use step::{Compensation, Role, Step, Work};
pub(crate) use terms::{GateAt, Terms};
pub use validate::{Fault, PlanFaults};

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    id::{Actor, EnvironmentName, PluginName, ServiceName, TargetName},
    release::Release,
    target::Capabilities,
};

/// The version of the plan's stored format, and of the logic that carries it out.
pub const PLAN_FORMAT: u32 = 1;

/// What will be done, in order. Made by [`Plan::builder`]; what was approved is what is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The version of this format: [`PLAN_FORMAT`].
    pub format: u32,
    /// What is deployed.
    pub service: ServiceName,
    /// Where.
    pub environment: EnvironmentName,
    /// Who asks for it.
    pub author: Actor,
    /// What version of it.
    pub release: Release,
    /// The strategy's description.
    pub strategy: String,
    /// The targets, in the order in which they are taken.
    pub targets: Vec<TargetPlan>,
    /// Descriptions of the gates, watches and actions that the steps name. A resume refuses a plugin that says otherwise.
    pub plugins: BTreeMap<PluginName, String>,
    /// Watches that run through every wait from the first to the last traffic step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<PluginName>,
    /// Who is told what; empty: every notifier gets everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What is done when things go otherwise.
    pub policy: Policy,
}

/// One target of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetPlan {
    /// Its name in the plan and in the registry.
    pub name: TargetName,
    /// What it says it is. A resume refuses a target that says otherwise.
    pub description: String,
    /// What is deployed on it.
    pub release: Release,
    /// How much of it.
    pub capacity: Capacity,
    /// What the strategy needs of it.
    pub needs: Capabilities,
    /// How old an observation may be.
    #[serde(with = "crate::time::seconds")]
    pub read_lag: Duration,
}

/// How many instances serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// Instances of a revision that serves alone.
    pub desired: u32,
    /// Healthy instances that must serve at any moment.
    pub minimum: u32,
}

impl Capacity {
    /// `desired` instances, all of which must be healthy at any moment (minimum healthy 100 %).
    #[must_use]
    pub fn of(desired: u32) -> Self {
        Self { desired, minimum: desired }
    }

    /// The same with a lower minimum.
    #[must_use]
    pub fn at_least(self, minimum: u32) -> Self {
        Self { minimum, ..self }
    }
}

impl Plan {
    /// Begins a plan: `release` of `service` to `environment`, asked for by `author`.
    #[must_use]
    pub fn builder(release: Release, environment: EnvironmentName, author: Actor) -> PlanBuilder {
        PlanBuilder::new(release, environment, author)
    }

    /// The step with this id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id.as_str() == id)
    }

    /// The target with this name.
    #[must_use]
    pub fn target(&self, name: &TargetName) -> Option<&TargetPlan> {
        self.targets.iter().find(|target| target.name == *name)
    }
}
