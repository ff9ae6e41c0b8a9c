//! Whether metrics may be read, before anything changes.

use async_trait::async_trait;
use deployment_core::{
    Result,
    time::{Clock as _, SystemClock},
};

use super::{CloudWatch, Metric, Period, Statistic, period::Periods};
use crate::preflight::{Findings, Needs, Precondition};

#[async_trait]
impl Precondition for CloudWatch {
    fn describe(&self) -> String {
        format!("metrics of CloudWatch in {}", self.region())
    }

    /// Reads some metric, whatever it says.
    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        let to = SystemClock.now();
        let periods = Periods { from: to - Period::MINUTE.length(), to, period: Period::MINUTE };
        findings.found(self.read(vec![(Metric::new("AWS/ECS", "CPUUtilization"), Statistic::SampleCount)], periods).await).map(drop)
    }

    async fn needs(&self) -> Result<Needs> {
        let mut needs = Needs::new();
        needs.allow("cloudwatch:GetMetricData", "*");
        Ok(needs)
    }
}
