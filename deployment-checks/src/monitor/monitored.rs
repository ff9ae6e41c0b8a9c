//! A check to be monitored, and how.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Error, Percent, Result, Subject,
    health::{HealthCheck, HealthReport},
};

use super::hysteresis::Thresholds;
use crate::look::{Finding, Looked};

/// What a look that did not end in time means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenOverdue {
    /// A failure: who does not answer is down.
    #[default]
    Failed,
    /// Nothing is known.
    Unknown,
}

/// A check, and how to monitor it: every 30 s, for at most 5 s, 2 failures in a row are down (row HEALTH-1 of the requirements).
#[derive(Debug, Clone)]
pub struct Monitored {
    pub(super) name: String,
    pub(super) check: Arc<dyn HealthCheck>,
    pub(super) subject: Option<Subject>,
    pub(super) interval: Duration,
    pub(super) timeout: Duration,
    pub(super) jitter: Percent,
    pub(super) thresholds: Thresholds,
    overdue: WhenOverdue,
}

impl Monitored {
    /// A check under a name of its own.
    #[must_use]
    pub fn new(name: impl Into<String>, check: impl HealthCheck) -> Self {
        Self {
            name: name.into(),
            check: Arc::new(check),
            subject: None,
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(5),
            jitter: Percent::of(1, 10),
            thresholds: Thresholds { down: 2, up: 2 },
            overdue: WhenOverdue::default(),
        }
    }

    /// What the check is asked about, if not the monitor's own subject.
    #[must_use]
    pub fn about(mut self, subject: Subject) -> Self {
        self.subject = Some(subject);
        self
    }

    /// How often it looks: every 30 s unless told otherwise (row HEALTH-1).
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How long a look may take: 5 s unless told otherwise (row HEALTH-1).
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// By how much of the interval a look may be late, at random, so that it meets no rhythm of what it looks at: 10 % unless told otherwise.
    #[must_use]
    pub fn jitter(mut self, share: Percent) -> Self {
        self.jitter = share;
        self
    }

    /// How many looks in a row make it worse (or unknown): 2 unless told otherwise (row HEALTH-1).
    #[must_use]
    pub fn down_after(mut self, looks: u32) -> Self {
        self.thresholds.down = looks;
        self
    }

    /// How many looks in a row make it better: 2 unless told otherwise, as with `HAProxy`'s `rise`. One would let a check that mostly fails
    /// go up and down for ever.
    #[must_use]
    pub fn up_after(mut self, looks: u32) -> Self {
        self.thresholds.up = looks;
        self
    }

    /// What a look that did not end in time means: a failure unless told otherwise, as with load balancers and container runtimes.
    #[must_use]
    pub fn when_overdue(mut self, meaning: WhenOverdue) -> Self {
        self.overdue = meaning;
        self
    }

    /// How late a look may be by design.
    pub(super) fn spread(&self) -> Duration {
        self.interval / 10_000 * u32::from(self.jitter.basis_points())
    }

    pub(super) fn finding(&self, looked: Looked) -> Finding {
        match looked {
            Looked::Report(report) => Finding::Seen(report),
            Looked::Overdue(reason) if self.overdue == WhenOverdue::Failed => {
                Finding::Seen(HealthReport { latency: self.timeout, ..HealthReport::unhealthy(reason) })
            }
            Looked::Failed(reason) | Looked::Overdue(reason) => Finding::Unknown { reason },
        }
    }

    pub(super) fn validate(&self) -> Result<()> {
        let Self { name, interval, timeout, thresholds, .. } = self;
        let invalid = |field, message: String| Err(Error::invalid(field, message).with("check", format!("{name:?}")));
        if name.trim().is_empty() {
            return invalid("name", "it is empty; give the check a name".into());
        }
        if *interval < SHORTEST || *interval > LONGEST {
            return invalid("interval", format!("{interval:?} is not from 10 ms to 7 days"));
        }
        if timeout.is_zero() {
            return invalid("timeout", "it is zero; give the check some time".into());
        }
        if thresholds.down == 0 || thresholds.up == 0 {
            return invalid("down_after, up_after", "it takes at least 1 look; use 1 for no hysteresis".into());
        }
        let spread = self.spread();
        if timeout.saturating_add(spread) >= *interval {
            let message =
                format!("{timeout:?}, with {spread:?} of jitter, is not below the interval, {interval:?}: a look would run into the next");
            return invalid("timeout", message);
        }
        Ok(())
    }
}

const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3_600);
