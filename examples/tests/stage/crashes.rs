//! Instances that crash or do not get ready.

use std::process::Command;

use deployment_examples::stage::{Event, Happening, RefusalKind, Routes};

use crate::world::{World, refused};

#[tokio::test]
async fn a_revision_that_crashes_is_restarted_reported_and_never_healthy() {
    let world = World::start().await;
    let revision = world.launch("1", "crashes", 2).await;
    let view = world.until(&revision, |view| view.crashes >= 4 && view.restarts >= 2).await;
    assert_eq!((view.desired, view.running, view.healthy), (2, 0, 0));
    let reasons = world
        .events(|event| match &event.what {
            Happening::InstanceHealthy { instance } => panic!("{instance} was healthy"),
            Happening::InstanceCrashed { reason, .. } => Some(reason.clone()),
            _ => None,
        })
        .await;
    assert!(reasons.iter().all(|reason| reason.contains("exit status: 1: backend 1 crashes")), "{reasons:?}");
    refused(world.route(Routes::all_to(&revision)).await, RefusalKind::NotHealthy);
    world.retire(&revision).await.unwrap();
    world.until_gone(&revision).await;
    world.end().await;
}

#[tokio::test]
async fn an_instance_that_dies_is_replaced_and_its_place_is_not_served_meanwhile() {
    let world = World::start().await;
    let revision = world.healthy("1", "good", 2).await;
    world.route(Routes::all_to(&revision)).await.unwrap();
    let victim = world.processes().await[0];
    assert!(Command::new("kill").args(["-KILL", &victim.to_string()]).status().unwrap().success());
    let view = world.until(&revision, |view| view.restarts == 1 && view.healthy == 2).await;
    assert_eq!((view.crashes, view.running), (1, 2));
    let load = world.load(100.0);
    crate::world::more(&load, 50).await;
    assert_eq!(load.stop().await.failures, 0);
    world.end().await;
}

#[tokio::test]
async fn a_revision_that_starts_slowly_is_healthy_only_when_it_says_so() {
    let world = World::start().await;
    let revision = world.launch("1", "slow-start:1000", 1).await;
    world.until(&revision, |view| view.healthy == 1).await;
    let times = |pick: fn(&Event) -> bool| world.events(move |event| pick(event).then_some(event.at));
    let launched = times(|event| matches!(event.what, Happening::Launched { .. })).await;
    let healthy = times(|event| matches!(event.what, Happening::InstanceHealthy { .. })).await;
    assert!(healthy[0] >= launched[0] + 1_000, "{launched:?} {healthy:?}");
    assert_eq!(healthy.len(), 1);
    world.end().await;
}
