//! What alarms say, as a check and as a gate.

use std::time::Duration;

use aws_sdk_cloudwatch::types::StateValue;
use deployment_aws::cloudwatch::{Alarms, CloudWatch, Firing, Insufficient};
use deployment_core::{
    ErrorKind,
    gate::{Gate, GateVerdict},
    health::{HealthCheck, HealthStatus},
    testkit::{assert_none, conformance, sample},
};
use serde_json::json;

use crate::{
    cloud::World,
    put::{composite, exists, set},
    support::at,
};

async fn world() -> (World, CloudWatch) {
    let world = World::new().await;
    let cloudwatch = CloudWatch::new(&world.config());
    (world, cloudwatch)
}

async fn verdict(alarms: &Alarms) -> GateVerdict {
    alarms.evaluate(&sample::gate(at(0), [])).await.unwrap()
}

/// The word of the check: its status, or that it could not look.
async fn looked(alarms: &Alarms) -> Result<HealthStatus, ErrorKind> {
    alarms.check(&sample::health(at(0))).await.map(|report| report.status).map_err(|error| error.kind())
}

fn is_wait(verdict: &GateVerdict, words: &str) -> bool {
    matches!(verdict, GateVerdict::Wait { reason, .. } if reason.contains(words))
}

fn is_reject(verdict: &GateVerdict, words: &str) -> bool {
    matches!(verdict, GateVerdict::Reject { reason } if reason.contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_that_are_quiet_are_well_and_let_a_deployment_start() {
    let (world, cloudwatch) = world().await;
    for name in ["shop-5xx", "shop-latency"] {
        set(&world, name, StateValue::Ok, "below").await;
    }
    let alarms = Alarms::named(&cloudwatch, ["shop-5xx", "shop-latency"]).unwrap();
    assert_none(&conformance::health::check(&alarms, &sample::health(at(0)), Duration::from_secs(30)).await);
    assert_none(&conformance::gate::check(&alarms, &[sample::gate(at(0), [])]).await);
    assert_eq!(verdict(&alarms).await, GateVerdict::Pass);
    let report = alarms.check(&sample::health(at(0))).await.unwrap();
    assert_eq!((report.status, report.evidence.as_str()), (HealthStatus::Healthy, "2 alarms, none fires"));
    let words = "alarms shop-5xx, shop-latency of CloudWatch in eu-central-1";
    assert_eq!(HealthCheck::describe(&alarms), words);
    assert_eq!(Gate::describe(&alarms.firing(Firing::Waits)), format!("{words}; waits while one fires"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_is_unhealthy_and_rejects_or_waits_as_declared_with_its_reason() {
    let (world, cloudwatch) = world().await;
    set(&world, "shop-5xx", StateValue::Alarm, "Threshold Crossed: 12 > 5").await;
    set(&world, "shop-latency", StateValue::Ok, "below").await;
    let alarms = Alarms::named(&cloudwatch, ["shop-5xx", "shop-latency"]).unwrap();
    let report = alarms.check(&sample::health(at(0))).await.unwrap();
    assert_eq!(report.status, HealthStatus::Unhealthy);
    assert!(report.evidence.contains("shop-5xx (ALARM: Threshold Crossed: 12 > 5)") && !report.evidence.contains("latency"), "{report:?}");
    assert!(is_reject(&verdict(&alarms).await, "shop-5xx (ALARM: Threshold Crossed: 12 > 5)"));
    let patient = alarms.firing(Firing::Waits);
    assert!(is_wait(&verdict(&patient).await, "1 alarms fire: shop-5xx"));
    assert_none(&conformance::gate::check(&patient, &[sample::gate(at(0), [])]).await);
    set(&world, "shop-5xx", StateValue::Ok, "below").await;
    assert_eq!(verdict(&patient).await, GateVerdict::Pass);
}

#[tokio::test(flavor = "multi_thread")]
async fn composite_alarms_are_alarms() {
    let (world, cloudwatch) = world().await;
    set(&world, "shop-5xx", StateValue::Ok, "below").await;
    composite(&world, "shop-bad", "ALARM(shop-5xx)", StateValue::Alarm).await;
    for alarms in [Alarms::named(&cloudwatch, ["shop-bad"]).unwrap(), Alarms::prefixed(&cloudwatch, "shop-").unwrap()] {
        assert_eq!(looked(&alarms).await, Ok(HealthStatus::Unhealthy));
        assert!(is_reject(&verdict(&alarms).await, "shop-bad"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_data_is_unknown_or_what_was_declared() {
    let (world, cloudwatch) = world().await;
    exists(&world, "shop-5xx").await;
    let alarms = Alarms::named(&cloudwatch, ["shop-5xx"]).unwrap();
    assert_eq!(looked(&alarms).await, Err(ErrorKind::Failed));
    assert!(is_wait(&verdict(&alarms).await, "nothing is known of shop-5xx (INSUFFICIENT_DATA: Unchecked"));
    let fine = alarms.clone().insufficient(Insufficient::Fine);
    assert_eq!((looked(&fine).await, verdict(&fine).await), (Ok(HealthStatus::Healthy), GateVerdict::Pass));
    let bad = alarms.clone().insufficient(Insufficient::Fires);
    assert_eq!(looked(&bad).await, Ok(HealthStatus::Unhealthy));
    assert!(is_reject(&verdict(&bad).await, "shop-5xx"));
    // Another one that fires is heard all the same.
    set(&world, "shop-latency", StateValue::Alarm, "slow").await;
    assert_eq!(looked(&Alarms::prefixed(&cloudwatch, "shop-").unwrap()).await, Ok(HealthStatus::Unhealthy));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_that_cannot_be_evaluated_says_nothing_even_if_it_says_ok() {
    let (world, cloudwatch) = world().await;
    set(&world, "shop-5xx", StateValue::Ok, "below").await;
    world.tell("alarm-evaluation", &json!({"name": "shop-5xx", "state": "EVALUATION_ERROR"})).await;
    let alarms = Alarms::named(&cloudwatch, ["shop-5xx"]).unwrap().insufficient(Insufficient::Fine);
    assert_eq!(looked(&alarms).await, Err(ErrorKind::Failed));
    assert!(is_wait(&verdict(&alarms).await, "shop-5xx (OK, EVALUATION_ERROR: below)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_alarm_is_a_mistake_that_is_named_with_the_region() {
    let (world, cloudwatch) = world().await;
    set(&world, "shop-5xx", StateValue::Ok, "below").await;
    let typo = Alarms::named(&cloudwatch, ["shop-5xx", "shop-lateny"]).unwrap();
    let error = typo.check(&sample::health(at(0))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let sentence = "there are no such alarms in eu-central-1: shop-lateny; create them";
    assert!(error.to_string().contains(sentence), "{error}");
    assert!(is_reject(&verdict(&typo.clone().firing(Firing::Waits)).await, sentence));
    let nothing = Alarms::prefixed(&cloudwatch, "blog-").unwrap();
    assert!(is_reject(&verdict(&nothing).await, "no such alarms in eu-central-1: blog-*"));
    // One that fires is heard all the same, and every fault is told at once.
    set(&world, "shop-5xx", StateValue::Alarm, "12 > 5").await;
    assert_eq!(looked(&typo).await, Ok(HealthStatus::Unhealthy));
    let told = verdict(&typo).await;
    assert!(is_reject(&told, "shop-lateny") && is_reject(&told, "12 > 5"), "{told:?}");
    let elsewhere = world.config().into_builder().region(aws_config::Region::new("us-east-1")).build();
    let elsewhere = Alarms::named(&CloudWatch::new(&elsewhere), ["shop-5xx"]).unwrap();
    assert!(is_reject(&verdict(&elsewhere).await, "no such alarms in us-east-1: shop-5xx"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_are_asked_for_in_one_call_and_more_in_pages() {
    let (world, cloudwatch) = world().await;
    let names: Vec<_> = (0..250).map(|number| format!("shop-{number:03}")).collect();
    for name in &names {
        set(&world, name, StateValue::Ok, "below").await;
    }
    set(&world, "shop-249", StateValue::Alarm, "the last one").await;
    world.proxy().clear();
    assert_eq!(looked(&Alarms::named(&cloudwatch, names[..100].to_vec()).unwrap()).await, Ok(HealthStatus::Healthy));
    assert_eq!(world.proxy().count("DescribeAlarms"), 1);
    assert_eq!(looked(&Alarms::named(&cloudwatch, names.clone()).unwrap()).await, Ok(HealthStatus::Unhealthy));
    assert_eq!(world.proxy().count("DescribeAlarms"), 4);
    assert_eq!(looked(&Alarms::prefixed(&cloudwatch, "shop-").unwrap()).await, Ok(HealthStatus::Unhealthy));
    assert_eq!(world.proxy().count("DescribeAlarms"), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_fire_fit_into_a_journal() {
    let (world, cloudwatch) = world().await;
    for number in 0..40 {
        set(&world, &format!("shop-{number:03}"), StateValue::Alarm, &"long ".repeat(200)).await;
    }
    let report = Alarms::prefixed(&cloudwatch, "shop-").unwrap().check(&sample::health(at(0))).await.unwrap();
    assert!(report.evidence.len() < 3_000 && report.evidence.contains("40 of CloudWatch fire"), "{report:?}");
    assert!(report.evidence.ends_with("and 30 more"), "{report:?}");
}

#[test]
fn alarms_without_a_name_are_refused() {
    let cloudwatch = CloudWatch::new(&crate::cloud::config(([127, 0, 0, 1], 1).into()));
    let none: [&str; 0] = [];
    for refused in [Alarms::named(&cloudwatch, none), Alarms::named(&cloudwatch, [""]), Alarms::prefixed(&cloudwatch, "a".repeat(256))] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
