//! Fargate's quotas of vCPUs.

use std::time::Duration;

use aws_sdk_servicequotas::Client;
use deployment_core::{Result, Timestamp};

use super::quota::{self, Quota};
use crate::{
    cloudwatch::CloudWatch,
    preflight::{Findings, Place, Tasks},
};

/// The quotas are of vCPUs, by service and code. Source: <https://docs.aws.amazon.com/general/latest/gr/ecs-service.html>.
const SERVICE: &str = "fargate";
const CLASSES: [(Place, &str, &str); 2] = [
    (Place::Fargate, "Fargate On-Demand vCPU resource count", "L-3032A538"),
    (Place::FargateSpot, "Fargate Spot vCPU resource count", "L-36FBB829"),
];
/// What is called for it.
pub(super) const ACTIONS: [&str; 3] =
    ["cloudwatch:GetMetricData", "servicequotas:GetAWSDefaultServiceQuota", "servicequotas:GetServiceQuota"];
/// Usage is told every few minutes. What has not been told for so long is not known.
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/monitoring-fargate-usage.html>.
const BACK: Duration = Duration::from_secs(3_600);

/// What quotas and their usage are read from.
#[derive(Debug)]
pub(super) struct Usage<'a> {
    pub(super) quotas: &'a Client,
    pub(super) cloudwatch: &'a CloudWatch,
    pub(super) now: Timestamp,
}

pub(super) async fn compare(usage: &Usage<'_>, tasks: &[Tasks], findings: &mut Findings) -> Result<()> {
    for (place, name, code) in &CLASSES {
        let asked: Vec<_> = tasks.iter().filter(|tasks| tasks.count > 0 && tasks.place == *place).collect();
        if asked.is_empty() {
            continue;
        }
        let Some(quota) = findings.if_allowed(quota::get(usage.quotas, SERVICE, code).await)? else { continue };
        let used = usage.of(&quota, name, findings).await?;
        judge(&asked, &Left { name, code, quota: quota.value, used }, findings);
    }
    Ok(())
}

impl Usage<'_> {
    async fn of(&self, quota: &Quota, name: &str, findings: &mut Findings) -> Result<Option<f64>> {
        let Some((metric, statistic)) = quota.usage.clone() else {
            findings.warn(format!("Service Quotas does not say how the usage of the quota {name:?} is told; it is taken for unused."));
            return Ok(None);
        };
        let told = format!("CloudWatch has told no {metric} for an hour; the quota {name:?} is taken for unused.");
        let Some(used) = findings.if_allowed(self.cloudwatch.latest(metric, statistic, self.now, BACK).await)? else { return Ok(None) };
        if used.is_none() {
            findings.warn(told);
        }
        Ok(used)
    }
}

/// A quota and what of it is used, as far as that is known.
struct Left<'a> {
    name: &'a str,
    code: &'a str,
    quota: f64,
    used: Option<f64>,
}

impl Left<'_> {
    fn lacks(&self, needed: f64) -> bool {
        needed > self.quota - self.used.unwrap_or(0.0)
    }

    fn told(&self, needed: f64) -> String {
        let used = self.used.map_or_else(|| "of which is unknown what is used".to_owned(), |used| format!("{used} of them in use"));
        format!("{needed} more than now: the quota {:?} is {}, {used}", self.name, self.quota)
    }
}

fn judge(asked: &[&Tasks], left: &Left<'_>, findings: &mut Findings) {
    let (mut whole, mut fit) = (0.0, true);
    for tasks in asked {
        let needed = vcpus(tasks);
        whole += needed;
        if left.lacks(needed) {
            fit = false;
            findings.problem(format!(
                "There are too few vCPUs for {}, which needs {}; ask Service Quotas for more ({SERVICE}, {}), or start fewer tasks.",
                tasks.of,
                left.told(needed),
                left.code
            ));
        }
    }
    if fit && left.lacks(whole) {
        let all = asked.iter().map(|tasks| tasks.of.as_str()).collect::<Vec<_>>().join(", ");
        findings.warn(format!("At the same time {all} would need too many vCPUs, {} ({SERVICE}, {}).", left.told(whole), left.code));
    }
}

fn vcpus(tasks: &Tasks) -> f64 {
    f64::from(tasks.count) * f64::from(tasks.cpu) / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(counts: &[u32], quota: f64, used: Option<f64>) -> (usize, usize) {
        let of = |count: &u32| Tasks {
            of: "blue".into(),
            cluster: "main".into(),
            count: *count,
            cpu: 256,
            memory: 512,
            place: Place::Fargate,
            subnets: Vec::new(),
        };
        let tasks: Vec<_> = counts.iter().map(of).collect();
        let mut findings = Findings::default();
        judge(&tasks.iter().collect::<Vec<_>>(), &Left { name: "vCPUs", code: "L-1", quota, used }, &mut findings);
        (findings.problems.len(), findings.warnings.len())
    }

    #[test]
    fn what_is_left_may_be_used_up_and_not_more() {
        assert_eq!(told(&[4], 6.0, Some(5.0)), (0, 0));
        assert_eq!(told(&[5], 6.0, Some(5.0)), (1, 0));
        assert_eq!(told(&[24], 6.0, None), (0, 0));
        assert_eq!(told(&[25], 6.0, None), (1, 0));
        assert_eq!(told(&[1], 6.0, Some(7.0)), (1, 0));
    }

    #[test]
    fn that_all_do_not_fit_at_once_is_a_warning_unless_one_alone_does_not() {
        assert_eq!(told(&[4, 4], 6.0, Some(4.5)), (0, 1));
        assert_eq!(told(&[4, 2], 6.0, Some(4.5)), (0, 0));
        assert_eq!(told(&[4, 8], 6.0, Some(4.5)), (1, 0));
    }
}
