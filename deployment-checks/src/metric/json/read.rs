//! From a document to a measurement. Pure.

use deployment_core::{
    Result,
    metric::{Latency, Measurement, Reading},
    time::Window,
};
use serde_json::Value;

use super::{
    Buckets, Fields,
    fields::LatencyFields,
    value::{at, count, number, sum, time, wrong},
};
use crate::metric::{
    Unit,
    stop::{Stop, reading},
};

pub(super) fn read(fields: &Fields, document: &Value, window: Window) -> Result<Reading> {
    reading(measured(fields, document, window))
}

fn measured(fields: &Fields, document: &Value, window: Window) -> Result<Measurement, Stop> {
    if let Some((from, to)) = &fields.range {
        let said = Window { from: time(document, from)?, to: time(document, to)? };
        if said != window {
            return Err(Stop::NoData(format!("it is about {} to {}, which is not the window", said.from, said.to)));
        }
    }
    if let Some(pointer) = &fields.until {
        let until = time(document, pointer)?;
        if until < window.to {
            return Err(Stop::NoData(format!("it is measured up to {until} only")));
        }
    }
    let requests = sum(document, &fields.requests)?;
    let errors = sum(document, &fields.errors)?;
    let latency = match &fields.latency {
        None => Latency::default(),
        Some(LatencyFields::Buckets { pointer, unit, kind }) => buckets(pointer, at(document, pointer)?, *unit, *kind)?,
        Some(LatencyFields::Quantiles { quantiles, unit }) => from_quantiles(document, quantiles, *unit, requests)?,
    };
    let timed = latency.count();
    if errors > requests || timed > requests {
        let message = format!("{errors} errors and {timed} latencies of {requests} requests: they do not count the same");
        return Err(Stop::fail(message));
    }
    Ok(Measurement { requests, errors, latency })
}

fn buckets(pointer: &str, value: &Value, unit: Unit, kind: Buckets) -> Result<Latency, Stop> {
    let odd = || wrong(pointer, "a list of [upper bound, count], or an object {\"upper bound\": count}");
    let pair = |pair: &Value| match pair.as_array().map(Vec::as_slice) {
        Some([bound, number]) => Ok((read_bound(bound).ok_or_else(odd)?, count(pointer, number)?)),
        _ => Err(odd()),
    };
    let mut buckets: Vec<(f64, u64)> = match value {
        Value::Array(pairs) => pairs.iter().map(pair).collect::<Result<_, Stop>>()?,
        Value::Object(pairs) => {
            let pair = |(bound, number): (&String, &Value)| {
                Ok((read_bound(&Value::String(bound.clone())).ok_or_else(odd)?, count(pointer, number)?))
            };
            pairs.iter().map(pair).collect::<Result<_, Stop>>()?
        }
        _ => return Err(odd()),
    };
    buckets.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    if kind == Buckets::Cumulative {
        let mut below = 0;
        for (_, count) in &mut buckets {
            let grown = count.checked_sub(below).ok_or_else(|| wrong(pointer, "cumulative: a count falls"))?;
            below = std::mem::replace(count, grown);
        }
    }
    Ok(Latency::from_buckets(buckets.into_iter().map(|(bound, count)| (unit.micros(bound), count))))
}

fn read_bound(value: &Value) -> Option<f64> {
    let bound = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    (bound >= 0.0).then_some(bound)
}

/// A histogram whose quantiles are those that were given, by nearest rank.
fn from_quantiles(document: &Value, quantiles: &[(f64, String)], unit: Unit, requests: u64) -> Result<Latency, Stop> {
    let (mut buckets, mut below, mut longest) = (Vec::new(), 0, 0);
    if requests == 0 {
        return Ok(Latency::default());
    }
    for (quantile, pointer) in quantiles {
        let value = number(document, pointer)?;
        let bound = Some(value).filter(|value| *value >= 0.0).map(|value| unit.micros(value)).filter(|bound| *bound >= longest);
        longest = bound.ok_or_else(|| wrong(pointer, "a duration that is at least the quantile below it"))?;
        let rank = ((quantile * requests as f64).ceil() as u64).min(requests);
        let mut more = rank.saturating_sub(below);
        // One stands right below, which makes the bucket fine: the value is known, not just an upper bound of it.
        if more > 1 && longest > buckets.last().map_or(0, |(bound, _)| bound + 1) {
            buckets.push((longest - 1, 1));
            more -= 1;
        }
        buckets.push((longest, more));
        below = rank;
    }
    buckets.push((Unit::ENDLESS, requests - below));
    Ok(Latency::from_buckets(buckets))
}
