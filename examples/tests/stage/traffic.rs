//! Users' requests while the routes and the instances change.

use deployment_examples::{
    load::{Load, LoadOptions, LoadReport},
    stage::{PREVIEW_HEADER, Routes, TestRule},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::{BACKEND, World, more};

fn assert_nothing_lost(report: &LoadReport) {
    assert!(report.finished);
    assert_eq!(report.sent, report.requests);
    assert_eq!(report.failures, 0, "{report:#?}");
}

#[tokio::test]
async fn a_change_of_routes_loses_no_request() {
    let world = World::start().await;
    let old = world.healthy("1", "good", 2).await;
    let new = world.healthy("2", "good", 2).await;
    world.route(Routes::all_to(&old)).await.unwrap();
    let load = world.load(200.0);
    for round in 0..60 {
        let share = [0, 1_000, 5_000, 10_000][round % 4];
        world.route(Routes::split([(old.as_str(), 10_000 - share), (new.as_str(), share)])).await.unwrap();
        more(&load, 10).await;
    }
    let report = load.stop().await;
    assert_nothing_lost(&report);
    assert!(report.versions["1"].requests > 0 && report.versions["2"].requests > 0);
    let stats = world.stats().await.services[BACKEND].clone();
    assert_eq!(stats.no_upstream, 0);
    assert_eq!(stats.versions.values().map(|version| version.requests).sum::<u64>(), report.requests);
    world.end().await;
}

#[tokio::test]
async fn scaling_up_and_down_loses_no_request() {
    let world = World::start().await;
    // Slow, so that there are always requests in flight to an instance that leaves.
    let revision = world.healthy("1", "slow:100", 1).await;
    world.route(Routes::all_to(&revision)).await.unwrap();
    let load = world.load(100.0);
    for instances in [4, 1, 3, 2, 1] {
        world.scale(&revision, instances).await.unwrap();
        world.until(&revision, |view| view.healthy == instances && view.leaving == 0).await;
        more(&load, 20).await;
    }
    assert_nothing_lost(&load.stop().await);
    assert_eq!(world.revision(&revision).await.unwrap().crashes, 0);
    world.end().await;
}

#[tokio::test]
async fn retiring_loses_no_request_and_ends_every_process() {
    let world = World::start().await;
    let mut current = world.healthy("0", "slow:100", 2).await;
    world.route(Routes::all_to(&current)).await.unwrap();
    let load = world.load(100.0);
    for version in ["1", "2", "3"] {
        more(&load, 20).await;
        let next = world.healthy(version, "slow:100", 2).await;
        world.route(Routes::all_to(&next)).await.unwrap();
        world.retire(&current).await.unwrap();
        world.retire(&current).await.unwrap();
        world.until_gone(&current).await;
        world.retire(&current).await.unwrap();
        current = next;
    }
    assert_nothing_lost(&load.stop().await);
    let running: Vec<_> = world.processes().await.into_iter().filter(|process| crate::world::runs(*process)).collect();
    assert_eq!(running.len(), 2);
    world.end().await;
}

#[tokio::test]
async fn requests_in_flight_are_seen_and_end_before_their_instance_does() {
    let world = World::start().await;
    let slow = world.healthy("1", "slow:1000", 1).await;
    let quick = world.healthy("2", "good", 1).await;
    world.route(Routes::all_to(&slow)).await.unwrap();
    let load = world.load(50.0);
    world.until(&slow, |view| view.in_flight > 0).await;
    world.route(Routes::all_to(&quick)).await.unwrap();
    world.retire(&slow).await.unwrap();
    world.until_gone(&slow).await;
    let report = load.stop().await;
    assert_nothing_lost(&report);
    assert!(report.versions["1"].requests > 0);
    world.end().await;
}

#[tokio::test]
async fn each_revision_gets_its_share() {
    let world = World::start().await;
    let old = world.healthy("1", "good", 1).await;
    let new = world.healthy("2", "good", 1).await;
    world.route(Routes::split([(old.as_str(), 9_000), (new.as_str(), 1_000)])).await.unwrap();
    let mut options = LoadOptions::new(world.stage.addresses().fronts[BACKEND], 200.0);
    (options.duration_ms, options.timeout_ms) = (2_000, 60_000);
    let report = Load::start(options).finished().await;
    assert_nothing_lost(&report);
    assert_eq!((report.versions["1"].requests, report.versions["2"].requests), (360, 40));
    world.end().await;
}

/// One request by hand, so that nothing but the header decides.
async fn ask(world: &World, header: &str, value: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(world.stage.addresses().fronts[BACKEND]).await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nhost: test\r\n{header}: {value}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn test_requests_reach_a_revision_without_traffic_and_do_not_enter_its_metrics() {
    let world = World::start().await;
    let old = world.healthy("1", "good", 1).await;
    let new = world.healthy("2", "good", 1).await;
    let rule = TestRule { header: "X-Test".into(), value: "yes".into(), revision: new.clone() };
    world.route(Routes { tests: vec![rule], ..Routes::all_to(&old) }).await.unwrap();
    assert!(ask(&world, "x-test", "yes").await.contains("x-version: 2"));
    assert!(ask(&world, "x-test", "no").await.contains("x-version: 1"));
    let preview = world.revision(&new).await.unwrap().preview;
    assert_eq!((preview.header.as_str(), preview.value.as_str()), (PREVIEW_HEADER, new.as_str()));
    assert!(ask(&world, &preview.header, &preview.value).await.contains("x-version: 2"));
    let stats = world.stats().await.services[BACKEND].clone();
    assert_eq!((stats.versions["1"].requests, stats.versions["2"].requests, stats.versions["2"].tests), (1, 0, 2));
    world.end().await;
}

#[tokio::test]
async fn a_request_that_nobody_can_answer_is_told_so_and_counted_apart() {
    let world = World::start().await;
    let answer = ask(&world, "x-any", "1").await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("x-no-upstream: 1"), "{answer}");
    assert_eq!(world.stats().await.services[BACKEND].no_upstream, 1);
    assert_eq!(world.stats().await.services["frontend"].no_upstream, 0);
    world.end().await;
}
