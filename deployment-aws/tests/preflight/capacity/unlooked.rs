//! What may not be looked at, or cannot be now.

use std::{sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_ecs::types::ManagedScalingStatus;
use deployment_aws::preflight::{Capacity, Findings, Needs, Place, Supply as _, Tasks};
use deployment_core::{Error, ErrorKind, Status, testkit::TokioClock};
use serde_json::json;

use super::support::{ON_DEMAND, capacity, faults, instances, make_provider, one, provider, quota, shop, tasks, told, whole};
use crate::{
    cloud::{Fault, World, config, virtually},
    shop::Shop,
};

/// Every call, and the tasks for which it is made.
const CALLS: [(&str, &str); 6] = [
    ("DescribeSubnets", "ec2:DescribeSubnets"),
    ("GetServiceQuota", "servicequotas:GetServiceQuota"),
    ("GetMetricData", "cloudwatch:GetMetricData"),
    ("ListContainerInstances", "ecs:ListContainerInstances"),
    ("DescribeContainerInstances", "ecs:DescribeContainerInstances"),
    ("DescribeCapacityProviders", "ecs:DescribeCapacityProviders"),
];

/// Tasks of every kind.
fn all() -> Vec<Tasks> {
    let addressed = Tasks { subnets: vec!["subnet-1".into()], ..tasks("the part on Fargate", 1, Place::Fargate) };
    vec![addressed, tasks("the part of a provider", 1, provider("machines"))]
}

async fn error(capacity: &Capacity, tasks: Vec<Tasks>) -> Error {
    let mut needs = Needs::new();
    needs.tasks = tasks;
    capacity.compare(&needs, &mut Findings::default()).await.unwrap_err()
}

/// With room for all.
async fn open() -> Shop {
    let shop = shop().await;
    instances(&shop, json!([{"cpu": 256, "memory": 512, "provider": "machines"}])).await;
    make_provider(&shop, "machines", ManagedScalingStatus::Disabled).await;
    shop
}

#[test]
fn what_may_not_be_read_is_a_warning_that_names_the_action() {
    virtually(async {
        let shop = open().await;
        for (call, action) in CALLS {
            let code = if call == "DescribeSubnets" { "UnauthorizedOperation" } else { "AccessDeniedException" };
            shop.world.proxy().rule(move |name, _, _| (name == call).then_some(Fault::Refused(403, code, "You may not")));
            let findings = told(&shop, all()).await;
            one(&findings.warnings, &[action, "You may not", "allow this action to the role that runs this"]);
            assert!(findings.problems.is_empty(), "{call}: {findings:?}");
        }
    });
}

#[test]
fn a_provider_that_may_not_be_looked_at_may_add_instances() {
    virtually(async {
        let shop = open().await;
        let denied = Fault::Refused(400, "AccessDeniedException", "You may not");
        shop.world.proxy().rule(move |name, _, _| (name == "DescribeCapacityProviders").then(|| denied.clone()));
        let findings = told(&shop, [tasks("the part", 2, provider("machines"))]).await;
        assert!(findings.problems.is_empty(), "{findings:?}");
        assert_eq!(findings.warnings.len(), 2, "{findings:?}");
        assert!(findings.warnings[1].contains("The capacity provider machines may add some"), "{findings:?}");
    });
}

#[test]
fn what_cannot_be_asked_now_is_an_error_after_one_try_and_the_rest_is_looked_at() {
    virtually(async {
        let shop = open().await;
        for (call, action) in CALLS {
            for (fault, kind) in [
                (Fault::Refused(503, "RequestLimitExceeded", "Request limit exceeded."), ErrorKind::RateLimited),
                (Fault::Refused(400, "ThrottlingException", "Rate exceeded"), ErrorKind::RateLimited),
                (Fault::Refused(500, "InternalError", "An internal error has occurred"), ErrorKind::Unreachable),
                (Fault::Refused(403, "ExpiredToken", "The security token is expired"), ErrorKind::Unauthorized),
                (Fault::Reset, ErrorKind::Unreachable),
            ] {
                shop.world.proxy().rule(move |name, _, _| (name == call).then(|| fault.clone()));
                let error = error(&capacity(&shop), all()).await;
                assert_eq!((error.kind(), error.status()), (kind, Status::Temporary), "{call}: {error:?}");
                assert!(error.to_string().contains(action), "{error}");
                let count = |name| shop.world.proxy().count(name);
                assert_eq!(count(call), 1, "somebody has tried {call} again");
                assert_eq!(count("DescribeSubnets") + count("GetServiceQuota"), 2, "{call}");
            }
        }
    });
}

#[test]
fn what_lacks_is_told_also_if_something_could_not_be_asked() {
    virtually(async {
        let shop = shop().await;
        quota(&shop, ON_DEMAND, json!({"value": 6, "used": 6})).await;
        shop.world.proxy().rule(|name, _, _| (name == "DescribeSubnets").then_some(Fault::Reset));
        let said = faults(&whole(&shop)).await;
        assert!(said.contains("too few vCPUs for the service blue"), "{said}");
        assert!(said.contains("what there is room for in eu-central-1: could not be looked at"), "{said}");
        quota(&shop, ON_DEMAND, json!({"value": 20, "used": 6})).await;
        let error = whole(&shop).check().await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, Status::Temporary), "{error:?}");
    });
}

#[test]
fn a_refusal_in_ec2s_own_form_is_understood() {
    virtually(async {
        let shop = open().await;
        shop.world.tell("ec2/subnets", &json!({"refuses": "UnauthorizedOperation"})).await;
        one(&told(&shop, all()).await.warnings, &["UnauthorizedOperation: So a test wants it.", "action: ec2:DescribeSubnets"]);
        shop.world.tell("ec2/subnets", &json!({"refuses": "RequestLimitExceeded"})).await;
        let error = error(&capacity(&shop), all()).await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Status::Temporary), "{error:?}");
    });
}

/// A configuration for an address at which nobody listens.
fn nobody() -> SdkConfig {
    config(([127, 0, 0, 1], 1).into())
}

#[tokio::test]
async fn nobody_at_the_endpoint_is_unreachable_and_no_credentials_are_told() {
    let subnets = || vec![Tasks { subnets: vec!["subnet-1".into()], ..tasks("the part", 1, Place::External) }];
    let clock = || Arc::new(TokioClock::default());
    let gone = error(&Capacity::new(&nobody()).clock(clock()), subnets()).await;
    assert_eq!((gone.kind(), gone.status()), (ErrorKind::Unreachable, Status::Temporary), "{gone:?}");
    assert!(gone.to_string().contains("cannot be connected to") && gone.to_string().contains("ec2:DescribeSubnets"), "{gone}");
    let bare = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).endpoint_url("http://127.0.0.1:1");
    let nobody = error(&Capacity::new(&bare.region(Region::new("eu-central-1")).build()).clock(clock()), subnets()).await;
    assert_eq!(nobody.kind(), ErrorKind::Unauthorized, "{nobody:?}");
    assert!(nobody.to_string().contains("there are no credentials"), "{nobody}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_ec2_that_does_not_come_is_given_up() {
    let world = World::new().await;
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(300)).build();
    let hasty = Capacity::new(&world.config().into_builder().timeout_config(timeouts).build());
    let needed = Tasks { subnets: vec!["subnet-1".into()], ..tasks("the part", 1, Place::External) };
    world.proxy().rule(|name, _, _| (name == "DescribeSubnets").then_some(Fault::Late(Duration::from_secs(60))));
    let late = error(&hasty, vec![needed]).await;
    assert_eq!((late.kind(), late.status()), (ErrorKind::Unreachable, Status::Temporary), "{late:?}");
    assert!(late.to_string().contains("no answer in time"), "{late}");
}
