//! Deployments of what is good.

use deployment_core::engine::Outcome;

use crate::{
    cloud::virtually,
    shop::{Shop, image},
};

#[test]
fn a_good_version_is_rolled_out_with_eight_calls() {
    virtually(async {
        let shop = Shop::open().await;
        assert_eq!(shop.deploy("2").await, Outcome::Succeeded);
        let calls: Vec<_> = shop.world.proxy().calls().into_iter().map(|(name, _)| name).collect();
        println!("{} calls: {calls:?}", calls.len());
        assert!(calls.len() <= 8, "{calls:?}");
        assert_eq!(shop.runs().await, ["shop:2", "shop:2"]);
        let definition = shop.ecs.describe_task_definition().task_definition("shop:2").send().await.unwrap().task_definition.unwrap();
        let containers = definition.container_definitions();
        let images: Vec<_> = containers.iter().filter_map(|container| container.image()).collect();
        assert_eq!(images, [image("2").as_str(), "envoy:1"]);
    });
}

#[test]
fn the_same_version_again_changes_nothing() {
    virtually(async {
        let shop = Shop::open().await;
        assert_eq!(shop.deploy("2").await, Outcome::Succeeded);
        assert_eq!(shop.deploy("2").await, Outcome::Unchanged);
        assert_eq!((shop.definitions().await.len(), shop.rollouts().await), (2, 2));
    });
}
