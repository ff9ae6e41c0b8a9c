//! What a deployment will need while it runs.

use std::collections::BTreeSet;

#[cfg(any(feature = "ecs", feature = "dynamodb", feature = "rds"))]
use deployment_core::{ErrorKind, Result, Status};

/// What a part of a deployment will need while it runs, and what looking at the part itself does not show: what must be allowed, and the
/// tasks that must find a place. A [`Supply`](super::Supply) says whether it is there.
///
/// Needs compare and sort by what they say, so that the same deployment has the same ones at every look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Needs {
    /// What must be allowed, each once.
    pub permissions: BTreeSet<Permission>,
    /// What must find a place beside what runs already.
    pub tasks: Vec<Tasks>,
}

/// An action on a resource, and who must be allowed to do it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Permission {
    /// Who does it.
    pub by: Principal,
    /// As policies name it: `ecs:UpdateService`.
    pub action: String,
    /// An ARN, with `*` where a policy may have it; `*` alone for an action that is not of one resource.
    pub resource: String,
}

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Principal {
    /// Whoever drives the deployment: the credentials of the configuration.
    Driver,
    /// A role that the platform assumes, by its ARN: the execution role of a task.
    Role(String),
}

/// Tasks of ECS that will run beside what runs already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tasks {
    /// What they are: `the service loans-green`.
    pub of: String,
    /// The cluster, by name or ARN.
    pub cluster: String,
    /// How many at once, at most.
    pub count: u32,
    /// What each reserves, in units of which 1024 are one vCPU.
    pub cpu: u32,
    /// What each reserves, in MiB.
    pub memory: u32,
    /// What runs them.
    pub place: Place,
    /// The subnets in which each has an address of its own (network mode `awsvpc`); otherwise none.
    pub subnets: Vec<String>,
}

/// What runs tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// Fargate, on demand.
    Fargate,
    /// Fargate on spare capacity, which may be taken away.
    FargateSpot,
    /// Instances that are in the cluster already.
    Instances,
    /// Machines outside of AWS that are in the cluster already.
    External,
    /// Instances of these capacity providers, which may add some.
    Providers(Vec<String>),
}

/// What is not there needs nothing: that it is missing is told by who looks for what is wrong.
#[cfg(any(feature = "ecs", feature = "dynamodb", feature = "rds"))]
pub(crate) fn there<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Err(error) if error.status() == Status::Permanent && error.kind() != ErrorKind::Unauthorized => Ok(None),
        answer => answer.map(Some),
    }
}

impl Needs {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also that whoever drives the deployment may do this.
    pub fn allow(&mut self, action: impl Into<String>, resource: impl Into<String>) {
        self.permissions.insert(Permission { by: Principal::Driver, action: action.into(), resource: resource.into() });
    }

    /// Also that a role may do this.
    pub fn allow_role(&mut self, role: impl Into<String>, action: impl Into<String>, resource: impl Into<String>) {
        self.permissions.insert(Permission { by: Principal::Role(role.into()), action: action.into(), resource: resource.into() });
    }

    /// Also these.
    pub fn extend(&mut self, others: Self) {
        self.permissions.extend(others.permissions);
        self.tasks.extend(others.tasks);
    }
}
