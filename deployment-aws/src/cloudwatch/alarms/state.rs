//! What the alarms say together.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::StateValue;
use deployment_core::Result;

use super::{
    fetch::Alarm,
    set::{Alarms, Insufficient, Which},
};

/// The most alarms that a sentence names.
const MOST_NAMED: usize = 10;

/// The alarms by what is to be said of them, in words.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) firing: Vec<String>,
    pub(super) unknown: Vec<String>,
    pub(super) missing: Vec<String>,
    pub(super) well: usize,
}

impl Alarms {
    pub(super) async fn look(&self) -> Result<Standing> {
        let found = self.fetch().await?;
        let mut standing = Standing { missing: self.missing(&found), ..Standing::default() };
        for (name, alarm) in &found {
            let told = format!("{name} ({alarm})");
            match (&alarm.state, &alarm.trouble, self.insufficient) {
                (Some(StateValue::Alarm), ..) => standing.firing.push(told),
                (_, Some(_), _) => standing.unknown.push(told),
                (Some(StateValue::Ok), ..) | (Some(StateValue::InsufficientData), _, Insufficient::Fine) => standing.well += 1,
                (Some(StateValue::InsufficientData), _, Insufficient::Fires) => standing.firing.push(told),
                _ => standing.unknown.push(told),
            }
        }
        Ok(standing)
    }

    fn missing(&self, found: &BTreeMap<String, Alarm>) -> Vec<String> {
        match &self.which {
            Which::Named(names) => names.iter().filter(|name| !found.contains_key(*name)).cloned().collect(),
            Which::Prefixed(prefix) if found.is_empty() => vec![format!("{prefix}*")],
            Which::Prefixed(_) => Vec::new(),
        }
    }
}

impl Standing {
    /// What is wrong with the configuration, if anything.
    pub(super) fn misconfigured(&self, region: &str) -> Option<String> {
        let missing = list(&self.missing);
        (!missing.is_empty())
            .then(|| format!("there are no such alarms in {region}: {missing}; create them, or mend the names or the region"))
    }
}

pub(super) fn list(all: &[String]) -> String {
    let named = all.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
    if all.len() > MOST_NAMED { format!("{named}; and {} more", all.len() - MOST_NAMED) } else { named }
}
