//! Rollouts that the stage runs by itself.

use deployment_examples::stage::{Happening, RefusalKind, RolloutState, RolloutView, Routes, Stop};

use crate::world::{BACKEND, World, more, refused};

impl World {
    async fn until_rollout_ended(&self) -> RolloutView {
        let ended = |rollout: &RolloutView| rollout.state != RolloutState::InProgress;
        let view = self.until_service(|view| view.rollouts.last().is_some_and(ended)).await;
        view.rollouts.last().unwrap().clone()
    }

    async fn serving(&self, version: &str, instances: u32) -> String {
        let revision = self.healthy(version, "good", instances).await;
        self.route(Routes::all_to(&revision)).await.unwrap();
        revision
    }
}

#[tokio::test]
async fn a_good_release_replaces_the_old_one_and_no_request_is_lost() {
    let world = World::start().await;
    let old = world.serving("1", 3).await;
    let load = world.load(100.0);
    more(&load, 20).await;
    let (order, launched) = world.replace("2", "good", 3).await;
    let again = world.client.replace(&order).await.unwrap();
    assert_eq!((again.revision.as_str(), again.repeated), (launched.revision.as_str(), true));
    let rollout = world.until_rollout_ended().await;
    assert_eq!((rollout.state, rollout.reason), (RolloutState::Completed, None));
    assert_eq!((rollout.from.as_deref(), rollout.to.as_str()), (Some(old.as_str()), launched.revision.as_str()));
    more(&load, 20).await;
    let report = load.stop().await;
    assert_eq!(report.failures, 0, "{report:#?}");
    assert!(report.versions["2"].requests > 0);
    world.until_gone(&old).await;
    let view = world.view().await;
    assert_eq!((view.routes, view.revisions[0].healthy), (Routes::all_to(&launched.revision), 3));
    assert_eq!(world.stats().await.launches.len(), 2);
    world.end().await;
}

#[tokio::test]
async fn a_release_that_crashes_is_rolled_back_and_nobody_notices() {
    let world = World::start().await;
    let old = world.serving("1", 2).await;
    let load = world.load(100.0);
    let (_, launched) = world.replace("2", "crashes", 2).await;
    let rollout = world.until_rollout_ended().await;
    assert_eq!((rollout.state, rollout.rolling_back), (RolloutState::RolledBack, true));
    assert!(rollout.reason.unwrap().contains("crashed"));
    world.until_gone(&launched.revision).await;
    let report = load.stop().await;
    assert_eq!((report.failures, report.versions.contains_key("2")), (0, false));
    let view = world.view().await;
    assert_eq!((view.routes, view.revisions[0].healthy), (Routes::all_to(&old), 2));
    world.end().await;
}

#[tokio::test]
async fn a_rollout_that_is_stopped_goes_back_and_others_have_to_wait_for_it() {
    let world = World::start().await;
    let old = world.serving("1", 1).await;
    let (order, launched) = world.replace("2", "slow-start:3600000", 1).await;
    refused(world.route(Routes::all_to(&old)).await, RefusalKind::RolloutInProgress);
    refused(world.retire(&launched.revision).await, RefusalKind::RolloutInProgress);
    let stop = |rollout: &str| Stop { effect: world.effect(), service: BACKEND.into(), rollout: rollout.into() };
    refused(world.client.stop(&stop("unknown")).await, RefusalKind::Unknown);
    world.client.stop(&stop(&order.effect.token)).await.unwrap();
    let rollout = world.until_rollout_ended().await;
    assert_eq!(rollout.state, RolloutState::RolledBack);
    assert_eq!(rollout.reason.as_deref(), Some("it was asked to stop"));
    world.client.stop(&stop(&order.effect.token)).await.unwrap();
    world.until_gone(&launched.revision).await;
    world.route(Routes::all_to(&old)).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn a_first_deployment_gets_traffic_when_it_is_whole_or_is_removed() {
    let world = World::start().await;
    let (_, bad) = world.replace("1", "crashes", 2).await;
    assert_eq!(world.until_rollout_ended().await.state, RolloutState::RolledBack);
    world.until_gone(&bad.revision).await;
    assert_eq!(world.view().await.routes, Routes::default());

    let (_, good) = world.replace("2", "good", 2).await;
    assert_eq!(world.until_rollout_ended().await.state, RolloutState::Completed);
    let routed = world.events(|event| match &event.what {
        Happening::Routed { routes } if !routes.split.is_empty() => Some(routes.clone()),
        _ => None,
    });
    assert_eq!(routed.await, [Routes::all_to(&good.revision)]);
    world.end().await;
}

#[tokio::test]
async fn split_traffic_cannot_be_replaced() {
    let world = World::start().await;
    let (one, two) = (world.healthy("1", "good", 1).await, world.healthy("2", "good", 1).await);
    world.route(Routes::split([(one.as_str(), 5_000), (two.as_str(), 5_000)])).await.unwrap();
    let order = deployment_examples::stage::Replace {
        effect: world.effect(),
        release: crate::world::release("3", "good"),
        instances: 1,
        healthy_within_ms: 60_000,
    };
    refused(world.client.replace(&order).await, RefusalKind::Invalid);
    world.end().await;
}
