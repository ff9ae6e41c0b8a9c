//! One question: statistics of metrics in periods.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::{
    operation::get_metric_data::GetMetricDataOutput,
    primitives::DateTime,
    types::{MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode},
};
use deployment_core::{Error, ErrorKind, Result, Timestamp};

use super::{client::CloudWatch, metric::Metric, metric::Statistic, period::Periods};
use crate::error::{Call, Effect};

const READ: Call = Call { operation: "read metrics", action: "cloudwatch:GetMetricData", effect: Effect::Reads };
/// The quota of one call.
pub(super) const MOST_QUERIES: usize = 500;

/// The datapoints of one statistic, by the beginnings of their periods.
pub(super) type Series = BTreeMap<Timestamp, f64>;

/// What was asked, and what was answered to each.
#[derive(Debug, Default)]
pub(super) struct Data(Vec<(Metric, Statistic, Series)>);

impl Data {
    /// The datapoint of a period. `None` if there is none.
    pub(super) fn at(&self, metric: &Metric, statistic: Statistic, begin: Timestamp) -> Option<f64> {
        let asked = self.0.iter().find(|(other, of, _)| other == metric && *of == statistic);
        asked.and_then(|(_, _, series)| series.get(&begin)).copied()
    }

    /// The latest datapoint of all that was asked.
    #[cfg(feature = "capacity")]
    pub(super) fn latest(&self) -> Option<f64> {
        let all = self.0.iter().flat_map(|(_, _, series)| series);
        all.max_by_key(|(begin, _)| **begin).map(|(_, value)| *value)
    }
}

impl CloudWatch {
    /// All that is asked in one call, and more only for further pages. An answer that is not complete is an error.
    pub(super) async fn read(&self, asked: Vec<(Metric, Statistic)>, periods: Periods) -> Result<Data> {
        let query = |(index, (metric, statistic)): (usize, &(Metric, Statistic))| {
            let stat = MetricStat::builder().metric(metric.wire()).period(periods.period.seconds()).stat(statistic.to_string());
            MetricDataQuery::builder().id(format!("q{index}")).metric_stat(stat.build()).build()
        };
        let request = self
            .client
            .get_metric_data()
            .set_metric_data_queries(Some(asked.iter().enumerate().map(query).collect()))
            .start_time(time(periods.from))
            .end_time(time(periods.to))
            .scan_by(ScanBy::TimestampAscending);
        let mut answers = vec![(Series::new(), None); asked.len()];
        let mut token = None;
        loop {
            let page = request.clone().set_next_token(token.clone()).send().await.map_err(|error| self.named(READ.failed(error)))?;
            let next = page.next_token.clone().filter(|next| !next.is_empty());
            take(&mut answers, page).map_err(|error| self.named(error))?;
            if next.is_none() {
                break;
            }
            if next == token {
                return Err(self.named(unreadable("its pages do not end")));
            }
            token = next;
        }
        let data = asked.into_iter().zip(answers).map(|((metric, statistic), (series, status))| {
            complete(&metric, status).map_err(|error| self.named(error))?;
            Ok((metric, statistic, series))
        });
        Ok(Data(data.collect::<Result<_>>()?))
    }
}

fn take(answers: &mut [(Series, Option<StatusCode>)], page: GetMetricDataOutput) -> Result<()> {
    for MetricDataResult { id, timestamps, values, status_code, .. } in page.metric_data_results.unwrap_or_default() {
        let index = id.as_deref().and_then(|id| id.strip_prefix('q')?.parse::<usize>().ok());
        let (series, status) = index.and_then(|index| answers.get_mut(index)).ok_or_else(|| unreadable("it answers what was not asked"))?;
        let (times, values) = (timestamps.unwrap_or_default(), values.unwrap_or_default());
        if times.len() != values.len() {
            return Err(unreadable("it has not as many values as times"));
        }
        for (at, value) in times.iter().zip(values) {
            let millis = at.to_millis().ok().and_then(|millis| u64::try_from(millis).ok());
            series.insert(Timestamp::from_millis(millis.ok_or_else(|| unreadable("a time is out of range"))?), value);
        }
        *status = status_code;
    }
    Ok(())
}

/// The last word on a metric, after its last page.
fn complete(metric: &Metric, status: Option<StatusCode>) -> Result<()> {
    let (kind, what) = match status {
        Some(StatusCode::Complete) => return Ok(()),
        Some(StatusCode::Forbidden) => (ErrorKind::Unauthorized, "may not be read by this role"),
        Some(StatusCode::InternalError) => (ErrorKind::Unreachable, "could not be read for an error inside CloudWatch"),
        Some(StatusCode::PartialData) => (ErrorKind::Unreachable, "was told in part only"),
        _ => (ErrorKind::Unreachable, "was not told"),
    };
    Err(Error::new(kind, READ.operation, format!("{metric} {what}")).with("action", READ.action))
}

fn unreadable(what: &str) -> Error {
    Error::new(ErrorKind::Unreachable, READ.operation, format!("the answer cannot be read: {what}")).with("action", READ.action)
}

fn time(at: Timestamp) -> DateTime {
    DateTime::from_millis(i64::try_from(at.as_millis()).unwrap_or(i64::MAX))
}
