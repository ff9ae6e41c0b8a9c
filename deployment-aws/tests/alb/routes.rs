//! What is set is read back, with no more calls than needed.

use std::time::Duration;

use deployment_aws::alb::GroupRoutes;
use deployment_core::ErrorKind;
use serde_json::json;

use crate::support::{Balancer, CHANGES, header, listener};

#[tokio::test(flavor = "multi_thread")]
async fn every_share_is_one_call_and_is_read_back() {
    let balancer = Balancer::new().await;
    let router = balancer.router();
    for percent in [0.0, 10.0, 33.33, 50.0, 99.9, 100.0, 12.5, 0.0] {
        balancer.proxy().clear();
        router.set(&balancer.share(percent)).await.unwrap();
        // The first is what the rule says already.
        assert!(balancer.changes() <= 1, "{:?}", balancer.proxy().calls());
        assert_eq!(router.routes().await.unwrap(), balancer.share(percent));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_action_of_a_listener_is_split_too() {
    let balancer = Balancer::with(json!({"by_default": true})).await;
    let router = balancer.router_for(&balancer.listener).test_header("x-try", "new", 10).unwrap();
    let routes = balancer.share(30.0).test(header(), &balancer.green);
    router.set(&routes).await.unwrap();
    assert_eq!(router.routes().await.unwrap(), routes);
    assert_eq!((balancer.proxy().count("ModifyListener"), balancer.proxy().count("CreateRule")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn test_rules_come_and_go_and_production_does_not_move() {
    let balancer = Balancer::new().await;
    let router = balancer.router();
    let none = balancer.share(0.0);
    let both = none.clone().test(header(), &balancer.green).test(listener(), &balancer.green);
    let steps = [
        (none.clone().test(header(), &balancer.green), 1),
        (none.clone().test(header(), &balancer.blue), 1),
        (both.clone(), 2),
        (both, 0),
        (none.clone().test(listener(), &balancer.green), 1),
        (none.clone(), 1),
        (none, 0),
    ];
    for (routes, calls) in steps {
        balancer.proxy().clear();
        router.set(&routes).await.unwrap();
        assert_eq!(balancer.changes(), calls, "{routes:?}");
        assert_eq!(router.routes().await.unwrap(), routes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_rule_has_the_conditions_of_production_and_its_own() {
    let balancer = Balancer::new().await;
    balancer.router().set(&balancer.share(0.0).test(header(), &balancer.green)).await.unwrap();
    let rules = balancer.somebody().describe_rules().listener_arn(&balancer.listener).send().await.unwrap();
    let made = rules.rules().iter().find(|rule| rule.priority() == Some("10")).unwrap();
    let fields: Vec<_> = made.conditions().iter().map(|condition| condition.field().unwrap()).collect();
    assert_eq!(fields, ["path-pattern", "http-header"]);
    assert_eq!(made.conditions()[0].path_pattern_config().unwrap().values(), ["/*"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_older_than_our_last_change_is_not_taken_for_the_truth() {
    let balancer = Balancer::new().await;
    let router = balancer.router();
    balancer.world.advance(Duration::from_secs(60));
    balancer.world.tell("listener-lag", &json!({"seconds": 20})).await;
    router.set(&balancer.share(50.0)).await.unwrap();
    balancer.world.advance(Duration::from_secs(1));
    assert_eq!(router.routes().await.unwrap(), balancer.share(0.0), "the cloud shows what was");
    router.set(&balancer.share(0.0)).await.unwrap();
    balancer.world.advance(Duration::from_secs(60));
    assert_eq!(router.routes().await.unwrap(), balancer.share(0.0));
    // A header rule that was made and does not show cannot be removed yet: the caller is told to ask again.
    let tested = balancer.share(0.0).test(header(), &balancer.green);
    router.set(&tested).await.unwrap();
    let told = router.set(&balancer.share(0.0)).await.unwrap_err();
    assert_eq!((told.kind(), told.status()), (ErrorKind::Conflict, deployment_core::Status::Temporary), "{told:?}");
    balancer.world.advance(Duration::from_secs(60));
    router.set(&balancer.share(0.0)).await.unwrap();
    balancer.world.advance(Duration::from_secs(60));
    assert_eq!(router.routes().await.unwrap(), balancer.share(0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_set_is_refused_without_a_call() {
    let balancer = Balancer::new().await;
    let router = balancer.router_for(&balancer.rule);
    balancer.proxy().clear();
    let cases = [
        (balancer.share(50.01), "the nearest is"),
        (GroupRoutes::all(&balancer.other), "is not one of this router's target groups"),
        (balancer.share(0.0).test(header(), &balancer.green), "is not one of this router's test rules"),
        (GroupRoutes::default(), "must sum to 100 %"),
    ];
    for (routes, reason) in cases {
        let told = router.set(&routes).await.unwrap_err();
        assert!(told.kind() == ErrorKind::InvalidInput && told.to_string().contains(reason), "{told:?}");
    }
    assert_eq!(CHANGES.map(|call| balancer.proxy().count(call)), [0; 4]);
}
