//! What a metric was last.

use std::time::Duration;

use deployment_core::{Result, Timestamp, time::Window};

use super::{client::CloudWatch, metric::Metric, metric::Statistic, period::Period, period::Periods};

impl CloudWatch {
    /// The statistic in the latest minute that has a datapoint, of those that have ended by `now` and began at most so long before. `None`
    /// if none has.
    pub(crate) async fn latest(&self, metric: Metric, statistic: Statistic, now: Timestamp, back: Duration) -> Result<Option<f64>> {
        let Some(periods) = Periods::of(Window { from: now - back, to: now }, Period::MINUTE) else { return Ok(None) };
        Ok(self.read(vec![(metric, statistic)], periods).await?.latest())
    }
}
