//! What keeps the check from looking says nothing about the tasks.

use deployment_aws::discovery::Registered;
use deployment_core::{ErrorKind, Status, health::HealthCheck as _, testkit::sample};

use crate::{
    cloud::{Fault, config, virtually},
    registry::{check, is_well, open},
};

/// Every call that a look at an odd registry takes, by the action that policies name.
const CALLS: [(&str, &str); 6] = [
    ("DescribeServices", "ecs:DescribeServices"),
    ("ListTasks", "ecs:ListTasks"),
    ("DescribeTasks", "ecs:DescribeTasks"),
    ("GetService", "servicediscovery:GetService"),
    ("ListInstances", "servicediscovery:ListInstances"),
    ("GetInstancesHealthStatus", "servicediscovery:GetInstancesHealthStatus"),
];

#[test]
fn a_denial_names_the_action_and_is_final() {
    virtually(async {
        let (shop, _) = open().await;
        for (call, action) in CALLS {
            shop.world.proxy().once(call, 0, &Fault::Refused(400, "AccessDeniedException", "You may not"));
            let error = check(&shop).check(&sample::health(sample::NOON)).await.unwrap_err();
            assert_eq!((error.kind(), error.status()), (ErrorKind::Unauthorized, Status::Permanent), "{error}");
            assert!(error.to_string().contains(action), "{error}");
        }
    });
}

#[test]
fn throttling_and_a_way_that_is_cut_pass() {
    virtually(async {
        let (shop, _) = open().await;
        let faults = [
            // https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstances.html
            (Fault::Refused(429, "RequestLimitExceeded", "slow down"), ErrorKind::RateLimited),
            (Fault::Refused(400, "ThrottlingException", "slow down"), ErrorKind::RateLimited),
            (Fault::Refused(500, "InternalServerError", "nobody knows"), ErrorKind::Unreachable),
            (Fault::Reset, ErrorKind::Unreachable),
            (Fault::LostAnswer, ErrorKind::Unreachable),
        ];
        for (call, action) in CALLS {
            for (fault, kind) in &faults {
                shop.world.proxy().once(call, 0, fault);
                let error = check(&shop).check(&sample::health(sample::NOON)).await.unwrap_err();
                assert_eq!((error.kind(), error.status()), (*kind, Status::Temporary), "{error}");
                assert!(error.to_string().contains(action), "{error}");
            }
            shop.world.proxy().clear();
            is_well(&check(&shop)).await;
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_unreachable() {
    let nowhere = config(([127, 0, 0, 1], 1).into());
    let check = Registered::new(&nowhere, "main", ["shop"]).unwrap();
    let error = check.check(&sample::health(sample::NOON)).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, Status::Temporary), "{error}");
}

#[test]
fn a_service_that_is_not_there_is_named() {
    virtually(async {
        let (shop, _) = open().await;
        let check = Registered::new(&shop.world.virtual_config(), "main", ["nothing"]).unwrap();
        let error = check.check(&sample::health(sample::NOON)).await.unwrap_err();
        assert!(error.kind() == ErrorKind::NotFound && error.to_string().contains("service: nothing"), "{error}");
    });
}
