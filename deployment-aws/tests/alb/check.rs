//! What is found before anything is done.

use std::time::Duration;

use deployment_aws::alb::AlbRouter;
use deployment_core::{ErrorKind, Status};

use crate::{cloud::Fault, support::Balancer};

#[tokio::test(flavor = "multi_thread")]
async fn a_load_balancer_as_it_should_be_has_nothing_to_say() {
    let balancer = Balancer::new().await;
    assert_eq!(balancer.router().check().await.unwrap(), Vec::<String>::new());
    assert_eq!(balancer.router().drains_for(&balancer.blue).await.unwrap(), Duration::from_secs(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_wrong_is_told_at_once() {
    let balancer = Balancer::new().await;
    balancer.somebody_sets(&[(&balancer.blue, 1), (&balancer.green, 0), (&balancer.other, 3)], Some(60)).await;
    let gone = deployment_aws::alb::TargetGroup::new(balancer.green.arn().replace("green", "gone")).unwrap();
    let router = AlbRouter::new(&balancer.world.config(), &balancer.rule, [balancer.blue.clone(), gone]).unwrap();
    let router = router.test_header("x-try", "new", 200).unwrap().test_listener(9999, &balancer.tests).unwrap();
    let told = router.check().await.unwrap_err();
    assert_eq!(told.kind(), ErrorKind::InvalidInput);
    let told = told.to_string();
    for problem in [
        "weight 3 to other",
        "for 60 s, which skews",
        "is after that of the rule for production, 100",
        "has the port 8080, not 9999",
        "gone",
    ] {
        assert!(told.contains(problem), "{problem}: {told}");
    }
    assert!(told.contains("1. ") && told.contains("5. "), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_behind_nothing_and_one_that_keeps_clients_are_told() {
    let balancer = Balancer::new().await;
    let groups = [balancer.blue.clone(), balancer.other.clone()];
    let router = AlbRouter::new(&balancer.world.config(), &balancer.rule, groups).unwrap();
    let on = |key: &str, value: &str| aws_sdk_elasticloadbalancingv2::types::TargetGroupAttribute::builder().key(key).value(value).build();
    let change = balancer.somebody().modify_target_group_attributes().target_group_arn(balancer.blue.arn());
    change.attributes(on("stickiness.enabled", "true")).attributes(on("slow_start.duration_seconds", "60")).send().await.unwrap();
    let told = router.check().await.unwrap_err().to_string();
    assert!(told.contains("other is not behind") && told.contains("turn stickiness.enabled off"), "{told}");
    let sticky = balancer.router().sticky(Duration::from_secs(60)).unwrap().check().await.unwrap();
    assert_eq!(sticky.len(), 2, "{sticky:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_read_is_a_problem_and_what_cannot_be_reached_an_error() {
    let balancer = Balancer::new().await;
    let router = balancer.router();
    balancer.proxy().rule(|_, _, _| Some(Fault::Refused(403, "AccessDenied", "not authorized")));
    let told = router.check().await.unwrap_err().to_string();
    assert!(told.contains("elasticloadbalancing:DescribeRules") && told.contains("elasticloadbalancing:DescribeListeners"), "{told}");
    balancer.proxy().rule(|_, _, _| Some(Fault::Reset));
    assert_eq!(router.check().await.unwrap_err().status(), Status::Temporary);
}
