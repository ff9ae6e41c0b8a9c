//! Classic histograms: cumulative counters by the label `le`, made into a latency histogram.

use std::collections::BTreeMap;

use deployment_core::metric::Latency;

use super::{
    series::Series,
    span::{Spans, instance},
};
use crate::metric::{Unit, stop::Stop};

/// How much each bucket grew, not counting the buckets below it, all instances and labels together.
pub(super) fn histogram(series: &[Series], spans: &Spans, unit: Unit) -> Result<Latency, Stop> {
    let mut histograms: BTreeMap<BTreeMap<&str, &str>, Vec<(f64, f64)>> = BTreeMap::new();
    for one in series {
        let bound = one.label("le").and_then(bound);
        let bound =
            bound.ok_or_else(|| Stop::fail("a latency series has no bound in its label \"le\"; name the metric that ends with _bucket"))?;
        if let Some(span) = spans.get(&instance(one)) {
            let grown = one.growth(span.from, span.to);
            histograms.entry(one.labels_without(&["le"])).or_default().push((bound, grown));
        }
    }
    let mut all = Vec::new();
    for mut buckets in histograms.into_values() {
        buckets.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        if buckets.last().is_none_or(|(bound, _)| bound.is_finite()) {
            return Err(Stop::fail("a latency histogram has no bucket le=\"+Inf\"; take out the matcher on \"le\""));
        }
        let mut below = 0;
        for (bound, grown) in buckets {
            // A scrape may meet a histogram that is being written: a bucket is never taken for less than those in it.
            let grown = (grown.round() as u64).max(below);
            all.push((unit.micros(bound), grown - below));
            below = grown;
        }
    }
    Ok(Latency::from_buckets(all))
}

fn bound(text: &str) -> Option<f64> {
    text.parse().ok().filter(|bound: &f64| !bound.is_nan() && *bound >= 0.0)
}

/// The same with at most `requests` in it: surplus ones, which were counted as requests only after the scrape, are taken from the fastest.
pub(super) fn at_most(latency: &Latency, requests: u64) -> Latency {
    let mut surplus = latency.count().saturating_sub(requests);
    Latency::from_buckets(latency.buckets().iter().map(|(bound, count)| {
        let left_out = surplus.min(*count);
        surplus -= left_out;
        (*bound, count - left_out)
    }))
}
