//! What is found before anything is done.

use deployment_aws::{alb::AlbRouter, ecs::EcsBlueGreen};
use deployment_core::ErrorKind;
use serde_json::json;

use crate::{cloud::virtually, shop::Shop};

async fn told(target: EcsBlueGreen) -> Result<Vec<String>, String> {
    target.check().await.map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
        error.to_string()
    })
}

#[test]
fn two_services_as_they_should_be_have_nothing_to_say_but_how_long_they_drain() {
    virtually(async {
        let shop = Shop::open().await;
        let target = || shop.target_of(["blue", "green"], shop.router());
        assert_eq!(told(target()).await, Ok(vec![]));
        let shop = Shop::with([2, 0], json!({"drains_for": 300})).await;
        let target = shop.target_of(["blue", "green"], shop.router());
        let warnings = told(target).await.unwrap();
        assert!(warnings.len() == 2 && warnings[0].contains("drains for up to 300 s"), "{warnings:?}");
    });
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    virtually(async {
        let shop = Shop::open().await;
        // Without a target group, and with a breaker that rolls back.
        let breaker = aws_sdk_ecs::types::DeploymentCircuitBreaker::builder().enable(true).rollback(true).build();
        let configuration = aws_sdk_ecs::types::DeploymentConfiguration::builder().deployment_circuit_breaker(breaker).build();
        let service = shop.ecs.create_service().cluster("main").service_name("lonely").task_definition("shop:1").desired_count(0);
        service.deployment_configuration(configuration).send().await.unwrap();
        shop.somebody_routes([1, 1, 0]).await;
        let [blue, green, other] = shop.groups.clone();
        let router = |groups: [_; 2]| AlbRouter::new(&shop.world.virtual_config(), &shop.rule, groups).unwrap();
        let target = shop.target_of(["lonely", "green"], router([blue.clone(), other]));
        let said = told(target).await.unwrap_err();
        for problem in
            ["lonely has no target group", "rolls back", "green is behind the target group green, not other", "weight 1 to green"]
        {
            assert!(said.contains(problem), "{problem}: {said}");
        }
        let target = shop.target_of(["blue", "green"], router([blue, green]));
        let said = told(target).await.unwrap_err();
        assert!(said.contains("Both services have traffic, 50 % and 50 %"), "{said}");
        let target = shop.target_of(["nobody", "green"], shop.router());
        let said = told(target).await.unwrap_err();
        assert!(said.contains("nobody"), "{said}");
    });
}

#[test]
fn both_services_behind_one_target_group_are_told() {
    virtually(async {
        let shop = Shop::open().await;
        let blue = shop.groups[0].arn().to_owned();
        shop.somebody("green", json!({"loadBalancers": [{"targetGroupArn": blue, "containerName": "app", "containerPort": 8080}]})).await;
        let target = shop.target_of(["blue", "green"], shop.router());
        let said = told(target).await.unwrap_err();
        assert!(
            said.contains("Both services are behind the target group blue")
                && said.contains("green is behind the target group blue, not green"),
            "{said}"
        );
        let told = EcsBlueGreen::new(&shop.world.virtual_config(), "main", ["blue", "blue"], shop.router()).unwrap_err();
        assert!(told.to_string().contains("blue is there twice"), "{told}");
    });
}

#[test]
fn callers_that_find_the_tasks_past_the_load_balancer_are_warned_of() {
    virtually(async {
        let shop = Shop::open().await;
        let warnings = async || {
            let target = shop.target_of(["blue", "green"], shop.router());
            told(target).await.unwrap()
        };
        let connect = |services: serde_json::Value| json!({"serviceConnectConfiguration": {"enabled": true, "services": services}});
        // It calls others by Service Connect, and cannot be called so.
        shop.somebody("blue", connect(json!([]))).await;
        assert_eq!(warnings().await, Vec::<String>::new());
        let endpoint = json!([{"portName": "http", "discoveryName": "blue", "clientAliases": [{"port": 80}]}]);
        shop.somebody("blue", connect(endpoint)).await;
        let arn = format!("arn:aws:servicediscovery:eu-central-1:{}:service/srv-1", shop.world.account());
        shop.somebody("green", json!({"serviceRegistries": [{"registryArn": arn}]})).await;
        let told = warnings().await;
        let says = |words: &str| told.iter().filter(|told| told.contains(words)).count() == 1;
        assert!(told.len() == 2 && says("The service blue is offered by Service Connect"), "{told:?}");
        assert!(says("The service green has a registry in Cloud Map, srv-1") && says("a canary does not protect them"), "{told:?}");
        shop.somebody("blue", json!({"serviceConnectConfiguration": {"enabled": false}})).await;
        tokio::time::sleep(std::time::Duration::from_secs(120)).await;
        assert_eq!(warnings().await.len(), 1);
    });
}
