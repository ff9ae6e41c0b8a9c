//! The test cloud refuses what AWS refuses.

use aws_sdk_elasticloadbalancingv2::types::TargetGroupAttribute;
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;
use deployment_aws::alb::TargetGroup;

use crate::support::{Balancer, forward};

async fn refused(balancer: &Balancer, weights: &[(&TargetGroup, i32)], sticky: Option<i32>) -> String {
    let change = balancer.somebody().modify_rule().rule_arn(&balancer.rule).actions(forward(weights, sticky));
    change.send().await.err().and_then(|error| error.code().map(str::to_owned)).unwrap_or_else(|| "accepted".into())
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_groups_and_times_have_their_bounds() {
    let balancer = Balancer::new().await;
    let (blue, green) = (&balancer.blue, &balancer.green);
    assert_eq!(refused(&balancer, &[(blue, 999), (green, 0)], Some(604_800)).await, "accepted");
    assert_eq!(refused(&balancer, &[(blue, 1_000)], None).await, "ValidationError");
    assert_eq!(refused(&balancer, &[(blue, -1)], None).await, "ValidationError");
    assert_eq!(refused(&balancer, &[(blue, 1)], Some(604_801)).await, "ValidationError");
    assert_eq!(refused(&balancer, &[(blue, 1); 6], None).await, "TooManyUniqueTargetGroupsPerLoadBalancer");
    let gone = TargetGroup::new(blue.arn().replace("blue", "gone")).unwrap();
    assert_eq!(refused(&balancer, &[(&gone, 1)], None).await, "TargetGroupNotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_rule_is_its_listeners_and_sticky_groups_need_sticky_rules() {
    let balancer = Balancer::new().await;
    let rules = balancer.somebody().describe_rules().listener_arn(&balancer.listener).send().await.unwrap();
    let default = rules.rules().iter().find(|rule| rule.is_default() == Some(true)).and_then(|rule| rule.rule_arn()).unwrap();
    let change = balancer.somebody().modify_rule().rule_arn(default).actions(forward(&[(&balancer.blue, 1)], None));
    assert_eq!(change.send().await.unwrap_err().code(), Some("OperationNotPermitted"));
    let on = TargetGroupAttribute::builder().key("stickiness.enabled").value("true").build();
    let change = balancer.somebody().modify_target_group_attributes().target_group_arn(balancer.blue.arn()).attributes(on);
    change.send().await.unwrap();
    let both = [(&balancer.blue, 1), (&balancer.green, 1)];
    assert_eq!(refused(&balancer, &both, None).await, "InvalidConfigurationRequest");
    assert_eq!(refused(&balancer, &both, Some(60)).await, "accepted");
}
