//! From raw samples to a measurement. Pure.

use std::collections::{BTreeMap, BTreeSet};

use deployment_core::{
    Error, Result,
    metric::{Latency, Measurement, Reading},
};

use super::{
    latency,
    queries::{Errors, Queries, What},
    series::Series,
    span::{Cut, Instance, Spans, instance, spans},
};
use crate::metric::stop::{Stop, reading};

/// What was answered to each query.
pub(super) type Found = BTreeMap<What, Vec<Series>>;

pub(super) fn measure(queries: &Queries, found: &Found, cut: Cut) -> Result<Reading> {
    reading(measured(queries, found, cut))
}

fn measured(queries: &Queries, found: &Found, cut: Cut) -> Result<Measurement, Stop> {
    let of = |what| found.get(&what).map_or(&[][..], Vec::as_slice);
    check_scrapes(of(What::Up), cut)?;
    let counters = [of(What::Requests), of(What::Errors), of(What::Latency)];
    for series in counters {
        check_counters(series)?;
        check_distinct(series)?;
    }
    if counters[0].is_empty() {
        return Err(Stop::no_data("there is no series of requests"));
    }
    let spans = spans(counters.into_iter().flatten(), cut)?;
    let busy: BTreeSet<Instance> = growths(counters[0], &spans).filter(|(_, grown)| *grown > 0.0).map(|(instance, _)| instance).collect();
    let requests = total(counters[0], &spans);
    let errors = errors(&queries.errors, counters, &spans, &busy)?;
    let latency = match queries.latency {
        None => Latency::default(),
        Some((_, unit)) => {
            check_complete("latency", counters[2], &busy)?;
            latency::histogram(counters[2], &spans, unit)?
        }
    };
    let spare = (requests / 100).max(10);
    if errors > requests + spare {
        return Err(Stop::fail(format!("{errors} errors of {requests} requests: the two selectors do not count the same requests")));
    }
    if latency.count() > requests + spare {
        let timed = latency.count();
        return Err(Stop::fail(format!("{timed} latencies of {requests} requests: the two selectors do not count the same requests")));
    }
    Ok(Measurement { requests, errors: errors.min(requests), latency: latency::at_most(&latency, requests) })
}

/// Counters are read one after the other, so that a few requests may be in one and not yet in the other; more is a mistake.
fn errors(how: &Errors, [requests, errors, _]: [&[Series]; 3], spans: &Spans, busy: &BTreeSet<Instance>) -> Result<u64, Stop> {
    match how {
        Errors::Uncounted => {}
        Errors::Counter(_) => check_complete("errors", errors, busy)?,
        Errors::Among(_, labels) => {
            let missing = |label: &&String| requests.iter().all(|series| series.label(label).is_none());
            if let (true, Some(label)) = (errors.is_empty(), labels.iter().find(missing)) {
                let fault = format!("no series of requests has the label {label:?} that errors are told by; name one that they have");
                return Err(Stop::Fail(Error::invalid("errors", fault)));
            }
        }
    }
    Ok(total(errors, spans))
}

/// An instance that had requests must have the other counters too: what is missing is not zero.
fn check_complete(what: &str, series: &[Series], busy: &BTreeSet<Instance>) -> Result<(), Stop> {
    let have: BTreeSet<Instance> = series.iter().map(instance).collect();
    match busy.iter().find(|instance| !have.contains(*instance)) {
        None => Ok(()),
        Some(instance) => Err(Stop::no_data(format!("there is no series of {what} of {instance}, which had requests"))),
    }
}

fn check_scrapes(up: &[Series], cut: Cut) -> Result<(), Stop> {
    let (from, to) = (cut.window.from, cut.window.to);
    let failed = |series: &&Series| series.samples.iter().any(|(at, value)| *at > from && *at <= to && *value == 0.0);
    match up.iter().find(failed) {
        None => Ok(()),
        Some(series) => Err(Stop::no_data(format!("a scrape of {} failed in the window", instance(series)))),
    }
}

fn check_counters(series: &[Series]) -> Result<(), Stop> {
    let odd = series.iter().flat_map(|series| &series.samples).find(|(_, value)| !value.is_finite() || *value < 0.0);
    match odd {
        None => Ok(()),
        Some((at, value)) => Err(Stop::no_data(format!("a sample is {value} at {at}: no counter"))),
    }
}

/// The same counter must not be there twice, as it is behind two replicas of Prometheus or under two jobs.
fn check_distinct(series: &[Series]) -> Result<(), Stop> {
    let mut seen = BTreeSet::new();
    for one in series {
        let job = if one.label("instance").is_some() { "job" } else { "" };
        if !seen.insert(one.labels_without(&["replica", "prometheus_replica", "__replica__", job])) {
            let twice = instance(one);
            let fault =
                format!("{twice} is there twice, by two replicas or jobs; add a matcher that leaves one, or have them deduplicated");
            return Err(Stop::Fail(Error::invalid("queries", fault)));
        }
    }
    Ok(())
}

fn growths<'a>(series: &'a [Series], spans: &'a Spans) -> impl Iterator<Item = (Instance, f64)> + 'a {
    series.iter().filter_map(|one| {
        let instance = instance(one);
        let span = spans.get(&instance)?;
        let grown = one.growth(span.from, span.to);
        Some((instance, grown))
    })
}

fn total(series: &[Series], spans: &Spans) -> u64 {
    growths(series, spans).map(|(_, grown)| grown).sum::<f64>().round() as u64
}
