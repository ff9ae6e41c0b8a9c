//! How targets are, from their registration to the end of their draining.

use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::TargetDescription;
use deployment_aws::alb::GroupHealth;

use crate::support::Balancer;

#[tokio::test(flavor = "multi_thread")]
async fn targets_get_healthy_drain_and_are_gone() {
    let balancer = Balancer::new().await;
    let router = balancer.router();
    let target = |number: u8| TargetDescription::builder().id(format!("10.0.0.{number}")).port(8080).build();
    let somebody = balancer.somebody();
    let health = async |group| {
        let GroupHealth { healthy, initial, draining, unused, .. } = router.health(group).await.unwrap();
        (healthy, initial, draining, unused)
    };
    let register = somebody.register_targets().target_group_arn(balancer.blue.arn()).targets(target(1)).targets(target(2));
    register.send().await.unwrap();
    somebody.register_targets().target_group_arn(balancer.other.arn()).targets(target(3)).send().await.unwrap();
    assert_eq!(health(&balancer.blue).await, (0, 2, 0, 0));
    assert_eq!(health(&balancer.other).await, (0, 0, 0, 1), "it is behind no rule");
    assert!(router.health(&balancer.other).await.unwrap().reasons[0].starts_with("Target.NotInUse"));
    balancer.world.advance(Duration::from_secs(10));
    assert_eq!(health(&balancer.blue).await, (2, 0, 0, 0));
    somebody.deregister_targets().target_group_arn(balancer.blue.arn()).targets(target(1)).send().await.unwrap();
    assert_eq!(health(&balancer.blue).await, (1, 0, 1, 0));
    assert!(!router.health(&balancer.blue).await.unwrap().is_drained());
    // As long as the group's deregistration delay.
    balancer.world.advance(router.drains_for(&balancer.blue).await.unwrap());
    assert_eq!(health(&balancer.blue).await, (1, 0, 0, 0));
    assert!(router.health(&balancer.blue).await.unwrap().is_drained());
}
