//! What is found before anything is touched.

use deployment_aws::{
    discovery::Registered,
    preflight::{Findings, Precondition as _, Preflight},
};
use deployment_core::{
    ErrorKind, Status,
    gate::{Gate as _, GateVerdict},
    testkit::sample,
};
use serde_json::json;

use crate::{
    cloud::{Fault, virtually},
    registry::{anew, check, open, open_with, play, put_into, registry},
    shop::Shop,
};

async fn told_of(check: &Registered) -> Findings {
    let mut findings = Findings::default();
    check.examine(&mut findings).await.unwrap();
    findings
}

fn says(told: &[String], words: &str) -> bool {
    told.iter().any(|told| told.contains(words))
}

#[test]
fn a_registry_as_it_should_be_has_nothing_to_say_and_was_only_read() {
    virtually(async {
        let (shop, arn) = open().await;
        let found = told_of(&check(&shop).only_in([arn]).unwrap()).await;
        assert_eq!(found, Findings::default());
        let calls = shop.world.proxy().calls();
        let reads = |name: &str| ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb));
        assert!(!calls.is_empty() && calls.iter().all(|(name, _)| reads(name)), "{calls:?}");
    });
}

#[test]
fn the_whole_look_needs_no_more_than_the_policy_that_is_printed() {
    virtually(async {
        let (shop, arn) = open().await;
        let policy = Preflight::new().of(check(&shop)).needs().await.unwrap().policy();
        assert!(policy.contains("servicediscovery:GetInstancesHealthStatus") && policy.contains(&arn), "{policy}");
        let policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
        shop.world.tell("iam-driver", &json!({ "policies": { "printed": policy } })).await;
        assert_eq!(told_of(&check(&shop)).await, Findings::default());
        assert_eq!(shop.world.tell("iam-refused", &json!({})).await, json!([]));
    });
}

#[test]
fn a_service_without_a_registry_rejects_the_deployment() {
    virtually(async {
        let shop = Shop::open().await;
        let preflight = Preflight::new().of(check(&shop));
        let error = preflight.check().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
        let verdict = preflight.evaluate(&sample::gate(sample::NOON, [])).await.unwrap();
        let reason =
            |reason: &str| reason.contains("service discovery of shop in main: ") && reason.contains("shop has no service registry");
        assert!(matches!(&verdict, GateVerdict::Reject { reason: told } if reason(told)), "{verdict:?}");
    });
}

#[test]
fn a_registry_that_is_none_is_elsewhere_or_is_not_there_is_a_problem() {
    virtually(async {
        let shop = Shop::open().await;
        let here = |region: &str| format!("arn:aws:servicediscovery:{region}:{}:service/srv-none", shop.world.account());
        let cases = [
            (here("eu-central-1"), "There is no registry srv-none in Cloud Map"),
            (here("us-east-1"), "is in us-east-1, the configuration is for eu-central-1"),
            ("srv-1".to_owned(), "is not the ARN of a service of Cloud Map"),
        ];
        for (arn, why) in cases {
            put_into(&shop, &arn).await;
            let found = told_of(&check(&shop)).await;
            assert!(found.problems.len() == 1 && says(&found.problems, why), "{found:?}");
        }
        let found = told_of(&Registered::new(&shop.world.virtual_config(), "main", ["nothing"]).unwrap()).await;
        assert!(says(&found.problems, "ECS has no such service"), "{found:?}");
    });
}

#[test]
fn another_registry_than_the_declared_one_is_a_problem() {
    virtually(async {
        let (shop, _) = open().await;
        let other = registry(&shop.world, "other").await;
        let found = told_of(&check(&shop).only_in([&other]).unwrap()).await;
        assert!(says(&found.problems, "As it is now, the registry of shop is srv-") && found.warnings.is_empty(), "{found:?}");
        shop.somebody(json!({ "serviceRegistries": [] })).await;
        let found = told_of(&check(&shop).only_in([&other]).unwrap()).await;
        assert!(says(&found.problems, "the registry of shop is none"), "{found:?}");
    });
}

#[test]
fn health_that_ecs_does_not_report_and_names_that_are_kept_for_long_are_warned_of() {
    virtually(async {
        let cases = [
            (json!({ "name": "shop", "health": null }), "Nobody checks health in srv-"),
            (json!({ "name": "shop", "health": "route53" }), "is found out by Route 53"),
            (json!({ "name": "shop", "ttl": 300 }), "may be kept for 300 s"),
        ];
        for (how, why) in cases {
            let (shop, _) = open_with(how).await;
            let found = told_of(&check(&shop)).await;
            assert!(found.problems.is_empty() && says(&found.warnings, why), "{why}: {found:?}");
        }
    });
}

#[test]
fn what_is_amiss_already_is_warned_of() {
    virtually(async {
        let (shop, arn) = open().await;
        play(&shop, &arn, json!({ "registers": false })).await;
        anew(&shop).await;
        let found = told_of(&check(&shop)).await;
        assert!(found.problems.is_empty() && says(&found.warnings, "As it is now: not registered in srv-"), "{found:?}");
    });
}

#[test]
fn every_permission_that_is_missing_is_a_problem_and_what_cannot_be_asked_is_waited_for() {
    virtually(async {
        let (shop, _) = open().await;
        let actions = ["ecs:ListTasks", "ecs:DescribeTasks", "servicediscovery:GetService"];
        for action in [&actions[..], &["servicediscovery:ListInstances", "servicediscovery:GetInstancesHealthStatus"]].concat() {
            let call = action.split_once(':').unwrap().1;
            shop.world.proxy().once(call, 0, &Fault::Refused(400, "AccessDeniedException", "You may not"));
            let found = told_of(&check(&shop)).await;
            assert!(found.problems.len() == 1 && says(&found.problems, action), "{found:?}");
        }
        shop.world.proxy().rule(|name, _, _| (name == "ListInstances").then_some(Fault::Reset));
        let error = Preflight::new().of(check(&shop)).check().await.unwrap_err();
        assert_eq!(error.status(), Status::Temporary, "{error:?}");
        assert!(error.to_string().contains("service discovery of shop in main"), "{error}");
    });
}
