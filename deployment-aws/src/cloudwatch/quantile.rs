//! Quantiles as a histogram, which is how core keeps latencies.

use deployment_core::{Percent, metric::Latency};

/// The histogram of `count` requests of which these quantiles are known, in microseconds: its quantiles are these, exactly.
///
/// A quantile is the request at its nearest rank. Where two are the same request (p95 and p99 of fewer than 20, p99 and the longest of fewer
/// than 100), the higher one is told: a histogram's bounds are never too low.
pub(super) fn histogram(count: u64, quantiles: &[(Percent, u64)], longest: u64) -> Latency {
    let mut known = quantiles.to_vec();
    known.sort_unstable();
    known.push((Percent::ALL, longest));
    let mut buckets: Vec<(u64, u64)> = Vec::new();
    let (mut below, mut bound) = (0, 0);
    for (share, value) in known {
        // CloudWatch's percentiles are approximate, and may cross.
        bound = value.max(bound);
        let rank = rank(share, count);
        match buckets.last_mut() {
            Some(last) if rank == below => last.0 = bound,
            _ => buckets.push((bound, rank - below)),
        }
        below = rank;
    }
    Latency::from_buckets(buckets)
}

/// As [`Latency::quantile`] has it.
fn rank(share: Percent, count: u64) -> u64 {
    let part = f64::from(share.basis_points()) / 10_000.0;
    ((part * count as f64).ceil() as u64).clamp(1, count.max(1))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn known() -> [(Percent, u64); 3] {
        [(50.0, 120), (95.0, 450), (99.0, 900)].map(|(share, value)| (Percent::new(share).unwrap(), value))
    }

    #[test]
    fn quantiles_are_exactly_those_that_are_known_however_many_requests_there_were() {
        for count in 100..20_000 {
            let latency = histogram(count, &known(), 2_000);
            assert_eq!(latency.count(), count);
            let told = [0.5, 0.95, 0.99, 1.0].map(|q| latency.quantile(q).unwrap());
            assert_eq!(told, [120, 450, 900, 2_000].map(Duration::from_micros), "of {count}");
        }
    }

    #[test]
    fn of_few_requests_no_quantile_is_told_too_low() {
        for count in 1..100 {
            let latency = histogram(count, &known(), 2_000);
            assert_eq!(latency.count(), count);
            for (share, value) in known() {
                let told = latency.quantile(f64::from(share.basis_points()) / 10_000.0).unwrap();
                assert!(told >= Duration::from_micros(value), "{share} of {count} is {told:?}");
            }
            assert_eq!(latency.quantile(1.0), Some(Duration::from_micros(2_000)));
        }
        let twenty = histogram(21, &known(), 2_000);
        assert_eq!(twenty.quantile(0.95), Some(Duration::from_micros(450)), "20 of 21");
    }

    #[test]
    fn quantiles_that_cross_rise() {
        let crossed = [(50.0, 700), (95.0, 450)].map(|(share, value)| (Percent::new(share).unwrap(), value));
        assert_eq!(histogram(100, &crossed, 600).buckets(), [(700, 100)]);
    }
}
