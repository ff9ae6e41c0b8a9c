//! What the body of a health endpoint must say.

use std::time::Duration;

use deployment_core::{
    DeploymentContext,
    health::HealthStatus::{self, Degraded, Healthy, Unhealthy},
};

use super::{Dependency, HealthBody};
use crate::{
    expect::quote,
    health::findings::{Findings, Look, Trouble},
    secret::Hidden,
};

/// How many dependencies a report names.
const MOST_NAMED: usize = 10;

/// How the body of a health endpoint is judged.
///
/// | what it says | verdict, unless told otherwise |
/// |---|---|
/// | `status` | as it says; a word that nobody knows: unhealthy; none: the other rules decide |
/// | neither a status nor a dependency | degraded |
/// | a dependency that is degraded | degraded |
/// | a dependency that is down | degraded; unhealthy for [`critical`](Self::critical) ones, and by [`down_is`](Self::down_is) for all |
/// | nothing of a [`critical`](Self::critical) dependency | unhealthy |
/// | a dependency in a word that nobody knows | degraded |
/// | `version` | not looked at |
/// | `timestamp` | not looked at |
///
/// ```
/// use std::time::Duration;
/// use deployment_checks::health::HealthBodyRules;
///
/// let rules = HealthBodyRules::new().critical(["databases", "migrations"]).release_version().fresh(Duration::from_secs(60));
/// # let _ = rules;
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct HealthBodyRules {
    down_is: HealthStatus,
    critical: Vec<String>,
    version: Version,
    service: Option<String>,
    fresh: Option<Duration>,
}

#[derive(Debug, Clone)]
enum Version {
    Any,
    OfTheRelease,
    Exactly(String),
}

impl HealthBodyRules {
    /// The rules in the table.
    pub fn new() -> Self {
        Self { down_is: Degraded, critical: Vec::new(), version: Version::Any, service: None, fresh: None }
    }

    /// What a dependency that is down makes of the service. Default: degraded.
    pub fn down_is(mut self, status: HealthStatus) -> Self {
        self.down_is = status;
        self
    }

    /// Dependencies without which the service is unhealthy; a group's name stands for all in it. Each must be in the answer.
    pub fn critical<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.critical.extend(names.into_iter().map(Into::into));
        self
    }

    /// It must say the version of the release that is being deployed: who answers is the candidate, not the old version.
    pub fn release_version(mut self) -> Self {
        self.version = Version::OfTheRelease;
        self
    }

    /// It must say this version.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Version::Exactly(version.into());
        self
    }

    /// It must say that it is this service.
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// Its timestamp must be at most this old, and at most this far ahead; otherwise it is degraded. An answer from a cache is old.
    pub fn fresh(mut self, age: Duration) -> Self {
        self.fresh = Some(age);
        self
    }

    pub(super) fn judge(&self, body: &[u8], context: &DeploymentContext, hidden: &Hidden, findings: &mut Findings) -> Look<()> {
        let body = HealthBody::parse(body).map_err(|error| Trouble::down(error.to_string()))?;
        let shown = |text: &str| quote(&hidden.hide(text));
        match (body.status, &body.word) {
            (Some(status), word) => findings.add(status, format!("it says {}", word.as_deref().map_or("so by a flag".into(), shown))),
            (None, Some(word)) => findings.add(Unhealthy, format!("its status is {}, a word that is not known", shown(word))),
            (None, None) if body.dependencies.is_empty() => findings.add(Degraded, "it says neither how it is nor how what it needs is"),
            (None, None) => {}
        }
        self.judge_identity(&body, context, &shown, findings);
        self.judge_age(&body, context, findings);
        self.judge_dependencies(&body.dependencies, &shown, findings);
        Ok(())
    }

    fn judge_identity(&self, body: &HealthBody, context: &DeploymentContext, shown: &dyn Fn(&str) -> String, findings: &mut Findings) {
        let version = match &self.version {
            Version::Any => None,
            Version::OfTheRelease => Some(&context.release.version),
            Version::Exactly(version) => Some(version),
        };
        let wanted = [("version", version, &body.version), ("service", self.service.as_ref(), &body.service)];
        for (field, wanted, said) in wanted {
            let Some(wanted) = wanted else { continue };
            match said {
                Some(said) if said == wanted => findings.add(Healthy, format!("{field} {}", shown(said))),
                Some(said) => findings.add(Unhealthy, format!("{field} is {}, it must be {}", shown(said), quote(wanted))),
                None => findings.add(Unhealthy, format!("{field} is missing, it must be {}", quote(wanted))),
            }
        }
    }

    fn judge_age(&self, body: &HealthBody, context: &DeploymentContext, findings: &mut Findings) {
        let Some(limit) = self.fresh else { return };
        let Some(at) = body.timestamp else {
            return findings.add(Degraded, "the timestamp is missing or not RFC 3339, so nobody knows how old the answer is");
        };
        let apart = context.now.since(at).max(at.since(context.now));
        if apart > limit {
            let (apart, limit) = (apart.as_secs_f64(), limit.as_secs_f64());
            findings.add(Degraded, format!("its timestamp is {apart} s from now, it may be {limit} s"));
        }
    }

    fn judge_dependencies(&self, dependencies: &[Dependency], shown: &dyn Fn(&str) -> String, findings: &mut Findings) {
        for missing in self.critical.iter().filter(|critical| !dependencies.iter().any(|it| covers(critical, &it.name))) {
            findings.add(Unhealthy, format!("dependency {} is not in the answer", quote(missing)));
        }
        let troubled = dependencies.iter().filter(|it| it.status != Some(Healthy));
        for dependency in troubled.clone().take(MOST_NAMED) {
            let name = shown(&dependency.name);
            match dependency.status {
                Some(Unhealthy) => findings.add(self.down(&dependency.name), format!("dependency {name} is down")),
                Some(_) => findings.add(Degraded, format!("dependency {name} is degraded")),
                None => findings.add(Degraded, format!("dependency {name} is in a state that is not known")),
            }
        }
        let rest: Vec<_> = troubled.skip(MOST_NAMED).collect();
        if !rest.is_empty() {
            let critical = rest.iter().any(|it| it.status == Some(Unhealthy) && self.down(&it.name) == Unhealthy);
            findings.add(if critical { Unhealthy } else { Degraded }, format!("and {} more dependencies", rest.len()));
        }
    }

    fn down(&self, name: &str) -> HealthStatus {
        if self.critical.iter().any(|critical| covers(critical, name)) { Unhealthy } else { self.down_is }
    }
}

/// Whether `critical` means the dependency `name`, or a group that it is in.
fn covers(critical: &str, name: &str) -> bool {
    name.strip_prefix(critical).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Default for HealthBodyRules {
    fn default() -> Self {
        Self::new()
    }
}
