//! What rolls a release back by itself: the triggers marked L of the row BACK-1 of the requirements, and no others.
//!
//! | trigger | from BACK-1 | how it is seen |
//! |---|---|---|
//! | `error-rate` | error rate > 5 % for 5 min | the target group's requests and errors in CloudWatch, while a share bakes |
//! | `p95` | p95 > 3 s for 5 min | its response times, while a share bakes |
//! | `critical-path` | a critical path breaks | alarms, throughout the traffic's move |
//! | `security` | a security issue is found | alarms, throughout the traffic's move |

use std::time::Duration;

use deployment_aws::cloudwatch::{Alarms, CloudWatch, CloudWatchSource, Counts};
use deployment_core::{
    Plugins, Result, RevisionId,
    judge::{Threshold, Tolerance},
    metric::Query,
    watch::Watch,
};

use super::Names;

/// For how long a limit must be exceeded.
const HELD: Duration = Duration::from_secs(300);
const ERROR_RATE: f64 = 5.0;
const P95: Duration = Duration::from_secs(3);
/// Of fewer requests CloudWatch's p95 is not exact. The row names no number.
const LEAST: u64 = 20;

/// A trigger of BACK-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Error rate > 5 % for 5 min.
    ErrorRate,
    /// p95 > 3 s for 5 min.
    P95,
    /// A critical path breaks.
    CriticalPath,
    /// A security issue is found.
    Security,
}

impl Trigger {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::ErrorRate, Self::P95, Self::CriticalPath, Self::Security];
    /// Those that watch every share of the canary.
    pub const OF_A_SHARE: [Self; 2] = [Self::ErrorRate, Self::P95];
    /// Those that look on from the first to the last change of traffic.
    pub const THROUGHOUT: [Self; 2] = [Self::CriticalPath, Self::Security];

    /// The name of its watch.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ErrorRate => "error-rate",
            Self::P95 => "p95",
            Self::CriticalPath => "critical-path",
            Self::Security => "security",
        }
    }

    /// The name of the gate that keeps a deployment from beginning while an alarm of it fires already. Only alarms have one.
    #[must_use]
    pub fn gate(self) -> String {
        format!("no-{}-alarm", self.name())
    }

    /// Adds it to the plugins.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if a name is none.
    pub fn add(self, plugins: Plugins, cloudwatch: &CloudWatch, names: &Names) -> Result<Plugins> {
        match self {
            Self::ErrorRate => self.of_metrics(plugins, cloudwatch, names, Threshold::error_rate(ERROR_RATE)?),
            Self::P95 => self.of_metrics(plugins, cloudwatch, names, Threshold::latency(0.95, P95)),
            Self::CriticalPath => self.of_alarms(plugins, Alarms::named(cloudwatch, &names.alarms.critical_path)?),
            Self::Security => self.of_alarms(plugins, Alarms::named(cloudwatch, &names.alarms.security)?),
        }
    }

    fn of_metrics(self, plugins: Plugins, cloudwatch: &CloudWatch, names: &Names, limit: Threshold) -> Result<Plugins> {
        let groups = names.dimensions()?;
        // A revision is a service with a task definition: `loans-green/loans:7`.
        let behind = move |revision: &RevisionId| {
            let service = revision.as_str().split('/').next()?;
            groups.iter().find(|(name, _)| name == service).map(|(_, group)| Counts::target_group(group))
        };
        let source = CloudWatchSource::new(cloudwatch, "BACK-1 (L): requests by target group", move |context| behind(&context.revision));
        plugins.watch(self.name(), Watch::metrics(source, Query::default(), limit.held_for(HELD).min_samples(LEAST)))
    }

    fn of_alarms(self, plugins: Plugins, alarms: Alarms) -> Result<Plugins> {
        plugins.gate(&self.gate(), alarms.clone())?.watch(self.name(), Watch::health(alarms, Tolerance::none()))
    }
}
