//! What a deployment leaves as it is.

use deployment_core::{Percent, engine::Outcome};
use serde_json::{Value, json};

use crate::{
    cloud::virtually,
    shop::{Shop, release},
};

/// What the last UpdateService has sent.
fn sent(shop: &Shop) -> Value {
    let calls = shop.world.proxy().calls();
    let (_, body) = calls.iter().rfind(|(name, _)| name == "UpdateService").unwrap();
    serde_json::from_str(body).unwrap()
}

#[test]
fn nothing_is_sent_that_was_not_declared() {
    virtually(async {
        let shop = Shop::open().await;
        let registries = json!([{ "registryArn": "arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-1" }]);
        let configuration = json!({ "maximumPercent": 150, "deploymentCircuitBreaker": { "enable": true, "rollback": true } });
        let changes =
            json!({ "serviceRegistries": registries, "healthCheckGracePeriodSeconds": 90, "deploymentConfiguration": configuration });
        shop.somebody(changes).await;
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        assert_eq!(shop.deploy("2").await, Outcome::Succeeded);
        let sent = sent(&shop);
        let mut fields: Vec<_> = sent.as_object().unwrap().keys().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["cluster", "desiredCount", "service", "taskDefinition"]);
        let service = shop.service().await;
        assert_eq!((service.service_registries().len(), service.health_check_grace_period_seconds()), (1, Some(90)));
        assert_eq!(service.deployment_configuration().unwrap().maximum_percent(), Some(150));
    });
}

#[test]
fn what_is_declared_of_the_configuration_is_sent_with_the_rest_of_it() {
    virtually(async {
        let shop = Shop::open().await;
        let target = shop.builder().minimum_healthy(Percent::new(50.0).unwrap()).surge(Percent::ZERO).build().unwrap();
        assert_eq!(shop.run(&target, &shop.plan(release("2"), &target)).await, Outcome::Succeeded);
        let configuration = &sent(&shop)["deploymentConfiguration"];
        assert_eq!((&configuration["minimumHealthyPercent"], &configuration["maximumPercent"]), (&json!(50), &json!(100)));
        assert_eq!(configuration["deploymentCircuitBreaker"], json!({ "enable": true, "rollback": true }));
        assert_eq!(configuration["strategy"], json!("ROLLING"), "what was there is sent again");
        assert_eq!(shop.runs().await, ["shop:2", "shop:2"]);
    });
}

#[test]
fn a_service_without_tasks_is_deployed_and_goes_back_to_none() {
    virtually(async {
        let shop = Shop::open().await;
        shop.somebody(json!({ "desiredCount": 0 })).await;
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        shop.behaves("3", json!({ "crashes_at_start": true })).await;
        let target = shop.builder().breaker(deployment_aws::ecs::Breaker::Stops).build().unwrap();
        let outcome = shop.run(&target, &shop.plan(release("3"), &target)).await;
        assert!(matches!(outcome, Outcome::RolledBack { .. }), "{outcome:?}");
        let service = shop.service().await;
        assert_eq!((service.desired_count(), service.running_count()), (0, 0));
        assert_eq!(shop.deploy("2").await, Outcome::Succeeded);
        assert_eq!(shop.runs().await, ["shop:3", "shop:3"]);
    });
}
