//! Counts while a load test runs, at constant memory.

use std::{collections::BTreeMap, time::Duration};

use deployment_core::{Error, ErrorKind, Result};
use hdrhistogram::Histogram;

use super::{LoadReport, Quantiles, Second};

/// The longest time that a histogram holds, in microseconds: an hour.
const LONGEST: u64 = 3_600_000_000;
/// So many different reasons are kept.
const REASONS: usize = 20;

/// What has been counted so far. Times are from the start of the measured time.
#[derive(Debug)]
pub(super) struct Tally {
    /// The measured time.
    duration: Duration,
    sent: u64,
    sent_in_time: u64,
    good: u64,
    good_in_time: u64,
    failed: u64,
    latency: Times,
    service: Times,
    lag: Times,
    failures: BTreeMap<String, u64>,
    seconds: Vec<Second>,
    /// The times of the requests that ended in the last second of `seconds`.
    current: Times,
}

/// One request that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) due: Duration,
    pub(super) sent: Duration,
    pub(super) ended: Duration,
    /// Why it has failed, if it has.
    pub(super) failure: Option<String>,
}

impl Tally {
    pub(super) fn new(duration: Duration) -> Result<Self> {
        Ok(Self {
            duration,
            sent: 0,
            sent_in_time: 0,
            good: 0,
            good_in_time: 0,
            failed: 0,
            latency: Times::new()?,
            service: Times::new()?,
            lag: Times::new()?,
            failures: BTreeMap::new(),
            seconds: Vec::new(),
            current: Times::new()?,
        })
    }

    /// A request that was `due` is being sent.
    pub(super) fn sent(&mut self, due: Duration, sent: Duration) {
        self.sent += 1;
        self.sent_in_time += u64::from(sent < self.duration);
        self.lag.add(sent.saturating_sub(due));
        self.count(sent, |second| second.sent += 1);
    }

    /// A request found no place among the `open` ones, however long it has waited.
    pub(super) fn unsent(&mut self, waited: Duration, open: usize) {
        self.latency.add(waited);
        self.fail(format!("not sent: {open} requests were open"));
    }

    fn fail(&mut self, reason: String) {
        self.failed += 1;
        let known = self.failures.contains_key(&reason) || self.failures.len() < REASONS;
        *self.failures.entry(if known { reason } else { "other reasons".to_owned() }).or_default() += 1;
    }

    /// A request has ended.
    pub(super) fn ended(&mut self, request: Ended) {
        let latency = request.ended.saturating_sub(request.due);
        self.latency.add(latency);
        self.service.add(request.ended.saturating_sub(request.sent));
        let good = request.failure.is_none();
        self.count(request.ended, |second| {
            second.good += u64::from(good);
            second.failed += u64::from(!good);
        });
        self.current.add(latency);
        self.good += u64::from(good);
        self.good_in_time += u64::from(good && request.ended < self.duration);
        if let Some(reason) = request.failure {
            self.fail(reason);
        }
    }

    /// Counts in the second of `at`, or in the last one if two requests came to the tally in another order than to the clock.
    fn count(&mut self, at: Duration, count: impl FnOnce(&mut Second)) {
        while self.seconds.len() as u64 <= at.as_secs() {
            self.close();
            let second = u32::try_from(self.seconds.len()).unwrap_or(u32::MAX);
            self.seconds.push(Second { second, sent: 0, good: 0, failed: 0, latency: Quantiles::default() });
        }
        if let Some(last) = self.seconds.last_mut() {
            count(last);
        }
    }

    fn close(&mut self) {
        if let Some(last) = self.seconds.last_mut() {
            last.latency = self.current.quantiles();
        }
        self.current.clear();
    }

    pub(super) fn report(mut self, scheduled: u64, held: u64) -> LoadReport {
        self.close();
        let mut failures: Vec<_> = self.failures.into_iter().collect();
        failures.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        LoadReport {
            duration: self.duration,
            scheduled,
            sent: self.sent,
            sent_in_time: self.sent_in_time,
            good: self.good,
            good_in_time: self.good_in_time,
            failed: self.failed,
            held,
            latency: self.latency.quantiles(),
            service: self.service.quantiles(),
            lag: self.lag.quantiles(),
            failures,
            series: self.seconds,
        }
    }
}

/// A histogram in microseconds.
#[derive(Debug)]
struct Times(Histogram<u64>);

impl Times {
    fn new() -> Result<Self> {
        let histogram = Histogram::new_with_bounds(1, LONGEST, 3);
        histogram.map(Self).map_err(|error| Error::new(ErrorKind::Failed, "load test", "no histogram could be made").because(error))
    }

    fn add(&mut self, time: Duration) {
        self.0.saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    fn clear(&mut self) {
        self.0.reset();
    }

    fn quantiles(&self) -> Quantiles {
        if self.0.is_empty() {
            return Quantiles::default();
        }
        let at = |quantile| Duration::from_micros(self.0.value_at_quantile(quantile));
        Quantiles {
            p50: at(0.5),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            max: Duration::from_micros(self.0.max()),
            mean: Duration::from_micros(self.0.mean().round() as u64),
        }
    }
}
