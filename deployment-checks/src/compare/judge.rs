//! From measurements to a finding. Pure.

use std::time::Duration;

use deployment_core::metric::{Measurement, Reading};

use super::{
    Limit, Weight,
    latency::latency,
    result::{Finding, Verdict},
};
use crate::metric::Number;

/// One question, and the limit that its answers are held against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule<'a> {
    pub(super) name: &'a str,
    pub(super) limit: Limit,
    pub(super) weight: Weight,
    pub(super) min_samples: u64,
}

/// What was measured, before and after; `None` if it cannot be said.
pub(super) type Values = (Option<f64>, Option<f64>);

/// What a limit came to: the values, whether it holds (or why nobody can tell), and why in words.
pub(super) type Outcome = (Values, Result<bool, ()>, String);

impl Rule<'_> {
    /// Holds counts against the limit. `lengths`: of the windows before and after.
    pub(super) fn requests(self, before: &Reading, after: &Reading, lengths: (Duration, Duration)) -> Finding {
        let (before, after) = match (before, after) {
            (Reading::NoData { reason }, _) => return self.unknown(&format!("no data before: {reason}")),
            (_, Reading::NoData { reason }) => return self.unknown(&format!("no data after: {reason}")),
            (Reading::Measured(before), Reading::Measured(after)) => (before, after),
        };
        // A rate that fell to nothing is known to have fallen; what it fell from must be known well.
        let least = if matches!(self.limit, Limit::Drop { .. }) { before.requests } else { before.requests.min(after.requests) };
        if least < self.min_samples {
            let (ours, theirs, needed) = (after.requests, before.requests, self.min_samples);
            return self.unknown(&format!("{ours} requests after and {theirs} before are too few: {needed} are needed"));
        }
        self.finding(match self.limit {
            Limit::ErrorRate { times } => error_rate(before, after, times),
            Limit::Latency { quantile, percent } => latency(before, after, quantile, percent),
            Limit::Success { percent } => success(before, after, percent),
            Limit::Drop { percent } => drop(before, after, lengths, percent),
            Limit::AtMost { .. } => ((None, None), Err(()), "a number is needed, not requests".into()),
        })
    }

    /// Holds a number against the limit. Before it may be unknown.
    pub(super) fn number(self, before: &Number, after: &Number) -> Finding {
        let before = if let Number::Known(before) = before { Some(*before) } else { None };
        let after = match after {
            Number::Known(after) => *after,
            Number::NoData { reason } => return self.unknown(&format!("no data after: {reason}")),
        };
        let Limit::AtMost { value } = self.limit else { return self.unknown("requests are needed, not a number") };
        let then = before.map_or_else(|| "unknown".into(), |before| format!("{before:.2}"));
        self.finding(((before, Some(after)), Ok(after <= value), format!("{after:.2} after, {then} before")))
    }

    pub(super) fn unknown(self, reason: &str) -> Finding {
        self.finding(((None, None), Err(()), reason.into()))
    }

    fn finding(self, ((before, after), holds, reason): Outcome) -> Finding {
        let verdict = match (holds, self.weight) {
            (Ok(true), _) => Verdict::Pass,
            (Ok(false), Weight::Critical) => Verdict::Fail,
            (Ok(false), Weight::Advisory) => Verdict::Warn,
            (Err(()), _) => Verdict::Unknown,
        };
        Finding { name: self.name.into(), limit: self.limit, weight: self.weight, before, after, verdict, reason }
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}

fn error_rate(before: &Measurement, after: &Measurement, times: f64) -> Outcome {
    let (theirs, ours) = (percent(before.errors, before.requests), percent(after.errors, after.requests));
    let least = percent(1, before.requests.min(after.requests));
    let holds = ours <= times * theirs.max(least);
    ((Some(theirs), Some(ours)), Ok(holds), format!("{ours:.3} % errors after, {theirs:.3} % before"))
}

fn success(before: &Measurement, after: &Measurement, least: f64) -> Outcome {
    let rate = |seen: &Measurement| percent(seen.requests.saturating_sub(seen.errors), seen.requests);
    let (theirs, ours) = (rate(before), rate(after));
    // Counted, not divided: 99.5 % of 200 is 199.
    let holds = after.errors as f64 * 100.0 <= (100.0 - least) * after.requests as f64 + 1e-9;
    ((Some(theirs), Some(ours)), Ok(holds), format!("{ours:.3} % succeeded after, {theirs:.3} % before"))
}

fn drop(before: &Measurement, after: &Measurement, lengths: (Duration, Duration), percent: f64) -> Outcome {
    let rate = |seen: &Measurement, length: Duration| seen.requests as f64 / length.as_secs_f64().max(0.001);
    let (theirs, ours) = (rate(before, lengths.0), rate(after, lengths.1));
    let holds = ours >= theirs * (1.0 - percent / 100.0) - 1e-9;
    ((Some(theirs), Some(ours)), Ok(holds), format!("{ours:.3} per second after, {theirs:.3} before"))
}
