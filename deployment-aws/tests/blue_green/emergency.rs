//! Before a deployment, and beside one: what it would change, and more tasks at once.

use deployment_aws::{alb::GroupRoutes, ecs::EcsBlueGreen};
use deployment_core::{ErrorKind, Percent, Status, target::Target as _};

use crate::{
    cloud::{Fault, virtually},
    goods::{image, release},
    shop::{CHANGES, Shop, canary},
};

fn target(shop: &Shop) -> EcsBlueGreen {
    shop.target_of(["blue", "green"], shop.router())
}

#[test]
fn a_dry_run_shows_the_difference_to_what_serves_and_changes_nothing() {
    virtually(async {
        let shop = Shop::open().await;
        let declared = release("2").setting("platform", "linux/arm64").setting("env.LOG", "info").setting("cpu", "512");
        let target = target(&shop);
        let told = target.difference(&declared).await.unwrap().to_string();
        let lines = [
            format!("app: image {} becomes {}", image("1"), image("2")),
            "app: LOG becomes \"info\"".to_owned(),
            "cpu 256 becomes 512".to_owned(),
            "platform unsaid becomes LINUX/ARM64".to_owned(),
        ];
        assert_eq!(told, format!("a new revision from shop:1\n  {}", lines.join("\n  ")));
        assert_eq!(target.changes(&declared).await.unwrap()[1..], lines);
        assert!(target.changes(&release("2").setting("platform", "mips")).await.is_err());
        assert_eq!(CHANGES.map(|call| shop.world.proxy().count(call)), [0; 5]);
    });
}

#[test]
fn what_runs_on_another_platform_is_what_was_declared() {
    virtually(async {
        let shop = Shop::open().await;
        let plan = shop.plan_builder_of(release("2").setting("platform", "linux/arm64"));
        let plan = plan.deploy("backend", deployment_core::plan::Capacity::of(2), canary()).build(&shop.plugins()).unwrap();
        assert_eq!(shop.deploy(&plan).await, deployment_core::engine::Outcome::Succeeded);
        let runs = shop.ecs.describe_task_definition().task_definition("shop:2").send().await.unwrap().task_definition.unwrap();
        let platform = runs.runtime_platform().unwrap();
        assert_eq!(platform.cpu_architecture().unwrap().as_str(), "ARM64");
    });
}

#[test]
fn an_emergency_raises_whoever_has_traffic_and_no_share_is_touched() {
    virtually(async {
        let shop = Shop::open().await;
        let target = target(&shop);
        let had =
            |said: Vec<(deployment_core::RevisionId, u32)>| said.into_iter().map(|(id, count)| (id.to_string(), count)).collect::<Vec<_>>();
        assert_eq!(had(target.scale_up(5, 8).await.unwrap()), [("blue/shop:1".to_owned(), 2)]);
        assert_eq!(had(target.scale_up(3, 8).await.unwrap()), [("blue/shop:1".to_owned(), 5)]);
        assert_eq!(target.scale_up(9, 8).await.unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!([shop.service("blue").await.desired_count(), shop.service("green").await.desired_count()], [5, 0]);
        assert_eq!(CHANGES.map(|call| shop.world.proxy().count(call)), [0, 1, 0, 0, 0]);
        shop.world.proxy().once("UpdateService", 0, &Fault::LostAnswer);
        assert_eq!(target.scale_up(6, 8).await.unwrap_err().status(), Status::InDoubt);
        assert_eq!(had(target.scale_up(6, 8).await.unwrap()), [("blue/shop:1".to_owned(), 6)]);
        assert_eq!(shop.routes().await, GroupRoutes::all(&shop.groups[0]));
    });
}

#[test]
fn in_the_middle_of_a_canary_both_sides_are_raised_and_it_goes_on() {
    virtually(async {
        let shop = Shop::open().await;
        let plan = shop.plan("2", canary());
        let half = async {
            let tenth = loop {
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                let routes = shop.routes().await;
                if routes.share(&shop.groups[1]) > Percent::ZERO {
                    break routes;
                }
            };
            let raised = target(&shop).scale_up(4, 4).await.unwrap();
            assert_eq!(raised.len(), 2, "{raised:?}");
            assert_eq!(shop.routes().await, tenth);
        };
        let (outcome, ()) = tokio::join!(shop.deploy(&plan), half);
        assert_eq!(outcome, deployment_core::engine::Outcome::Succeeded);
        assert_eq!(shop.service("blue").await.desired_count(), 0);
    });
}
