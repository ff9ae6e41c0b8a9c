//! Two services behind a load balancer that share a registry.

use std::{sync::Arc, time::Duration};

use aws_sdk_ecs::types::ServiceRegistry;
use deployment_aws::discovery::Registered;
use deployment_core::{Percent, engine::Outcome, judge::Tolerance, plan::Capacity, strategy::BlueGreen, watch::Watch};
use tokio::time::sleep;

use crate::{
    cloud::virtually,
    pair_shop::{Shop, TASKS},
    registry::{SETTLED, is_well, registry},
};

async fn open() -> (Shop, String) {
    let shop = Shop::open().await;
    let arn = registry(&shop.world, "shop").await;
    let ecs = aws_sdk_ecs::Client::new(&shop.world.virtual_config());
    for service in ["blue", "green"] {
        let registry = ServiceRegistry::builder().registry_arn(&arn).build();
        ecs.update_service().cluster("main").service(service).service_registries(registry).send().await.unwrap();
    }
    sleep(SETTLED).await;
    shop.service("blue").await;
    shop.world.proxy().clear();
    (shop, arn)
}

fn check(shop: &Shop, arn: &str) -> Registered {
    Registered::new(&shop.world.virtual_config(), "main", ["blue", "green"]).unwrap().only_in([arn]).unwrap()
}

/// How many are registered while the candidate has no share of traffic, at most.
async fn registered_without_traffic(shop: &Shop, arn: &str, for_seconds: u64) -> usize {
    let cloud_map = aws_sdk_servicediscovery::Client::new(&shop.world.virtual_config());
    let mut most = 0;
    for _ in 0..for_seconds {
        sleep(Duration::from_secs(1)).await;
        if shop.routes().await.share(&shop.groups[1]) == Percent::ZERO {
            most = most.max(cloud_map.list_instances().service_id(arn).send().await.unwrap().instances().len());
        }
    }
    most
}

#[test]
fn a_pair_is_deployed_under_the_check_and_a_candidate_is_found_before_it_has_traffic() {
    virtually(async {
        let (shop, arn) = open().await;
        let watch = Watch::health(check(&shop, &arn), Tolerance::lasting(Duration::from_secs(120)));
        let plugins = shop.plugins().watch("registered", watch).unwrap();
        let strategy = BlueGreen::new().check_first("registered").unwrap().grace(Duration::from_secs(300)).watch("registered").unwrap();
        let plan = shop.plan_builder("2").deploy("backend", Capacity::of(TASKS), strategy).build(&plugins).unwrap();
        let orchestrator = shop.orchestrator_with(Arc::clone(&shop.journal), plugins);
        orchestrator.start_as(&shop.id, &plan).await.unwrap();
        let (outcome, most) = tokio::join!(shop.drive(&orchestrator), registered_without_traffic(&shop, &arn, 120));
        assert_eq!(outcome, Outcome::Succeeded);
        assert_eq!(most, 4, "that is what the preflight warns of");
        shop.assert_deployed("").await;
        sleep(SETTLED).await;
        is_well(&check(&shop, &arn)).await;
        let calls = shop.world.proxy().calls();
        let updates: Vec<_> = calls.iter().filter(|(name, _)| name == "UpdateService").collect();
        assert!(!updates.is_empty() && updates.iter().all(|(_, body)| !body.contains("serviceRegistries")), "{updates:?}");
    });
}
