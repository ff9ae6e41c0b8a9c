//! From datapoints to a measurement. Pure.

use deployment_core::{
    Error, ErrorKind, Result, Timestamp,
    metric::{Latency, Measurement, Reading},
};

use super::{
    counts::{Counts, Latencies, Unanswered},
    data::Data,
    metric::{Metric, Statistic},
    period::Periods,
    quantile::histogram,
};

/// Why a period has no measurement.
enum Stop {
    NoData(String),
    Fail(Error),
}

pub(super) fn measure(counts: &Counts, data: &Data, periods: Periods) -> Result<Reading> {
    let mut total = Measurement::default();
    for begin in periods.each() {
        match measure_one(counts, data, begin) {
            Ok(one) => {
                total.requests = total.requests.saturating_add(one.requests);
                total.errors = total.errors.saturating_add(one.errors);
                total.latency = total.latency.merged(&one.latency);
            }
            Err(Stop::NoData(reason)) => return Ok(Reading::NoData { reason }),
            Err(Stop::Fail(error)) => return Err(error),
        }
    }
    Ok(Reading::Measured(total))
}

/// One period. Counters of the same requests are not published as one: an error or a response is a request, also if that is not counted yet.
fn measure_one(counts: &Counts, data: &Data, begin: Timestamp) -> Result<Measurement, Stop> {
    let requests = requests(counts, data, begin)?;
    let mut errors = 0_u64;
    for metric in &counts.errors {
        errors = errors.saturating_add(count(data, metric, Statistic::Sum, begin)?.unwrap_or(0));
    }
    let Some(latencies) = &counts.latency else {
        return Ok(Measurement { requests: requests.max(errors), errors, latency: Latency::default() });
    };
    let latency = latency(latencies, data, begin)?;
    let unanswered = requests.saturating_sub(latency.count());
    if counts.unanswered == Unanswered::Errors {
        errors = errors.saturating_add(unanswered);
    }
    if latency.is_empty() && requests > errors {
        return Err(Stop::NoData(format!("{} has no datapoint for {begin}, though {requests} requests were counted", latencies.metric)));
    }
    Ok(Measurement { requests: requests.max(errors).max(latency.count()), errors, latency })
}

fn requests(counts: &Counts, data: &Data, begin: Timestamp) -> Result<u64, Stop> {
    if let Some(requests) = count(data, &counts.requests, Statistic::Sum, begin)? {
        return Ok(requests);
    }
    let witnessed = counts.witness.as_ref().is_some_and(|witness| data.at(witness, Statistic::SampleCount, begin).is_some());
    if witnessed { Ok(0) } else { Err(Stop::NoData(format!("{} has no datapoint for {begin}", counts.requests))) }
}

fn latency(latencies: &Latencies, data: &Data, begin: Timestamp) -> Result<Latency, Stop> {
    let Latencies { metric, unit, quantiles } = latencies;
    let Some(samples) = count(data, metric, Statistic::SampleCount, begin)?.filter(|samples| *samples > 0) else {
        return Ok(Latency::default());
    };
    let micros = |statistic| {
        let value = data.at(metric, statistic, begin).ok_or_else(|| {
            let why = "CloudWatch has it only of metrics that are published sample by sample";
            Stop::NoData(format!("{metric} has no {statistic} for {begin}; {why}"))
        })?;
        unit.micros(value).ok_or_else(|| odd(metric, statistic, value, "no time"))
    };
    let mut known = Vec::new();
    for share in quantiles {
        known.push((*share, micros(Statistic::Percentile(*share))?));
    }
    Ok(histogram(samples, &known, micros(Statistic::Maximum)?))
}

fn count(data: &Data, metric: &Metric, statistic: Statistic, begin: Timestamp) -> Result<Option<u64>, Stop> {
    match data.at(metric, statistic, begin) {
        None => Ok(None),
        Some(value) if value.is_finite() && value >= 0.0 => Ok(Some(value.round() as u64)),
        Some(value) => Err(odd(metric, statistic, value, "no count")),
    }
}

fn odd(metric: &Metric, statistic: Statistic, value: f64, what: &str) -> Stop {
    Stop::Fail(Error::new(
        ErrorKind::Failed,
        "read metrics",
        format!("{statistic} of {metric} is {value}: {what}; is it the right metric?"),
    ))
}
