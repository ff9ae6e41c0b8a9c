//! The alarms as they are.

use std::{collections::BTreeMap, fmt};

use aws_sdk_cloudwatch::{
    operation::describe_alarms::{DescribeAlarmsOutput, builders::DescribeAlarmsFluentBuilder},
    types::{AlarmType, EvaluationState, StateValue},
};
use deployment_core::{Error, ErrorKind, Result};

use super::set::{Alarms, Which};
use crate::error::{Call, Effect};

const DESCRIBE: Call = Call { operation: "look at alarms", action: "cloudwatch:DescribeAlarms", effect: Effect::Reads };
/// As many as one call may name, and tells at most.
const MOST: usize = 100;
/// A reason may have 1023 characters; there may be many, and a journal keeps them.
const LONGEST_REASON: usize = 160;

/// One alarm.
#[derive(Debug, Clone)]
pub(super) struct Alarm {
    pub(super) state: Option<StateValue>,
    /// Why it cannot be evaluated, if it cannot.
    pub(super) trouble: Option<EvaluationState>,
    reason: String,
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.as_ref().map_or("no state", StateValue::as_str);
        let trouble = self.trouble.as_ref().map(|trouble| format!(", {}", trouble.as_str())).unwrap_or_default();
        let reason: String = self.reason.chars().take(LONGEST_REASON).collect();
        write!(f, "{state}{trouble}: {reason}")
    }
}

impl Alarms {
    /// The alarms that exist, by name: in one call per hundred.
    pub(super) async fn fetch(&self) -> Result<BTreeMap<String, Alarm>> {
        let request = self
            .cloudwatch
            .client
            .describe_alarms()
            // Without this, metric alarms alone are told.
            .set_alarm_types(Some(vec![AlarmType::MetricAlarm, AlarmType::CompositeAlarm, AlarmType::LogAlarm]))
            .max_records(MOST as i32);
        let mut found = BTreeMap::new();
        match &self.which {
            Which::Prefixed(prefix) => self.pages(request.alarm_name_prefix(prefix), &mut found).await?,
            Which::Named(names) => {
                let names: Vec<_> = names.iter().cloned().collect();
                for part in names.chunks(MOST) {
                    self.pages(request.clone().set_alarm_names(Some(part.to_vec())), &mut found).await?;
                }
            }
        }
        Ok(found)
    }

    async fn pages(&self, request: DescribeAlarmsFluentBuilder, found: &mut BTreeMap<String, Alarm>) -> Result<()> {
        let mut token = None;
        loop {
            let page = request.clone().set_next_token(token.clone()).send().await;
            let page = page.map_err(|error| self.cloudwatch.named(DESCRIBE.failed(error)))?;
            let next = page.next_token.clone().filter(|next| !next.is_empty());
            take(page, found);
            match next {
                None => return Ok(()),
                same if same == token => {
                    let error = Error::new(ErrorKind::Unreachable, DESCRIBE.operation, "the answer's pages do not end");
                    return Err(self.cloudwatch.named(error.with("action", DESCRIBE.action)));
                }
                next => token = next,
            }
        }
    }
}

fn take(page: DescribeAlarmsOutput, found: &mut BTreeMap<String, Alarm>) {
    let metric = page.metric_alarms.unwrap_or_default().into_iter();
    let metric = metric.map(|alarm| (alarm.alarm_name, alarm.state_value, alarm.evaluation_state, alarm.state_reason));
    let composite = page.composite_alarms.unwrap_or_default().into_iter();
    let composite = composite.map(|alarm| (alarm.alarm_name, alarm.state_value, None, alarm.state_reason));
    let log = page.log_alarms.unwrap_or_default().into_iter();
    let log = log.map(|alarm| (alarm.alarm_name, alarm.state_value, alarm.evaluation_state, alarm.state_reason));
    for (name, state, trouble, reason) in metric.chain(composite).chain(log) {
        found.insert(name.unwrap_or_default(), Alarm { state, trouble, reason: reason.unwrap_or_default() });
    }
}
