//! What a score means for a deployment.

use deployment_core::{
    Error, ErrorKind, Percent, Result,
    health::{HealthReport, HealthStatus},
};

use super::{Band, CheckScore, Score};

/// At most this many reasons go into a report, each cut to this many characters: a journal keeps 4 KiB of a look.
const REASONS: usize = 5;
const REASON: usize = 300;

/// Which scores are healthy, and which are enough to tell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) healthy_from: Band,
    pub(super) degraded_from: Band,
    pub(super) known: Percent,
}

impl Rule {
    /// The report of this score; an error if too little is known to give one.
    pub(super) fn report(&self, score: &Score) -> Result<HealthReport> {
        let status = self.status(score).ok_or_else(|| unknown(score))?;
        // Whole points, rounded down, inside the range that the status has.
        let whole = score.score.map_or(0, |score| score as u8);
        let points = match status {
            HealthStatus::Healthy => whole.max(1),
            HealthStatus::Degraded => whole.clamp(1, 99),
            HealthStatus::Unhealthy => whole.min(99),
        };
        let latency = std::time::Duration::ZERO;
        Ok(HealthReport { status, score: points, latency, evidence: evidence(score) })
    }

    /// What is certain comes first: something required is down, then a bad score; only then may what is unknown hide a good one.
    fn status(&self, score: &Score) -> Option<HealthStatus> {
        let required = |is: fn(&CheckScore) -> bool| score.checks.iter().any(|check| check.required && is(check));
        if required(CheckScore::is_down) {
            return Some(HealthStatus::Unhealthy);
        }
        let band = score.band.filter(|_| score.known >= self.known)?;
        if band < self.degraded_from {
            return Some(HealthStatus::Unhealthy);
        }
        let known = !required(CheckScore::is_unknown);
        known.then_some(if band < self.healthy_from { HealthStatus::Degraded } else { HealthStatus::Healthy })
    }
}

fn unknown(score: &Score) -> Error {
    Error::new(ErrorKind::Unreachable, "score", format!("too little is known: {}", evidence(score)))
}

/// The headline and the weightiest reasons, at a bounded length.
fn evidence(score: &Score) -> String {
    let reasons = score.reasons();
    let more = reasons.len().saturating_sub(REASONS);
    let mut lines = vec![score.headline()];
    lines.extend(reasons.into_iter().take(REASONS).map(shortened));
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("; ")
}

fn shortened(reason: String) -> String {
    match reason.char_indices().nth(REASON) {
        Some((end, _)) => format!("{}…", reason.get(..end).unwrap_or_default()),
        None => reason,
    }
}
