//! Room on instances.

use aws_sdk_ecs::types::ManagedScalingStatus;
use deployment_aws::preflight::{Findings, Place, Tasks};
use serde_json::json;

use super::support::{instances, make_provider, one, provider, shop, tasks, told};
use crate::cloud::virtually;

#[test]
fn only_instances_that_take_tasks_count() {
    virtually(async {
        let shop = shop().await;
        let room = |more: serde_json::Value| {
            let mut instance = json!({"cpu": 512, "memory": 1024});
            instance.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            instance
        };
        let lost = [json!({"status": "DRAINING"}), json!({"connected": false}), json!({"external": true})].map(room);
        instances(&shop, json!([room(json!({})), lost[0], lost[1], lost[2], {"cpu": 4096, "memory": 100}])).await;
        assert_eq!(told(&shop, [tasks("the part", 2, Place::Instances)]).await, Findings::default());
        let problems = told(&shop, [tasks("the part", 3, Place::Instances)]).await.problems;
        one(&problems, &["There is room for 2 of 3 tasks of the part on the instances of the cluster main"]);
        one(&problems, &["256 CPU units and 512 MiB", "2 take it, with at most 4096 and 1024 left on one", "add instances"]);
        assert_eq!(told(&shop, [tasks("the part", 2, Place::External)]).await, Findings::default());
        one(&told(&shop, [tasks("the part", 3, Place::External)]).await.problems, &["room for 2 of 3", "1 take it"]);
    });
}

#[test]
fn all_pages_of_many_instances_are_read() {
    virtually(async {
        let shop = shop().await;
        instances(&shop, json!([{"cpu": 100, "memory": 100, "times": 249}, {"cpu": 256, "memory": 512}])).await;
        shop.world.proxy().clear();
        assert_eq!(told(&shop, [tasks("the part", 1, Place::Instances)]).await, Findings::default());
        let count = |name| shop.world.proxy().count(name);
        assert_eq!(["ListContainerInstances", "DescribeContainerInstances"].map(count), [3, 3]);
        one(&told(&shop, [tasks("the part", 2, Place::Instances)]).await.problems, &["room for 1 of 2", "250 take it"]);
    });
}

#[test]
fn a_cluster_without_instances_has_no_room() {
    virtually(async {
        let shop = shop().await;
        shop.world.proxy().clear();
        let by_arn =
            Tasks { cluster: "arn:aws:ecs:eu-central-1:123456789012:cluster/main".into(), ..tasks("the part", 1, Place::Instances) };
        one(&told(&shop, [by_arn]).await.problems, &["room for 0 of 1", "cluster main", "none takes it"]);
        assert_eq!(shop.world.proxy().count("DescribeContainerInstances"), 0, "there is nothing to ask about");
    });
}

#[test]
fn a_provider_that_adds_instances_is_only_warned_of() {
    virtually(async {
        let shop = shop().await;
        make_provider(&shop, "grows", ManagedScalingStatus::Enabled).await;
        make_provider(&shop, "stays", ManagedScalingStatus::Disabled).await;
        let room = |provider: &str| json!({"cpu": 256, "memory": 512, "provider": provider});
        instances(&shop, json!([room("grows"), room("stays"), {"cpu": 4096, "memory": 4096}])).await;
        for name in ["grows", "stays"] {
            assert_eq!(told(&shop, [tasks("the part", 1, provider(name))]).await, Findings::default());
        }
        let findings = told(&shop, [tasks("the part", 2, provider("grows"))]).await;
        assert!(findings.problems.is_empty(), "{findings:?}");
        one(&findings.warnings, &["room for 1 of 2 tasks of the part", "The capacity provider grows adds some"]);
        let findings = told(&shop, [tasks("the part", 2, provider("stays"))]).await;
        assert!(findings.warnings.is_empty(), "{findings:?}");
        one(&findings.problems, &["room for 1 of 2 tasks of the part", "add instances"]);
        one(&told(&shop, [tasks("the part", 1, provider("gone"))]).await.problems, &["There is no capacity provider gone"]);
    });
}

#[test]
fn parts_that_find_room_alone_but_not_together_are_warned_of() {
    virtually(async {
        let shop = shop().await;
        instances(&shop, json!([{"cpu": 512, "memory": 1024}])).await;
        let both = [tasks("the one", 1, Place::Instances), tasks("the other", 2, Place::Instances)];
        let findings = told(&shop, both.clone()).await;
        assert!(findings.problems.is_empty(), "{findings:?}");
        one(&findings.warnings, &["Each of the one, the other finds room", "cluster main", "not all at the same time"]);
        instances(&shop, json!([{"cpu": 512, "memory": 1024}, {"cpu": 256, "memory": 512}])).await;
        assert_eq!(told(&shop, both).await, Findings::default());
    });
}
