//! All that a deployment depends on, in one go.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::types::StateValue;
use deployment_aws::{
    alb::AlbRouter,
    cloudwatch::{Alarms, CloudWatch},
    dynamodb::DynamoJournal,
    ecs::{EcsBlueGreen, EcsRolling, ScalingPaused, migration::EcsTaskMigration},
    preflight::{Account, Preflight},
    rds::{RdsClusterSnapshot, RdsSnapshot, RestoredDatabase, check_fn},
};
use deployment_core::{
    ErrorKind, Result, Status,
    gate::{Gate as _, GateVerdict},
    migration::Phase,
    testkit::{assert_none, conformance, sample},
};
use serde_json::json;

use crate::{
    cloud::{Fault, virtually},
    put,
    shop::Shop,
};

const HERE: &str = "eu-central-1";

fn migration(config: &SdkConfig, container: &str) -> EcsTaskMigration {
    let builder = EcsTaskMigration::builder(config, Phase::Contract).task("main", "shop:1", container).network(["subnet-1"], ["sg-1"]);
    builder.apply(["up"]).status(["status"]).environment("PGSSLMODE", "verify-full").build().unwrap()
}

fn target(shop: &Shop, services: [&str; 2]) -> Arc<EcsBlueGreen> {
    let [blue, green, _] = shop.groups.clone();
    let router = AlbRouter::new(&shop.world.virtual_config(), &shop.rule, [blue, green]).unwrap();
    Arc::new(shop.target_of(services, router))
}

pub(crate) async fn alarm(shop: &Shop, state: StateValue) {
    let world = Arc::clone(&shop.world);
    shop.world.call(async move { put::set(&world, "shop-5xx", state, "a test says so").await }).await;
}

/// An account in which everything is there: two services, a database, a cluster of databases, an alarm, a table.
pub(crate) async fn shop() -> Shop {
    let shop = Shop::open().await;
    for database in [json!({"instance": "orders"}), json!({"cluster": "sales", "engine": "aurora-postgresql"})] {
        shop.world.tell("rds-make", &database).await;
    }
    alarm(&shop, StateValue::Ok).await;
    DynamoJournal::new(&shop.world.virtual_config(), "deployments").create_table().await.unwrap();
    shop
}

/// Everything, as it should be.
fn fine(shop: &Shop) -> Preflight {
    let config = shop.world.virtual_config();
    let asked = check_fn("there are orders", |_: RestoredDatabase| async { Ok(()) });
    Preflight::new()
        .of(Account::new(&config, shop.world.account(), HERE).unwrap())
        .of(target(shop, ["blue", "green"]))
        .of(EcsRolling::builder(&config).cluster("main").service("blue").container("app").build().unwrap())
        .of(ScalingPaused::new(&config, "main", "blue").unwrap())
        .of(migration(&config, "app"))
        .of(RdsSnapshot::new(&config, "orders").unwrap().queried_by(asked))
        .of(RdsClusterSnapshot::new(&config, "sales").unwrap())
        .of(Alarms::named(&CloudWatch::new(&config), ["shop-5xx"]).unwrap())
        .of(DynamoJournal::new(&config, "deployments"))
}

async fn faults(preflight: &Preflight) -> String {
    let error = preflight.check().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    error.to_string()
}

fn has_only_read(shop: &Shop) {
    let calls = shop.world.proxy().calls();
    assert!(!calls.is_empty());
    let reads = |name: &str| ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb));
    assert!(calls.iter().all(|(name, _)| reads(name)), "{calls:?}");
}

#[test]
fn where_everything_is_as_it_should_be_it_passes_and_has_only_read() {
    virtually(async {
        let shop = shop().await;
        shop.world.proxy().clear();
        let preflight = fine(&shop);
        assert_eq!(preflight.check().await.unwrap(), Vec::<String>::new());
        assert_none(&conformance::gate::check(&preflight, &[sample::gate(sample::NOON, [])]).await);
        has_only_read(&shop);
    });
}

#[test]
fn everything_that_is_wrong_is_told_in_one_go_each_with_what_it_is_about() {
    virtually(async {
        let shop = shop().await;
        let config = shop.world.virtual_config();
        shop.world.tell("rds-make", &json!({"instance": "plain", "encrypted": false})).await;
        shop.world.tell("rds-quota", &json!({"snapshots": 0})).await;
        alarm(&shop, StateValue::Alarm).await;
        let cloudwatch = CloudWatch::new(&config);
        shop.world.proxy().clear();
        let preflight = Preflight::new()
            .of(Account::new(&config, "111122223333", "us-east-1").unwrap())
            .of(target(&shop, ["blue", "nobody"]))
            .of(EcsRolling::builder(&config).cluster("main").service("blue").container("sidecar").build().unwrap())
            .of(migration(&config, "migrate"))
            .of(RdsSnapshot::new(&config, "plain").unwrap())
            .of(RdsSnapshot::new(&config, "gone").unwrap())
            .of(RdsClusterSnapshot::new(&config, "sales").unwrap())
            .of(Alarms::named(&cloudwatch, ["shop-5xx", "shop-missing"]).unwrap())
            .of(DynamoJournal::new(&config, "nothing"));
        let told = faults(&preflight).await;
        for problem in [
            "the region is eu-central-1, not us-east-1",
            "not of 111122223333",
            "nobody",
            "has no container sidecar (it has app)",
            "has no container migrate",
            "it is not encrypted",
            "there is no instance of this name",
            "The account has 0 of 0 ManualSnapshots",
            "The account has 0 of 0 ManualClusterSnapshots",
            "shop-missing",
            "1 fire: shop-5xx",
            "There is no table nothing",
        ] {
            assert!(told.contains(problem), "{problem}: {told}");
        }
        assert!(told.contains("the service blue: ") && told.contains("backups of the instance gone: "), "{told}");
        let verdict = preflight.evaluate(&sample::gate(sample::NOON, [])).await.unwrap();
        assert!(matches!(verdict, GateVerdict::Reject { reason } if reason.contains("has no container sidecar")));
        has_only_read(&shop);
    });
}

#[test]
fn roles_of_another_account_and_a_missing_one_are_told() {
    virtually(async {
        let shop = shop().await;
        let ecs = aws_sdk_ecs::Client::new(&shop.world.virtual_config());
        let logs = aws_sdk_ecs::types::LogConfiguration::builder().log_driver(aws_sdk_ecs::types::LogDriver::Awslogs).build().unwrap();
        let app =
            aws_sdk_ecs::types::ContainerDefinition::builder().name("app").image("shop:1").memory(256).log_configuration(logs).build();
        let definition = ecs.register_task_definition().family("shop").container_definitions(app).cpu("256").memory("512");
        let definition = definition.network_mode(aws_sdk_ecs::types::NetworkMode::Awsvpc);
        let definition = definition.requires_compatibilities(aws_sdk_ecs::types::Compatibility::Fargate);
        definition.task_role_arn("arn:aws:iam::999999999999:role/shop").send().await.unwrap();
        ecs.update_service().cluster("main").service("blue").task_definition("shop:2").send().await.unwrap();
        tokio::time::sleep(std::time::Duration::from_secs(300)).await;
        let told = faults(&Preflight::new().of(target(&shop, ["blue", "green"]))).await;
        assert!(told.contains("The task role of shop:2, arn:aws:iam::999999999999:role/shop, is not of its account"), "{told}");
        assert!(told.contains("shop:2 has no execution role, and Fargate writes its logs by that role"), "{told}");
    });
}

#[test]
fn what_cannot_be_looked_at_is_waited_for_unless_something_is_wrong_anyway() {
    virtually(async {
        let shop = shop().await;
        shop.world.proxy().rule(|name, _, _| (name == "DescribeDBInstances").then_some(Fault::Reset));
        let error = fine(&shop).check().await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, Status::Temporary), "{error:?}");
        assert!(error.to_string().contains("backups of the instance orders"), "{error}");
        let waits: Result<GateVerdict> = fine(&shop).evaluate(&sample::gate(sample::NOON, [])).await;
        assert_eq!(waits.unwrap_err().status(), Status::Temporary);
        let told = faults(&fine(&shop).of(DynamoJournal::new(&shop.world.virtual_config(), "nothing"))).await;
        assert!(told.contains("There is no table nothing") && told.contains("orders: could not be looked at"), "{told}");
    });
}
