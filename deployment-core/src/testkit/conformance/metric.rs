//! Whether a metric source keeps its contract.

use std::time::Duration;

use super::findings::Findings;
use crate::{
    id::RevisionId,
    metric::{Measurement, MetricContext, MetricSource, Query, Reading},
    testkit::Violation,
    time::Window,
};

/// How far parts may be from the whole, in requests: a source may round each.
const ROUNDING: u64 = 2;

/// Asks a source about a window of the past in which `context`'s revision had traffic, about its parts, about the future, and about a
/// revision that does not exist.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::{memory::MemoryTarget, metric::Query, testkit::{assert_none, conformance, sample}, time::Window};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let target = MemoryTarget::builder().serving(sample::release("1"), 2).build();
/// let serving = target.snapshot().revisions[0].id.clone();
/// tokio::time::sleep(Duration::from_secs(60)).await;
/// let minute = Window { from: sample::NOON - Duration::from_secs(60), to: sample::NOON };
/// let context = sample::metric(sample::NOON, &serving, minute);
/// assert_none(&conformance::metric::check(&target.metrics(), &Query::default(), &context).await);
/// # }
/// ```
pub async fn check(source: &dyn MetricSource, query: &Query, context: &MetricContext) -> Vec<Violation> {
    let mut findings = Findings::default();
    findings.description(|| source.describe());
    let whole = measure(&mut findings, source, query, context).await;
    if let Some(whole) = &whole {
        findings.must("a measured window has its requests", whole.requests > 0, || format!("{whole:?}"));
        findings.must("no more errors than requests", whole.errors <= whole.requests, || format!("{whole:?}"));
        let timed = whole.latency.count();
        findings.must("no more latencies than requests", timed <= whole.requests, || format!("{timed} of {}", whole.requests));
    }
    if let (Some(whole), true) = (&whole, source.can_backfill()) {
        let again = measure(&mut findings, source, query, context).await;
        findings.same("the past does not change", &Some(whole), &again.as_ref());
        check_parts(&mut findings, source, query, context, whole).await;
    }
    let now = context.deployment.now;
    let future = MetricContext { window: Window { from: now, to: now + Duration::from_secs(60) }, ..context.clone() };
    check_silence(&mut findings, "the future has no data", source, query, &future).await;
    let nobody = MetricContext { revision: RevisionId::made("nobody-deployed-this"), ..context.clone() };
    check_silence(&mut findings, "a revision that does not exist has no requests", source, query, &nobody).await;
    findings.all()
}

async fn measure(findings: &mut Findings, source: &dyn MetricSource, query: &Query, context: &MetricContext) -> Option<Measurement> {
    match findings.ok("observe", source.observe(query, context).await)? {
        Reading::Measured(measurement) => Some(measurement),
        Reading::NoData { reason } => {
            findings.must("the window has data", false, || reason);
            None
        }
    }
}

/// Windows that touch add up.
async fn check_parts(findings: &mut Findings, source: &dyn MetricSource, query: &Query, context: &MetricContext, whole: &Measurement) {
    let Window { from, to } = context.window;
    let middle = from + context.window.length() / 2;
    let (mut requests, mut errors) = (0, 0);
    for window in [Window { from, to: middle }, Window { from: middle, to }] {
        let Some(part) = measure(findings, source, query, &MetricContext { window, ..context.clone() }).await else { return };
        requests += part.requests;
        errors += part.errors;
    }
    let close = requests.abs_diff(whole.requests) <= ROUNDING && errors.abs_diff(whole.errors) <= ROUNDING;
    let told = || format!("{requests} requests, {errors} errors in two halves, {} and {} in the whole", whole.requests, whole.errors);
    findings.must("a measurement covers its window and no more", close, told);
}

/// No data, an error, or a known zero; never requests.
async fn check_silence(findings: &mut Findings, rule: &'static str, source: &dyn MetricSource, query: &Query, context: &MetricContext) {
    if let Ok(Reading::Measured(measured)) = source.observe(query, context).await {
        let future = context.window.to > context.deployment.now;
        findings.must(rule, !future && measured.requests == 0, || format!("{measured:?}"));
    }
}
