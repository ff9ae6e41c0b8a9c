//! What an answer must be like.

use std::collections::BTreeSet;

use deployment_core::health::HealthStatus::{Degraded, Healthy, Unhealthy};

use super::Record;
use crate::{expect::quote, health::findings::Findings};

/// How many values a report names.
const MOST_NAMED: usize = 10;

pub(super) type Values = BTreeSet<String>;

#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    pub(super) exactly: Option<Values>,
    pub(super) includes: Values,
    pub(super) at_least: Option<usize>,
    pub(super) at_most: Option<usize>,
}

impl Rules {
    pub(super) fn judge(&self, record: Record, values: &Values, findings: &mut Findings) {
        let count = values.len();
        let mut bad = |words: String| findings.add(Unhealthy, words);
        if let Some(wanted) = self.exactly.as_ref().filter(|wanted| *wanted != values) {
            bad(format!("{record} is {}, it must be exactly {}", shown(values), shown(wanted)));
        }
        let missing: Values = self.includes.difference(values).cloned().collect();
        if !missing.is_empty() {
            bad(format!("{record} is {}, it must have {}", shown(values), shown(&missing)));
        }
        if let Some(least) = self.at_least.filter(|least| count < *least) {
            bad(format!("{record} has {count} values, it must have at least {least}"));
        }
        if let Some(most) = self.at_most.filter(|most| count > *most) {
            bad(format!("{record} has {count} values, it may have {most}"));
        }
    }
}

/// The answer now, against the one before.
pub(super) fn judge_change(record: Record, before: Option<&Values>, values: &Values, findings: &mut Findings) {
    if let Some(before) = before.filter(|before| *before != values) {
        findings.add(Degraded, format!("{record} has changed from {} to {}", shown(before), shown(values)));
    } else {
        findings.add(Healthy, format!("{record} is {}", shown(values)));
    }
}

fn shown(values: &Values) -> String {
    if values.is_empty() {
        return "nothing".into();
    }
    let named = values.iter().take(MOST_NAMED).map(|value| quote(value)).collect::<Vec<_>>().join(", ");
    match values.len().saturating_sub(MOST_NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
