//! What may be ordered, by whom, and how often.

use deployment_examples::stage::{ClientError, Effect, Launch, RefusalKind, Retire, Routes, TestRule};

use crate::world::{BACKEND, World, refused, release};

#[tokio::test]
async fn a_launch_with_the_same_token_makes_one_revision() {
    let world = World::start().await;
    let order = Launch { effect: world.effect(), release: release("1", "good"), instances: 2 };
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (client, order) = (world.client.clone(), order.clone());
        calls.spawn(async move { client.launch(&order).await.unwrap() });
    }
    let launched = calls.join_all().await;
    assert!(launched.iter().all(|launched| launched.revision == "backend-1"));
    assert_eq!(launched.iter().filter(|launched| !launched.repeated).count(), 1);
    world.until("backend-1", |view| view.healthy == 2).await;
    assert_eq!(world.processes().await.len(), 2);
    let stats = world.stats().await;
    assert_eq!(stats.launches.len(), 1);
    assert_eq!((stats.launches[0].token.as_str(), stats.launches[0].repeats), (order.effect.token.as_str(), 7));
    world.end().await;
}

#[tokio::test]
async fn a_token_never_makes_a_second_revision_not_even_after_the_first_is_gone() {
    let world = World::start().await;
    let order = Launch { effect: world.effect(), release: release("1", "good"), instances: 1 };
    let revision = world.client.launch(&order).await.unwrap().revision;
    let other = Launch { release: release("2", "good"), ..order.clone() };
    refused(world.client.launch(&other).await, RefusalKind::TokenReused);
    world.retire(&revision).await.unwrap();
    world.until_gone(&revision).await;
    assert_eq!(world.client.launch(&order).await.unwrap().revision, revision);
    assert!(world.view().await.revisions.is_empty());
    world.end().await;
}

#[tokio::test]
async fn an_overtaken_driver_can_do_nothing_any_more() {
    let world = World::start().await;
    let revision = world.healthy("1", "good", 1).await;
    let with = |epoch, deployment: &str| Effect { epoch, deployment: deployment.into(), ..world.effect() };
    let retire = |effect| Retire { effect, service: BACKEND.into(), revision: revision.clone() };
    world.route(Routes::all_to(&revision)).await.unwrap();
    // A call that is refused for another reason shows the epoch all the same.
    refused(world.client.retire(&retire(with(7, "d-1"))).await, RefusalKind::StillRouted);
    let message = refused(world.client.retire(&retire(with(6, "d-1"))).await, RefusalKind::StaleEpoch);
    assert!(message.contains("epoch 6") && message.contains("epoch 7"), "{message}");
    refused(world.route(Routes::default()).await, RefusalKind::StaleEpoch);
    refused(world.scale(&revision, 3).await, RefusalKind::StaleEpoch);
    let launch = Launch { effect: with(6, "d-1"), release: release("2", "good"), instances: 1 };
    refused(world.client.launch(&launch).await, RefusalKind::StaleEpoch);
    let view = world.view().await;
    assert_eq!((view.revisions.len(), view.revisions[0].desired, view.routes), (1, 1, Routes::all_to(&revision)));
    assert_eq!(world.client.observe().await.unwrap().epochs["d-1"], 7);
    world.end().await;
}

#[tokio::test]
async fn deployments_have_epochs_of_their_own() {
    let world = World::start().await;
    for (deployment, epoch) in [("d-1", 7), ("d-2", 1)] {
        let effect = Effect { epoch, deployment: deployment.into(), ..world.effect() };
        let order = Launch { effect, release: release("1", "good"), instances: 1 };
        world.client.launch(&order).await.unwrap();
    }
    let epochs = world.client.observe().await.unwrap().epochs;
    assert_eq!((epochs["d-1"], epochs["d-2"]), (7, 1));
    world.end().await;
}

#[tokio::test]
async fn orders_that_would_hurt_users_are_refused() {
    let world = World::start().await;
    let good = world.healthy("1", "good", 1).await;
    let starting = world.launch("2", "slow-start:3600000", 1).await;
    let half = |other: &str| Routes::split([(good.as_str(), 5_000), (other, 5_000)]);
    refused(world.route(half("backend-9")).await, RefusalKind::Unknown);
    refused(world.route(half(&starting)).await, RefusalKind::NotHealthy);
    refused(world.route(Routes::split([(good.as_str(), 9_999)])).await, RefusalKind::Invalid);
    let rule = |header: &str, revision: &str| TestRule { header: header.into(), value: "1".into(), revision: revision.into() };
    let with = |rule| Routes { tests: vec![rule], ..Routes::all_to(&good) };
    refused(world.route(with(rule("x test", &good))).await, RefusalKind::Invalid);
    refused(world.route(with(rule("x-test", "backend-9"))).await, RefusalKind::Unknown);
    assert_eq!(world.view().await.routes, Routes::default());

    world.route(with(rule("x-test", &starting))).await.unwrap();
    refused(world.retire(&good).await, RefusalKind::StillRouted);
    refused(world.retire(&starting).await, RefusalKind::StillRouted);
    refused(world.scale(&good, 0).await, RefusalKind::StillRouted);
    refused(world.scale(&good, 10_000).await, RefusalKind::Invalid);
    refused(world.scale("backend-9", 1).await, RefusalKind::Unknown);
    refused(world.retire("backend-9").await, RefusalKind::Unknown);
    world.scale(&starting, 0).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn a_launch_that_makes_no_sense_is_refused_and_leaves_its_token_free() {
    let world = World::start().await;
    let order = Launch { effect: world.effect(), release: release("1", "wild"), instances: 1 };
    let message = refused(world.client.launch(&order).await, RefusalKind::Invalid);
    assert!(message.contains("wild"), "{message}");
    let mut elsewhere = release("1", "good");
    elsewhere.service = "nowhere".into();
    let order = Launch { release: elsewhere, ..order };
    refused(world.client.launch(&order).await, RefusalKind::Unknown);
    let order = Launch { release: release("1", "good"), instances: 0, ..order };
    refused(world.client.launch(&order).await, RefusalKind::Invalid);
    let result = world.client.launch(&Launch { instances: 1, ..order }).await;
    assert!(matches!(result, Ok(launched) if !launched.repeated));
    world.end().await;
}

#[tokio::test]
async fn services_do_not_meet() {
    let world = World::start().await;
    let mut frontend = release("1", "good");
    frontend.service = "frontend".into();
    let order = Launch { effect: world.effect(), release: frontend, instances: 1 };
    assert_eq!(world.client.launch(&order).await.unwrap().revision, "frontend-1");
    assert!(world.view().await.revisions.is_empty());
    let result = world.client.service("nowhere").await;
    assert!(matches!(result, Err(ClientError::Refused(_))));
    world.end().await;
}
