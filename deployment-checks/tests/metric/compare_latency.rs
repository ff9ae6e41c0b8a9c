//! Latencies before and after, of which only the buckets are known.

use std::time::Duration;

use deployment_checks::compare::{Limit, Question};
use deployment_core::metric::{Latency, Measurement, Reading};

use crate::compare::{findings, letters, requests};

/// Prometheus' default bounds, in milliseconds.
const DEFAULT: [u64; 8] = [5, 10, 25, 50, 100, 250, 500, 1_000];

/// 1 000 requests as a histogram with these bounds shows them: most of them took `p95` milliseconds, a few less, and a few up to a second.
fn histogram(bounds: &[u64], p95: u64) -> Reading {
    let above = |millis: &u64| bounds.iter().find(|bound| millis <= *bound).map_or(u64::MAX, |bound| bound * 1_000);
    let less = (1..19).map(|i| p95 * i / 20).chain([p95 - 1]).map(|millis| (above(&millis), 20));
    let spread = less.chain([(above(&p95), 600), (above(&1_000), 20)]);
    Reading::Measured(Measurement { requests: 1_000, errors: 0, latency: Latency::from_buckets(spread) })
}

fn question(bounds: &[u64], before: u64, after: u64, percent: f64) -> Question {
    requests(histogram(bounds, before), histogram(bounds, after)).limits([Limit::Latency { quantile: 0.95, percent }])
}

#[tokio::test]
async fn a_latency_passes_or_fails_only_if_it_does_so_anywhere_in_its_bucket() {
    let tenths: Vec<u64> = std::iter::successors(Some(10), |bound| Some(bound * 11 / 10)).take_while(|bound| *bound < 2_000).collect();
    let fine: Vec<u64> = (1..=1_000).collect();
    for (bounds, before, after, percent, expected, why) in [
        (&DEFAULT[..], 249, 251, 25.0, "?", "2 ms more, over a bound"),
        (&DEFAULT, 101, 249, 25.0, "?", "more than twice, in one bucket"),
        (&DEFAULT, 249, 249, 25.0, "?", "unchanged, which nobody can see"),
        (&DEFAULT, 90, 300, 25.0, "F", "two buckets further"),
        (&DEFAULT, 300, 90, 25.0, "p", "two buckets nearer"),
        (&DEFAULT, 249, 251, 150.0, "?", "the next bucket may be 400 % more"),
        (&DEFAULT, 101, 249, 150.0, "p", "a limit as wide as the bucket"),
        (&DEFAULT, 90, 600, 150.0, "F", "and one that is broken anywhere"),
        (&DEFAULT, 300, 5_000, 25.0, "F", "longer than all bounds, the highest of which is far off"),
        (&DEFAULT, 5_000, 300, 25.0, "p", "no longer longer than all bounds"),
        (&DEFAULT, 5_000, 5_000, 25.0, "?", "longer than all bounds before and after"),
        (&tenths, 249, 251, 25.0, "p", "bounds that rise by 10 %"),
        (&tenths, 101, 249, 25.0, "F", "bounds that rise by 10 %"),
        (&fine, 249, 251, 25.0, "p", "a bound for each millisecond"),
        (&fine, 200, 250, 25.0, "p", "25 % exactly"),
        (&fine, 200, 251, 25.0, "F", "just above"),
        (&fine, 101, 249, 25.0, "F", "more than twice"),
    ] {
        assert_eq!(letters(question(bounds, before, after, percent)).await, expected, "{before} to {after} ms: {why}");
    }
}

#[tokio::test]
async fn what_cannot_be_told_names_the_bounds_and_the_fix() {
    let findings = findings(question(&DEFAULT, 249, 251, 25.0)).await;
    let reason = "p95 is between 0.25 and 0.5 s after, between 0.1 and 0.25 s before: these buckets are too wide to tell; \
                  give the histogram bounds there that rise by at most 11 % each";
    assert_eq!(findings[0].reason, reason);
    assert_eq!((findings[0].before, findings[0].after), (Some(0.25), Some(0.5)), "the upper bounds");
}

#[tokio::test]
async fn quantiles_that_are_known_exactly_decide() {
    let exact = |millis: u64| {
        // As they are made of a JSON document's quantiles.
        let latency = Latency::from_buckets([(millis * 500, 500), (millis * 1_000 - 1, 1), (millis * 1_000, 449), (u64::MAX, 50)]);
        assert_eq!(latency.quantile(0.95), Some(Duration::from_millis(millis)));
        Reading::Measured(Measurement { requests: 1_000, errors: 0, latency })
    };
    for (before, after, expected) in [(249, 251, "p"), (100, 125, "p"), (100, 126, "F"), (101, 249, "F")] {
        let question = requests(exact(before), exact(after)).limits([Limit::Latency { quantile: 0.95, percent: 25.0 }]);
        assert_eq!(letters(question).await, expected, "{before} to {after} ms");
    }
}
