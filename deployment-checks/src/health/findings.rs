//! What a look has found, and the verdict on it.

use std::time::Duration;

use deployment_core::{
    Error, ErrorKind, Result,
    health::{HealthReport, HealthStatus},
};
use tokio::time::{Instant, timeout_at};

use super::Limits;

/// Why a look ended early.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server does not do what it should, in words.
    Down(String),
    /// Nothing can be said about it.
    Blind(Error),
}

/// What one part of a look gives.
pub(super) type Look<T> = Result<T, Trouble>;

impl Trouble {
    pub(super) fn down(words: impl Into<String>) -> Self {
        Self::Down(words.into())
    }
}

impl From<Error> for Trouble {
    /// What cannot be reached is down, and so is what breaks the rules; what we may not do leaves us blind.
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Unreachable | ErrorKind::Failed => Self::Down(error.to_string()),
            _ => Self::Blind(error),
        }
    }
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    unhealthy: Vec<String>,
    degraded: Vec<String>,
    healthy: Vec<String>,
    blind: Option<Error>,
}

impl Findings {
    /// Something was seen.
    pub(super) fn add(&mut self, status: HealthStatus, words: impl Into<String>) {
        let list = match status {
            HealthStatus::Healthy => &mut self.healthy,
            HealthStatus::Degraded => &mut self.degraded,
            HealthStatus::Unhealthy => &mut self.unhealthy,
        };
        list.push(words.into());
    }

    /// A value was seen, to be judged by its limits.
    pub(super) fn measure<T: PartialOrd + Copy>(&mut self, value: T, limits: &Limits<T>, words: impl Into<String>) {
        self.add(limits.judge(value), words);
    }

    /// Something could not be seen.
    pub(super) fn blind(&mut self, error: Error) {
        self.blind.get_or_insert(error);
    }

    fn report(self) -> Result<HealthReport> {
        let (unhealthy, degraded) = (!self.unhealthy.is_empty(), self.degraded.len());
        let words = [self.unhealthy, self.degraded, self.healthy].concat().join("; ");
        match (unhealthy, self.blind, degraded) {
            (true, ..) => Ok(HealthReport::unhealthy(words)),
            (false, Some(error), _) => Err(error),
            (false, None, 0) => Ok(HealthReport::healthy(words)),
            (false, None, count) => Ok(HealthReport::degraded(if count > 2 { 25 } else { 100 - 25 * count as u8 }, words)),
        }
    }
}

/// Looks for at most `limit`, and reports.
pub(super) async fn look(limit: Duration, look: impl AsyncFnOnce(Instant, &mut Findings) -> Look<()>) -> Result<HealthReport> {
    let began = Instant::now();
    let deadline = began + limit;
    let mut findings = Findings::default();
    let result = timeout_at(deadline, look(deadline, &mut findings)).await;
    match result {
        Ok(Ok(())) => {}
        Ok(Err(Trouble::Blind(error))) => findings.blind(error),
        Ok(Err(Trouble::Down(words))) => findings.add(HealthStatus::Unhealthy, words),
        Err(_) => findings.add(HealthStatus::Unhealthy, format!("no answer within {} s", limit.as_secs_f64())),
    }
    let mut report = findings.report()?;
    report.latency = began.elapsed();
    Ok(report)
}
