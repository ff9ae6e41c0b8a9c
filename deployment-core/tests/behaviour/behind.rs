//! Sources that are behind, and sources that know whole minutes only.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use deployment_core::{
    Percent, Result,
    engine::{Outcome, Record},
    health::HealthReport,
    judge::{Seen, Threshold, Tolerance},
    memory::{Behaviour, MemoryMetrics, MemoryTarget},
    metric::{MetricContext, MetricSource, Query, Reading},
    plan::Capacity,
    testkit::fake::FakeHealth,
    time::Window,
    watch::Watch,
};
use tokio::time::Instant;

use crate::scene::{Desk, MINUTE, begin, builder, canary, is_rolled_back, outcome, serves, serving, with};

/// What is complete after three minutes, by the minute.
#[derive(Debug)]
struct ByTheMinute(MemoryMetrics);

#[async_trait]
impl MetricSource for ByTheMinute {
    fn describe(&self) -> String {
        "by the minute".into()
    }

    async fn observe(&self, query: &Query, context: &MetricContext) -> Result<Reading> {
        self.0.observe(query, context).await
    }

    fn lag(&self) -> Duration {
        self.0.lag()
    }

    fn resolution(&self) -> Duration {
        MINUTE
    }

    fn can_backfill(&self) -> bool {
        self.0.can_backfill()
    }
}

fn by_the_minute(target: &MemoryTarget) -> Watch {
    let source = ByTheMinute(target.metrics().complete_after(3 * MINUTE));
    Watch::metrics(Arc::new(source), Query::default(), Threshold::error_rate(5.0).unwrap().min_samples(20))
}

fn metric_windows(records: &[Record]) -> Vec<Window> {
    let mut windows = Vec::new();
    for record in records {
        let Record::Sampled { sample, .. } = record else { continue };
        let observations = sample.watches.iter().map(|watch| &watch.observation);
        windows.extend(observations.filter(|observation| matches!(observation.seen, Seen::Metrics { .. })).map(|one| one.window));
    }
    windows
}

#[tokio::test(start_paused = true)]
async fn a_source_of_minutes_is_asked_about_whole_minutes_that_cover_the_bake() {
    let (desk, target) = (Desk::new(), serving());
    let plugins = with(&target).watch("errors", by_the_minute(&target)).unwrap();
    let strategy = canary().bake(5 * MINUTE).watch("errors").unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), strategy).build(&plugins).unwrap();
    let (id, mut handle) = begin(&desk.process(&plugins), &plan).await;
    let began = Instant::now();
    assert_eq!(outcome(handle.wait().await.unwrap()), Outcome::Succeeded);
    // Of each of two bakes: 5 minutes, 3 that the data is behind, and what is left of the minute in which it begins and looks.
    assert!(began.elapsed() < 2 * 10 * MINUTE, "{:?}", began.elapsed());
    let windows = metric_windows(&desk.records(&id).await);
    assert!(windows.iter().all(|window| window.from.as_millis() % 60_000 == 0 && window.to.as_millis() % 60_000 == 0), "{windows:?}");
    let covered: Duration = windows.iter().map(Window::length).sum();
    assert!((10 * MINUTE..12 * MINUTE).contains(&covered), "{covered:?}");
}

#[tokio::test(start_paused = true)]
async fn a_bad_candidate_is_found_by_minutes() {
    let desk = Desk::new();
    let bad = Behaviour::healthy().error_rate(Percent::new(30.0).unwrap());
    let target = MemoryTarget::builder().serving(deployment_core::testkit::sample::release("1"), 4).behaviour("2", bad).build();
    let plugins = with(&target).watch("errors", by_the_minute(&target)).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary().bake(5 * MINUTE).watch("errors").unwrap()).build(&plugins).unwrap();
    is_rolled_back(&outcome(desk.process(&plugins).run(&plan).await.unwrap()), "errors: error rate > 5 %");
    assert_eq!(serves(&target), "1");
}

#[tokio::test(start_paused = true)]
async fn what_is_there_now_is_seen_while_metrics_are_behind() {
    let (desk, target) = (Desk::new(), serving());
    let alarm = FakeHealth::reports([HealthReport::healthy("quiet")]);
    let plugins = with(&target).watch("errors", by_the_minute(&target)).unwrap();
    let plugins = plugins.watch("alarm", Watch::health(alarm.clone(), Tolerance::lasting(Duration::from_secs(30)))).unwrap();
    let strategy = canary().bake(5 * MINUTE).watch("errors").unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), strategy).guard("alarm").build(&plugins).unwrap();
    let (id, mut handle) = begin(&desk.process(&plugins), &plan).await;
    desk.until_at(&id, "backend/bake-10").await;
    let began = Instant::now();
    tokio::time::sleep(MINUTE).await;
    assert!(metric_windows(&desk.records(&id).await).is_empty(), "nothing is known yet");
    alarm.set(HealthReport::unhealthy("it rings"));
    is_rolled_back(&outcome(handle.wait().await.unwrap()), "alarm: unhealthy");
    assert!(began.elapsed() < 2 * MINUTE, "it was seen after {:?}", began.elapsed());
    assert_eq!(serves(&target), "1");
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_sees_only_what_is_now_does_not_keep_minutes_from_counting() {
    let (desk, target) = (Desk::new(), serving());
    let quiet = Watch::health(FakeHealth::reports([HealthReport::healthy("quiet")]), Tolerance::none());
    let plugins = with(&target).watch("errors", by_the_minute(&target)).unwrap().watch("alarm", quiet).unwrap();
    let strategy = canary().bake(5 * MINUTE).watch("errors").unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), strategy).guard("alarm").build(&plugins).unwrap();
    let began = Instant::now();
    assert_eq!(outcome(desk.process(&plugins).run(&plan).await.unwrap()), Outcome::Succeeded);
    assert!(began.elapsed() < 2 * 10 * MINUTE, "{:?}", began.elapsed());
}
