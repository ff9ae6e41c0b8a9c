//! Whether a judge keeps its contract.

use std::time::Duration;

use super::findings::Findings;
use crate::{
    health::HealthReport,
    judge::{Judge, Observation, Seen, Verdict},
    metric::{Latency, Measurement, Reading},
    testkit::{Violation, sample::NOON},
    time::Window,
};

/// How much longer the account of a run may get from its hundredth to its two thousandth observation, in characters.
const GROWTH: usize = 512;

/// Runs a judge over good, bad, mixed, scarce and missing observations, of metrics and of health.
///
/// ```
/// use deployment_core::{judge::RatioToBaseline, testkit::{assert_none, conformance}};
///
/// assert_none(&conformance::judge::check(&RatioToBaseline::error_rate(2.0)?.min_samples(50)));
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[must_use]
pub fn check(judge: &dyn Judge) -> Vec<Violation> {
    let mut findings = Findings::default();
    findings.description(|| judge.describe());
    findings.same("needs_baseline is stable", &judge.needs_baseline(), &judge.needs_baseline());
    for observations in [good(), bad(), mixed(), scarce()] {
        check_determinism(&mut findings, judge, &observations);
        check_finality(&mut findings, judge, &observations);
        check_missing(&mut findings, judge, &observations);
    }
    let empty = judge.begin().finish();
    findings.must("nothing seen is neither good nor bad", matches!(empty, Verdict::Inconclusive { .. }), || format!("{empty:?}"));
    let mut silent = judge.begin();
    let verdicts: Vec<_> = (0..50).map(|i| silent.observe(&nothing(window(i)))).collect();
    findings.must("missing data decides nothing", verdicts.iter().all(|verdict| *verdict == Verdict::Continue), || {
        format!("{:?}", verdicts.iter().find(|verdict| **verdict != Verdict::Continue))
    });
    findings.must("missing data does not pass", silent.finish() != Verdict::Continue, || "it does".into());
    check_memory(&mut findings, judge);
    findings.all()
}

fn fold(judge: &dyn Judge, observations: &[Observation]) -> (Vec<Verdict>, Verdict) {
    let mut run = judge.begin();
    let verdicts = observations.iter().map(|observation| run.observe(observation)).collect();
    (verdicts, run.finish())
}

fn check_determinism(findings: &mut Findings, judge: &dyn Judge, observations: &[Observation]) {
    findings.same("the same observations give the same verdicts", &fold(judge, observations), &fold(judge, observations));
}

/// A failure stays, and says why.
fn check_finality(findings: &mut Findings, judge: &dyn Judge, observations: &[Observation]) {
    let (verdicts, end) = fold(judge, observations);
    let Some(first) = verdicts.iter().position(|verdict| matches!(verdict, Verdict::Fail { .. })) else { return };
    if let Some(Verdict::Fail { reason }) = verdicts.get(first) {
        findings.must("a failure says why", !reason.trim().is_empty(), || "its reason is empty".into());
    }
    let mut run = judge.begin();
    for observation in observations.iter().take(first + 1) {
        run.observe(observation);
    }
    findings.must("a failure is final", matches!(run.finish(), Verdict::Fail { .. }), || "the end says otherwise".into());
    let after = verdicts.iter().skip(first).all(|verdict| matches!(verdict, Verdict::Fail { .. }));
    let healthy_again = verdicts.len() > first + 1 && !after;
    findings.must("a failure is final", !healthy_again && matches!(end, Verdict::Fail { .. }), || format!("it is taken back: {end:?}"));
}

/// Looks that show nothing, put between the others, change no verdict.
fn check_missing(findings: &mut Findings, judge: &dyn Judge, observations: &[Observation]) {
    let (verdicts, end) = fold(judge, observations);
    let mut run = judge.begin();
    let mut with_gaps = Vec::new();
    for observation in observations {
        with_gaps.push(run.observe(observation));
        let at = observation.window.to;
        run.observe(&nothing(Window { from: at, to: at }));
        run.observe(&no_data(Window { from: at, to: at }));
    }
    findings.same("missing data changes no verdict", &(verdicts, end), &(with_gaps, run.finish()));
}

/// The account of a run does not grow with what it has seen.
fn check_memory(findings: &mut Findings, judge: &dyn Judge) {
    let mut run = judge.begin();
    let mut early = 0;
    for i in 0..2_000 {
        run.observe(&metrics(i, 100, 0, 20));
        run.observe(&health(i, &HealthReport::healthy("ok")));
        if i == 100 {
            early = format!("{run:?}").len();
        }
    }
    let late = format!("{run:?}").len();
    findings.must("a run needs constant memory", late <= early + GROWTH, || format!("{early} characters early, {late} late"));
}

fn window(i: u32) -> Window {
    let from = NOON + Duration::from_secs(10) * i;
    Window { from, to: from + Duration::from_secs(10) }
}

fn measured(requests: u64, errors: u64, millis: u64) -> Reading {
    Reading::Measured(Measurement { requests, errors, latency: Latency::from_buckets([(millis * 1_000, requests)]) })
}

/// A window of so many requests and errors, each taking so long, beside a stable revision without fault.
fn metrics(i: u32, requests: u64, errors: u64, millis: u64) -> Observation {
    let seen = Seen::Metrics { candidate: measured(requests, errors, millis), stable: Some(measured(1_000, 1, 20)) };
    Observation { window: window(i), seen }
}

fn health(i: u32, report: &HealthReport) -> Observation {
    Observation { window: window(i), seen: Seen::Health(report.clone()) }
}

fn nothing(window: Window) -> Observation {
    Observation { window, seen: Seen::Nothing { reason: "conformance".into() } }
}

fn no_data(window: Window) -> Observation {
    let silent = || Reading::NoData { reason: "conformance".into() };
    Observation { window, seen: Seen::Metrics { candidate: silent(), stable: Some(silent()) } }
}

fn both(i: u32, metrics: Observation, report: &HealthReport) -> [Observation; 2] {
    [metrics, health(i, report)]
}

fn good() -> Vec<Observation> {
    (0..120).flat_map(|i| both(i, metrics(i, 1_000, 1, 20), &HealthReport::healthy("ok"))).collect()
}

fn bad() -> Vec<Observation> {
    (0..120).flat_map(|i| both(i, metrics(i, 1_000, 600, 9_000), &HealthReport::unhealthy("down"))).collect()
}

/// Bad for a long time, then good again.
fn mixed() -> Vec<Observation> {
    let (mut observations, good) = (bad(), good());
    observations.extend(good.into_iter().map(|mut later| {
        let hour = Duration::from_secs(3_600);
        later.window = Window { from: later.window.from + hour, to: later.window.to + hour };
        later
    }));
    observations
}

/// Too little to tell.
fn scarce() -> Vec<Observation> {
    (0..3).map(|i| metrics(i, 1, 0, 20)).collect()
}
