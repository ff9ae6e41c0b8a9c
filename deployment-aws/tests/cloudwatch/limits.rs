//! Numbers within limits.

use std::time::Duration;

use deployment_aws::cloudwatch::{CloudWatch, Limit, Limits, Metric, Statistic};
use deployment_core::{
    ErrorKind,
    health::{HealthCheck as _, HealthStatus},
    testkit::{assert_none, conformance, sample},
};
use serde_json::{Value, json};

use crate::{
    cloud::World,
    support::{BALANCER, at, number},
};

/// The last minute that is complete at the 20th is the 16th.
const LAST: u64 = 960;

async fn ecs(world: &World, name: &str, value: f64) {
    number(world, "AWS/ECS", name, json!({"ClusterName": "production", "ServiceName": "shop"}), LAST, value).await;
}

async fn rds(world: &World, name: &str, value: f64) {
    number(world, "AWS/RDS", name, json!({"DBInstanceIdentifier": "orders"}), LAST, value).await;
}

async fn balancer(world: &World, name: &str, value: f64) {
    let dimensions: Value = json!({"LoadBalancer": BALANCER});
    number(world, "AWS/ApplicationELB", name, dimensions, LAST, value).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_well_up_to_its_limits_and_names_what_is_beyond() {
    let world = World::new().await;
    let limits = Limits::ecs_service(&CloudWatch::new(&world.config()), "production", "shop");
    ecs(&world, "CPUUtilization", 80.0).await;
    ecs(&world, "MemoryUtilization", 41.5).await;
    let context = sample::health(at(1_200));
    assert_none(&conformance::health::check(&limits, &context, Duration::from_secs(30)).await);
    let report = limits.check(&context).await.unwrap();
    assert_eq!(report.status, HealthStatus::Healthy);
    assert!(report.evidence.contains("41.5: Average of AWS/ECS MemoryUtilization"), "{report:?}");
    assert_eq!(world.proxy().count("GetMetricData"), 2, "each look is one call");
    ecs(&world, "CPUUtilization", 82.0).await;
    let report = limits.check(&context).await.unwrap();
    assert_eq!(report.status, HealthStatus::Unhealthy);
    let evidence = report.evidence;
    assert!(
        evidence.contains("81.0: Average of AWS/ECS CPUUtilization {ClusterName=production, ServiceName=shop} at most 80"),
        "{evidence}"
    );
    assert!(!evidence.contains("MemoryUtilization"), "{evidence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_told_in_percent_of_what_it_takes() {
    let world = World::new().await;
    let free = Limit::at_least(Metric::rds_instance("orders", "FreeableMemory"), Statistic::Minimum, 20.0).percent_of(16e9);
    let limits = Limits::rds_instance(&CloudWatch::new(&world.config()), "orders", 500).and(free);
    rds(&world, "CPUUtilization", 12.0).await;
    rds(&world, "DatabaseConnections", 400.0).await;
    rds(&world, "FreeableMemory", 4e9).await;
    let context = sample::health(at(1_200));
    let report = limits.check(&context).await.unwrap();
    assert_eq!(report.status, HealthStatus::Healthy, "{report:?}");
    assert!(report.evidence.contains("80.0: Maximum of AWS/RDS DatabaseConnections"), "{report:?}");
    rds(&world, "DatabaseConnections", 401.0).await;
    rds(&world, "FreeableMemory", 3e9).await;
    let report = limits.check(&context).await.unwrap();
    assert_eq!(report.status, HealthStatus::Unhealthy);
    assert!(report.evidence.contains("80.2: Maximum") && report.evidence.contains("18.8: Minimum"), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_number_is_not_well_and_not_ill() {
    let world = World::new().await;
    let limits = Limits::ecs_service(&CloudWatch::new(&world.config()), "production", "shop");
    let context = sample::health(at(1_200));
    ecs(&world, "CPUUtilization", 10.0).await;
    let error = limits.check(&context).await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("no datapoint") && said.contains("MemoryUtilization") && !said.contains("CPUUtilization"), "{said}");
    assert!(said.contains("eu-central-1") && said.contains("2026-01-01T00:16:00Z"), "{said}");
    ecs(&world, "CPUUtilization", 200.0).await;
    assert_eq!(limits.check(&context).await.unwrap().status, HealthStatus::Unhealthy, "what is beyond its limit is, whatever is missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_only_if_there_is_any_is_zero_beside_what_always_is() {
    let world = World::new().await;
    let of = |name| Metric::load_balancer(BALANCER, name);
    let errors = Limit::at_most(of("HTTPCode_ELB_5XX_Count"), Statistic::Sum, 10.0).zero_beside(of("RequestCount"));
    let limits = Limits::new(&CloudWatch::new(&world.config())).and(errors);
    let context = sample::health(at(1_200));
    limits.check(&context).await.unwrap_err();
    balancer(&world, "RequestCount", 1.0).await;
    let report = limits.check(&context).await.unwrap();
    assert!(report.status == HealthStatus::Healthy && report.evidence.contains("0.0: Sum"), "{report:?}");
    balancer(&world, "HTTPCode_ELB_5XX_Count", 11.0).await;
    assert_eq!(limits.check(&context).await.unwrap().status, HealthStatus::Unhealthy);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_that_cannot_hold_are_said() {
    let world = World::new().await;
    let none = Limits::new(&CloudWatch::new(&world.config()));
    let cpu = || Limit::at_most(Metric::ecs_service("production", "shop", "CPUUtilization"), Statistic::Average, 80.0);
    let many = (0..501).fold(none.clone(), |limits, _| limits.and(cpu()));
    let cases = [(none.clone(), "0 numbers"), (many, "501 numbers"), (none.and(cpu().percent_of(0.0)), "a whole above zero")];
    for (limits, words) in cases {
        let error = limits.check(&sample::health(at(1_200))).await.unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains(words), "{error}");
    }
    assert_eq!(world.proxy().calls().len(), 0);
}
