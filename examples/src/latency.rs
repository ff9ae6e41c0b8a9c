//! A sparse latency histogram that can be kept per second for hours, added up and sent as JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Significant bits of a bucket's width: 128 to 255 buckets per power of two keep the relative error under 0.8 %.
const SIGNIFICANT_BITS: u32 = 8;

/// Counts of latencies in log-linear buckets, as HdrHistogram cuts them, holding only the buckets that occurred.
///
/// A dense histogram of this precision takes some 10 KiB; one per second, revision and hour would be 35 MiB each. A second of
/// traffic touches a few dozen buckets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, u64)>", into = "Vec<(u64, u64)>")]
pub struct Latencies {
    counts: BTreeMap<u64, u64>,
}

impl Latencies {
    /// Counts one latency, in microseconds.
    pub fn record(&mut self, micros: u64) {
        *self.counts.entry(upper_bound(micros)).or_default() += 1;
    }

    /// Adds all counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (bound, count) in &other.counts {
            *self.counts.entry(*bound).or_default() += count;
        }
    }

    /// How many latencies were recorded.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The latency in microseconds that a share `quantile` (0 to 1) of the requests did not exceed; `None` without any request.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<u64> {
        let total = self.len();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "request counts are far below 2^52 and the product is not negative"
        )]
        let rank = ((total as f64 * quantile.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut seen = 0;
        self.counts.iter().find_map(|(bound, count)| {
            seen += count;
            (seen >= rank).then_some(*bound)
        })
    }

    /// The buckets that occurred, as (upper bound in microseconds, count), rising.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.counts.iter().map(|(bound, count)| (*bound, *count))
    }
}

impl From<Vec<(u64, u64)>> for Latencies {
    fn from(buckets: Vec<(u64, u64)>) -> Self {
        Self { counts: buckets.into_iter().collect() }
    }
}

impl From<Latencies> for Vec<(u64, u64)> {
    fn from(latencies: Latencies) -> Self {
        latencies.counts.into_iter().collect()
    }
}

/// The largest value that falls into the same bucket as `micros`.
fn upper_bound(micros: u64) -> u64 {
    let bits = u64::BITS - micros.leading_zeros();
    let shift = bits.saturating_sub(SIGNIFICANT_BITS);
    micros | ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::{Latencies, upper_bound};

    #[test]
    fn a_bucket_is_within_a_percent_of_what_it_holds() {
        for micros in [0, 1, 255, 256, 1_000, 4_321, 250_000, 59_999_999, u64::MAX] {
            let bound = upper_bound(micros);
            assert!(bound >= micros);
            assert!(bound - micros <= micros / 128, "{micros} fell into the bucket up to {bound}");
            assert_eq!(upper_bound(bound), bound);
        }
    }

    #[test]
    fn quantiles_of_merged_parts_are_those_of_the_whole() {
        let (mut whole, mut low, mut high) = (Latencies::default(), Latencies::default(), Latencies::default());
        for micros in 1..=1_000 {
            whole.record(micros);
            if micros % 2 == 0 {
                low.record(micros);
            } else {
                high.record(micros);
            }
        }
        low.merge(&high);
        assert_eq!(low, whole);
        assert_eq!(whole.len(), 1_000);
        let median = whole.quantile(0.5).unwrap();
        assert!((500..=504).contains(&median), "{median}");
        assert!(whole.quantile(1.0).unwrap() >= 1_000);
        assert_eq!(Latencies::default().quantile(0.95), None);
    }

    #[test]
    fn it_travels_as_pairs() {
        let mut latencies = Latencies::default();
        latencies.record(3);
        latencies.record(3);
        let text = serde_json::to_string(&latencies).unwrap();
        assert_eq!(text, "[[3,2]]");
        assert_eq!(serde_json::from_str::<Latencies>(&text).unwrap(), latencies);
    }
}
