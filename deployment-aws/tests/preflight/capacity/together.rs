//! All of it in one preflight.

use deployment_aws::preflight::{Place, Preflight};
use deployment_core::{
    gate::{Gate as _, GateVerdict},
    testkit::sample,
};
use serde_json::json;

use super::support::{
    ON_DEMAND, Part, blue_green, capacity, faults, has_only_read, instances, migration, provider, quota, rolling, shop, subnets, tasks,
    whole,
};
use crate::cloud::virtually;

#[test]
fn where_there_is_room_it_passes_without_a_warning_by_few_calls_that_only_read() {
    virtually(async {
        let shop = shop().await;
        assert_eq!(whole(&shop).check().await.unwrap(), Vec::<String>::new());
        has_only_read(&shop);
        let count = |name| shop.world.proxy().count(name);
        assert_eq!(["DescribeSubnets", "GetServiceQuota", "GetMetricData"].map(count), [1, 1, 1]);
        assert_eq!(["ListContainerInstances", "DescribeCapacityProviders"].map(count), [0, 0], "nothing runs on instances");
    });
}

#[test]
fn everything_that_lacks_is_told_in_one_go() {
    virtually(async {
        let shop = shop().await;
        subnets(&shop, json!({"subnet-1": 0, "subnet-2": 1})).await;
        quota(&shop, ON_DEMAND, json!({"value": 5, "used": 4.75})).await;
        instances(&shop, json!([{"cpu": 256, "memory": 256}])).await;
        let mut lost = tasks("the lost part", 1, provider("nowhere"));
        lost.subnets = vec!["subnet-2".into(), "subnet-9".into()];
        let preflight = Preflight::new().of(blue_green(&shop)).of(rolling(&shop, "blue")).of(migration(&shop)).of(Part(lost));
        let preflight = preflight.of(Part(tasks("the part on instances", 2, Place::Instances)));
        let preflight = preflight.against(capacity(&shop));
        let said = faults(&preflight).await;
        for problem in [
            "Too few addresses are free for the service blue, which needs 2: subnet-1 has 0, subnet-2 has 1; free some",
            "free for the service green, which needs 2: subnet-1 has 0, subnet-2 has 1",
            "free for the migration by shop:1, which needs 1: subnet-1 has 0",
            "There is no subnet subnet-9, in which the lost part would run",
            "There are too few vCPUs for the service blue, which needs 0.5 more than now: the quota \"Fargate On-Demand vCPU resource \
             count\" is 5, 4.75 of them in use; ask Service Quotas for more (fargate, L-3032A538)",
            "There is no capacity provider nowhere, on which the lost part would run",
            "There is room for 0 of 2 tasks of the part on instances on the instances of the cluster main",
        ] {
            assert!(said.contains(problem), "{problem}: {said}");
        }
        assert!(said.contains("what there is room for in eu-central-1: "), "{said}");
        let verdict = preflight.evaluate(&sample::gate(sample::NOON, [])).await.unwrap();
        assert!(matches!(verdict, GateVerdict::Reject { reason } if reason.contains("no subnet subnet-9")));
        has_only_read(&shop);
    });
}

#[test]
fn that_all_do_not_fit_at_the_same_time_is_a_warning() {
    virtually(async {
        let shop = shop().await;
        subnets(&shop, json!({"subnet-1": 2, "subnet-2": 2})).await;
        quota(&shop, ON_DEMAND, json!({"value": 6, "used": 5})).await;
        let warnings = whole(&shop).check().await.unwrap();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(
            warnings[0].contains("the service green, the service blue, the migration by shop:1 would need 5 addresses"),
            "{warnings:?}"
        );
        assert!(warnings[1].contains("would need too many vCPUs, 1.25 more than now"), "{warnings:?}");
    });
}
