//! What is measured.

use deployment_examples::stage::{MetricsQuery, MetricsWindow, RefusalKind, Routes, TimeRange, WindowData};
use tokio::time::{Duration, sleep};

use crate::world::{BACKEND, World, more, refused};

impl World {
    async fn window(&self, revision: &str, from: u64, to: u64) -> MetricsWindow {
        let query = MetricsQuery { service: BACKEND.into(), revision: revision.into(), range: TimeRange { from, to } };
        self.client.metrics(&query).await.unwrap()
    }

    /// Everything since the revision began; asked once the second that runs now is over.
    async fn everything(&self, revision: &str) -> WindowData {
        let now = self.client.observe().await.unwrap().at;
        loop {
            match self.window(revision, 0, u64::MAX).await {
                MetricsWindow::Data(data) if data.covered.to > now => return data,
                _ => sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

#[tokio::test]
async fn a_bad_version_is_told_from_a_good_one() {
    let world = World::start().await;
    let good = world.healthy("1", "good", 1).await;
    let bad = world.healthy("2", "errors:1", 1).await;
    world.route(Routes::split([(good.as_str(), 5_000), (bad.as_str(), 5_000)])).await.unwrap();
    let load = world.load(100.0);
    more(&load, 200).await;
    let report = load.stop().await;
    let (good, bad) = (world.everything(&good).await, world.everything(&bad).await);
    assert_eq!((good.requests, good.errors), (report.versions["1"].requests, 0));
    assert_eq!((bad.requests, bad.errors), (report.versions["2"].requests, report.versions["2"].failures));
    assert_eq!(bad.errors, bad.requests);
    assert!(bad.requests.abs_diff(good.requests) <= 1);
    assert_eq!((bad.no_upstream, bad.latency.len()), (0, bad.requests));
    world.end().await;
}

#[tokio::test]
async fn an_error_rate_is_measured_as_it_is() {
    let world = World::start().await;
    let revision = world.healthy("1", "errors:0.2", 1).await;
    world.route(Routes::all_to(&revision)).await.unwrap();
    let load = world.load(200.0);
    more(&load, 400).await;
    let report = load.stop().await;
    let data = world.everything(&revision).await;
    assert_eq!((data.requests, data.errors), (report.requests, report.failures));
    // Ten standard deviations to either side.
    assert!((10..=160).contains(&(data.errors * 400 / data.requests)), "{data:?}");
    assert_eq!(report.reasons["status 500"], report.failures);
    world.end().await;
}

#[tokio::test]
async fn a_slow_version_shows_in_its_quantiles() {
    let world = World::start().await;
    let slow = world.healthy("2", "slow:300", 1).await;
    world.route(Routes::all_to(&slow)).await.unwrap();
    let load = world.load(50.0);
    more(&load, 50).await;
    let report = load.stop().await;
    let data = world.everything(&slow).await;
    assert_eq!(data.requests, report.requests);
    assert!(data.latency.quantile(0.0).unwrap() >= 300_000);
    assert!(data.latency.quantile(0.95).unwrap() >= 300_000);
    assert!(report.latency.p50 >= 300_000);
    world.end().await;
}

#[tokio::test]
async fn windows_can_be_filled_in_later_and_count_every_request_once() {
    let world = World::start().await;
    let revision = world.healthy("1", "good", 1).await;
    world.route(Routes::all_to(&revision)).await.unwrap();
    let load = world.load(100.0);
    more(&load, 250).await;
    let report = load.stop().await;
    let all = world.everything(&revision).await;
    assert_eq!(all.requests, report.requests);
    let (mut from, mut requests) = (all.covered.from, 0);
    while from < all.covered.to {
        let MetricsWindow::Data(data) = world.window(&revision, from, from + 1_500).await else { panic!("a gap at {from}") };
        assert_eq!(data.covered, TimeRange { from, to: from + 1_000 });
        (from, requests) = (data.covered.to, requests + data.requests);
    }
    assert_eq!(requests, report.requests);
    world.end().await;
}

#[tokio::test]
async fn no_data_is_not_zero_and_metrics_outlive_their_revision() {
    let world = World::start().await;
    let revision = world.healthy("1", "good", 1).await;
    let before = world.window(&revision, 0, 1_000_000).await;
    assert!(matches!(before, MetricsWindow::NoData { .. }), "{before:?}");
    let quiet = world.everything(&revision).await;
    assert_eq!((quiet.requests, quiet.latency.quantile(0.5)), (0, None));
    world.retire(&revision).await.unwrap();
    world.until_gone(&revision).await;
    let later = world.window(&revision, quiet.covered.from, quiet.covered.to).await;
    assert_eq!(later, MetricsWindow::Data(quiet));
    let range = TimeRange { from: 0, to: 1 };
    let query = MetricsQuery { service: BACKEND.into(), revision: "backend-9".into(), range };
    refused(world.client.metrics(&query).await, RefusalKind::Unknown);
    world.end().await;
}
