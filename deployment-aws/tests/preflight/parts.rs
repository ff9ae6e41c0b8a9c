//! What is found of one part alone.

use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace, SuspendedState};
use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use deployment_aws::{
    cloudwatch::{Alarms, CloudWatch, Firing},
    dynamodb::DynamoJournal,
    ecs::{EcsRolling, migration::EcsTaskMigration},
    preflight::{Findings, Precondition},
    rds::{RdsClusterSnapshot, RdsSnapshot, RestoredDatabase, check_fn},
};
use deployment_core::{Percent, migration::Phase};
use serde_json::json;

use crate::{
    cloud::{Fault, virtually},
    scaled,
    whole::{alarm, shop},
};

/// As problems and as warnings.
async fn told_of(part: impl Precondition) -> Findings {
    told_of_ref(&part).await
}

async fn told_of_ref(part: &impl Precondition) -> Findings {
    let mut findings = Findings::default();
    part.examine(&mut findings).await.unwrap();
    findings
}

fn says(told: &[String], words: &str) -> bool {
    told.iter().any(|told| told.contains(words))
}

#[test]
fn quotas_of_databases_are_a_problem_only_where_a_copy_is_known_to_be_made() {
    virtually(async {
        let shop = shop().await;
        let config = shop.world.virtual_config();
        shop.world.tell("rds-quota", &json!({"databases": 1})).await;
        let backups = || RdsSnapshot::new(&config, "orders").unwrap();
        let told = told_of(backups()).await;
        assert!(told.problems.is_empty() && says(&told.warnings, "of 1 DBInstances: a verification that restores"), "{told:?}");
        let told = told_of(backups().queried_by(check_fn("there are orders", |_: RestoredDatabase| async { Ok(()) }))).await;
        assert!(says(&told.problems, "of 1 DBInstances"), "{told:?}");
        let denied = Fault::Refused(403, "AccessDenied", "User is not authorized to perform: rds:DescribeAccountAttributes");
        shop.world.proxy().rule(move |name, _, _| (name == "DescribeAccountAttributes").then(|| denied.clone()));
        let told = told_of(backups()).await;
        assert!(told.problems.is_empty() && says(&told.warnings, "rds:DescribeAccountAttributes"), "{told:?}");
    });
}

#[test]
fn a_cluster_that_is_not_there_and_a_database_without_tls_are_told() {
    virtually(async {
        let shop = shop().await;
        let builder = EcsTaskMigration::builder(&shop.world.virtual_config(), Phase::Expand).task("elsewhere", "shop:1", "app");
        let plain = builder.network(["subnet-1"], ["sg-1"]).apply(["up"]).status(["status"]).revert(["down"]).build().unwrap();
        let told = told_of(plain).await;
        assert!(says(&told.problems, "There is no cluster elsewhere") && says(&told.problems, "TLS"), "{told:?}");
    });
}

#[test]
fn scaling_that_stands_still_and_a_rollout_under_way_are_warned_of() {
    virtually(async {
        let shop = shop().await;
        let config = shop.world.virtual_config();
        scaled::set_up(&config, "blue").await;
        assert_eq!(told_of(scaled::paused(&config, "blue")).await, Findings::default());
        let scaling = aws_sdk_applicationautoscaling::Client::new(&config);
        let still = SuspendedState::builder().dynamic_scaling_in_suspended(true).dynamic_scaling_out_suspended(true);
        let target = scaling.register_scalable_target().service_namespace(ServiceNamespace::Ecs).resource_id("service/main/blue");
        let target = target.scalable_dimension(ScalableDimension::EcsServiceDesiredCount);
        target.suspended_state(still.scheduled_scaling_suspended(true).build()).send().await.unwrap();
        assert!(says(&told_of(scaled::paused(&config, "blue")).await.warnings, "It is suspended already"));
        shop.somebody("blue", json!({ "forceNewDeployment": true })).await;
        let rolling = EcsRolling::builder(&config).cluster("main").service("blue").container("app").build().unwrap();
        assert!(says(&rolling.check().await.unwrap(), "A rollout of the service blue is under way"));
    });
}

#[test]
fn an_alarm_that_fires_is_only_a_warning_where_it_is_waited_for() {
    virtually(async {
        let shop = shop().await;
        alarm(&shop, StateValue::Alarm).await;
        let alarms = Alarms::named(&CloudWatch::new(&shop.world.virtual_config()), ["shop-5xx"]).unwrap();
        let told = told_of(alarms.clone().firing(Firing::Waits)).await;
        assert!(told.problems.is_empty() && says(&told.warnings, "1 fire: shop-5xx"), "{told:?}");
        alarm(&shop, StateValue::InsufficientData).await;
        assert!(says(&told_of(alarms).await.warnings, "Nothing is known of shop-5xx"));
    });
}

/// A service that runs less than it should, outside of any rollout.
#[test]
fn a_service_with_fewer_tasks_than_it_should_have_is_warned_of() {
    virtually(async {
        let shop = shop().await;
        let rolling = EcsRolling::builder(&shop.world.virtual_config()).cluster("main").service("blue").container("app").build().unwrap();
        assert_eq!(rolling.check().await.unwrap(), Vec::<String>::new());
        shop.somebody("blue", json!({ "desiredCount": 5 })).await;
        let warnings = rolling.check().await.unwrap();
        assert!(says(&warnings, "The service blue runs 2 of 5 tasks."), "{warnings:?}");
    });
}

#[test]
fn limits_between_which_no_task_can_be_replaced_are_warned_of() {
    virtually(async {
        let shop = shop().await;
        let rolling = |most: f64| {
            let builder = EcsRolling::builder(&shop.world.virtual_config()).cluster("main").service("blue").container("app");
            builder.minimum_healthy(Percent::ALL).surge(Percent::new(most).unwrap()).build().unwrap()
        };
        assert_eq!(rolling(50.0).check().await.unwrap(), Vec::<String>::new());
        let warnings = rolling(49.0).check().await.unwrap();
        assert!(
            says(&warnings, "With 2 tasks ECS may start none more (maximum 149 %) and stop none before (minimum 100 %)"),
            "{warnings:?}"
        );
    });
}

#[test]
fn a_cluster_that_was_deleted_is_told_by_its_state() {
    virtually(async {
        let shop = shop().await;
        let config = shop.world.virtual_config();
        let ecs = aws_sdk_ecs::Client::new(&config);
        ecs.create_cluster().cluster_name("old").send().await.unwrap();
        let builder = EcsTaskMigration::builder(&config, Phase::Expand).task("old", "shop:1", "app").network(["subnet-1"], ["sg-1"]);
        let builder = builder.apply(["up"]).status(["status"]).revert(["down"]).environment("PGSSLMODE", "require");
        let migration = builder.build().unwrap();
        assert_eq!(told_of_ref(&migration).await, Findings::default());
        ecs.delete_cluster().cluster("old").send().await.unwrap();
        let told = told_of_ref(&migration).await;
        assert!(says(&told.problems, "The cluster old is INACTIVE; it must be ACTIVE."), "{told:?}");
    });
}

#[test]
fn a_table_of_somebody_else_is_told_by_its_keys() {
    virtually(async {
        let shop = shop().await;
        let config = shop.world.virtual_config();
        let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().unwrap();
        let id = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S).build().unwrap();
        let table = aws_sdk_dynamodb::Client::new(&config).create_table().table_name("orders").key_schema(key);
        table.attribute_definitions(id).billing_mode(BillingMode::PayPerRequest).send().await.unwrap();
        let told = told_of(DynamoJournal::new(&config, "orders")).await;
        assert!(says(&told.problems, "orders exists with other keys than pk and sk"), "{told:?}");
        assert!(says(&told.warnings, "may be deleted by anybody"), "{told:?}");
    });
}

#[test]
fn a_copy_of_a_cluster_needs_room_for_a_cluster_and_an_instance() {
    virtually(async {
        let shop = shop().await;
        shop.world.tell("rds-quota", &json!({"databases": 1})).await;
        let sales = RdsClusterSnapshot::new(&shop.world.virtual_config(), "sales").unwrap();
        let told = told_of(sales.clone()).await;
        assert!(told.problems.is_empty() && says(&told.warnings, "of 1 DBClusters"), "{told:?}");
        assert!(says(&told.warnings, "of 1 DBInstances"), "{told:?}");
        let told = told_of(sales.queried_by(check_fn("there are sales", |_: RestoredDatabase| async { Ok(()) }))).await;
        assert!(says(&told.problems, "of 1 DBClusters") && says(&told.problems, "of 1 DBInstances"), "{told:?}");
    });
}
