//! Deployments that heed alarms, in virtual time.

use std::{cell::RefCell, sync::Arc, time::Duration};

use aws_sdk_cloudwatch::types::StateValue;
use deployment_aws::cloudwatch::{Alarms, Firing, Insufficient, Limits};
use deployment_core::{
    Plugins,
    engine::Outcome,
    judge::{Threshold, Tolerance},
    memory::Behaviour,
    metric::Query,
    watch::Watch,
};
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use crate::{
    cloud::{MINUTE, World, in_real_time, virtually},
    put,
    shop::{Shop, is_rolled_back},
    support::number,
};

/// Sets an alarm from virtual time.
async fn set(world: &Arc<World>, name: &'static str, state: StateValue, reason: &'static str) {
    let there = Arc::clone(world);
    in_real_time(async move { put::set(&there, name, state, reason).await }).await;
}

async fn quiet() -> Shop {
    let shop = Shop::new(Behaviour::healthy()).await;
    set(&shop.world, "shop-5xx", StateValue::Ok, "below").await;
    shop
}

fn alarms(shop: &Shop) -> Alarms {
    Alarms::named(&shop.cloudwatch(), ["shop-5xx"]).unwrap()
}

fn gated(shop: &Shop, alarms: Alarms) -> Plugins {
    shop.plugins().gate("no-alarm", alarms).unwrap()
}

fn guarded(shop: &Shop, alarms: Alarms) -> Plugins {
    shop.plugins().watch("alarms", Watch::health(alarms, Tolerance::none())).unwrap()
}

/// The alarm is in this state from this minute on; says too which version has all traffic at that time.
async fn from(shop: &Shop, minute: u32, state: StateValue) -> (Outcome, Duration, String) {
    let (world, began, served) = (Arc::clone(&shop.world), Instant::now(), RefCell::default());
    let ringing = async {
        sleep_until(began + MINUTE * minute).await;
        served.replace(shop.serves());
        set(&world, "shop-5xx", state, "Threshold Crossed: 12 > 5").await;
        std::future::pending::<()>().await;
    };
    let errors = Threshold::error_rate(5.0).unwrap().min_samples(100);
    let plugins = guarded(shop, alarms(shop)).watch("errors", Watch::metrics(Arc::new(shop.source()), Query::default(), errors)).unwrap();
    let plan = Shop::plan(Shop::canary().watch("errors").unwrap()).guard("alarms");
    tokio::select! {
        (outcome, took) = shop.deploy(plan, &plugins) => (outcome, took, served.take()),
        () = ringing => unreachable!(),
    }
}

#[test]
fn an_alarm_in_the_middle_of_a_bake_rolls_back_at_once_though_metrics_are_behind() {
    virtually(async {
        let shop = quiet().await;
        let (outcome, took, _) = from(&shop, 12, StateValue::Alarm).await;
        is_rolled_back(&outcome, "shop-5xx (ALARM: Threshold Crossed: 12 > 5)");
        assert_eq!(shop.serves(), "1");
        // It began at the tenth minute.
        assert!((2 * MINUTE..3 * MINUTE).contains(&took), "{took:?}");
    });
}

#[test]
fn an_alarm_at_full_traffic_rolls_back_too() {
    virtually(async {
        let shop = quiet().await;
        let (outcome, _, served) = from(&shop, 23, StateValue::Alarm).await;
        is_rolled_back(&outcome, "shop-5xx");
        assert_eq!((served.as_str(), shop.serves().as_str()), ("2", "1"));
    });
}

#[test]
fn alarms_that_stay_quiet_let_it_through() {
    virtually(async {
        let shop = quiet().await;
        assert_eq!(from(&shop, 12, StateValue::Ok).await.0, Outcome::Succeeded);
    });
}

#[test]
fn an_alarm_that_has_too_little_data_advances_nothing_and_is_not_bad() {
    virtually(async {
        let shop = quiet().await;
        let (outcome, took, _) = from(&shop, 12, StateValue::InsufficientData).await;
        is_rolled_back(&outcome, "not covered by observations");
        assert!(took >= 15 * MINUTE, "{took:?}");
        // Unless that is fine.
        let shop = Shop::new(Behaviour::healthy()).await;
        let world = Arc::clone(&shop.world);
        in_real_time(async move { put::exists(&world, "shop-5xx").await }).await;
        let plugins = guarded(&shop, alarms(&shop).insufficient(Insufficient::Fine));
        assert_eq!(shop.deploy(Shop::plan(Shop::canary()).guard("alarms"), &plugins).await.0, Outcome::Succeeded);
    });
}

#[test]
fn an_alarm_that_fires_before_the_start_rejects_and_nothing_was_changed() {
    virtually(async {
        let shop = quiet().await;
        set(&shop.world, "shop-5xx", StateValue::Alarm, "Threshold Crossed: 12 > 5").await;
        let (outcome, _) = shop.deploy(Shop::plan(Shop::canary()).gate("no-alarm"), &gated(&shop, alarms(&shop))).await;
        let said = format!("{outcome:?}");
        assert!(matches!(outcome, Outcome::Rejected { .. }) && said.contains("shop-5xx (ALARM: Threshold Crossed: 12 > 5)"), "{said}");
        assert_eq!((shop.serves().as_str(), shop.target.snapshot().revisions.len()), ("1", 1));
    });
}

#[test]
fn or_is_waited_for_if_that_was_declared() {
    virtually(async {
        let shop = quiet().await;
        set(&shop.world, "shop-5xx", StateValue::Alarm, "12 > 5").await;
        let (world, began) = (Arc::clone(&shop.world), Instant::now());
        let calm = async {
            sleep_until(began + 30 * MINUTE).await;
            set(&world, "shop-5xx", StateValue::Ok, "below").await;
            std::future::pending::<()>().await;
        };
        let plugins = gated(&shop, alarms(&shop).firing(Firing::Waits));
        let (outcome, took) = tokio::select! {
            ended = shop.deploy(Shop::plan(Shop::canary()).gate("no-alarm"), &plugins) => ended,
            () = calm => unreachable!(),
        };
        assert_eq!((outcome, shop.serves().as_str()), (Outcome::Succeeded, "2"));
        assert!(took > 30 * MINUTE, "{took:?}");
    });
}

#[test]
fn an_alarm_that_does_not_exist_rejects_with_its_name() {
    virtually(async {
        let shop = quiet().await;
        let typo = Alarms::named(&shop.cloudwatch(), ["shop-5xx", "shop-4xx"]).unwrap().firing(Firing::Waits);
        let (outcome, took) = shop.deploy(Shop::plan(Shop::canary()).gate("no-alarm"), &gated(&shop, typo)).await;
        let said = format!("{outcome:?}");
        assert!(matches!(outcome, Outcome::Rejected { .. }) && said.contains("no such alarms in eu-central-1: shop-4xx"), "{said}");
        assert!(took < MINUTE, "{took:?}");
    });
}

#[test]
fn a_service_that_is_too_busy_for_minutes_rolls_back() {
    virtually(async {
        let shop = quiet().await;
        for minute in 0..60_u32 {
            let busy = if minute < 14 { 40.0 } else { 97.0 };
            for name in ["CPUUtilization", "MemoryUtilization"] {
                let dimensions = json!({"ClusterName": "production", "ServiceName": "shop"});
                let value = if name == "CPUUtilization" { busy } else { 30.0 };
                number(&shop.world, "AWS/ECS", name, dimensions, u64::from(minute) * 60, value).await;
            }
        }
        let limits = Limits::ecs_service(&shop.cloudwatch(), "production", "shop");
        let plugins = shop.plugins().watch("load", Watch::health(limits, Tolerance::lasting(MINUTE * 2))).unwrap();
        let (outcome, _) = shop.deploy(Shop::plan(Shop::canary()).guard("load"), &plugins).await;
        is_rolled_back(&outcome, "97.0: Average of AWS/ECS CPUUtilization");
        assert_eq!(shop.serves(), "1");
    });
}
