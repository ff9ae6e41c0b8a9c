//! Which alarms, and what their states mean.

use std::collections::BTreeSet;

use deployment_core::{Error, Result};

use crate::cloudwatch::CloudWatch;

/// What a gate makes of alarms that fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firing {
    /// It rejects. The default: who deploys into an alarm does not know afterwards what caused it.
    Rejects,
    /// It waits until they are over, or its step's gate deadline is.
    Waits,
}

/// What an alarm without enough data means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insufficient {
    /// Nothing is known: a check cannot look, a gate waits. The default.
    Unknown,
    /// All is well: for an alarm on errors that are published only if there are any.
    Fine,
    /// As bad as an alarm: for an alarm on something that must always be there.
    Fires,
}

/// Alarms of CloudWatch, of metrics, logs or other alarms: a [`HealthCheck`](deployment_core::health::HealthCheck) while a candidate is
/// watched, and a [`Gate`](deployment_core::gate::Gate) before a deployment starts.
///
/// | | check | gate |
/// |---|---|---|
/// | all are `OK` | healthy | passes |
/// | one is in `ALARM` | unhealthy, naming each with its reason | [rejects or waits](Self::firing) |
/// | one has `INSUFFICIENT_DATA` | [cannot look](Self::insufficient), if none fires | waits |
/// | one cannot be evaluated at all | cannot look, if none fires | waits |
/// | one does not exist, or none has the prefix | an error that names it, if none fires | rejects |
/// | CloudWatch cannot be asked | an error | an error: waits |
///
/// ```no_run
/// use deployment_aws::cloudwatch::{Alarms, CloudWatch, Insufficient};
/// use deployment_core::{Plugins, judge::Tolerance, watch::Watch};
///
/// # fn example(cloudwatch: &CloudWatch) -> deployment_core::Result<()> {
/// let alarms = Alarms::named(cloudwatch, ["shop-5xx", "shop-latency", "shop-database"])?;
/// let plugins = Plugins::new()
///     .gate("no-alarm", alarms.clone())?
///     .watch("alarms", Watch::health(alarms.insufficient(Insufficient::Fine), Tolerance::none()))?;
/// // In the plan: `.gate("no-alarm")` before the first step, `.guard("alarms")` through every wait.
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Alarms {
    pub(super) cloudwatch: CloudWatch,
    pub(super) which: Which,
    pub(super) firing: Firing,
    pub(super) insufficient: Insufficient,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Which {
    Named(BTreeSet<String>),
    Prefixed(String),
}

impl Alarms {
    /// These, all of which must exist.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if there are none, or a name does not have 1 to 255 characters.
    pub fn named(cloudwatch: &CloudWatch, names: impl IntoIterator<Item = impl Into<String>>) -> Result<Self> {
        let names: BTreeSet<String> = names.into_iter().map(Into::into).collect();
        if names.is_empty() {
            return Err(Error::invalid("alarms", "none is named; name at least one"));
        }
        names.iter().try_for_each(|name| check_name(name))?;
        Ok(Self::of(cloudwatch, Which::Named(names)))
    }

    /// Every alarm whose name begins so, of which there must be at least one whenever it is asked.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if the prefix does not have 1 to 255 characters.
    pub fn prefixed(cloudwatch: &CloudWatch, prefix: impl Into<String>) -> Result<Self> {
        let prefix = prefix.into();
        check_name(&prefix)?;
        Ok(Self::of(cloudwatch, Which::Prefixed(prefix)))
    }

    fn of(cloudwatch: &CloudWatch, which: Which) -> Self {
        Self { cloudwatch: cloudwatch.clone(), which, firing: Firing::Rejects, insufficient: Insufficient::Unknown }
    }

    /// What a gate makes of alarms that fire. Default: [`Firing::Rejects`].
    pub fn firing(mut self, firing: Firing) -> Self {
        self.firing = firing;
        self
    }

    /// What `INSUFFICIENT_DATA` means. Default: [`Insufficient::Unknown`].
    pub fn insufficient(mut self, insufficient: Insufficient) -> Self {
        self.insufficient = insufficient;
        self
    }

    pub(super) fn description(&self) -> String {
        let which = match &self.which {
            Which::Named(names) => names.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
            Which::Prefixed(prefix) => format!("{prefix}*"),
        };
        let insufficient = match self.insufficient {
            Insufficient::Unknown => "",
            Insufficient::Fine => "; too little data is fine",
            Insufficient::Fires => "; too little data is an alarm",
        };
        format!("alarms {which} of CloudWatch in {}{insufficient}", self.cloudwatch.region())
    }
}

fn check_name(name: &str) -> Result<()> {
    let length = name.chars().count();
    if (1..=255).contains(&length) {
        return Ok(());
    }
    Err(Error::invalid("alarms", format!("{name:?} has {length} characters; a name has 1 to 255")))
}
