//! What the check finds.

use std::time::Duration;

use deployment_aws::discovery::Registered;
use deployment_core::{
    ErrorKind, Status,
    health::{HealthCheck as _, HealthStatus},
    testkit::{assert_none, conformance, sample},
};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    cloud::virtually,
    registry::{anew, check, cloud_map, fault, is_well, open, open_with, play, put_into, registered, registry, report},
    shop::Shop,
};

#[test]
fn tasks_that_are_all_registered_and_healthy_are_well_and_the_contract_is_kept() {
    virtually(async {
        let (shop, _) = open().await;
        let check = check(&shop);
        let report = report(&check).await;
        assert_eq!(report.status, HealthStatus::Healthy, "{report:?}");
        assert!(report.evidence.contains("2 running tasks of shop are registered in srv-"), "{report:?}");
        assert_none(&conformance::health::check(&check, &sample::health(sample::NOON), Duration::from_secs(5)).await);
        let calls = shop.world.proxy().calls();
        let reads = |name: &str| ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb));
        assert!(!calls.is_empty() && calls.iter().all(|(name, _)| reads(name)), "{calls:?}");
    });
}

#[test]
fn tasks_that_are_not_registered_are_named_with_the_registry() {
    virtually(async {
        let (shop, arn) = open().await;
        play(&shop, &arn, json!({ "registers": false })).await;
        anew(&shop).await;
        let told = fault(&check(&shop)).await;
        assert!(told.contains("not registered in srv-") && told.contains("(shop): 2 of 2 running tasks of shop, "), "{told}");
    });
}

#[test]
fn a_task_that_somebody_has_taken_out_is_missed() {
    virtually(async {
        let (shop, arn) = open().await;
        let one = registered(&shop, &arn).await.remove(0);
        cloud_map(&shop).deregister_instance().service_id(&arn).instance_id(&one).send().await.unwrap();
        let told = fault(&check(&shop)).await;
        assert!(told.contains(&format!("1 of 2 running tasks of shop, {one}")), "{told}");
    });
}

#[test]
fn what_stays_behind_is_found_also_when_ecs_has_forgotten_the_task() {
    virtually(async {
        let (shop, arn) = open().await;
        let before = registered(&shop, &arn).await;
        play(&shop, &arn, json!({ "deregisters": false })).await;
        anew(&shop).await;
        for _ in 0..2 {
            let told = fault(&check(&shop)).await;
            assert!(
                told.contains("still registered in srv-") && told.contains("(shop): 2 of shop that ECS does not run any more"),
                "{told}"
            );
            assert!(before.iter().all(|id| told.contains(id)) && !told.contains("not registered in"), "{told}");
            // A stopped task is shown for an hour.
            sleep(Duration::from_secs(2 * 3600)).await;
        }
    });
}

#[test]
fn what_says_that_it_is_of_the_service_and_is_no_task_is_found() {
    virtually(async {
        let (shop, arn) = open().await;
        let hand = cloud_map(&shop).register_instance().service_id(&arn).instance_id("by-hand").attributes("ECS_SERVICE_NAME", "shop");
        hand.attributes("AWS_INSTANCE_IPV4", "10.9.0.1").send().await.unwrap();
        let told = fault(&check(&shop)).await;
        assert!(told.contains("1 of shop that ECS does not run any more, by-hand"), "{told}");
        let calls = shop.world.proxy().calls();
        assert!(calls.iter().all(|(name, body)| name != "DescribeTasks" || !body.contains("by-hand")), "{calls:?}");
    });
}

#[test]
fn tasks_that_are_registered_and_not_healthy_are_told() {
    virtually(async {
        let (shop, arn) = open().await;
        play(&shop, &arn, json!({ "health": "UNHEALTHY" })).await;
        anew(&shop).await;
        let told = fault(&check(&shop)).await;
        assert!(told.contains("not healthy in srv-") && told.contains("2 of 2 running tasks of shop"), "{told}");
    });
}

#[test]
fn a_task_that_runs_is_healthy_in_cloud_map_half_a_minute_later() {
    virtually(async {
        let (shop, _) = open().await;
        let check = check(&shop);
        shop.somebody(json!({ "forceNewDeployment": true })).await;
        let mut told = Vec::new();
        for _ in 0..60 {
            sleep(Duration::from_secs(1)).await;
            told.push(report(&check).await);
        }
        let unhealthy = told.iter().filter(|report| report.status == HealthStatus::Unhealthy).count();
        assert!((30..=50).contains(&unhealthy), "{unhealthy}");
        // Also while tasks start and stop nothing is missed that was not to be there yet, or still there.
        let odd = told.iter().find(|report| report.evidence.contains("registered in") && report.status == HealthStatus::Unhealthy);
        assert!(odd.is_none(), "{odd:?}");
        sleep(Duration::from_secs(30)).await;
        is_well(&check).await;
    });
}

#[test]
fn a_health_that_is_not_known_yet_is_no_report() {
    virtually(async {
        let (shop, arn) = open().await;
        play(&shop, &arn, json!({ "health": "UNKNOWN" })).await;
        anew(&shop).await;
        let error = check(&shop).check(&sample::health(sample::NOON)).await.unwrap_err();
        assert_eq!(error.status(), Status::Temporary, "{error:?}");
        assert!(error.to_string().contains("the health of 2 tasks in srv-"), "{error}");
    });
}

#[test]
fn where_nobody_checks_health_it_is_not_asked_for() {
    virtually(async {
        let (shop, _) = open_with(json!({ "name": "shop", "health": null })).await;
        let report = report(&check(&shop)).await;
        assert_eq!(report.status, HealthStatus::Healthy, "{report:?}");
        assert!(report.evidence.contains("where health is not checked"), "{report:?}");
        assert_eq!(shop.world.proxy().count("GetInstancesHealthStatus"), 0);
    });
}

#[test]
fn what_shows_late_is_missed_until_it_does() {
    virtually(async {
        let (shop, arn) = open().await;
        let check = check(&shop);
        play(&shop, &arn, json!({ "late": 300 })).await;
        anew(&shop).await;
        let told = fault(&check).await;
        assert!(told.contains("not registered in srv-") && told.contains("still registered in srv-"), "{told}");
        sleep(Duration::from_secs(300)).await;
        is_well(&check).await;
    });
}

#[test]
fn a_task_that_is_stopping_may_be_registered_still() {
    virtually(async {
        let (shop, arn) = open().await;
        shop.behaves("1", json!({ "stops_within": 60 })).await;
        anew(&shop).await;
        play(&shop, &arn, json!({ "late": 45 })).await;
        shop.somebody(json!({ "forceNewDeployment": true })).await;
        let mut registered_most = 0;
        for _ in 0..60 {
            sleep(Duration::from_secs(1)).await;
            let told = report(&check(&shop)).await.evidence;
            assert!(!told.contains("still registered"), "{told}");
            registered_most = registered_most.max(registered(&shop, &arn).await.len());
        }
        // Those that stop and those that take their place.
        assert_eq!(registered_most, 4);
    });
}

#[test]
fn a_service_without_a_registry_is_no_service_to_check() {
    virtually(async {
        let shop = Shop::open().await;
        let error = check(&shop).check(&sample::health(sample::NOON)).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::InvalidInput, Status::Permanent), "{error:?}");
        assert!(error.to_string().contains("shop has no service registry") && error.to_string().contains("give it one"), "{error}");
    });
}

#[test]
fn a_registry_that_is_not_there_is_found_and_one_that_is_none_is_refused() {
    virtually(async {
        let shop = Shop::open().await;
        let here = |region: &str| format!("arn:aws:servicediscovery:{region}:{}:service/srv-none", shop.world.account());
        put_into(&shop, &here("eu-central-1")).await;
        let told = fault(&check(&shop)).await;
        assert!(told.contains("the registry srv-none of shop does not exist"), "{told}");
        for (arn, why) in [(here("us-east-1"), "is in us-east-1"), ("srv-1".to_owned(), "is not the ARN")] {
            put_into(&shop, &arn).await;
            let error = check(&shop).check(&sample::health(sample::NOON)).await.unwrap_err();
            assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains(why), "{error:?}");
        }
    });
}

#[test]
fn a_registry_that_somebody_has_changed_or_removed_is_told_where_it_was_declared() {
    virtually(async {
        let (shop, arn) = open().await;
        let check = check(&shop).only_in([&arn]).unwrap();
        is_well(&check).await;
        let other = registry(&shop.world, "other").await;
        put_into(&shop, &other).await;
        let [was, is] = [&arn, &other].map(|arn| arn.rsplit('/').next().unwrap());
        let told = fault(&check).await;
        assert!(told.contains(&format!("the registry of shop is {is}; it must be {was}")), "{told}");
        shop.somebody(json!({ "serviceRegistries": [] })).await;
        let told = fault(&check).await;
        assert!(told.contains(&format!("the registry of shop is none; it must be {was}")), "{told}");
    });
}

#[test]
fn a_service_that_runs_nothing_is_unwell_unless_it_is_to_run_nothing() {
    virtually(async {
        let (shop, _) = open().await;
        shop.somebody(json!({ "desiredCount": 0 })).await;
        sleep(Duration::from_secs(60)).await;
        is_well(&check(&shop)).await;
        shop.somebody(json!({ "desiredCount": 2 })).await;
        let told = fault(&check(&shop)).await;
        assert!(told.contains("no task of shop runs, 2 are wanted"), "{told}");
    });
}

#[test]
fn what_was_given_is_refused_by_field_with_the_fix() {
    virtually(async {
        let shop = Shop::open().await;
        let config = shop.world.virtual_config();
        let made = |cluster: &str, services: &[&str]| Registered::new(&config, cluster, services.iter().copied());
        let cases = [
            (made("", &["shop"]).unwrap_err(), "ecs.cluster"),
            (made("main", &["my shop"]).unwrap_err(), "ecs.service"),
            (made("main", &[]).unwrap_err(), "give the services"),
            (check(&shop).only_in(["srv-1"]).unwrap_err(), "registry: \"srv-1\" is not the ARN"),
            (check(&shop).only_in([""; 0]).unwrap_err(), "leave only_in away"),
        ];
        for (error, why) in cases {
            assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains(why), "{error:?}");
        }
    });
}
