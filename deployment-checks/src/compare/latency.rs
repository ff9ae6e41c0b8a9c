//! What is certain about a quantile of two histograms. Pure.

use std::time::Duration;

use deployment_core::metric::{Latency, Measurement};

use super::judge::Outcome;

/// Latencies of nothing: a baseline is at least this, in seconds.
const SHORTEST: f64 = 0.001;
/// A bucket counts as its upper bound if it is at most this part of it wide.
const FINE: f64 = 0.01;
/// What the arithmetic of bounds may be off by, in seconds.
const ROUNDING: f64 = 1e-9;

/// The bounds of the bucket that has the quantile, in seconds: it is longer than `above`, and at most `most`.
#[derive(Debug, Clone, Copy)]
struct Between {
    above: f64,
    most: f64,
}

impl Between {
    /// `bounds`: upper bounds of buckets in microseconds, rising, of both histograms: what is empty in one may be known from the other.
    fn of(latency: &Latency, quantile: f64, bounds: &[(u64, u64)]) -> Option<Self> {
        let most = latency.quantile(quantile)?;
        let below = bounds.iter().map(|(bound, _)| Duration::from_micros(*bound)).take_while(|bound| *bound < most).last();
        let endless = most == Duration::from_micros(u64::MAX);
        let most = if endless { f64::INFINITY } else { most.as_secs_f64() };
        let above = below.unwrap_or_default().as_secs_f64();
        // Of a fine bucket just the upper bound is known, or as good as.
        let fine = most - above <= FINE * most && !endless;
        Some(Self { above: if fine { most } else { above }, most })
    }

    /// The upper bound, if there is one.
    fn value(self) -> Option<f64> {
        Some(self.most).filter(|most| most.is_finite())
    }

    fn words(self) -> String {
        match self {
            Self { above, most } if above >= most => format!("{most} s"),
            Self { above, most } if most.is_infinite() => format!("above the histogram's highest bound ({above} s)"),
            Self { above, most } => format!("between {above} and {most} s"),
        }
    }
}

/// Holds a quantile against the one before. Only what is certain passes or fails: a quantile may be anywhere in its bucket.
pub(super) fn latency(before: &Measurement, after: &Measurement, quantile: f64, percent: f64) -> Outcome {
    let all = before.latency.merged(&after.latency);
    let at = |seen: &Measurement| Between::of(&seen.latency, quantile, all.buckets());
    let (Some(theirs), Some(ours)) = (at(before), at(after)) else {
        return ((None, None), Err(()), "the source has no latencies".into());
    };
    let times = 1.0 + percent / 100.0;
    let allowed = |bound: f64| bound.max(SHORTEST) * times + ROUNDING;
    let name = format!("p{}", quantile * 100.0);
    let words = format!("{name} is {} after, {} before", ours.words(), theirs.words());
    let (holds, reason) = if ours.most <= allowed(theirs.above) {
        (Ok(true), words)
    } else if ours.above > allowed(theirs.most) {
        (Ok(false), words)
    } else {
        // Two neighbouring buckets decide if both together are no wider than what is allowed.
        let rise = ((times.sqrt() - 1.0) * 100.0).floor().max(1.0);
        (
            Err(()),
            format!("{words}: these buckets are too wide to tell; give the histogram bounds there that rise by at most {rise} % each"),
        )
    };
    ((theirs.value(), ours.value()), holds, reason)
}
