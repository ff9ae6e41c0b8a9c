//! The stage keeps the contracts of a target and of a source of metrics.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    RevisionId, TargetName, Timestamp,
    metric::{MetricContext, Query},
    testkit::{assert_none, conformance, conformance::target::TargetSuite, sample},
    time::{Clock, SystemClock, Window},
};
use deployment_examples::stage::{BEHAVIOUR, Routes, StageMetrics, StageTarget};
use tokio::time::sleep;

use crate::world::{BACKEND, World, more};

#[tokio::test]
async fn as_a_target() {
    let world = World::start().await;
    let target = Arc::new(StageTarget::new(world.client.clone(), BACKEND));
    let second = sample::release("2").artifact("sha256:2").setting(BEHAVIOUR, "slow:5");
    let suite = TargetSuite::new(target, sample::release("1"), second).fenced();
    assert_none(&suite.patience(Duration::from_secs(60)).check().await);
    world.end().await;
}

#[tokio::test]
async fn as_a_source_of_metrics() {
    let world = World::start().await;
    let revision = world.healthy("1", "errors:0.2", 1).await;
    world.route(Routes::all_to(&revision)).await.unwrap();
    let from = SystemClock.now();
    let load = world.load(100.0);
    more(&load, 300).await;
    let to = SystemClock.now();
    load.stop().await;
    // What was in flight at the window's end has ended now.
    sleep(Duration::from_millis(1_500)).await;
    let mut context = sample::metric(SystemClock.now(), &RevisionId::new(&revision).unwrap(), Window { from, to });
    context.target = TargetName::new(BACKEND).unwrap();
    let source = StageMetrics::new(world.client.clone());
    assert_none(&conformance::metric::check(&source, &Query::default(), &context).await);
    let early = Window { from: Timestamp::from_millis(0), to: Timestamp::from_millis(10_000) };
    let context = MetricContext { window: early, ..context };
    let reading = deployment_core::metric::MetricSource::observe(&source, &Query::default(), &context).await.unwrap();
    assert!(reading.measured().is_none(), "{reading:?}");
    world.end().await;
}
