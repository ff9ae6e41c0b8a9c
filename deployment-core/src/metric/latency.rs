//! How long requests took.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A latency histogram: the upper bounds of its buckets in microseconds, rising, and how many requests each holds.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::metric::Latency;
///
/// let latency = Latency::from_buckets([(10_000, 90), (50_000, 9), (900_000, 1)]);
/// assert_eq!(latency.quantile(0.95), Some(Duration::from_millis(50)));
/// assert_eq!(latency.above(Duration::from_millis(100)), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Latency(Vec<(u64, u64)>);

impl Latency {
    /// A histogram from `(upper bound in microseconds, count)`; empty buckets are left out, equal bounds are added up.
    #[must_use]
    pub fn from_buckets(buckets: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let mut buckets: Vec<_> = buckets.into_iter().filter(|(_, count)| *count > 0).collect();
        buckets.sort_unstable();
        buckets.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        Self(buckets)
    }

    /// Both together.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        Self::from_buckets(self.0.iter().chain(&other.0).copied())
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many requests it holds.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// The buckets: upper bound in microseconds and count, rising.
    #[must_use]
    pub fn buckets(&self) -> &[(u64, u64)] {
        &self.0
    }

    /// The upper bound of the bucket that holds the `q`-quantile (0 to 1, nearest rank); `None` if empty.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<Duration> {
        let rank = ((q.clamp(0.0, 1.0) * self.count() as f64).ceil() as u64).max(1);
        let mut seen = 0;
        for (bound, count) in &self.0 {
            seen += count;
            if seen >= rank {
                return Some(Duration::from_micros(*bound));
            }
        }
        None
    }

    /// How many requests took longer than `limit`, counting whole buckets above it.
    #[must_use]
    pub fn above(&self, limit: Duration) -> u64 {
        let limit = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX);
        self.0.iter().filter(|(bound, _)| *bound > limit).map(|(_, count)| count).sum()
    }
}

impl Latency {
    /// The same in at most `most` buckets: neighbours are added up under the higher bound.
    #[must_use]
    pub fn compacted(&self, most: usize) -> Self {
        let group = self.0.len().div_ceil(most.max(1)).max(1);
        let buckets = self.0.chunks(group).filter_map(|chunk| {
            let (bound, _) = chunk.last()?;
            Some((*bound, chunk.iter().map(|(_, count)| count).sum()))
        });
        Self(buckets.collect())
    }
}
