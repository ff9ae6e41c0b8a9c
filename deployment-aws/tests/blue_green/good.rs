//! Deployments of a release that is good.

use std::time::Duration;

use deployment_aws::alb::GroupRoutes;
use deployment_core::{
    engine::{Outcome, Record},
    health::{self, HealthReport},
    judge::Tolerance,
    strategy::BlueGreen,
    target::Target as _,
    watch::Watch,
};
use serde_json::json;

use crate::{
    cloud::virtually,
    shop::{CHANGES, Shop, canary, header, release},
};

#[test]
fn a_canary_moves_traffic_in_one_call_per_step_and_the_old_one_goes() {
    virtually(async {
        let shop = Shop::open().await;
        let plan = shop.plan("2", canary());
        assert_eq!(shop.deploy(&plan).await, Outcome::Succeeded);
        let counts = CHANGES.map(|call| shop.world.proxy().count(call));
        // Launched with one task, scaled once, four shares, the old one removed.
        assert_eq!(counts, [1, 3, 4, 0, 0], "{CHANGES:?}");
        shop.assert_deployed("").await;
        let view = shop.target().observe().await.unwrap();
        assert_eq!(view.revisions.len(), 1);
        assert_eq!(view.revisions[0].id.as_str(), "green/shop:2");
        assert_eq!(view.revisions[0].release.as_ref().map(|release| release.version.as_str()), Some("2"));
    });
}

#[test]
fn the_next_deployment_goes_the_other_way_and_the_same_release_changes_nothing() {
    virtually(async {
        let mut shop = Shop::open().await;
        assert_eq!(shop.deploy(&shop.plan("2", canary())).await, Outcome::Succeeded);
        shop.id = deployment_core::DeploymentId::generate();
        assert_eq!(shop.deploy(&shop.plan("2", canary())).await, Outcome::Unchanged);
        shop.id = deployment_core::DeploymentId::generate();
        assert_eq!(shop.deploy(&shop.plan("3", canary())).await, Outcome::Succeeded);
        assert_eq!(shop.routes().await, GroupRoutes::all(&shop.groups[0]));
        assert_eq!(shop.runs().await, [("shop:3".into(), 2), ("shop:2".into(), 0)]);
    });
}

#[test]
fn blue_green_is_tried_by_the_header_first_and_then_switched_at_once() {
    virtually(async {
        let shop = Shop::open().await;
        let seen = health::from_fn("smoke", |context| {
            let endpoint = context.subject.endpoint.clone();
            async move {
                Ok(match endpoint {
                    Some(endpoint) if endpoint.rule == Some(header()) => HealthReport::healthy(endpoint.url),
                    other => HealthReport::unhealthy(format!("{other:?}")),
                })
            }
        });
        let plugins = shop.plugins().watch("smoke", Watch::health(seen, Tolerance::times(1))).unwrap();
        let strategy = BlueGreen::new().test_route(header()).check_first("smoke").unwrap().grace(Duration::from_secs(20));
        let actor = deployment_core::Actor::new("ada").unwrap();
        let plan = deployment_core::Plan::builder(release("2"), deployment_core::EnvironmentName::new("production").unwrap(), actor)
            .deploy("backend", deployment_core::plan::Capacity::of(2), strategy)
            .build(&plugins)
            .unwrap();
        let orchestrator = deployment_core::Orchestrator::builder(shop.journal.clone(), plugins)
            .clock(std::sync::Arc::new(deployment_core::testkit::TokioClock::default()))
            .build();
        orchestrator.start_as(&shop.id, &plan).await.unwrap();
        assert_eq!(shop.drive(&orchestrator).await, Outcome::Succeeded);
        shop.assert_deployed("").await;
        let counts = ["ModifyRule", "CreateRule", "DeleteRule"].map(|call| shop.world.proxy().count(call));
        assert_eq!(counts, [1, 1, 1]);
        let entries = shop.entries().await;
        let tested = entries.iter().any(|entry| matches!(&entry.record, Record::Sampled { .. }));
        assert!(tested, "nobody has looked");
    });
}

#[test]
fn a_first_deployment_serves_and_a_bad_one_leaves_nothing() {
    virtually(async {
        let shop = Shop::with([0, 0], json!({})).await;
        assert!(shop.target().observe().await.unwrap().routes.split.is_empty());
        assert_eq!(shop.deploy(&shop.plan("2", canary())).await, Outcome::Succeeded);
        assert_eq!(shop.routes().await, GroupRoutes::all(&shop.groups[1]));
        let shop = Shop::with([0, 0], json!({})).await;
        shop.metrics.set(deployment_core::testkit::fake::FakeMetrics::measured(100, 50));
        let outcome = shop.deploy(&shop.plan("2", canary())).await;
        assert!(matches!(outcome, Outcome::RolledBack { .. }), "{outcome:?}");
        assert_eq!(shop.routes().await, GroupRoutes::all(&shop.groups[0]), "nobody is there");
        assert!(shop.target().observe().await.unwrap().revisions.is_empty());
    });
}
